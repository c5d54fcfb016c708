"""Places reserved in a real Valkey: never more than the leader said last."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.state.batch import Batch, Counter, Learned
from gateway.state.embedded import EmbeddedValkey, socket_path
from gateway.state.rooms import RoomExchange, RoomLead

OPENING = "2026-11-29"


class Worker(Counter):
    def __init__(self) -> None:
        super().__init__("passports", books_once=True)
        self.opening = OPENING
        self.batch = Batch()

    def take(self, most: int) -> Batch:
        return self.batch

    def learn(self, learned: Learned) -> None:
        self.batch = Batch()


class Scene:
    def __init__(self, url: str) -> None:
        self.url = url
        self.lead = RoomLead(url, "passports", "this one")
        self.worker = Worker()
        self.exchange = RoomExchange(url, lambda: [self.worker])
        self._version = 0

    async def tell(self, quota: int, opening: str = OPENING) -> None:
        self._version += 1
        told = {"opening": opening, "quota": quota}
        await self.lead.step(
            opening, idle=60, floor=0, record={}, version=self._version, told=told, quota=quota
        )

    async def reserve(self, number: int, *, told: int = 2) -> str:
        """`told`: how many places the worker knows of."""
        booking = number.to_bytes(16, "big") + number.to_bytes(8, "big")
        return await self.exchange.reserve(self.worker, booking, told)

    async def close(self) -> None:
        await self.lead.close()
        await self.exchange.close()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    valkey = EmbeddedValkey(tmp_path, lambda: None)
    await valkey.start()
    made = Scene(f"unix://{socket_path(tmp_path)}")
    yield made
    await made.close()
    await valkey.stop()


async def test_a_quota_that_goes_down_and_up_in_the_middle(scene: Scene) -> None:
    await scene.tell(3)
    assert [await scene.reserve(number) for number in (1, 2)] == ["", ""]
    await scene.tell(1)
    assert await scene.reserve(3, told=3) == "full", "whatever the worker was told before"
    assert await scene.reserve(1) != "full", "what was reserved holds"
    await scene.tell(4)
    assert [await scene.reserve(number) for number in (3, 4, 5)] == ["", "", "full"]
    await scene.tell(-1)
    assert await scene.reserve(6, told=-1) == ""


async def test_what_was_said_of_another_opening_is_not_heeded(scene: Scene) -> None:
    await scene.tell(0, opening="2026-11-28")
    assert [await scene.reserve(number) for number in (1, 2, 3)] == ["", "", "full"]


async def test_a_second_leader_learns_and_changes_nothing(scene: Scene) -> None:
    await scene.tell(1)
    other = RoomLead(scene.url, "passports", "another")
    assert await other.step(OPENING, idle=60, floor=0, record={}, told={}, quota=9) is None
    await other.close()
    assert [await scene.reserve(number) for number in (1, 2)] == ["", "full"]
