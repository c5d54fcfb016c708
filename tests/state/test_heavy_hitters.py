"""The papers' promises, for any stream: no error is beyond its share of the total and no heavy key
is missing; the same when tables are joined and while weights decay."""

import random
import tracemalloc
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.state.heavy_hitters import HeavyHitters, Key, Table, join

HALF = 60 * SECOND
Event = tuple[int, float, int]  # key, weight, nanoseconds since the one before
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from([0.5, 1.0, 3.0, 40.0]), st.integers(0, 30 * SECOND)
    ),
    max_size=150,
)


def replay(events: list[Event], capacity: int, half_life: int) -> tuple[HeavyHitters, int]:
    table, now = HeavyHitters(capacity, half_life=half_life), 0
    for key, weight, step in events:
        now += step
        table.add(key, weight, now)
    return table, now


def truth(events: list[Event], half_life: int, end: int) -> dict[int, float]:
    """What each key weighs at `end`."""
    weights: defaultdict[int, float] = defaultdict(float)
    now = 0
    for key, weight, step in events:
        now += step
        weights[key] += weight * (0.5 ** ((end - now) / half_life) if half_life else 1.0)
    return weights


def keeps_the_law(table: Table, weights: dict[int, float]) -> None:
    total = sum(weights.values())
    slack = 1e-9 * total + 1e-12
    bound = total / table["capacity"] + slack
    assert table["total"] == pytest.approx(total)
    assert len(table["entries"]) <= table["capacity"]
    held = {key: (count, error) for key, count, error in table["entries"]}
    assert len(held) == len(table["entries"])
    for key, (count, error) in held.items():
        assert isinstance(key, int)
        assert count - error - slack <= weights[key] <= count + slack
        assert error <= bound
    for key, weight in weights.items():
        if key not in held:
            assert weight <= table["least"] + slack
            assert weight <= bound


@given(EVENTS, st.integers(1, 12), st.sampled_from([0, HALF, SECOND]))
def test_no_error_beyond_its_share_and_no_heavy_key_missing(
    events: list[Event], capacity: int, half_life: int
) -> None:
    table, now = replay(events, capacity, half_life)
    keeps_the_law(table.export(now), truth(events, half_life, now))


@given(st.lists(EVENTS, min_size=1, max_size=4), st.integers(1, 12), st.sampled_from([0, HALF]))
def test_the_same_for_the_sum_of_several(
    streams: list[list[Event]], capacity: int, half_life: int
) -> None:
    made = [replay(events, capacity, half_life) for events in streams]
    now = max(own for _, own in made)
    weights: defaultdict[int, float] = defaultdict(float)
    for events in streams:
        for key, weight in truth(events, half_life, now).items():
            weights[key] += weight
    tables = [table.export(now) for table, _ in made]
    keeps_the_law(join(tables), weights)
    one_by_one = tables[0]
    for table in tables[1:]:
        one_by_one = join([one_by_one, table])
    keeps_the_law(one_by_one, weights)


@given(EVENTS, st.integers(1, 12))
def test_stored_weights_are_brought_down_without_harm(events: list[Event], capacity: int) -> None:
    """A second's half-life and silences of hours: doubles would overflow 2 ** 1023."""
    events = [(key, weight, step * (400 if n % 20 == 0 else 1)) for n, (key, weight, step) in
              enumerate(events)]  # fmt: skip
    table, now = replay(events, capacity, SECOND)
    keeps_the_law(table.export(now), truth(events, SECOND, now))


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        pytest.param(0, 8.0, id="at once"),
        pytest.param(60, 4.0, id="a half-life later"),
        pytest.param(180, 1.0, id="three half-lives later"),
        pytest.param(60 * 2000, 0.0, id="two thousand half-lives later"),
    ],
)
def test_weights_halve(seconds: int, left: float) -> None:
    table = HeavyHitters(4)
    table.add(1, 8.0, 5 * SECOND)
    now = (5 + seconds) * SECOND
    assert table.top(1, now)[0][1] == pytest.approx(left)
    assert table.total(now) == pytest.approx(left)
    table.add(2, 1.0, now)
    assert table.top(2, now)[0 if left < 1 else -1][0] == 2


def test_a_clock_that_steps_back_breaks_nothing() -> None:
    table = HeavyHitters(2)
    table.add(1, 1.0, 10_000 * SECOND)
    table.add(2, 1.0, 0)
    table.add(3, 1.0, 10_000 * SECOND)
    assert table.top(1, 10_000 * SECOND)[0][0] in {1, 3}


@pytest.mark.parametrize(
    ("capacity", "held"),
    [
        pytest.param(2, [(3, 3.0, 2.0), (1, 2.0, 0.0)], id="one below: the smallest's place"),
        pytest.param(3, [(1, 2.0, 0.0), (2, 2.0, 0.0), (3, 1.0, 0.0)], id="as many as places"),
        pytest.param(4, [(1, 2.0, 0.0), (2, 2.0, 0.0), (3, 1.0, 0.0)], id="one above"),
    ],
)
def test_a_new_key_takes_the_smallest_ones_place(capacity: int, held: list[Key]) -> None:
    table = HeavyHitters(capacity, half_life=0)
    for key in (1, 1, 2, 2, 3):
        table.add(key, 1.0, 0)
    found = table.top(9, 0)
    assert {count for _, count, _ in found} == {count for _, count, _ in held}  # type: ignore[misc]
    assert found[-1] in held or capacity == 2
    assert len(table) == min(capacity, 3)


def test_a_flood_of_new_keys_leaves_the_heavy_where_they_are() -> None:
    table = HeavyHitters(100, half_life=0)
    for n in range(20_000):
        table.add(b"flooder", 1.0, 0) if n % 20 == 0 else table.add(n, 1.0, 0)
    key, count, error = table.top(1, 0)[0]
    assert key == b"flooder"
    assert count - error <= 1000 <= count


def test_tables_of_other_capacities_are_not_joined() -> None:
    with pytest.raises(ValueError, match="one capacity"):
        join([HeavyHitters(1).export(0), HeavyHitters(2).export(0)])
    with pytest.raises(ValueError, match="there must be one"):
        join([])
    with pytest.raises(ValueError, match="at least 1"):
        HeavyHitters(0)


def test_an_entry_takes_the_memory_that_is_stated() -> None:
    rng = random.Random(1)
    keys = [rng.randrange(1 << 40) for _ in range(50_000)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    table = HeavyHitters(10_000)
    for key in keys:
        table.add(key, 1.0, 0)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(table) == 10_000
    assert taken / len(table) < 250, "stated in the module's head"
