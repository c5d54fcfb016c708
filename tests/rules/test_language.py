"""What the rule language means beyond a single check: lists of fields, the groups of fields."""

import datetime
from pathlib import Path

import pytest
from rulesets import TODAY, a_rule, ruleset

from gateway.rules import loader
from gateway.rules.assembly import as_written, rule
from gateway.rules.engine import Engine, Levels
from gateway.rules.line import made
from gateway.rules.models import RequestModel
from gateway.rules.subject import Subject
from gateway.settings.source import ConfigError


def holds(when: str, request: str | RequestModel) -> bool:
    shipped = ruleset(a_rule(when))
    engine = Engine(
        [rule(shipped.rules[0], shipped, as_written)],
        Levels(4, 1),
        place=None,
        now=lambda: ("mon", 720, TODAY.toordinal()),
        inspect=1 << 20,
    )
    example = made(request)
    return bool(engine.held(Subject(example.request, example.body or None))[0])


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param("GET /?q=zed", True, id="the first of the fields"),
        pytest.param("GET /  Cookie: a=zed", True, id="the second of the fields"),
        pytest.param("GET /zed", False, id="another field"),
    ],
)
def test_of_several_fields_one_is_enough(request_: str, expected: bool) -> None:
    assert holds("{field: [any argument, any cookie], is: zed}", request_) is expected


def test_a_field_in_a_list_that_is_none_is_told_of() -> None:
    with pytest.raises(ConfigError, match="no field is called 'any argumant'"):
        ruleset(a_rule("{field: [any argumant, any cookie], is: zed}"))


@pytest.mark.parametrize(
    ("when", "hit", "miss"),
    [
        ("{field: any header name, is: x-odd}", "GET /  X-Odd: 1", "GET /  Referer: x-odd"),
        ("{field: any header, is: x-odd}", "GET /  A: x-odd", "GET /  X-Odd: 1"),
        ("{field: host, is: a.test}", "GET /  Host: a.test", "GET /  Referer: a.test"),
        ("{field: header.host, is: a.test}", "GET /  Host: a.test", "GET /  Referer: a.test"),
        ("{field: any argument, is_sqli: true}", "GET /?q=' or 5=5--", "GET /?q=O'Brien"),
        ("{field: any argument, is_xss: true}", "GET /?q=<svg onload=f()>", "GET /?q=<3"),
    ],
)
def test_each_field_is_looked_at_and_no_other(when: str, hit: str, miss: str) -> None:
    assert holds(when, hit)
    assert not holds(when, miss)


def test_names_and_types_of_uploads_are_no_arguments() -> None:
    upload = RequestModel(upload={"name": "zed", "type": "a/zed", "content": "x"})
    assert holds("{field: any upload name, is: zed}", upload)
    assert holds("{field: any upload type, is: a/zed}", upload)
    assert not holds("{field: any argument, matches: zed}", upload)


def test_a_dollar_and_a_brace_are_mere_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(a_rule("{field: any argument, contains: '${jndi:'}"))
    (found,) = loader.load(tmp_path, datetime.date(2026, 11, 25)).rules
    assert found.when.contains == "${jndi:"  # type: ignore[union-attr]


def test_control_characters_part_words_and_nothing_else_does() -> None:
    """As SQL reads them; a NUL and what has no width part nothing."""
    when = "{field: any argument, matches: 'union select'}"
    assert holds(when, "GET /?q=union%01select")
    assert holds(when, "GET /?q=union%c2%85select")
    assert not holds(when, "GET /?q=union%00select")
