"""What a room remembers, through a real Valkey: openings teach once, at every gateway the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from helpers import FakeClock, address

from gateway.control.publishing import Publisher
from gateway.control.remembering import Memory, stopped_since
from gateway.guard.block import Block
from gateway.guard.book import Book, Past
from gateway.prefixes import parse_network
from gateway.settings.rooms import RoomModel
from gateway.state.batch import Batch, Counter, Learned
from gateway.state.embedded import EmbeddedValkey, socket_path
from gateway.state.rooms import RoomExchange, RoomLead
from gateway.waitingroom import verify_draw
from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.drawing import draw_folder, read_reveals
from gateway.waitingroom.groups import NO_HOLDER, Groups
from gateway.waitingroom.history import Taught
from gateway.waitingroom.share import AUTO, Entry, Shares, key_of_entry

SECRET = b"s" * 32
DAY = 86_400.0
CARRIER = parse_network("10.0.0.0/8")
LISTED = {"name": "carriers", "networks": ["10.0.0.0/8"], "share": "auto"}


def room(**draw: Any) -> RoomModel:
    return RoomModel.model_validate({
        "name": "passports",
        "opens": {"days": ["sun"]},
        "draw": {"shares": [LISTED], **draw},
    })  # fmt: skip


class Hand(Counter):
    """A worker that hands over what the test says."""

    def __init__(self, opening: str) -> None:
        super().__init__("passports", books_once=True)
        self.opening = opening
        self.batch = Batch()

    def take(self, most: int) -> Batch:
        return self.batch

    def learn(self, learned: Learned) -> None:
        self.batch = Batch()

    def failed(self) -> None:
        raise AssertionError("the exchange failed")


class Gateway:
    """One of those that share the state, with a folder of its own."""

    def __init__(self, url: str, folder: Path, model: RoomModel, clock: FakeClock) -> None:
        self.stopped: set[str] = set()
        self.folder = folder
        self.lead = RoomLead(url, "passports", folder.name)
        self.memory = Memory(
            model, self.lead, folder, [SECRET], clock,
            lambda _: lambda one: one.text in self.stopped,
        )  # fmt: skip
        self.publisher = Publisher(model, self.lead, folder, [SECRET], clock, self.memory)

    def files(self, opening: str) -> Mapping[str, bytes]:
        found = self.folder / "rooms/passports" / opening
        return {
            str(path.relative_to(found)): path.read_bytes()
            for path in found.rglob("*") if path.is_file()
        }  # fmt: skip


class Scene:
    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.valkey = EmbeddedValkey(folder, lambda: None)
        self.clock = FakeClock()
        self.url = f"unix://{socket_path(folder)}"
        self._folder = folder
        self._stack = stack
        self._gateways = 0
        self.groups = Groups(
            Shares([(CARRIER, Entry("carriers", AUTO))], {}, {}), SECRET, "passports", lambda _: 0
        )

    def gateway(self, model: RoomModel | None = None) -> Gateway:
        self._gateways += 1
        folder = self._folder / f"gateway {self._gateways}"
        made = Gateway(self.url, folder, model or room(), self.clock)
        self._stack.push_async_callback(made.lead.close)
        return made

    def record(self, opening: str, serving: int = 0) -> dict[str, Any]:
        now = self.clock.wall()
        return {"opening": opening, "begins": now, "opens": now + 1, "ends": now + 2,
                "places": 2000, "serving": serving}  # fmt: skip

    async def come(self, opening: str, tickets: Mapping[bytes, tuple[str, bytes]]) -> None:
        hand = Hand(opening)
        for hash_, (client, holder) in tickets.items():
            hand.batch.joins.append(hash_ + self.groups.of(address(client), opening, hash_, holder))
        await self._hand_over(hand)

    async def book(self, opening: str, tickets: list[bytes]) -> None:
        hand = Hand(opening)
        hand.batch.bookings = [ticket + bytes(8) for ticket in tickets]
        await self._hand_over(hand)

    async def _hand_over(self, hand: Hand) -> None:
        exchange = RoomExchange(self.url, lambda: [hand])
        await exchange.tick()
        assert exchange.connected
        await exchange.close()


async def _draw_here(folder: Path) -> None:
    draw_folder(folder, read_reveals(folder))


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    # Some dozen draws, each of which would be a process of its own.
    monkeypatch.setattr("gateway.control.publishing._run_drawing", _draw_here)
    async with AsyncExitStack() as stack:
        made = Scene(tmp_path, stack)
        await made.valkey.start()
        stack.push_async_callback(made.valkey.stop)
        yield made


def hash_of(number: int) -> bytes:
    return number.to_bytes(16, "big")


async def a_day(
    scene: Scene, gateway: Gateway, opening: str, carried: int = 60, booked: int = 50
) -> None:
    """`carried` people behind the carrier and ten of their own come; so many of the first book."""
    record = scene.record(opening)
    await gateway.publisher.prepare(opening, record)
    people = {hash_of(n): (f"10.0.0.{n}", NO_HOLDER) for n in range(1, carried + 1)}
    people |= {hash_of(100 + n): (f"20.0.0.{n}", NO_HOLDER) for n in range(10)}
    await scene.come(opening, people)
    await gateway.publisher.draw(opening)
    await scene.book(opening, [hash_of(n) for n in range(1, booked + 1)])
    scene.clock.advance(DAY)


async def test_an_opening_teaches_once_whoever_comes_with_it(scene: Scene) -> None:
    one, other = scene.gateway(), scene.gateway()
    record = scene.record("2026-11-29")
    await a_day(scene, one, "2026-11-29")
    await asyncio.gather(one.memory.teach(record), other.memory.teach(record))
    await one.memory.teach(record)
    (listed,) = (await other.memory.report())["listed"]
    assert (listed["bookings"], listed["openings"]) == (50, 1)
    # 50 of 70 people's bookings: 1.5 x (50 - 2 sqrt 50) / (50 / 70)
    assert listed["people"] == pytest.approx(75.3, abs=0.1)


async def test_the_next_draw_goes_by_it_at_every_gateway(scene: Scene) -> None:
    one, other = scene.gateway(), scene.gateway()
    for day in ("2026-11-29", "2026-11-30"):
        record = scene.record(day)
        await a_day(scene, one, day)
        await one.memory.teach(record)
    await a_day(scene, one, "2026-12-01", carried=99)
    await other.publisher.follow("2026-12-01")
    assert one.files("2026-12-01") == other.files("2026-12-01")
    shares = one.files("2026-12-01")["groups.txt"].split(b"\n")[3:-1]
    assert len(shares) == 1
    people = int(shares[0].split()[1])
    assert 70 * ONE < people < 99 * ONE, "not as many as come"
    promised = one.files("2026-12-01")["opening.json"]
    known = await other.memory.known("2026-12-01")
    assert (known.digest in promised.decode(), known.openings) == (True, 2)
    said = verify_draw.verify(str(one.folder / "rooms/passports/2026-12-01"))
    assert any("RIGHT: 109 tickets" in line for line in said)


async def test_what_holds_for_an_opening_is_fixed_before_its_first_ticket(scene: Scene) -> None:
    one = scene.gateway()
    before = await one.memory.known("2026-11-30")
    record = scene.record("2026-11-29")
    await a_day(scene, one, "2026-11-29")
    await one.memory.teach(record)
    assert (await one.memory.known("2026-11-30")).as_bytes() == before.as_bytes()
    assert (await one.memory.known("2026-12-01")).shares[key_of_entry("carriers")] < ALL


async def test_who_was_stopped_teaches_nothing(scene: Scene) -> None:
    one = scene.gateway()
    opening, office = "2026-11-29", [hash_of(200 + n) for n in range(4)]
    record = scene.record(opening)
    await one.publisher.prepare(opening, record)
    await scene.come(opening, dict.fromkeys(office, ("30.0.0.1", NO_HOLDER)))
    await scene.come(opening, {hash_of(1): ("10.0.0.1", NO_HOLDER)})
    await one.publisher.draw(opening)
    await scene.book(opening, [*office, hash_of(1)])
    one.stopped = {"30.0.0.1"}
    await one.memory.teach(record)
    said = await one.memory.report()
    assert (said["unlisted"], said["stopped"]) == ([], 4)


async def test_a_state_that_was_lost_has_it_again_from_the_folder(scene: Scene) -> None:
    one = scene.gateway()
    record = scene.record("2026-11-29")
    await a_day(scene, one, "2026-11-29")
    await one.memory.teach(record)
    await one.lead.forget_history(["2026-11-29"])
    assert (await one.memory.report())["openings"] == 0
    assert (await one.memory.known("2026-12-01")).openings == 1


async def test_what_is_too_old_is_dropped(scene: Scene) -> None:
    one = scene.gateway(room(learn={"keep": "2d"}))
    ends = scene.clock.wall()
    for days in range(4):
        taught = Taught(ends - days * DAY, 1, {})
        await one.lead.write_history(f"{days} ago", json.dumps(taught.as_data()).encode())
    await one.memory.teach(scene.record("0 ago"))
    assert sorted(await one.lead.history()) == ["0 ago", "1 ago", "2 ago"]


async def test_who_lost_has_more_weight_and_the_proof_holds(scene: Scene) -> None:
    """Two of three lose; with the draws of the next day, made at two gateways."""
    model = room(carry={"each": 1, "most": 4, "days": 7})
    one, other = scene.gateway(model), scene.gateway(model)
    holders = {n: b"device%02d" % n for n in range(1, 4)}
    for at, opening in enumerate(("2026-11-29", "2026-11-30", "2026-12-01")):
        record = scene.record(opening, serving=1)
        await one.publisher.prepare(opening, record)
        tickets = {hash_of(100 * at + n): (f"20.0.0.{n}", holder) for n, holder in holders.items()}
        await scene.come(opening, tickets)
        await one.publisher.draw(opening)
        scene.clock.advance(DAY)
        if at < 2:
            await one.publisher.teach(record)
    await other.publisher.follow("2026-12-01")
    assert one.files("2026-12-01") == other.files("2026-12-01")
    lines = one.files("2026-12-01")["list/all.txt"].splitlines()
    weights = sorted(int(line.split()[2]) for line in lines)
    # On each day one was called; who was it twice has lost never, who never was, twice.
    assert sum(weights) == 3 + 2 + 2
    assert weights[-1] >= 2
    said = verify_draw.verify(str(one.folder / "rooms/passports/2026-12-01"))
    assert any("RIGHT: 3 tickets" in line for line in said)


def blocked(scope: str, key: str, **more: Any) -> Callable[[Book], None]:
    def put(book: Book) -> None:
        since = {"reason": "flood", "since": 0.0, "until": None, "by": "guard"}
        book.put(Block(scope, key, **(since | more)))

    return put


def was_blocked(until: float) -> Callable[[Book], None]:
    def put(book: Book) -> None:
        book.past["address", "203.0.113.7"] = Past(1, until)

    return put


@pytest.mark.parametrize(
    ("put", "is_stopped"),
    [
        pytest.param(blocked("address", "203.0.113.7"), True, id="the address"),
        pytest.param(blocked("prefix", "203.0.113.0/24"), True, id="its network"),
        pytest.param(blocked("address", "203.0.113.8"), False, id="another"),
        pytest.param(blocked("address", "203.0.113.7", shadow=True), False, id="in shadow"),
        pytest.param(
            blocked("address", "203.0.113.7", measure="challenge"), False, id="only asked"
        ),
        pytest.param(blocked("device", "ab"), False, id="a device"),
        pytest.param(was_blocked(100.0), True, id="until the opening began"),
        pytest.param(was_blocked(99.0), False, id="until before it"),
    ],
)
def test_whom_the_guard_stopped(put: Callable[[Book], None], is_stopped: bool) -> None:
    book = Book([60], forgive=1)
    put(book)
    assert stopped_since(book, 100.0)(address("203.0.113.7")) is is_stopped
