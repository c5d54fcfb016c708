"""The queue before a backend: by rank, kept short, newest first under pressure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import MILLISECOND
from gateway.http.queue import INTERVAL, Waiting
from gateway.request import CRAWLER, HOLDER, LESSER, ORDINARY

TARGET = 20 * MILLISECOND
START = 1_000 * INTERVAL


def a_queue(most: int = 100, **more: object) -> Waiting[str]:
    return Waiting(most=most, target=TARGET, **more)  # type: ignore[arg-type]


def a_pressed_queue(most: int = 100) -> tuple[Waiting[str], int]:
    """A queue in which "old" has waited until it was pressed; and that moment."""
    queue = a_queue(most)
    queue.put("old", ORDINARY, START)
    queue.overdue(START + TARGET)
    queue.put("later", ORDINARY, START + INTERVAL)
    now = START + TARGET + INTERVAL
    queue.put("last", ORDINARY, now)
    assert queue.pressed
    return queue, now


def test_in_calm_who_came_first_is_first() -> None:
    queue = a_queue()
    for name in "abc":
        queue.put(name, ORDINARY, START)
    assert [queue.take(START) for _ in range(4)] == ["a", "b", "c", None]


def test_under_pressure_who_came_last_is_first() -> None:
    queue, now = a_pressed_queue()
    queue.put("newest", ORDINARY, now)
    assert [queue.take(now) for _ in range(4)] == ["newest", "last", "later", "old"]


def test_higher_ranks_are_served_first() -> None:
    queue = a_queue()
    for name, rank in {"c": CRAWLER, "l": LESSER, "o": ORDINARY, "h": HOLDER}.items():
        queue.put(name, rank, START)
    assert [queue.take(START) for _ in range(4)] == ["h", "o", "l", "c"]


@pytest.mark.parametrize(
    ("waited", "looks", "pressed"),
    [
        pytest.param(TARGET + INTERVAL, [TARGET], True, id="a whole interval above the target"),
        pytest.param(TARGET + INTERVAL - 1, [TARGET], False, id="one nanosecond less"),
        pytest.param(TARGET + INTERVAL, [TARGET + 1], False, id="seen above it a nanosecond later"),
        pytest.param(10 * INTERVAL, [], False, id="above it for long, but seen for the first time"),
    ],
)
def test_pressed_only_behind_a_whole_interval(waited: int, looks: list[int], pressed: bool) -> None:
    queue = a_queue()
    queue.put("a", ORDINARY, START)
    for look in looks:
        assert queue.overdue(START + look) == []
    assert queue.overdue(START + waited) == (["a"] if pressed else [])


def test_a_wait_below_the_target_ends_the_pressure() -> None:
    queue, now = a_pressed_queue()
    for name in ("last", "later"):
        assert queue.take(now) == name
        assert queue.pressed
    assert queue.take(now) == "old"
    assert not queue.pressed
    queue.put("new", ORDINARY, now)
    queue.overdue(now + TARGET)
    assert not queue.pressed


@pytest.mark.parametrize(
    ("age", "shed"),
    [
        pytest.param(2 * TARGET, True, id="twice the target"),
        pytest.param(2 * TARGET - 1, False, id="a nanosecond less"),
    ],
)
def test_who_waited_for_twice_the_target_is_shed(age: int, shed: bool) -> None:
    queue, now = a_pressed_queue()
    assert queue.overdue(now) == ["old"]
    later = START + INTERVAL + age
    assert queue.overdue(later) == (["later"] if shed else [])


def test_in_calm_nobody_is_shed() -> None:
    queue = a_queue()
    queue.put("a", ORDINARY, START)
    assert queue.overdue(START + 50 * INTERVAL) == []
    assert queue.take(START + 50 * INTERVAL) == "a"


def test_lower_ranks_go_before_one_that_has_waited_too_long() -> None:
    queue, now = a_pressed_queue()
    queue.put("crawler", CRAWLER, now)
    queue.put("asset", LESSER, now)
    queue.put("holder", HOLDER, now)
    assert queue.overdue(now) == ["crawler", "asset", "old"]
    assert [queue.take(now) for _ in range(3)] == ["holder", "last", "later"]


@pytest.mark.parametrize(
    ("waiting", "rank", "shed"),
    [
        pytest.param(ORDINARY, ORDINARY, None, id="nobody of lower rank: the newcomer"),
        pytest.param(CRAWLER, ORDINARY, ["a"], id="one of lower rank: the oldest of them"),
        pytest.param(ORDINARY, CRAWLER, None, id="all of higher rank: the newcomer"),
    ],
)
def test_a_full_queue(waiting: int, rank: int, shed: list[str] | None) -> None:
    queue = a_queue(2)
    queue.put("a", waiting, START)
    queue.put("b", waiting, START)
    assert queue.put("c", rank, START) == shed
    assert len(queue) == 2


def test_a_full_queue_under_pressure_lets_the_oldest_go() -> None:
    queue, now = a_pressed_queue(3)
    assert queue.put("newest", ORDINARY, now) == ["old"]
    assert queue.take(now) == "newest"


def test_room_beyond_the_bound_is_for_those_whose_connection_is_being_made() -> None:
    queue = a_queue(0)
    assert queue.put("a", ORDINARY, START, 1) == []
    assert queue.put("b", ORDINARY, START, 1) is None


def test_who_leaves_is_not_served() -> None:
    queue = a_queue()
    queue.put("a", ORDINARY, START)
    queue.put("b", ORDINARY, START)
    queue.remove("a")
    queue.remove("a")
    assert (len(queue), queue.take(START), queue.take(START)) == (1, "b", None)


def test_who_is_put_first_is_next() -> None:
    queue = a_queue()
    queue.put("a", HOLDER, START)
    queue.put_first("again", START)
    assert queue.take(START) == "again"


def test_without_a_target_nothing_is_shed_and_the_order_stays() -> None:
    queue: Waiting[str] = Waiting(most=10)
    for name in "ab":
        queue.put(name, ORDINARY, START)
    for step in range(10):
        assert queue.overdue(START + step * INTERVAL) == []
    assert (queue.pressed, queue.take(START + 10 * INTERVAL)) == (False, "a")


def test_in_shadow_it_only_tells() -> None:
    queue = a_queue(shadow=True)
    queue.put("old", ORDINARY, START)
    queue.overdue(START + TARGET)
    now = START + TARGET + INTERVAL
    queue.put("new", ORDINARY, now)
    assert queue.pressed
    assert queue.overdue(now) == []
    assert (queue.take(now), queue.missed) == ("old", 1)
    assert (queue.take(now), queue.missed) == ("new", 1)


def test_waits_are_added_up() -> None:
    queue = a_queue()
    queue.put("a", ORDINARY, START)
    queue.put("b", ORDINARY, START + 5)
    queue.take(START + 10)
    queue.take(START + 10)
    assert (queue.served, queue.waited) == (2, 15)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "take", "overdue", "remove"]),
        st.integers(CRAWLER, HOLDER),
        st.integers(0, 60).map(lambda n: n * MILLISECOND),
    ),
    max_size=80,
)


@given(STEPS, st.integers(0, 6))
def test_laws(steps: list[tuple[str, int, int]], most: int) -> None:
    """Each who comes is served, shed or refused once; while a lower rank waits no higher is shed;
    a higher rank is served first; the bound holds; nothing is shed within the first interval."""
    queue: Waiting[tuple[int, int]] = Waiting(most=most, target=TARGET)
    waits: list[tuple[int, int]] = []
    now = START
    for number, (step, rank, later) in enumerate(steps):
        now += later
        if step == "put":
            shed = queue.put((rank, number), rank, now)
            if shed is None:
                assert len(waits) == most
                assert not [one for one in waits if one[0] < rank]
                continue
            waits.append((rank, number))
        elif step == "take":
            taken = queue.take(now)
            assert (taken is None) is (not waits)
            if taken is not None:
                assert taken[0] == max(one[0] for one in waits)
                waits.remove(taken)
            continue
        elif step == "overdue":
            shed = queue.overdue(now)
        else:
            if waits:
                queue.remove(waits.pop())
            continue
        for one in shed:
            assert now > START + (INTERVAL if step == "overdue" else -1)
            waits.remove(one)
            assert not [other for other in waits if other[0] < one[0]]
        assert len(queue) == len(waits) <= most
