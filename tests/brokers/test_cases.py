"""A case lasts, rises and falls by certainty, and an officer's word stands over it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.brokers.cases import OPEN, TERMS, UP, Case, Cases, Step, stepped
from gateway.brokers.conclude import Finding
from gateway.brokers.links import Cluster
from gateway.brokers.score import Score


def found(subjects: str, certainty: float) -> Finding:
    return Finding(Cluster(list(subjects)), {}, Score(certainty, 0.0, ()))


def after(*rounds: list[Finding], **options: bool | int) -> Cases:
    """One round each microsecond, from 1."""
    cases = Cases(**{"learn": False, **options})  # type: ignore[arg-type]
    for now, findings in enumerate(rounds, 1):
        cases.take(findings, now)
    return cases


def only(cases: Cases) -> Case:
    (case,) = cases.known()
    return case


@pytest.mark.parametrize("step", UP)
def test_a_step_takes_its_certainty(step: Step) -> None:
    assert stepped(Step.NONE, UP[step]) == step
    assert stepped(Step.NONE, UP[step] - 1e-9) == step - 1


@pytest.mark.parametrize(
    ("certainty", "step"),
    [
        pytest.param(0.85, Step.CHALLENGE, id="at the edge"),
        pytest.param(0.74, Step.CHALLENGE, id="half the odds"),
        pytest.param(0.73, Step.SHARE, id="below that"),
        pytest.param(0.0, Step.NONE, id="nothing"),
        pytest.param(1.0, Step.BLOCK, id="all"),
    ],
)
def test_a_step_is_held_a_while(certainty: float, step: Step) -> None:
    assert stepped(Step.CHALLENGE, certainty) == step


@given(st.sampled_from(Step), st.floats(0, 1), st.floats(0, 1))
def test_more_certainty_is_never_less_of_a_step(step: Step, one: float, other: float) -> None:
    assert stepped(step, min(one, other)) <= stepped(step, max(one, other))
    assert stepped(stepped(step, one), one) == stepped(step, one), "and it comes to rest"


def test_nothing_is_done_while_learning() -> None:
    cases = after([found("abc", 0.97)], learn=True)
    assert only(cases).step == Step.IDENTITY
    assert cases.acts(only(cases)) == Step.WATCH


def test_a_case_keeps_its_number_while_it_grows() -> None:
    cases = after([found("abcd", 0.8)], [found("cdefgh", 0.8)], [found("efghij", 0.8)])
    assert (only(cases).number, only(cases).since, only(cases).last) == (1, 1, 3)


def test_what_shares_less_than_half_is_another() -> None:
    cases = after([found("abcd", 0.8)], [found("abcd", 0.9), found("dxyz", 0.8)])
    assert [(one.number, one.certainty) for one in cases.known()] == [(1, 0.9), (2, 0.8)]


def test_what_shares_half_is_the_same() -> None:
    assert only(after([found("abcd", 0.8)], [found("cdwxyz", 0.8)])).number == 1
    cases = after([found("abcde", 0.8)], [found("devwxyz", 0.8)])
    assert [one.number for one in cases.known()] == [2], "two of five"


def test_one_finding_one_case_when_a_cluster_falls_apart() -> None:
    cases = after([found("abcdef", 0.8)], [found("abc", 0.8), found("def", 0.9)])
    assert {one.subjects for one in cases.known()} == {frozenset("abc"), frozenset("def")}


def test_what_is_not_certain_opens_no_case_and_what_is_over_leaves_none() -> None:
    assert len(after([found("abc", 0.49)])) == 0
    assert len(after([found("abc", 0.5)])) == 1
    assert len(after([found("abc", 0.5)], [])) == 0


def test_a_block_has_a_term_and_the_next_is_longer() -> None:
    cases = after([found("abc", 0.99)])
    first = only(cases).until
    assert first == 1 + TERMS[0]
    cases.take([], first - 1)
    assert only(cases).step == Step.BLOCK, "whatever is seen while it runs"
    cases.take([found("abc", 0.995)], first)
    assert only(cases).until == first + TERMS[1]
    cases.take([found("abc", 0.6)], first + TERMS[1])
    assert (only(cases).step, only(cases).until) == (Step.SHARE, 0)


def test_a_rejected_case_ends_what_was_done_and_stays_so() -> None:
    cases = after([found("abcd", 0.999)])
    cases.reject(1, 2)
    assert (only(cases).step, only(cases).until) == (Step.NONE, 0)
    cases.take([found("abcdef", 0.999)], 3)
    assert only(cases).step == Step.NONE
    cases.take([found("abcdefghi", 0.999)], 4)
    assert (only(cases).word, only(cases).step) == (OPEN, Step.BLOCK), "others than were judged"


def test_a_confirmed_case_stays_when_the_score_falls() -> None:
    cases = after([found("abc", 0.6)])
    cases.confirm(1, 2)
    assert only(cases).step == Step.IDENTITY
    cases.take([], 3)
    assert only(cases).step == Step.IDENTITY
    cases.reject(1, 4)
    assert only(cases).step == Step.NONE


def test_at_the_bound_the_least_certain_goes_and_a_block_never() -> None:
    cases = after([found("ab", 0.99), found("cd", 0.6)], [found("ef", 0.8)], most=2)
    assert [one.subjects for one in cases.known()][-1] == frozenset("ab"), "its term runs"
    assert {one.subjects for one in cases.known()} == {frozenset("ab"), frozenset("ef")}
    full = after([found("ab", 0.99), found("cd", 0.99), found("ef", 0.99)], most=2)
    assert (len(full), full.refused) == (2, 1)
