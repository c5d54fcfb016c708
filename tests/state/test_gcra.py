"""The law: in any span of time t a key is granted at most burst + rate × t requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.state.gcra import Gcra

START = 1_000 * SECOND


def taken(table: Gcra, times: list[int], key: int = 1) -> list[bool]:
    return [table.take(key, now) == 0 for now in times]


@pytest.mark.parametrize(
    ("burst", "at_once", "granted"), [(1, 1, 1), (1, 2, 1), (5, 4, 4), (5, 5, 5), (5, 6, 5)]
)
def test_a_burst_is_granted_at_once(burst: int, at_once: int, granted: int) -> None:
    table = Gcra(events=1, per=SECOND, burst=burst)
    assert sum(taken(table, [START] * at_once)) == granted


@pytest.mark.parametrize(
    ("after", "granted"), [(SECOND - 1, False), (SECOND, True), (SECOND + 1, True)]
)
def test_one_is_restored_after_its_interval(after: int, granted: bool) -> None:
    table = Gcra(events=1, per=SECOND, burst=2)
    taken(table, [START] * 3)
    assert (table.take(1, START + after) == 0) is granted


def test_the_wait_is_exact() -> None:
    table = Gcra(events=1, per=SECOND, burst=1)
    table.take(1, START)
    wait = table.take(1, START + 300)
    assert wait == SECOND - 300
    assert table.take(1, START + 300 + wait - 1) == 1
    assert table.take(1, START + 300 + wait) == 0


def test_what_is_refused_spends_nothing() -> None:
    table = Gcra(events=1, per=SECOND, burst=1)
    table.take(1, START)
    assert not any(taken(table, [START + SECOND // 2] * 100))
    assert table.take(1, START + SECOND) == 0


def test_keys_are_apart() -> None:
    table = Gcra(events=1, per=SECOND, burst=1)
    assert all(table.take(key, START) == 0 for key in range(100))


def test_an_interval_is_rounded_up() -> None:
    table = Gcra(events=3, per=10, burst=1)
    assert sum(taken(table, list(range(START, START + 1000)))) <= 1 + 300


NUMBERS = st.tuples(
    st.integers(1, 7), st.sampled_from([1, 10, SECOND, 60 * SECOND]), st.integers(1, 9)
)


@given(
    NUMBERS,
    st.lists(st.one_of(st.just(0), st.integers(0, 3 * SECOND), st.integers(0, 30)), min_size=1),
    st.lists(st.integers(2, 9), max_size=3),
)
def test_never_more_than_burst_and_rate(
    numbers: tuple[int, int, int], steps: list[int], others: list[int]
) -> None:
    events, per, burst = numbers
    table = Gcra(events=events, per=per, burst=burst)
    now = START
    granted: list[int] = []
    for step in steps:
        now += step
        for other in others:
            table.take(other, now)
        if table.take(1, now) == 0:
            granted.append(now)
    for first, begin in enumerate(granted):
        for last in range(first, len(granted)):
            span = granted[last] - begin
            assert (last - first + 1 - burst) * per <= events * span


@given(NUMBERS, st.lists(st.integers(0, 2 * SECOND), max_size=60))
def test_whoever_keeps_to_the_rate_is_never_refused(
    numbers: tuple[int, int, int], late: list[int]
) -> None:
    events, per, burst = numbers
    table = Gcra(events=events, per=per, burst=burst)
    now = START
    for more in late:
        now += -(-per // events) + more
        assert table.take(1, now) == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, SECOND // 10)), max_size=300))
def test_keys_are_bounded(asks: list[tuple[int, int]]) -> None:
    table = Gcra(events=1, per=SECOND, burst=5, keys=20)
    now = START
    for key, step in asks:
        now += step
        table.take(key, now)
        assert len(table) <= 20


def test_what_is_forgotten_at_the_bound_is_counted() -> None:
    table = Gcra(events=1, per=60 * SECOND, burst=1, keys=10)
    for key in range(10):
        table.take(key, START)
    assert table.forgotten == 0
    table.take(10, START)
    assert table.forgotten == 5
    assert table.take(10, START) > 0
    assert table.take(9, START) > 0
    assert table.take(0, START) == 0  # the longest-silent are forgiven


@pytest.mark.parametrize(
    ("asks_each", "forgiven"),
    [
        pytest.param(4, False, id="asks again before half of the keys are new"),
        pytest.param(5, False, id="asks again as they are"),
        pytest.param(1_000, True, id="falls silent"),
    ],
)
def test_who_is_refused_and_goes_on_asking_is_not_forgotten(asks_each: int, forgiven: bool) -> None:
    table = Gcra(events=1, per=3600 * SECOND, burst=1, keys=10)
    table.take(0, START)
    granted = []
    for other in range(1, 41):
        table.take(other, START)
        if other % asks_each == 0:
            granted.append(table.take(0, START) == 0)
    granted.append(table.take(0, START) == 0)
    assert any(granted) == forgiven


def test_keys_that_are_worth_nothing_are_dropped() -> None:
    table = Gcra(events=1, per=SECOND, burst=1)
    for n in range(50):
        table.take(n, START + n * 10 * SECOND)
    assert len(table) <= 2


@pytest.mark.parametrize("turns", range(5))
def test_what_was_spent_outlives_the_turning_of_the_tables(turns: int) -> None:
    table = Gcra(events=1, per=10 * SECOND, burst=3)
    now = START + turns * 7 * SECOND
    taken(table, [now] * 3)
    for second in range(1, 10):
        table.take(2, now + second * SECOND)
        assert table.take(1, now + second * SECOND) > 0


@pytest.mark.parametrize("spent_at", [0, 1, 15, 28, 29, 30, 31, 59])
def test_what_was_spent_just_before_the_tables_turn_is_still_spent(spent_at: int) -> None:
    table = Gcra(events=1, per=10 * SECOND, burst=3)
    table.take(2, START)  # they turn now, and 30 seconds from now
    spent = START + spent_at * SECOND
    assert taken(table, [spent] * 4) == [True, True, True, False]
    for second in range(1, 10):
        assert table.take(1, spent + second * SECOND) > 0
    assert table.take(1, spent + 10 * SECOND) == 0
    assert table.take(1, spent + 19 * SECOND) > 0


def test_other_numbers_leave_spent_what_was_spent() -> None:
    table = Gcra(events=1, per=SECOND, burst=3)
    taken(table, [START] * 3)
    table.configure(events=1, per=SECOND, burst=3, now=START)
    assert table.take(1, START) > 0
    table.configure(events=1, per=SECOND, burst=5, now=START)
    assert taken(table, [START] * 3) == [True, True, False]
    table.configure(events=1, per=SECOND, burst=1, now=START)
    assert table.take(1, START + 4 * SECOND) > 0
    assert table.take(1, START + 5 * SECOND) == 0


@pytest.mark.parametrize(
    ("per", "whole_again"),
    [
        pytest.param(SECOND, 10, id="at ten times the rate"),
        pytest.param(10 * SECOND, 100, id="at the same"),
        pytest.param(100 * SECOND, 1000, id="at a tenth"),
    ],
)
def test_at_another_rate_as_many_are_spent_and_come_back_by_it(per: int, whole_again: int) -> None:
    """Ten of ten are spent; the next configuration grants one at a time."""
    table = Gcra(events=1, per=10 * SECOND, burst=10)
    taken(table, [START] * 10)
    table.configure(events=1, per=per, burst=1, now=START)
    for second in range(1, whole_again):
        table.take(2, START + second * SECOND)  # others' requests make the tables turn
    assert table.take(1, START + whole_again * SECOND - 1) > 0
    assert table.take(1, START + whole_again * SECOND) == 0
