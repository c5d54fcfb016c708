"""The book of blocks: the ladder, what takes whose place, and what is forgotten."""

import pytest

from gateway.guard.block import Block
from gateway.guard.book import Book

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LADDER = [MINUTE, 10 * MINUTE, HOUR, DAY]


def a_book() -> Book:
    return Book(LADDER, forgive=7 * DAY)


def a_block(key: str = "203.0.113.7", *, scope: str = "address", now: float = 0, **more) -> Block:  # type: ignore[no-untyped-def]
    given = {"reason": "flood", "since": now, "until": now + MINUTE, "by": "guard", **more}
    return Block(scope, key, **given)


def test_who_comes_back_is_blocked_for_longer_and_the_last_step_stays() -> None:
    book, now, lengths = a_book(), 1000.0, []
    for _ in range(6):
        offence, until = book.next_step("address", "203.0.113.7", now)
        lengths.append(until - now)
        book.put(a_block(now=now, until=until, offence=offence))
        now = until
        assert [block.offence for block in book.expire(now)] == [offence]
    assert lengths == [*LADDER, DAY, DAY]


@pytest.mark.parametrize(
    ("later", "offence"), [(7 * DAY - 1, 2), (7 * DAY, 1)], ids=["just before", "forgiven"]
)
def test_the_ladder_begins_anew_after_good_conduct(later: float, offence: int) -> None:
    book = a_book()
    book.put(a_block())
    book.expire(MINUTE)
    assert book.next_step("address", "203.0.113.7", MINUTE + later)[0] == offence
    book.expire(MINUTE + later)
    assert bool(book.past) is (offence == 2)


def test_a_block_ends_when_it_says_and_one_by_hand_never() -> None:
    book = a_book()
    book.put(a_block())
    book.put(a_block("SY", scope="country", until=None, by="hand:a"))
    assert book.expire(MINUTE - 0.001) == []
    assert [block.key for block in book.expire(MINUTE)] == ["203.0.113.7"]
    assert [block.key for block in book.all()] == ["SY"]


def test_one_stands_for_each_and_the_later_takes_the_place() -> None:
    book = a_book()
    first, second = a_block(), a_block()
    assert book.put(first) is None
    assert book.put(second) is first
    assert (book.find(first.code), book.of("address", "203.0.113.7")) == (None, second)
    assert len(book) == 1


def test_a_pardon_takes_the_offence_back() -> None:
    book = a_book()
    block = a_block()
    book.put(block)
    book.remove(block.code)
    book.pardon(block)
    assert book.next_step("address", "203.0.113.7", 30)[0] == 1


def test_a_block_by_hand_is_no_offence() -> None:
    book = a_book()
    book.put(a_block(by="hand:a"))
    assert book.next_step("address", "203.0.113.7", 30)[0] == 1


def test_blocked_addresses_are_counted_by_network() -> None:
    book = a_book()
    blocks = [a_block(f"203.0.113.{n}") for n in range(5)]
    for block in [
        *blocks,
        a_block("203.0.114.1"),
        a_block("2001:db8::1"),
        a_block("2001:db8:0:9::1"),
    ]:
        book.put(block)
    book.remove(blocks[0].code)
    assert book.count_within("203.0.113.0/24") == 4
    assert book.count_within("2001:db8::/48") == 2
    book.replace([blocks[1]])
    assert [book.count_within("203.0.113.0/24"), book.count_within("203.0.114.0/24")] == [1, 0]
