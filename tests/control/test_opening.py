"""A room's leader, with a real Valkey: its days, its death, a clock that is stepped."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers import FakeClock

from gateway.control.opening import Leader
from gateway.state.batch import Batch, Counter, Learned
from gateway.state.embedded import EmbeddedValkey, socket_path
from gateway.state.rooms import RoomExchange, RoomLead
from gateway.waitingroom.admission import Terms
from gateway.waitingroom.conductor import Platform, Rules
from gateway.waitingroom.schedule import Opening
from gateway.waitingroom.view import OPEN, OVER, PREQUEUE

DAY = 86_400.0
START = 1_800_000_000.0
RULES = Rules(Terms(rate=2.0, active=50), grace=60.0, total=600.0, polls=1000.0)


def find(wall: float) -> Opening | None:
    """Each day one: its pre-queue a minute after the scene's beginning, open after two."""
    for day in range(3):
        begins = START + 60 + day * DAY
        if wall < begins + 3600:
            return Opening(f"day {day}", begins, begins + 60, begins + 3600, places=100)
    return None


class Gateway:
    def __init__(self, url: str, clock: FakeClock, name: str = "one") -> None:
        self.prepared: list[str] = []
        self.taught: list[str] = []
        self.fail = False
        self.lead = RoomLead(url, "passports", name)
        self.leader = Leader(
            "passports", RULES, 300.0, find, self.lead, clock,
            platform=Platform, prepare=self._prepare, draw=self._draw, follow=self._follow,
            teach=self._teach,
        )  # fmt: skip

    async def _prepare(self, opening: str, _: Mapping[str, Any]) -> None:
        self.prepared.append(opening)

    async def _draw(self, opening: str, _: int) -> None:
        pass

    async def _follow(self, opening: str) -> None:
        pass

    async def _teach(self, record: Mapping[str, Any]) -> None:
        if self.fail:
            raise RuntimeError("a fault of ours")
        self.taught.append(str(record["opening"]))


class Worker(Counter):
    """Hands over tickets that join."""

    def __init__(self, opening: str, tickets: int) -> None:
        super().__init__("passports", books_once=True)
        self.opening = opening
        self.batch = Batch()
        self.batch.joins = [n.to_bytes(16, "big") + bytes(42) for n in range(1, tickets + 1)]

    def take(self, most: int) -> Batch:
        return self.batch

    def learn(self, learned: Learned) -> None:
        self.batch = Batch()


class Scene:
    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = FakeClock(wall=START)
        self.gateway = Gateway(url, self.clock)

    async def play(self, seconds: float, step: float = 1.0) -> dict[str, Any]:
        """So many seconds go by; what was told last."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            await self.gateway.leader.step()
        return self.told

    @property
    def told(self) -> dict[str, Any]:
        assert self.gateway.leader.told is not None
        return self.gateway.leader.told.as_data()

    async def join(self, opening: str, tickets: int) -> None:
        worker = Worker(opening, tickets)
        exchange = RoomExchange(self.url, lambda: [worker])
        await exchange.tick()
        await exchange.close()
        assert exchange.connected

    async def open(self) -> None:
        """Fifty tickets are drawn, and some seconds have gone by."""
        assert (await self.play(70))["phase"] == PREQUEUE
        await self.join("day 0", 50)
        assert (await self.play(70))["phase"] == OPEN

    async def die(self) -> None:
        """The leader's process is gone, with all it had in memory, and its lease has ended."""
        await self.gateway.lead.leave()
        await self.gateway.lead.close()
        self.gateway = Gateway(self.url, self.clock, "another")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    valkey = EmbeddedValkey(tmp_path, lambda: None)
    await valkey.start()
    made = Scene(f"unix://{socket_path(tmp_path)}")
    yield made
    await made.gateway.lead.close()
    await valkey.stop()


async def test_an_opening_teaches_before_the_next_begins(scene: Scene) -> None:
    await scene.open()
    await scene.play(3600, step=30)
    assert scene.told["phase"] == OVER
    assert not scene.gateway.taught, "who is inside may still book"
    await scene.play(600, step=30)
    assert scene.gateway.taught == ["day 0"]
    scene.clock.advance(DAY - 5000)
    await scene.play(3, step=1)
    assert scene.told["opening"] == "day 0", "people are told that it is over"
    await scene.play(1000, step=20)
    assert scene.told["opening"] == "day 1"
    assert scene.gateway.prepared == ["day 0", "day 1"]
    await scene.play(60)
    assert scene.gateway.taught == ["day 0"]


async def test_who_dies_before_it_has_taught_is_followed(scene: Scene) -> None:
    await scene.open()
    scene.clock.advance(DAY)
    await scene.die()
    await scene.play(3)
    assert scene.gateway.taught == ["day 0"], "though the next would have begun"
    assert scene.told["opening"] == "day 1"


async def test_a_fault_of_ours_does_not_stop_the_next_opening(scene: Scene) -> None:
    await scene.open()
    scene.gateway.fail = True
    scene.clock.advance(DAY)
    assert (await scene.play(4))["opening"] == "day 1"


@pytest.mark.parametrize("step", [-3600.0, -90.0, 90.0, 1800.0])
async def test_a_clock_that_is_stepped_takes_nothing_back(scene: Scene, step: float) -> None:
    """Also where another takes over just then."""
    await scene.open()
    before = (await scene.play(5))["serving"]
    assert before > 0
    scene.clock._wall += step
    told = await scene.play(1)
    assert (told["phase"], told["drawn"]) == (OPEN, 50)
    assert before <= told["serving"] <= before + 10, "no more than in some seconds"
    scene.clock._wall -= step
    await scene.die()
    after = await scene.play(2)
    assert (after["phase"], after["drawn"]) == (OPEN, 50)
    assert after["serving"] >= told["serving"]


async def test_a_clock_stepped_back_before_the_opening_only_delays_it(scene: Scene) -> None:
    assert (await scene.play(70))["phase"] == PREQUEUE
    await scene.join("day 0", 50)
    scene.clock._wall -= 600
    assert (await scene.play(30))["phase"] == PREQUEUE, "never closed again"
    assert scene.gateway.leader.seen.joined == 50
    scene.clock._wall += 600
    assert (await scene.play(60))["phase"] == OPEN
    assert scene.told["drawn"] == 50
