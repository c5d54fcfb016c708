"""Reading rulesets: every mistake told at its place, with what to write instead."""

import datetime
from pathlib import Path

import pytest
from rulesets import TODAY, a_rule, ruleset

from gateway.rules import loader
from gateway.rules.proof import faults, prove
from gateway.rules.settled import Settled, signature
from gateway.settings.source import ConfigError

GOOD = """\
- id: admin
  title: The administration is for the office
  when: {field: path, starts_with: /admin}
  then: block
  tests: {hits: [GET /admin], misses: [GET /]}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {id: adm}", ":1:3: adm: 'title' is missing here"),
        ("admin: x", ":1:1: a rules file is a list: each rule begins with -"),
        ("- [", "this is not YAML"),
        (a_rule("{field: pth, is: /a}"), "no field is called 'pth' (did you mean \"path\"?)"),
        (a_rule("{field: path, start_with: /a}"), 'unknown key (did you mean "starts_with"?)'),
        (a_rule("{field: path}"), "what about path? Write one of is, in, in_file"),
        (a_rule("{field: path, is: /a, contains: b}"), "is and contains stand in one condition"),
        (a_rule("{field: path, in_network: 10.0.0.0/8}"), "in_network does not fit path"),
        (a_rule("{field: client.asn, contains: a}"), "contains does not fit client.asn; is, in"),
        (a_rule("{field: client.asn, is: x}"), "client.asn is a number, not 'x'"),
        (a_rule("{field: tls, is: maybe}"), "tls is true or false, not 'maybe'"),
        (a_rule("{field: path, is: true}"), 'path is a text: write "true" in quotes'),
        (a_rule("{field: client.address, in_network: 10.0.0/8}"), "10.0.0/8"),
        (a_rule("{field: path, matches: '(a'}"), "RE2 refuses '(a': missing )"),
        (a_rule("{field: path, contains: a, transform: [dep]}"), 'did you mean "deep"?'),
        (a_rule("{field: time, between: 8-16}"), "is no span of the day: write 08:00-16:00"),
        (a_rule("{field: tls, is: true, transform: []}"), "do not fit tls: it is no text"),
        (a_rule("{field: path, contains: 'a%41'}"), "'a%41' is never found: values are looked at"),
        (a_rule("{any: []}"), "this list must not be empty"),
        (a_rule("5"), "a condition (field: with an operator, or all, any, not) belongs here"),
        (a_rule("{field: path, in_file: no.txt}"), "rules/no.txt cannot be read: No such file"),
        (a_rule("{field: path, in_file: ../x}"), "../x does not lie beside the rules"),
        (a_rule("{field: path, is: /a}", "blok"), 'did you mean "block"?'),
        (a_rule("{field: path, is: /a}", "{scor: 5}"), 'unknown key (did you mean "score"?)'),
        (a_rule("{field: path, is: /a}", "{score: 5, tag: a}"), "write one of: score: 5, tag"),
        (a_rule("{field: path, is: /a}", mode="120%"), "'120%' is no mode: write off, shadow"),
        (a_rule("{field: path, is: /a}", expires="2027-13-01"), "is no day: write 2027-01-31"),
        (a_rule("{field: path, is: /a}", level="5"), "5 is too large: 4 at most"),
        (a_rule("{field: path, is: /a}", **{"except": "[{why: x}]"}), "path, field or client"),
        (GOOD + GOOD, ":6:7: admin.id: admin stands at rules/a.yaml:1 already"),
    ],
)
def test_a_mistake_is_told_where_it_is(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ruleset(text)
    assert told in str(caught.value)
    assert str(caught.value).startswith("rules/a.yaml:")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        ruleset(a_rule("{field: pth, is: x}", "blok"), b="- {id: B}")
    assert len(caught.value.faults) == 6


def test_a_limit_must_be_there() -> None:
    texts = {Path("a.yaml"): a_rule("{field: path, is: /a}", "{limit: lgoin}")}
    with pytest.raises(ConfigError, match=r"no limit 'lgoin' with by_rules: true \(did you mean"):
        loader.loads(texts, Path(), TODAY, ["login"])


@pytest.mark.parametrize(
    ("tests", "wrong"),
    [
        ("{hits: [GET /admin], misses: [GET /]}", None),
        ("{hits: [GET /], misses: [GET /]}", "a hit: 'GET /': the rule does not hold"),
        ("{hits: [GET /admin], misses: [GET /admin/x]}", "a miss: 'GET /admin/x': the rule holds"),
        ("{hits: [nonsense], misses: []}", "is no request: write METHOD /path"),
    ],
)
def test_the_tests_of_a_rule_are_tried(tests: str, wrong: str | None) -> None:
    for mode in ("enforce", "'off'", "shadow"):
        rules = ruleset(
            a_rule("{field: path, starts_with: /admin}", tests=tests, mode=mode, level=4)
        )
        found = faults(rules)
        assert len(found) == (wrong is not None)
        if wrong:
            assert wrong in str(found[0])
            assert str(found[0]).startswith("rules/a.yaml:1:1: the-rule: its test fails")
        assert len(prove(rules)) == tests.count("GET") + tests.count("nonsense")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "has no test with a hit: write one"),
        ({"tests": "{hits: [GET /a]}"}, "has no test with a miss: write one"),
        ({"expires": "2026-12-15"}, "is off from 2026-12-15 on"),
        ({"expires": "2026-12-01"}, "is off since 2026-12-01: remove it"),
        ({"expires": "2026-12-16", "tests": "{hits: [GET /a], misses: [GET /]}"}, None),
    ],
)
def test_warnings(more: dict[str, str], told: str | None) -> None:
    warnings = ruleset(a_rule("{field: path, is: /a}", **more)).warnings
    assert any(told in one for one in warnings) if told else warnings == []


def test_a_file_of_lines(tmp_path: Path) -> None:
    (tmp_path / "agents.txt").write_text("# known\nevilbot  # since May\n\nworse\n")
    (tmp_path / "a.yaml").write_text(a_rule("{field: user_agent, in_file: agents.txt}"))
    rules = loader.load(tmp_path, TODAY)
    assert rules.files == {"agents.txt": ("evilbot", "worse")}


def test_the_version_is_that_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("a\n")
    (tmp_path / "a.yaml").write_text(a_rule("{field: path, in_file: l.txt}"))
    first = loader.load(tmp_path, TODAY).version
    assert loader.load(tmp_path, TODAY).version == first
    (tmp_path / "l.txt").write_text("b\n")
    assert loader.load(tmp_path, TODAY).version != first


def test_only_one_rule_whatever_its_mode() -> None:
    rules = ruleset(a_rule("{field: path, is: /a}", mode="'off'", expires="2020-01-01"))
    assert rules.active(TODAY) == []
    assert len(rules.only("the-rule").active(datetime.date(2030, 1, 1))) == 1


def test_files_are_taken_up_when_they_have_settled(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a")
    settled = Settled(signature(tmp_path))
    assert not settled.change(signature(tmp_path))
    file.write_text("longer")
    assert not settled.change(signature(tmp_path)), "it may be half written"
    assert settled.change(signature(tmp_path))
    assert not settled.change(signature(tmp_path)), "it is taken up"
    (tmp_path / "b.txt").write_text("a file that rules name")
    assert not settled.change(signature(tmp_path))
    assert settled.change(signature(tmp_path))


ARGUMENT = """\
- id: angle
  title: no angles
  when: {field: any argument, contains: "<"}
  then: block
  tests: {hits: ["GET /?q=<"], misses: [GET /]}
"""


def test_exceptions_stand_in_a_file_of_their_own() -> None:
    exceptions = "- {rule: angle, path: /cms, field: query.q, miss: 'GET /cms?q=<'}"
    rules = ruleset(ARGUMENT, exceptions=exceptions)
    assert faults(rules) == []
    assert len(rules.rules) == 1
    spares_a_hit = ruleset(ARGUMENT, exceptions="- {rule: angle, path: /, field: query.q}")
    assert faults(spares_a_hit) == []
    wrong = ruleset(ARGUMENT, exceptions="- {rule: angle, path: /cms, miss: 'GET /?q=<'}")
    assert "a miss: 'GET /?q=<': the rule holds" in str(faults(wrong)[0])


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{rule: angl, path: /cms}", "no rule is called 'angl' (did you mean \"angle\"?)"),
        ("{rule: angle}", "say where the rule does not look: path, field or client"),
        ("{rule: angle, pth: /cms}", 'unknown key (did you mean "path"?)'),
    ],
)
def test_a_mistake_in_an_exception_is_told(entry: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ruleset(ARGUMENT, exceptions=f"- {entry}")
    assert told in str(caught.value)
    assert str(caught.value).startswith("rules/exceptions.yaml:1:")
