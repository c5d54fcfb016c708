"""The keeper of the book: what it tells the workers, the trail, the file, and others."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import orjson
import pytest
from helpers import FakeClock

from gateway.control.blocks import Blocks, tight
from gateway.control.feeds import parse_feed
from gateway.guard.block import Block
from gateway.guard.book import Book
from gateway.ledger.audit import Audit
from gateway.settings.blocking import Feed

CLOCK = FakeClock()


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[tuple[list[str], list[str], bool]] = []
        self.blocks = self.keeper()

    def keeper(self) -> Blocks:
        audit = Audit(self.folder / "audit.log", CLOCK)
        made = Blocks(Book([60.0, 600.0], forgive=1e9), self.tell, audit, self.folder, CLOCK)
        made.share(None)
        return made

    async def tell(self, added: list[Any], removed: list[str], anew: bool) -> None:
        self.told.append(([told[2] for told in added], removed, anew))

    @property
    def trail(self) -> list[tuple[str, str]]:
        lines = (self.folder / "audit.log").read_text().splitlines()
        return [(one["who"], one["what"]) for one in map(json.loads, lines)]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def a_block(key: str = "203.0.113.7", **more: Any) -> Block:
    now = CLOCK.wall()
    given = {"reason": "flood", "since": now, "until": now + 60, "by": "guard", **more}
    return Block("address", key, **given)


async def test_a_block_is_written_down_and_told(scene: Scene) -> None:
    assert await scene.blocks.add([a_block()], "guard") == 1
    assert scene.told == [(["203.0.113.7"], [], False)]
    assert scene.trail == [("guard", "block")]


def test_what_is_kept_of_a_block_takes_no_more_memory_than_it_needs() -> None:
    """There may be 200,000 of them."""
    data = a_block().as_data()
    orjson.dumps(data)
    tracemalloc.start()
    try:
        kept = [tight(orjson.dumps(data)) for _ in range(100)]
        each = tracemalloc.get_traced_memory()[0] / 100
    finally:
        tracemalloc.stop()
    assert each < len(kept[0]) + 200


async def test_it_holds_when_the_process_comes_back(scene: Scene) -> None:
    block = a_block()
    await scene.blocks.add([block], "guard")
    again = scene.keeper()
    assert again.book.find(block.code) == block
    assert again.book.next_step("address", "203.0.113.7", CLOCK.wall())[0] == 2


async def test_a_later_one_takes_the_place_and_the_workers_drop_the_first(scene: Scene) -> None:
    first = a_block()
    await scene.blocks.add([first], "guard")
    await scene.blocks.add([a_block()], "root")
    assert scene.told[1] == (["203.0.113.7"], [first.code], False)
    assert len(scene.blocks.book) == 1


async def test_lifting_is_told_and_a_pardon_counts(scene: Scene) -> None:
    block = a_block()
    await scene.blocks.add([block], "guard")
    lifted = await scene.blocks.remove([block.code, "0000-0000"], "root", pardon=True)
    assert lifted == [block]
    assert scene.told[1] == ([], [block.code], False)
    assert scene.trail[1:] == [("root", "lift")]
    assert scene.blocks.book.past == {}


async def test_nothing_is_done_that_cannot_be_written_down(scene: Scene) -> None:
    scene.blocks.audit = Audit(scene.folder / "gone" / "audit.log", CLOCK)
    with pytest.raises(OSError, match="No such file"):
        await scene.blocks.add([a_block()], "guard")
    assert (len(scene.blocks.book), scene.told) == (0, [])


async def test_what_has_ended_is_dropped(scene: Scene) -> None:
    block = a_block(until=CLOCK.wall())
    await scene.blocks.add([block], "guard")
    await scene.blocks.tick()
    assert scene.told[1] == ([], [block.code], False)
    assert len(scene.blocks.book) == 0


FEED = Feed(name="bad", file=Path("bad.txt"))


async def test_a_feed_replaces_its_own_reading_and_nothing_else(scene: Scene) -> None:
    await scene.blocks.add([a_block("203.0.113.9", by="hand:a", until=None)], "root")
    first = parse_feed(FEED, "203.0.113.7\n198.51.100.0/24 # a note\n; another\n", CLOCK.wall())
    assert await scene.blocks.set_feed("bad", first) == (2, 0)
    second = parse_feed(FEED, "203.0.113.9\n198.51.100.0/24\n", CLOCK.wall())
    assert await scene.blocks.set_feed("bad", second) == (1, 1)
    keys = {(block.key, block.by) for block in scene.blocks.book.all()}
    assert keys == {("203.0.113.9", "hand:a"), ("198.51.100.0/24", "feed:bad")}
    assert {block.key for block in scene.keeper().book.all()} == {"203.0.113.9"}


async def reads(keeper: Blocks, text: str, feed: Feed = FEED) -> list[str]:
    """A feed is read: who is blocked then."""
    await keeper.set_feed(feed.name, parse_feed(feed, text, CLOCK.wall()))
    return sorted(block.key for block in keeper.book.all())


async def test_what_was_lifted_of_a_feed_stays_so_until_the_feed_drops_it(scene: Scene) -> None:
    keeper = scene.blocks
    both, one = "203.0.113.7\n198.51.100.0/24\n", "198.51.100.0/24\n"
    await reads(keeper, both)
    [block] = [block for block in keeper.book.all() if block.key == "203.0.113.7"]
    assert await keeper.remove([block.code], "anna") == [block]
    assert keeper.lifted.feeds(block.whom) == ["bad"]
    assert scene.told[-1] == ([], [block.code], False)
    assert await reads(keeper, both) == ["198.51.100.0/24"]
    keeper = scene.keeper()  # it comes back
    assert await reads(keeper, both) == ["198.51.100.0/24"]
    assert await reads(keeper, one) == ["198.51.100.0/24"]
    assert await reads(keeper, both) == ["198.51.100.0/24", "203.0.113.7"], "a new listing"
    assert await reads(scene.keeper(), both) == ["198.51.100.0/24", "203.0.113.7"]


async def test_no_other_feed_undoes_it_either(scene: Scene) -> None:
    other = Feed(name="worse", file=Path("worse.txt"))
    await reads(scene.blocks, "203.0.113.7\n")
    await reads(scene.blocks, "203.0.113.7\n", other)
    await scene.blocks.remove([scene.blocks.book.all()[0].code], "anna")
    assert scene.blocks.lifted.feeds(("address", "203.0.113.7")) == ["bad", "worse"]
    assert await reads(scene.blocks, "203.0.113.7\n", other) == []
    assert await reads(scene.blocks, "198.51.100.1\n") == ["198.51.100.1"]
    assert await reads(scene.blocks, "203.0.113.7\n") == [], "the other one lists it still"


async def test_a_block_by_hand_ends_it_and_one_of_the_guard_does_not(scene: Scene) -> None:
    keeper = scene.blocks
    await reads(keeper, "203.0.113.7\n")
    await keeper.remove([keeper.book.all()[0].code], "anna")
    guards = a_block()
    await keeper.add([guards], "guard")
    keeper.book.remove(guards.code)  # its time is over
    assert await reads(keeper, "203.0.113.7\n") == []
    hand = a_block(by="hand:anna")
    await keeper.add([hand], "anna")
    keeper.book.remove(hand.code)
    assert await reads(keeper, "203.0.113.7\n") == ["203.0.113.7"]


async def test_to_lift_what_a_feed_lists_too_holds_the_feed_off(scene: Scene) -> None:
    hand = a_block(by="hand:anna")
    await reads(scene.blocks, "203.0.113.7\n")
    await scene.blocks.add([hand], "anna")
    await scene.blocks.remove([hand.code], "anna")
    assert await reads(scene.blocks, "203.0.113.7\n") == []


async def test_what_another_gateway_lifted_is_lifted_here(scene: Scene) -> None:
    keeper = scene.blocks
    await reads(keeper, "203.0.113.7\n198.51.100.1\n")
    keeper.changed({"lifted address 203.0.113.7": b"1.0"}, [], False)
    assert [block.key for block in keeper.book.all()] == ["198.51.100.1"]
    assert await reads(keeper, "203.0.113.7\n198.51.100.1\n") == ["198.51.100.1"]
    keeper.changed({"lifted address 203.0.113.7": b"1.0"}, [], True)  # all anew
    assert [block.key for block in keeper.book.all()] == ["198.51.100.1"]
    keeper.changed({}, ["lifted address 203.0.113.7"], False)  # and blocked again there
    assert await reads(keeper, "203.0.113.7\n") == ["203.0.113.7"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no network at all"),
        ("# nothing\n", "no network at all"),
        ("203.0.113.7\n203.0.113.999\n", "line 2: '203.0.113.999' is nobody"),
        ("SY\n", "line 1: 'SY' is no network"),
        ("<html>", "line 1: '<html>' is nobody"),
    ],
)
def test_a_feed_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_feed(FEED, text, 0)


def test_the_same_network_always_has_the_same_code() -> None:
    one, other = (parse_feed(FEED, "203.0.113.7", now)[0].code for now in (0, 5))
    assert one == other
    assert parse_feed(Feed(name="c", file=Path("c")), "203.0.113.7", 0)[0].code != one
