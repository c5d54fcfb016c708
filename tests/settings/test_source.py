"""The file as data, with its places."""

# ruff: noqa: ISC004 - messages stand as they are told

import pickle

import pytest

from gateway.settings.source import ConfigError, Fault, Source


def source(text: str, **environ: str) -> Source:
    return Source("gw.yaml", text, environ)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: off", "off"),
        ("a: no", "no"),
        ("a: yes", "yes"),
        ("a: on", "on"),
        ("a: 12:30", "12:30"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 0x10", "0x10"),
        ("a: 1_000", "1_000"),
        ("a: 010", 10),
        ("a: 08", 8),
        ("a: -5", -5),
        ("a: 1.5", 1.5),
        ("a: true", True),
        ("a: False", False),
        ("a:", None),
        ("a: ~", None),
        ("a: null", None),
        ('a: "5"', "5"),
        ("a: 10.0.0.0/8", "10.0.0.0/8"),
        ("a: [1, x]", [1, "x"]),
        ("a: &x {b: 1}", {"b": 1}),
    ],
)
def test_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read = source(text)
    assert read.data == {"a": value}
    assert type(read.data["a"]) is type(value)
    assert read.faults == []


def test_places_are_known() -> None:
    read = source("a: 1\nb:\n  - c: x\n    name: first\n  - d\n")
    assert read.place(("a",)) == (1, 4)
    assert read.place(("a",), key=True) == (1, 1)
    assert read.place(("b", 0, "c")) == (3, 8)
    assert read.place(("b", 0, "c"), key=True) == (3, 5)
    assert read.place(("b", 1)) == (5, 5)
    assert read.place(("b", 0, "missing", "deeper")) == (3, 5)
    assert read.name(("b", 0, "c")) == "b.first.c"
    assert read.name(("b", 1)) == "b[1]"


@pytest.mark.parametrize(
    ("text", "environ", "value"),
    [
        ("a: ${X}", {"X": "1"}, "1"),
        ("a: pre-${X}-post", {"X": "1"}, "pre-1-post"),
        ("a: ${X}${Y}", {"X": "1", "Y": "2"}, "12"),
        ("a: ${X:-two}", {}, "two"),
        ("a: ${X:-two}", {"X": "1"}, "1"),
        ("a: ${X:-}", {}, ""),
        ("a: $${X}", {"X": "1"}, "${X}"),
        ("a: $X", {"X": "1"}, "$X"),
        ("a: ${1}", {"1": "x"}, "${1}"),
        ("a: ${X}", {"X": "${Y}"}, "${Y}"),
    ],
)
def test_the_environment_is_put_in(text: str, environ: dict[str, str], value: str) -> None:
    read = source(text, **environ)
    assert read.data == {"a": value}
    assert read.faults == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "a:\n  b: ${NOPE}",
            [
                "gw.yaml:2:6: a.b: the environment has no variable NOPE; set it, or write a "
                "default as ${NOPE:-…}"
            ],
        ),
        ("a: 1\nb: 2\na: 3", ["gw.yaml:3:1: a: this key stands in line 1 already"]),
        (
            "x:\n  a: 1\n  a: 2\n  a: 3",
            [
                "gw.yaml:3:3: a: this key stands in line 2 already",
                "gw.yaml:4:3: a: this key stands in line 2 already",
            ],
        ),
        ("a: !!int x", ["gw.yaml:1:4: a: 'x' is not what its tag says"]),
        ("a: &a [*a]", ["gw.yaml:1:1: an alias (*name) holds itself"]),
        ("a: *b", ["gw.yaml:1:4: this is not YAML: found undefined alias 'b'"]),
        ("a: b: c", ["gw.yaml:1:5: this is not YAML: mapping values are not allowed here"]),
        (
            "a:\n\t- 1",
            ["gw.yaml:2:1: this is not YAML: found character '\\t' that cannot start any token"],
        ),
        ("a: 1\n---\nb: 2", ["gw.yaml:2:1: this is not YAML: but found another document"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, messages: list[str]) -> None:
    assert [str(fault) for fault in source(text).faults] == messages


def test_a_tag_of_python_s_is_refused() -> None:
    [fault] = source("a: !!python/name:os.system x").faults
    assert "could not determine a constructor" in fault.message


def test_an_error_travels_between_processes() -> None:
    error = ConfigError([Fault("gw.yaml", 1, 2, "a", "wrong"), Fault("b", 0, 0, "", "gone")])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "gw.yaml:1:2: a: wrong\nb: gone"
    assert again.faults[0].line == 1
