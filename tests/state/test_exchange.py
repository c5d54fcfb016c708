"""Counters shared through a real Valkey, the embedded one: what workers learn of each other."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from helpers import FakeClock

from gateway.clock import SECOND
from gateway.state.embedded import EmbeddedValkey, socket_path
from gateway.state.exchange import Exchange
from gateway.state.gcra import Gcra

KEYS = 1 << 64 | 0x20010DB8_00000000  # an IPv6 client's; IPv4 ones are small


class Worker:
    """One worker's counters of one limit, of ten at once and one an hour, and its exchange."""

    def __init__(self, url: str, clock: FakeClock) -> None:
        self.clock = clock
        self.table = Gcra(events=1, per=3600 * SECOND, burst=10)
        self.table.shared = True
        self.exchange = Exchange(url, lambda: {"login": self.table}, clock)

    def take(self, key: int, times: int = 1) -> int:
        """How many of `times` are granted."""
        return sum(self.table.take(key, self.clock.now()) == 0 for _ in range(times))


class Scene:
    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.valkey = EmbeddedValkey(folder, lambda: None)
        self.url = f"unix://{socket_path(folder)}"
        self._stack = stack

    async def workers(self, count: int) -> list[Worker]:
        made = [Worker(self.url, FakeClock()) for _ in range(count)]
        for worker in made:
            self._stack.push_async_callback(worker.exchange.close)
        return made


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        made = Scene(tmp_path, stack)
        await made.valkey.start()
        stack.push_async_callback(made.valkey.stop)
        yield made


@pytest.mark.parametrize("key", [1, 0xFFFFFFFF, KEYS], ids=["an IPv4", "the last IPv4", "an IPv6"])
async def test_what_one_granted_the_other_knows(scene: Scene, key: int) -> None:
    one, other = await scene.workers(2)
    assert one.take(key, 8) == 8
    await one.exchange.tick()
    assert other.take(key) == 1  # it has not asked yet
    await other.exchange.tick()
    assert other.take(key, 5) == 1
    assert other.take(key + 1, 11) == 10, "another client is not charged"


@pytest.mark.parametrize("order", ["0123", "3210", "0011223", "20213"])
async def test_the_order_of_exchanges_does_not_matter(scene: Scene, order: str) -> None:
    workers = await scene.workers(4)
    granted = sum(worker.take(7, 2) for worker in workers)  # eight of ten
    for number in order:
        await workers[int(number)].exchange.tick()
    for worker in workers:  # whoever asks once more learns of all
        granted += worker.take(7)
        await worker.exchange.tick()
    for worker in workers:
        await worker.exchange.tick()
        worker.take(7, 20)
    assert granted in {10, 11, 12}, "ten, and what was granted between two exchanges"
    assert sum(worker.take(7, 20) for worker in workers) == 0


async def test_never_more_than_the_burst_and_one_tick_of_each(scene: Scene) -> None:
    """All take all they can between any two ticks; the sum keeps the law."""
    workers = await scene.workers(3)
    granted = 0
    for _ in range(20):
        for worker in workers:
            granted += worker.take(7)  # one each a tick
        for worker in workers:
            await worker.exchange.tick()
    assert granted <= 10 + (len(workers) - 1) * 2


async def test_many_keys_go_in_several_calls(scene: Scene) -> None:
    one, other = await scene.workers(2)
    for key in range(5000):
        one.take(key, 10)
        other.take(key, 1)
    await one.exchange.tick()
    await other.exchange.tick()
    assert sum(other.take(key) for key in range(5000)) == 0
    assert one.exchange.snapshot()["keys"] == 5000


async def test_while_it_is_away_each_counts_alone_and_tells_afterwards(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = await scene.workers(2)
    await one.exchange.tick()
    await scene.valkey.stop()
    assert one.take(7, 11) == 10
    with caplog.at_level(logging.WARNING, "dawr.state"):
        await one.exchange.tick()
        await one.exchange.tick()
    assert [r.message.partition(" (")[0] for r in caplog.records] == ["the shared state is away"]
    assert one.exchange.snapshot()["connected"] is False
    await scene.valkey.start()
    await one.exchange.tick()
    assert one.exchange.snapshot()["connected"] is True
    other.take(7)
    await other.exchange.tick()
    assert other.take(7) == 0


async def test_it_remembers_through_its_own_restart(scene: Scene) -> None:
    one, other = await scene.workers(2)
    one.take(7, 10)
    await one.exchange.tick()
    await scene.valkey.stop()
    await scene.valkey.start()
    other.take(7)
    await other.exchange.tick()
    assert other.take(7) == 0


async def test_an_empty_one_that_comes_back_gives_nobody_anything(
    scene: Scene, tmp_path: Path
) -> None:
    (one,) = await scene.workers(1)
    assert one.take(7, 10) == 10
    await one.exchange.tick()
    await scene.valkey.stop()
    for file in (tmp_path / "valkey").rglob("*.aof*"):
        file.unlink()
    await scene.valkey.start()
    for _ in range(3):
        await one.exchange.tick()
        assert one.take(7) == 0
