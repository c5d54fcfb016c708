"""Records shared through each place where state may be: push, gaps, outages, and a server that
lost everything."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from valkeys import PLACES, Place

from gateway.clock import Clock
from gateway.state.client import connect, disconnect
from gateway.state.records import SharedRecords
from gateway.tasks import start_task


class Holder:
    """One gateway's records, and what it was told."""

    def __init__(self, url: str) -> None:
        self.told: list[tuple[dict[str, bytes], list[str], bool]] = []
        self._happened = asyncio.Event()
        self.shared = SharedRecords(url, "test", self._changed, Clock())
        self._task = start_task(self.shared.run(), name="follow")

    def _changed(self, put: Mapping[str, bytes], drop: list[str], anew: bool) -> None:
        self.told.append((dict(put), list(drop), anew))
        self._happened.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the next thing told, again and again, until the condition holds."""
        async with asyncio.timeout(20):
            while not condition():
                self._happened.clear()
                ticking = asyncio.create_task(self._happened.wait())
                await asyncio.wait([ticking], timeout=0.05)
                ticking.cancel()

    async def close(self) -> None:
        self._task.cancel()
        await self.shared.close()


class Scene:
    def __init__(self, place: Place, stack: AsyncExitStack) -> None:
        self.valkey = place
        self._stack = stack

    async def holder(self) -> Holder:
        made = Holder(self.valkey.url)
        self._stack.push_async_callback(made.close)
        async with asyncio.timeout(20):
            await made.shared.read.wait()
        return made

    async def direct(self) -> Any:
        client = connect(self.valkey.url)
        self._stack.push_async_callback(disconnect, client)
        return client


@pytest.fixture(params=PLACES)
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        place = PLACES[request.param](tmp_path)
        stack.push_async_callback(place.stop)
        await place.start()
        yield Scene(place, stack)


async def test_what_one_changes_the_other_is_told_and_the_one_is_not(scene: Scene) -> None:
    one, other = await scene.holder(), await scene.holder()
    one.shared.change({"a": b"1", "b": b"2"}, [])
    await other.until(lambda: other.shared.records == {"a": b"1", "b": b"2"})
    other.shared.change({}, ["a"])
    await one.until(lambda: one.shared.records == {"b": b"2"})
    assert other.told[1:] == [({"a": b"1", "b": b"2"}, [], False)]
    assert one.told[1:] == [({}, ["a"], False)]


async def test_who_comes_later_reads_all(scene: Scene) -> None:
    one = await scene.holder()
    one.shared.change({f"k{n}": b"v" for n in range(2_500)}, [])
    await one.until(lambda: not one.shared._unsent)
    late = await scene.holder()
    assert len(late.shared.records) == 2_500
    assert late.told == [(late.shared.records, [], True)]


async def test_a_lost_push_is_noticed_and_all_is_read_anew(scene: Scene) -> None:
    one = await scene.holder()
    client = await scene.direct()
    await client.hset("dawr:{test}:all", "quiet", "change")
    await client.execute_command("INCR", "dawr:{test}:version")
    await one.until(lambda: one.shared.records == {"quiet": b"change"})
    assert one.told[-1] == ({"quiet": b"change"}, [], True)


async def test_who_changes_much_need_not_hear_it_again(scene: Scene) -> None:
    """A bulk of one's own is no gap: else all of it would be read anew."""
    one, direct = await scene.holder(), await scene.direct()
    alone = SharedRecords(scene.valkey.url, "test", lambda *_: None, Clock())  # hears no push
    try:
        alone.change({f"a{n}": b"1" for n in range(2_500)}, [])
        await alone._send()
        assert alone._version == int(await direct.get("dawr:{test}:version")) == 3
    finally:
        await alone.close()
    await one.until(lambda: len(one.shared.records) == 2_500)
    assert [anew for _, _, anew in one.told[1:]] == [False] * 3


async def test_a_push_that_waits_to_be_read_is_not_taken_for_lost(scene: Scene) -> None:
    one = await scene.holder()
    told: list[bool] = []
    late = SharedRecords(scene.valkey.url, "test", lambda *a: told.append(a[2]), Clock())
    try:
        one.shared.change({"a": b"1"}, [])
        await one.until(lambda: one.shared.records == {"a": b"1"} and not one.shared._unsent)
        assert await late._look_for_a_gap(False)
        assert (told, late.records) == ([], {})
        assert not await late._look_for_a_gap(True)
        assert (told, late.records) == ([True], {"a": b"1"})
        assert not await late._look_for_a_gap(False)
    finally:
        await late.close()


async def test_changes_in_an_outage_arrive_when_it_is_over(scene: Scene) -> None:
    one, other = await scene.holder(), await scene.holder()
    one.shared.change({"before": b"1"}, [])
    await other.until(lambda: other.shared.records == {"before": b"1"})
    await scene.valkey.stop()
    await one.until(lambda: not one.shared.connected)
    one.shared.change({"meanwhile": b"2"}, ["before"])
    other.shared.change({"of the other": b"3"}, [])
    assert one.shared.records == {"meanwhile": b"2"}
    await scene.valkey.start()
    wanted = {"meanwhile": b"2", "of the other": b"3"}
    await one.until(lambda: one.shared.records == wanted)
    await other.until(lambda: other.shared.records == wanted)


async def test_a_server_that_lost_all_is_filled_again(scene: Scene) -> None:
    one = await scene.holder()
    one.shared.change({"a": b"1", "b": b"2"}, [])
    await one.until(lambda: not one.shared._unsent)
    await scene.valkey.clear()
    client = await scene.direct()
    late_read: dict[bytes, bytes] = {}
    async with asyncio.timeout(20):
        while late_read != {b"a": b"1", b"b": b"2"}:
            late_read = {k: v async for k, v in client.hscan_iter("dawr:{test}:all")}
    assert one.shared.records == {"a": b"1", "b": b"2"}


async def test_a_change_that_changes_nothing_is_pushed_to_nobody(scene: Scene) -> None:
    one = await scene.holder()
    client = await scene.direct()
    for _ in range(3):
        one.shared.change({"a": b"1"}, ["not there"])
        await one.until(lambda: not one.shared._unsent)
    assert await client.get("dawr:{test}:version") == b"1"


async def test_all_hold_the_same_whoever_changes_what(scene: Scene) -> None:
    holders = [await scene.holder() for _ in range(3)]
    for number in range(60):
        holders[number % 3].shared.change({f"k{number % 7}": b"%d" % number}, [f"k{number % 5}"])
    client = await scene.direct()
    for holder in holders:
        await holder.until(lambda holder=holder: not holder.shared._unsent)
    truth = {
        key.decode(): v
        for key, v in dict([pair async for pair in client.hscan_iter("dawr:{test}:all")]).items()
    }
    for holder in holders:
        await holder.until(lambda holder=holder: holder.shared.records == truth)
