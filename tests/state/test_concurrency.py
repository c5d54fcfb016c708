"""How many are under way: never more than so many, each place free again, others told."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.state.concurrency import Concurrency

START = 1_000 * SECOND


def told(table: Concurrency, others: dict[int, int], now: int) -> dict[int, int]:
    """What the table tells; it hears what `others` hold."""
    batch = [*table.take_spent(now).items()]
    answer = b"".join(struct.pack(">d", others.get(key, 0)) for key, _ in batch)
    table.learn(batch, answer, now)
    return dict(batch)


@pytest.mark.parametrize(("most", "asked", "entered"), [(1, 1, 1), (1, 2, 1), (3, 2, 2), (3, 9, 3)])
def test_so_many_enter(most: int, asked: int, entered: int) -> None:
    table = Concurrency(most=most)
    assert sum(table.enter(1, START) for _ in range(asked)) == entered


def test_a_place_is_free_when_one_leaves() -> None:
    table = Concurrency(most=1)
    assert table.enter(1, START)
    assert table.enter(2, START), "keys are apart"
    table.leave(1)
    assert table.enter(1, START)
    assert not table.enter(1, START)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=200))
def test_never_more_than_so_many_and_nothing_is_kept(steps: list[tuple[bool, int]]) -> None:
    table = Concurrency(most=3)
    under_way: list[int] = []
    for enters, key in steps:
        if enters:
            entered = table.enter(key, START)
            assert entered == (under_way.count(key) < 3)
            under_way += [key] * entered
        elif key in under_way:
            under_way.remove(key)
            table.leave(key)
        assert len(table) == len({*under_way})
    for key in under_way:
        table.leave(key)
    assert len(table) == 0


def test_a_reload_keeps_who_is_under_way() -> None:
    table = Concurrency(most=3)
    assert all(table.enter(1, START) for _ in range(3))
    table.configure(most=2)
    table.leave(1)
    assert not table.enter(1, START)
    table.configure(most=3)
    assert table.enter(1, START)


def test_others_count_while_what_they_told_holds() -> None:
    table = Concurrency(most=5)
    table.shared = True
    assert table.enter(1, START)
    assert told(table, {1: 3}, START) == {1: 1}
    assert table.enter(1, START)
    assert not table.enter(1, START)
    assert not table.enter(1, START + 3 * SECOND - 1)
    assert table.enter(1, START + 3 * SECOND), "who is not told of any more has died"


def test_what_is_held_is_told_when_it_changes_and_each_second() -> None:
    table = Concurrency(most=5)
    table.shared = True
    table.enter(1, START)
    assert told(table, {}, START) == {1: 1}
    assert told(table, {}, START + SECOND - 1) == {}
    assert told(table, {}, START + SECOND) == {1: 1}
    table.enter(1, START)
    assert told(table, {}, START + SECOND) == {1: 2}
    table.leave(1)
    table.leave(1)
    assert told(table, {}, START + SECOND) == {1: 0}
    assert told(table, {}, START + 9 * SECOND) == {}


def test_what_could_not_be_told_is_told_next_time() -> None:
    table = Concurrency(most=5)
    table.shared = True
    table.enter(1, START)
    table.give_back_spent(table.take_spent(START))
    table.enter(1, START)
    assert told(table, {}, START) == {1: 2}


def test_at_the_bound_new_keys_are_refused_and_counted() -> None:
    table = Concurrency(most=5, keys=2)
    assert table.enter(1, START)
    assert table.enter(2, START)
    assert not table.enter(3, START)
    assert table.enter(2, START)
    assert (len(table), table.forgotten) == (2, 1)
