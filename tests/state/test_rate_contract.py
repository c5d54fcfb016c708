"""What all counters of a rate keep, whatever their algorithm. In any span t a key is granted
at most burst + rate × t; and more, each to its own tests."""

import struct
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.state.gcra import Gcra
from gateway.state.sliding_window import SlidingWindow

START = 1_000 * SECOND
Table = Gcra | SlidingWindow
Make = Callable[[int, int], Table]


def gcra(events: int, per: int) -> Gcra:
    return Gcra(events=events, per=per, burst=events)


def sliding(events: int, per: int) -> SlidingWindow:
    return SlidingWindow(events=events, per=per)


def configure(table: Table, events: int, per: int, now: int) -> None:
    if isinstance(table, Gcra):
        table.configure(events=events, per=per, burst=events, now=now)
    else:
        table.configure(events=events, per=per, now=now)


ALL = pytest.mark.parametrize("make", [gcra, sliding])
NUMBERS = st.tuples(st.integers(1, 9), st.sampled_from([10, SECOND, 60 * SECOND]))
STEPS = st.lists(
    st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 30 * SECOND)), min_size=1, max_size=60
)
COSTS = st.lists(st.integers(1, 4), min_size=60, max_size=60)


def keeps_the_law(granted: list[tuple[int, int]], events: int, per: int) -> bool:
    """`granted`: times and costs. Between any two of them, both counted, no more than the law."""
    for first, (begin, _) in enumerate(granted):
        spent = 0
        for end, cost in granted[first:]:
            spent += cost
            if (spent - events) * per > events * (end - begin):
                return False
    return True


@ALL
@given(numbers=NUMBERS, steps=STEPS, costs=COSTS)
def test_never_more_than_the_law_in_any_span(
    make: Make, numbers: tuple[int, int], steps: list[int], costs: list[int]
) -> None:
    events, per = numbers
    table = make(events, per)
    times = [START + gone for gone in accumulate(steps)]
    granted = [(t, c) for t, c in zip(times, costs, strict=False) if table.take(1, t, c) == 0]
    assert keeps_the_law(granted, events, per)


@ALL
@given(numbers=NUMBERS, steps=STEPS, refused=st.lists(st.booleans(), min_size=60, max_size=60))
def test_what_is_given_back_leaves_the_law_to_what_was_used(
    make: Make, numbers: tuple[int, int], steps: list[int], refused: list[bool]
) -> None:
    """Some of what was granted is given back late, at the next step."""
    events, per = numbers
    table = make(events, per)
    used: list[tuple[int, int]] = []
    waiting = 0
    now = START
    for step, back in zip(steps, refused, strict=False):
        now += step
        granted = table.take(1, now) == 0
        if waiting:
            table.give_back(1, 1, waiting)
            waiting = 0
        if granted and back:
            waiting = now
        elif granted:
            used.append((now, 1))
    assert keeps_the_law(used, events, per)


@ALL
@pytest.mark.parametrize("cost", [1, 3])
def test_what_is_given_back_at_once_can_be_spent_again(make: Make, cost: int) -> None:
    table = make(5, 10 * SECOND)
    for _ in range(20):
        assert table.take(1, START, cost) == 0
        table.give_back(1, cost, START)
    assert table.take(1, START, 5) == 0
    assert table.take(1, START) > 0


@ALL
def test_nobody_is_given_back_what_is_not_there(make: Make) -> None:
    table = make(5, 10 * SECOND)
    for _ in range(3):
        table.give_back(1, 5, START)
    assert table.take(1, START, 5) == 0
    assert table.take(1, START) > 0


@ALL
def test_what_others_were_told_of_is_not_given_back(make: Make) -> None:
    table = make(5, 10 * SECOND)
    table.shared = True
    table.take(1, START, 5)
    assert table.take_spent(START) != {}
    table.give_back(1, 5, START)
    assert table.take(1, START) > 0
    table.take(2, START, 5)
    table.give_back(2, 2, START)
    assert [*table.take_spent(START).values()] == [3 if make is sliding else 3 * 2 * SECOND]


@ALL
@given(numbers=NUMBERS, steps=STEPS, costs=COSTS)
def test_what_is_refused_spends_nothing_and_the_wait_is_exact(
    make: Make, numbers: tuple[int, int], steps: list[int], costs: list[int]
) -> None:
    events, per = numbers
    table = make(events, per)
    now = START
    for step, wanted in zip(steps, costs, strict=False):
        now += step
        cost = min(wanted, events)
        wait = table.wait(1, now, cost)
        assert table.take(1, now, cost) == wait
        if wait:
            assert table.take(1, now, cost) == wait, "asking again changes nothing"
            assert table.wait(1, now + wait - 1, cost) == 1
            now += wait
            assert table.take(1, now, cost) == 0


@ALL
@given(
    steps=st.lists(st.integers(-40 * SECOND, 40 * SECOND), min_size=1, max_size=60),
    numbers=NUMBERS,
)
def test_a_clock_that_steps_gives_nobody_more(
    make: Make, numbers: tuple[int, int], steps: list[int]
) -> None:
    """By the time that the clock has shown at its furthest, the law holds; however it steps."""
    events, per = numbers
    table = make(events, per)
    now, furthest = 10_000 * SECOND, 0  # as far as the table was shown
    granted: list[tuple[int, int]] = []
    for step in steps:
        now += step
        furthest = max(furthest, now)
        if table.take(1, now) == 0:
            granted.append((furthest, 1))
    assert keeps_the_law(granted, events, per)


@ALL
def test_a_clock_that_stepped_back_refuses_who_had_spent_all(make: Make) -> None:
    table = make(5, 10 * SECOND)
    table.take(1, START, 5)
    for second in range(60):
        assert table.take(1, START - second * SECOND) > 0


@ALL
@given(numbers=NUMBERS, steps=STEPS, reloads=st.sets(st.integers(0, 59)))
def test_a_reload_changes_nothing(
    make: Make, numbers: tuple[int, int], steps: list[int], reloads: set[int]
) -> None:
    events, per = numbers
    one, other = make(events, per), make(events, per)
    now = START
    for number, step in enumerate(steps):
        now += step
        if number in reloads:
            configure(one, events, per, now)
        assert one.take(number % 3, now) == other.take(number % 3, now)


@ALL
@pytest.mark.parametrize(("events", "granted"), [(3, 0), (5, 0), (6, 1), (8, 3)])
def test_other_numbers_leave_spent_what_was_spent(make: Make, events: int, granted: int) -> None:
    table = make(5, 10 * SECOND)
    table.take(1, START, 5)
    configure(table, events, 10 * SECOND, START)
    assert sum(table.take(1, START) == 0 for _ in range(20)) == granted


@ALL
@pytest.mark.parametrize("per", [2, 10, 50])
def test_at_another_rate_what_was_spent_is_spent(make: Make, per: int) -> None:
    table = make(5, 10 * SECOND)
    table.take(1, START, 3)
    configure(table, 5, per * SECOND, START)
    assert sum(table.take(1, START) == 0 for _ in range(20)) == 2


@ALL
@pytest.mark.parametrize(("charged", "granted"), [(0, 5), (4, 1), (5, 0), (6, 0), (1000, 0)])
def test_what_is_charged_is_never_refused_and_counts(
    make: Make, charged: int, granted: int
) -> None:
    table = make(5, 10 * SECOND)
    table.charge(1, charged, START)
    assert sum(table.take(1, START) == 0 for _ in range(20)) == granted


@ALL
def test_no_more_than_a_burst_is_owed(make: Make) -> None:
    table = make(5, 10 * SECOND)
    for _ in range(50):
        table.charge(1, 1000, START)
    assert table.wait(1, START) <= 20 * SECOND, "two bursts' time, and a window's end"
    assert table.take(1, START + 20 * SECOND) == 0


@ALL
@given(asks=st.lists(st.tuples(st.integers(0, 500), st.integers(0, SECOND)), max_size=200))
def test_keys_are_bounded(make: Make, asks: list[tuple[int, int]]) -> None:
    table: Table
    if make is gcra:
        table = Gcra(events=5, per=SECOND, burst=5, keys=20)
    else:
        table = SlidingWindow(events=5, per=SECOND, keys=20)
    now = START
    for key, step in asks:
        now += step
        table.take(key, now)
        table.charge(key + 1, 1, now)
        assert len(table) <= 21


# Shared by deltas: a table in the middle adds up, as the scripts do.


class Middle:
    """What spend.lua and window.lua keep."""

    def __init__(self) -> None:
        self.arrivals: dict[int, float] = {}
        self.windows: dict[tuple[int, int], int] = {}

    def exchange(self, table: Table, now: int) -> None:
        if isinstance(table, Gcra):
            batch = [*table.take_spent(now).items()]
            out = b""
            for key, spent in batch:
                self.arrivals[key] = max(self.arrivals.get(key, 0), now) + spent
                out += struct.pack(">d", (self.arrivals[key] - now) / 1000)
            table.learn(batch, out, now)
            return
        told = [*table.take_spent(now).items()]
        out = b""
        for (key, window), spent in told:
            sum_ = self.windows.get((key, window), 0) + spent
            self.windows[key, window] = sum_
            out += struct.pack(">dd", sum_, self.windows.get((key, window - 1), 0))
        table.learn(told, out, now)


@ALL
@given(
    order=st.permutations([0, 1, 2, 3]),
    spent=st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_the_order_of_exchanges_never_matters(
    make: Make, order: list[int], spent: list[int]
) -> None:
    ways = []
    for way in (order, [0, 1, 2, 3]):
        tables = [make(10, 10 * SECOND) for _ in range(4)]
        middle = Middle()
        for table, more in zip(tables, spent, strict=True):
            table.shared = True
            for _ in range(more):
                table.take(1, START)
        for number in way:
            middle.exchange(tables[number], START)
        for table in tables:
            table.charge(1, 1, START)
        for number in way:
            middle.exchange(tables[number], START)
        for number in way:
            tables[number].charge(1, 0, START)
            middle.exchange(tables[number], START)
        ways.append([table.wait(1, START, 5) for table in tables])
    assert ways[0] == ways[1]
    assert len({*ways[0]}) == 1, "and all know the same"


@ALL
@given(asks=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=5, max_size=40))
def test_the_overshoot_is_bounded(make: Make, asks: list[tuple[int, int]]) -> None:
    """Three workers that exchange each tick: burst, rate × time, and of all but one what a worker
    grants within a tick (here at most four)."""
    events, per, tick = 6, 60 * SECOND, SECOND // 10
    tables = [make(events, per) for _ in range(3)]
    for table in tables:
        table.shared = True
    middle = Middle()
    granted: list[tuple[int, int]] = []
    within: list[int] = []
    now = START
    for _ in range(3):
        for worker, times in asks:
            now += tick
            for number, table in enumerate(tables):
                more = sum(table.take(1, now) == 0 for _ in range(times if number == worker else 1))
                granted += [(now, 1)] * more
                within.append(more)
            for table in tables:
                table.charge(1, 0, now)
                middle.exchange(table, now)
    most = max(within) * (len(tables) - 1)
    span = granted[-1][0] - granted[0][0]
    assert len(granted) <= events + events * span / per + most
