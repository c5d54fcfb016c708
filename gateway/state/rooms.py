"""What workers and the leader tell each other of a waiting room, through Valkey.

A worker hands over each tick (100 ms) who came, was let in, was seen inside, booked or left, in one
script for each room, and learns what the leader tells, whose passes are over, and the numbers of
those who came after the draw. Nothing on a request's path waits for that. Each thing that is handed
over is a fact about one ticket or one booking, so that a batch whose answer was lost is sent again
and counts once.

The leader is whichever control process holds the room's lease, for `LEASE`; a dead one is followed
by another within that time. All it does is done in one script that looks at the lease first: one
who was believed dead can change nothing.

Law of the keys: all of a room carry the hash tag {room:NAME}, all of an opening its id too and an
end of their own, two days after the last use. Memory: some 65 bytes a ticket (`python -m
bench.memory`).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from gateway.clock import SECOND
from gateway.state.batch import Batch, Counter, Learned
from gateway.state.client import FAILURES, Link, Script, said

_log: Final = logging.getLogger("dawr.state")
TICK: Final = SECOND // 10
LEASE: Final = 2_500  # milliseconds
KEPT: Final = 2 * 86_400  # seconds
_BATCH: Final = 2_000  # tickets in one call: some ten milliseconds of Valkey's time
_BUCKETS: Final = 4_096  # of an opening's tickets, by the first 12 bits of their hashes
_PIPELINE: Final = 64
_HASH: Final = 16  # bytes of a ticket's
_TICK_SCRIPT: Final = Script("room.lua")
_BOOK_SCRIPT: Final = Script("room_book.lua")
_PERSON_SCRIPT: Final = Script("room_person.lua")
CODE_SECONDS: Final = 600  # that a code is good
CODE_TRIES: Final = 5
CODES: Final = 3  # for a person, in one opening: 15 tries of a million
_LEAD_SCRIPT: Final = Script("room_lead.lua")


def prefix(room: str) -> str:
    return f"dawr:{{room:{room}}}:"


class RoomExchange:
    """One worker's; `rooms` as they now are."""

    def __init__(self, url: str, rooms: Callable[[], Sequence[Counter]]) -> None:
        self._link = Link(url)
        self._rooms = rooms
        self.connected = True
        self.failures = 0

    async def run(self) -> None:
        """Exchange each tick, for ever."""
        while True:
            await asyncio.sleep(TICK / SECOND)
            await self.tick()

    async def tick(self) -> None:
        for room in self._rooms():
            try:
                await self._exchange(room)
            except (*FAILURES, ValueError) as error:
                room.failed()
                self.failures += 1
                await self.close()
                if self.connected:
                    self.connected = False
                    _log.warning(
                        "room %s: the shared state is away (%s); who comes new has to wait for it",
                        room.name,
                        said(error),
                    )
                return
        if not self.connected:
            self.connected = True
            _log.warning("the shared state is back: the waiting rooms go on")

    async def _exchange(self, room: Counter) -> None:
        while True:
            batch: Batch = room.take(_BATCH)
            answer = await _TICK_SCRIPT.run(
                self._link.there(),
                [prefix(room.name)],
                [
                    room.opening,
                    room.version,
                    room.ended_known,
                    b"".join(batch.joins),
                    b"".join(batch.entries),
                    b"".join(batch.seen),
                    b"".join(batch.bookings),
                    b"".join(batch.leavers),
                    b"".join(batch.cancelled),
                    batch.highest,
                    "1" if room.books_once else "",
                    KEPT,
                    b"".join(batch.failed),
                    b"".join(batch.unknown),
                    b"".join(batch.moves),
                ],
            )
            room.learn(_learned(answer))
            if len(batch.joins) < _BATCH:
                return

    async def reserve(self, room: Counter, booking: bytes, places: int) -> str:
        """A place for a booking that is about to be made; `places` of the opening, below 0: no end.
        "" or why there is none (room_book.lua). Raises `FAILURES` and ValueError."""
        said: bytes = await _BOOK_SCRIPT.run(
            self._link.there(),
            [prefix(room.name)],
            [
                room.opening,
                booking,
                "" if places < 0 else places,
                "1" if room.books_once else "",
                KEPT,
            ],
        )
        return said.decode()

    async def hold(self, room: Counter, person: bytes, ticket: bytes, instead: bytes) -> bytes:
        """The id of the ticket whose place a person's is: that one's, where it is nobody's yet, or
        `instead`'s, which holds no more. Raises as `reserve`."""
        return await self._person(room, "hold", person, ticket, instead)

    async def take(self, room: Counter, person: bytes, ticket: bytes, mac: bytes) -> bytes:
        """The id of the ticket whose place a person's is, for the device whose ticket has that hash
        and who typed the code; or why not (room_person.lua). Raises as `reserve`."""
        return await self._person(room, "take", person, ticket, mac, CODE_TRIES)

    async def _person(self, room: Counter, what: str, *arguments: Any) -> bytes:
        said: bytes = await _PERSON_SCRIPT.run(
            self._link.there(), [prefix(room.name)], [room.opening, what, KEPT, *arguments]
        )
        return said

    async def close(self) -> None:
        await self._link.close()


def _learned(answer: Any) -> Learned:
    told, ended, numbers, count = answer
    return Learned(
        None if told is None else orjson.loads(told),
        [(ended[at : at + 1], ended[at + 1 : at + 17]) for at in range(0, len(ended), 17)],
        {
            numbers[at : at + 16]: int.from_bytes(numbers[at + 16 : at + 20], "big")
            for at in range(0, len(numbers), 20)
        },
        int(count),
    )


class Led:
    """What the leader learns each second; see room_lead.lua."""

    __slots__ = (
        "booked", "came", "came_lately", "cancelled", "closed", "done", "inside", "joined", "late",
        "left", "orders", "record",
    )  # fmt: skip

    def __init__(self, answer: Sequence[Any]) -> None:
        self.record: dict[str, Any] | None = orjson.loads(answer[0]) if answer[0] else None
        (
            self.joined, self.late, self.came, self.came_lately, self.inside, self.done,
            self.booked, self.cancelled, self.left,
        ) = (int(one) for one in answer[1:10])  # fmt: skip
        self.orders: list[dict[str, Any]] = [orjson.loads(one) for one in answer[10]]
        self.closed: int | None = None if answer[11] is None else int(answer[11])


class RoomLead:
    """The shared state as the leader, or who would be it, sees it. Calls raise `FAILURES`."""

    def __init__(self, url: str, name: str, who: str) -> None:
        self._link = Link(url)
        self._prefix = prefix(name)
        self._who = who

    async def step(
        self,
        opening: str,
        *,
        idle: float,
        floor: int,
        record: Mapping[str, Any] | None = None,
        version: int = 0,
        told: Mapping[str, Any] | None = None,
        quota: int = -1,
        close: bool = False,
    ) -> Led | None:
        """Hold the lease, keep `record`, tell, count; None: another leads. `quota`: the opening's
        places, below 0: no end."""
        answer = await _LEAD_SCRIPT.run(
            self._link.there(),
            [self._prefix],
            [
                self._who,
                LEASE,
                opening,
                idle,
                floor,
                b"" if record is None else orjson.dumps(record),
                version,
                b"" if told is None else orjson.dumps(told),
                KEPT,
                "1" if close else "",
                "" if quota < 0 else quota,
            ],
        )
        return None if answer is None else Led(answer)

    async def order(self, order: Mapping[str, Any]) -> None:
        """Have the leader do something with its next step."""
        await self._link.there().rpush(self._prefix + "orders", orjson.dumps(order))

    async def told(self) -> dict[str, Any] | None:
        """What was told last."""
        text = await self._link.there().hget(self._prefix + "told", "text")
        return None if text is None else orjson.loads(text)

    async def code(self, opening: str, person: bytes, ticket: bytes, mac: bytes) -> str:
        """A code for that person is out, for the device whose ticket has that hash; or why not."""
        said: bytes = await _PERSON_SCRIPT.run(
            self._link.there(),
            [self._prefix],
            [opening, "code", KEPT, person, ticket, mac, CODE_SECONDS, CODES],
        )
        return said.decode()

    async def secret(self, opening: str, name: str, value: bytes) -> bytes:
        """What this opening keeps under that name, `value` if it had nothing."""
        key = f"{self._prefix}{opening}:{name}"
        await self._link.there().set(key, value, nx=True, ex=KEPT)
        found: Any = await self._link.there().get(key)
        return bytes(found)

    async def keep(self, opening: str, name: str, value: bytes, seconds: int = KEPT) -> None:
        await self._link.there().set(f"{self._prefix}{opening}:{name}", value, ex=seconds)

    async def kept(self, opening: str, name: str) -> bytes | None:
        found: Any = await self._link.there().get(f"{self._prefix}{opening}:{name}")
        return None if found is None else bytes(found)

    async def tickets(self, opening: str) -> list[tuple[bytes, bytes]]:
        """All that joined before the list was closed: hashes and their groups, packed."""
        found: list[tuple[bytes, bytes]] = []
        at = f"{self._prefix}{opening}:t:"
        for first in range(0, _BUCKETS, _PIPELINE):
            pipeline = self._link.there().pipeline(transaction=False)
            for bucket in range(first, first + _PIPELINE):
                pipeline.hgetall(f"{at}{bucket:03x}")
            for held in await pipeline.execute():
                found += [(hash_, group) for hash_, group in held.items() if len(group) != 4]
        return found

    async def bookings(self, opening: str) -> set[bytes]:
        """Hashes of the tickets that have booked."""
        found: Any = await self._link.there().smembers(f"{self._prefix}{opening}:bookings")
        return {bytes(one[:_HASH]) for one in found}

    async def taken(self, opening: str) -> int:
        """Bookings until now, without those that were cancelled."""
        at = f"{self._prefix}{opening}:"
        pipeline = self._link.there().pipeline(transaction=False)
        pipeline.scard(at + "bookings")
        pipeline.scard(at + "cancelled")
        booked, cancelled = await pipeline.execute()
        return max(0, int(booked) - int(cancelled))

    async def history(self) -> dict[str, bytes]:
        """What was written down of past openings, by their ids."""
        found: Any = await self._link.there().hgetall(self._prefix + "history")
        return {opening.decode(): bytes(value) for opening, value in found.items()}

    async def write_history(self, opening: str, value: bytes) -> None:
        """Once for each opening, whoever comes with it again."""
        await self._link.there().hsetnx(self._prefix + "history", opening, value)

    async def forget_history(self, openings: Sequence[str]) -> None:
        if openings:
            await self._link.there().hdel(self._prefix + "history", *openings)

    async def leave(self) -> None:
        """Give the lease back, so that another need not wait for its end."""
        if await self._link.there().get(self._prefix + "lease") == self._who.encode():
            await self._link.there().delete(self._prefix + "lease")

    async def close(self) -> None:
        await self._link.close()
