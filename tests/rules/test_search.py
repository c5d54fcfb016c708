"""The laws of the search: nothing that holds is overlooked, and no client makes it slow."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulesets import engine

from gateway.rules.fields import field
from gateway.rules.line import Made, from_model
from gateway.rules.models import RequestModel
from gateway.rules.patterns import Pattern, PatternError, PatternSet, check
from gateway.rules.subject import ARGUMENTS, Subject, accepts
from gateway.rules.text import in_form

PATTERNS = [
    "union\\s+select", "^admin$", "'", "^$", "a.*b", "\\bor\\b", "[^a-z0-9]{3}", "<script", "^/",
    "é", "x$",
]  # fmt: skip
FORMS = ["[]", "[deep]", "[deep, remove_comments]", "[lowercase]", "[remove_space]"]
PIECES = st.sampled_from(
    ["union", "select", " ", "\n", "\t", "'", "%27", "%2527", "/*", "*/", "admin", "a", "b", "or",
     "<script", "/", "é", "e\u0301", "x", "", "+", "&lt;", "&", "=", "ADMIN", "\u200b", "؟", "--"]
)  # fmt: skip
VALUES = st.lists(PIECES, max_size=8).map("".join)


def a_form(values: list[str]) -> Made:
    return from_model(RequestModel(form={"f": list(values)}))


ENGINE = engine(
    "\n".join(
        [
            f"- id: p{number}-{index}\n"
            "  title: a rule\n"
            "  then: log\n"
            "  when:\n"
            "    field: any argument\n"
            f"    matches: {json.dumps(pattern)}\n"
            f"    transform: {form}\n"
            for number, pattern in enumerate(PATTERNS)
            for index, form in enumerate(FORMS)
        ]
    )
)


@given(values=st.lists(VALUES, min_size=1, max_size=5))
def test_a_rule_is_asked_whenever_it_holds(values: list[str]) -> None:
    """The search finds exactly what each pattern, asked of each value by itself, would."""
    made = a_form(values)
    subject = Subject(made.request, made.body)
    numbers, _ = ENGINE.held(subject)
    found = {ENGINE.rules[number].id for number in numbers}
    texts = [v.text for v in subject.values(2) if accepts("any argument", "any argument", v)]
    wanted = {
        f"p{number}-{index}"
        for number, pattern in enumerate(PATTERNS)
        for index, form in enumerate(FORMS)
        if any(
            Pattern(pattern).matches(in_form(text, tuple(re.findall(r"\w+", form))))
            for text in texts
        )
    }
    assert found == wanted


@given(values=st.lists(VALUES | st.text(max_size=50), max_size=30), query=st.binary(max_size=60))
def test_work_is_bounded_by_values_and_forms(values: list[str], query: bytes) -> None:
    """However the values are made: each is searched once in each form, whatever the rules are."""
    made = a_form(values)
    made.request.query = query
    subject = Subject(made.request, made.body)
    _, search = ENGINE.held(subject)
    assert search.work <= len(subject.values(2)) * len(FORMS)


def test_more_fields_than_are_looked_at_are_one_text() -> None:
    made = a_form(["x"] * (ARGUMENTS + 1))
    subject = Subject(made.request, made.body + b"&f=union+select")
    assert len(subject.values(2)) == 2
    assert subject.unreadable == "it has too many fields"
    numbers, _ = ENGINE.held(subject)
    assert "p0-1" in {ENGINE.rules[number].id for number in numbers}


def test_an_answer_is_remembered_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.rules.search.REMEMBERED", 4)
    one = engine("- {id: adm, title: a rule, when: {field: path, is: /admin}, then: block}")
    made = from_model(RequestModel(path="/x"))
    for number in range(20):
        made.request.path = f"/{number}"
        assert one.head(made.request) is None
    made.request.path = "/admin"
    for _ in range(2):
        verdict = one.head(made.request)
        assert verdict is not None
        assert verdict.rule == "adm"
    assert all(len(known) <= 4 for known in one.index._known.values())


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "missing )"),
        ("(?=a)", "no look-ahead"),
        ("(a)\\1", "no back-references"),
        ("(?i)a", "flags"),
        ("(?-m:a)", "flags"),
        ("\\Aa", "write ^ and $"),
        ("[z-a]", "invalid character class range"),
        ("a{2000}", "invalid repetition size"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=re.escape(why)):
        check(pattern)


def test_a_set_beyond_its_memory_is_refused_and_never_matches_nothing() -> None:
    with pytest.raises(PatternError, match="need more than 64 MiB"):
        PatternSet([f"(?:a|b|.){{{n}}}x(?:c|d|.){{900}}y" for n in range(500, 999, 3)])


def test_a_set_whose_search_fails_says_so() -> None:
    class Failing:
        def Match(self, text: bytes) -> None:  # noqa: N802 - RE2's name
            return None

    one = PatternSet(["a"])
    one._set = Failing()
    assert one.search(b"a") is None


def test_a_failed_search_asks_each_pattern_by_itself() -> None:
    text = "- {id: adm, title: a rule, when: {field: any argument, contains: union}, then: block}"
    one = engine(text)
    sought = one.index.by_group[2][0]

    class Failing:
        def search(self, text: bytes) -> None:
            return None

    sought._set = Failing()
    for query, rule in ((b"q=union", "adm"), (b"q=onion", None)):
        made = from_model(RequestModel(path="/"))
        made.request.query = query
        verdict = one.head(made.request)
        assert (verdict.rule if verdict else None) == rule
    assert one.index.failures > 0


def test_a_field_is_what_it_says() -> None:
    assert field("header.X-Thing").name == "header.x-thing"
    assert field("user_agent").name == "header.user-agent"
    with pytest.raises(ValueError, match='did you mean "any argument"'):
        field("any argumnt")
    with pytest.raises(ValueError, match="cookies are read by"):
        field("header.Cookie")
