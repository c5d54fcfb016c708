"""One contract for every place where counters may be shared: what workers learn of each other, what
an outage changes, and that nothing which was spent is forgotten."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import permutations
from pathlib import Path

import pytest
from helpers import FakeClock
from valkeys import PLACES, Cluster, Place, Server, Watched, until

from gateway.clock import SECOND
from gateway.state.exchange import Exchange
from gateway.state.gcra import Gcra

# Of a cluster of three each of these lies on another node.
LIMITS = ("login", "per-client", "upload")
KEY = 0x0A000001


class Worker:
    """Counters of three limits, each of ten at once and one an hour, and their exchange."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.tables = {name: Gcra(events=1, per=3600 * SECOND, burst=10) for name in LIMITS}
        for table in self.tables.values():
            table.shared = True
        self.exchange = Exchange(url, lambda: self.tables, self.clock)

    def take(self, times: int = 1, *, limit: str = "login", key: int = KEY) -> int:
        """How many of `times` are granted."""
        table = self.tables[limit]
        return sum(table.take(key, self.clock.now()) == 0 for _ in range(times))

    async def is_back(self) -> bool:
        await self.exchange.tick()
        return self.exchange.connected

    async def ticks(self, number: int = 10) -> None:
        """A second's, in which a worker asks whether all is still there."""
        for _ in range(number):
            await self.exchange.tick()


class Scene:
    def __init__(self, place: Place, stack: AsyncExitStack) -> None:
        self.place = place
        self._stack = stack

    def workers(self, count: int) -> list[Worker]:
        made = [Worker(self.place.url) for _ in range(count)]
        for worker in made:
            self._stack.push_async_callback(worker.exchange.close)
        return made


async def started(place: Place, stack: AsyncExitStack) -> Scene:
    stack.push_async_callback(place.stop)
    await place.start()
    return Scene(place, stack)


@pytest.fixture(params=PLACES)
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield await started(PLACES[request.param](tmp_path), stack)


async def test_workers_count_together(scene: Scene) -> None:
    one, other = scene.workers(2)
    for limit in LIMITS:
        assert one.take(8, limit=limit) == 8
    await one.exchange.tick()
    for limit in LIMITS:
        assert other.take(limit=limit) == 1  # it has not asked yet
    await other.exchange.tick()
    for limit in LIMITS:
        assert other.take(5, limit=limit) == 1
        assert other.take(11, limit=limit, key=KEY + 1) == 10, "another client is not charged"
    assert one.exchange.failures == other.exchange.failures == 0


async def test_the_order_of_exchanges_does_not_matter(scene: Scene) -> None:
    for number, order in enumerate(permutations(range(3))):
        workers, key = scene.workers(3), KEY + number
        assert [worker.take(3, key=key) for worker in workers] == [3, 3, 3]
        for turn in order:
            await workers[turn].exchange.tick()
        for worker in workers:  # whoever asks once more learns of all
            worker.take(key=key)
        for turn in order:
            await workers[turn].exchange.tick()
        await workers[order[0]].exchange.tick()
        assert [worker.take(5, key=key) for worker in workers] == [0, 0, 0], order
        for worker in workers:
            await worker.exchange.close()


async def test_while_it_is_away_each_counts_alone_and_tells_afterwards(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = scene.workers(2)
    await one.exchange.tick()
    await other.exchange.tick()
    await scene.place.stop()
    with caplog.at_level(logging.WARNING, "dawr.state"):
        for limit in LIMITS:
            assert one.take(11, limit=limit) == 10
        await one.ticks(3)
        assert one.exchange.snapshot()["connected"] is False
        await scene.place.start()
        await one.ticks(2)
    said = [record.message.partition(" (")[0] for record in caplog.records]
    assert said == [
        "the shared state is away",
        "the shared state is back; what was counted meanwhile is exchanged",
    ]
    for limit in LIMITS:
        other.take(limit=limit)
    await other.ticks(2)
    assert [other.take(5, limit=limit) for limit in LIMITS] == [0, 0, 0]


async def test_it_remembers_through_its_own_restart(scene: Scene) -> None:
    one, other = scene.workers(2)
    one.take(10)
    await one.exchange.tick()
    await one.exchange.close()
    await scene.place.stop()
    await scene.place.start()
    other.take()
    await other.ticks(2)
    assert other.take(10) == 0


async def test_what_it_lost_is_told_again(scene: Scene) -> None:
    """Also by a worker that has nothing new to tell; and a worker that was not there learns it."""
    one, other, newcomer = scene.workers(3)
    assert one.take(6) == 6
    assert other.take(4) == 4
    for worker in (one, other, one):
        await worker.exchange.tick()
    await scene.place.stop()
    scene.place.lose()
    await scene.place.start()
    await one.ticks(11)
    await other.ticks(11)
    assert one.exchange.refilled + other.exchange.refilled > 0
    assert newcomer.take(1) == 1
    await newcomer.exchange.tick()
    assert newcomer.take(10) == 0


async def test_what_it_lost_while_nobody_looked_is_told_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Its data goes, and no connection breaks: somebody cleared it by hand. The log says so."""
    one, newcomer = scene.workers(2)
    assert one.take(10) == 10
    await one.exchange.tick()
    await scene.place.clear()
    with caplog.at_level(logging.WARNING, "dawr.state"):
        await one.ticks(11)
    assert "the shared state has lost its counters; telling ours again" in caplog.messages
    assert newcomer.take(1) == 1
    await newcomer.exchange.tick()
    assert newcomer.take(10) == 0


async def test_a_second_loss_between_telling_and_spending_is_told_too(scene: Scene) -> None:
    (one,) = scene.workers(1)
    for _ in range(3):
        one.take(3)
        await one.exchange.tick()
        await scene.place.clear()
    await one.ticks(11)
    (newcomer,) = scene.workers(1)
    newcomer.take()
    await newcomer.exchange.tick()
    assert newcomer.take(10) == 0


async def test_many_keys_go_in_several_calls(scene: Scene) -> None:
    one, other = scene.workers(2)
    for key in range(4100):
        one.take(9, key=key)
    await one.exchange.tick()
    await scene.place.clear()
    await one.ticks(11)
    for key in range(4100):
        other.take(1, key=key)
    await other.exchange.tick()
    assert sum(other.take(key=key) for key in range(4100)) == 0


async def test_a_loss_grants_no_more_than_a_second_of_what_others_had(scene: Scene) -> None:
    """Ten at once and one an hour, of three workers, while all is lost every few ticks."""
    workers = scene.workers(3)
    granted, losses = 0, 3
    for turn in range(12):
        for worker in workers:
            granted += worker.take(1)
            await worker.exchange.tick()
        if turn % 4 == 3:
            await scene.place.clear()
    # Ten, and of each worker but one: one before it knew of the others, and one at each loss.
    assert granted <= 10 + (len(workers) - 1) * (1 + losses)


# What is particular to one of them.


async def test_a_replica_takes_over_in_the_middle_of_counting(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        place = Watched(tmp_path)
        scene = await started(place, stack)
        one, other, newcomer = scene.workers(3)
        assert one.take(4) == 4
        for worker in (one, other):
            await worker.exchange.tick()
        await place.fail_over()
        assert one.take(3) == 3
        assert other.take(3) == 3
        for worker in (one, other):
            await worker.ticks(1)
            await until(worker.is_back)
            await worker.ticks(2)
        assert newcomer.take(1) == 1
        await newcomer.exchange.tick()
        assert newcomer.take(10) == 0


async def test_what_a_replica_did_not_get_is_told_again(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        place = Watched(tmp_path)
        scene = await started(place, stack)
        one, newcomer = scene.workers(2)
        assert one.take(10) == 10
        await one.exchange.tick()
        await place.miss_the_last_writes()
        await place.fail_over()
        await one.ticks()
        await until(one.is_back)
        assert newcomer.take(1) == 1
        await newcomer.exchange.tick()
        assert newcomer.take(10) == 0


async def test_a_limit_whose_node_is_away_counts_alone_and_others_go_on(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        place = Cluster(tmp_path)
        scene = await started(place, stack)
        nodes = [await place.node_of(f"dawr:{{limit:{name}}}:") for name in LIMITS]
        assert len({node.port for node in nodes}) == 3, "each on another"
        one, other = scene.workers(2)
        await one.exchange.tick()
        await other.exchange.tick()
        await nodes[0].stop()
        for limit in LIMITS:
            assert one.take(10, limit=limit) == 10
        await one.ticks(3)
        for limit in LIMITS:
            other.take(limit=limit)
        await other.ticks(3)
        assert not other.exchange.connected
        assert [other.take(10, limit=limit) for limit in LIMITS] == [9, 0, 0]
        await nodes[0].start()
        await place.is_whole()
        await one.ticks(3)
        await other.ticks(3)
        assert one.exchange.connected
        assert other.take() == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"ca": ""}, "certificate", id="an authority that nobody trusts"),
        pytest.param({"password": "wrong"}, "WRONGPASS|invalid username", id="a wrong password"),
        pytest.param({"password": None}, "cannot be read", id="a password file that is gone"),
    ],
)
async def test_who_may_not_come_in_is_told_and_counts_on(
    change: dict[str, str | None], told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncExitStack() as stack:
        place = Server(tmp_path)
        scene = await started(place, stack)
        if "ca" in change:
            place.url = place.url.replace(f"ca={place.ca}&", "")
        password = tmp_path / "password"
        if change.get("password"):
            password.write_text(str(change["password"]))
        elif "password" in change:
            password.unlink()
        (one,) = scene.workers(1)
        assert one.take(11) == 10
        with caplog.at_level(logging.WARNING, "dawr.state"):
            await one.exchange.tick()
        assert caplog.records[0].message.startswith("the shared state is away")
        assert re.search(told, caplog.records[0].message)
