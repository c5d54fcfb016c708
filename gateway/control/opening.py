"""One room's leader: counts, decides, has the lots drawn, tells everybody; once a second.

Each gateway's control process would lead; whoever holds the room's lease does, and the others stand
by. Whoever takes over goes on with the record that the last one kept, a second old at most.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from gateway.clock import SECOND, Clock
from gateway.control.quota import PlatformQuota
from gateway.state.client import FAILURES, said
from gateway.state.rooms import Led, RoomLead
from gateway.tasks import start_task
from gateway.waitingroom.conductor import (
    Conductor,
    FindOpening,
    Platform,
    Record,
    Rules,
    Seen,
)
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import CLOSED, DRAWING

_log: Final = logging.getLogger("dawr.rooms")
_STEP: Final = 1.0
_STAND_BY: Final = 0.5  # seconds between two looks at whether the lease is free

Draw = Callable[[str, int], Awaitable[None]]  # opening, tickets
Prepare = Callable[[str, Mapping[str, Any]], Awaitable[None]]
Follow = Callable[[str], Awaitable[None]]
Teach = Callable[[Mapping[str, Any]], Awaitable[None]]  # the record of an opening that is over


class Leader:
    """`platform` says how the platform is; `prepare` publishes what has to be known of an opening
    before its first ticket, `draw` draws the lots of a closed list, `follow` makes here what
    another gateway has drawn, `teach` writes down what an opening that is over teaches."""

    def __init__(
        self,
        name: str,
        rules: Rules,
        idle: float,
        find: FindOpening,
        lead: RoomLead,
        clock: Clock,
        *,
        platform: Callable[[], Platform],
        prepare: Prepare,
        draw: Draw,
        follow: Follow,
        teach: Teach,
    ) -> None:
        self.name = name
        self._rules = rules
        self._idle = idle
        self._find = find
        self._lead = lead
        self._clock = clock
        self._platform = platform
        self._prepare = prepare
        self._draw = draw
        self._follow = follow
        self._teach = teach
        self.quota: PlatformQuota | None = None  # where the platform tells of the places
        self._teaching: asyncio.Task[Any] | None = None
        self._conductor: Conductor | None = None
        self._version = 0
        self._drawing: asyncio.Task[Any] | None = None
        self._drawn: int | None = None
        self._failed = False
        self.failed = 0  # seconds in which the shared state could not be reached
        self.leading = False
        self.told: Told | None = None
        self.factor = 1.0  # of the rate, that the platform bears
        self.seen = Seen()

    async def run(self) -> None:
        """Lead, or stand by, for ever."""
        while True:
            before = self._clock.now()
            try:
                await self.step()
                if self._failed:
                    _log.warning("room %s: the shared state is back", self.name)
                self._failed = False
            except (*FAILURES, ValueError) as error:
                if not self._failed:
                    _log.warning("room %s: the shared state is away (%s)", self.name, said(error))
                self._failed = True
                self.failed += 1
                await self._lead.close()
            except Exception:  # a fault of ours must not end the room for good
                _log.exception("room %s: a second failed; it goes on with the next", self.name)
            took = (self._clock.now() - before) / SECOND
            await asyncio.sleep(max(0.05, (_STEP if self.leading else _STAND_BY) - took))

    async def step(self) -> None:
        """One second of leading, or one look at whether somebody else does."""
        led = await self._count()
        if led is None:
            if self.leading:
                _log.warning("room %s: another gateway leads now", self.name)
            self.leading, self._conductor = False, None
            await self._stand_by()
            return
        conductor = self._conductor
        if conductor is None:
            conductor = self._take_over(led)
            orders, led = led.orders, await self._count() or led  # now of its opening
            led.orders += orders
        wall = self._clock.wall()
        for order in led.orders:
            self._obey(conductor, order, wall)
        if self._has_taught(conductor, wall) and conductor.begin(wall):
            self._drawing = self._drawn = None
            _log.info("room %s: the next opening is %s", self.name, conductor.record.opening)
            led = await self._count() or led
            if self.quota is not None:
                self.quota.begin()
        self.seen = _seen(led)
        if self.quota is not None:
            conductor.said(self.quota.places, fresh=self.quota.fresh)
        if self._drawn is not None:
            conductor.drawn(self._drawn)
            self._drawn = None
        phase = conductor.record.phase
        conductor.step(wall, self.seen, self._platform())
        self.factor = conductor.factor
        if conductor.record.phase != phase:
            _log.info("room %s: %s", self.name, _PHASES[conductor.record.phase])
        record = conductor.record
        if record.phase != CLOSED and not record.prepared:
            await self._prepare(record.opening, record.as_data())
            record.prepared = True
        if record.phase == DRAWING and self._drawing is None:
            await self._close_the_list(conductor)
        await self._tell(conductor, wall)

    async def _stand_by(self) -> None:
        told = await self._lead.told()
        if told is not None and told["drawn"]:
            await self._follow(told["opening"])

    async def _count(self) -> Led | None:
        record = self._conductor.record if self._conductor is not None else Record()
        return await self._lead.step(record.opening, idle=self._idle, floor=record.floor)

    def _take_over(self, led: Led) -> Conductor:
        self.leading = True
        kept = led.record or {}
        self._version = int(kept.get("version", 0))
        record = Record.of(kept["record"]) if "record" in kept else None
        self._conductor = Conductor(self._rules, self._find, record)
        self._drawing = self._teaching = None
        if self.quota is not None:
            self.quota.begin()
        return self._conductor

    def _has_taught(self, conductor: Conductor, wall: float) -> bool:
        """Whether the next opening may begin: what this one teaches is written down, once."""
        if self._teaching is not None and self._teaching.done():
            conductor.record.taught, self._teaching = True, None
        if conductor.teaches(wall) and self._teaching is None:
            self._teaching = start_task(
                self._write_down(conductor.record.as_data()), name=f"learn {self.name}"
            )
        return self._teaching is None

    async def _write_down(self, record: Mapping[str, Any]) -> None:
        while True:
            try:
                await self._teach(record)
                return
            except FAILURES as error:
                _log.warning("room %s: what was learned waits (%s)", self.name, said(error))
                await asyncio.sleep(_STEP)
            except Exception:  # or no other opening would ever begin
                _log.exception("room %s: %s teaches nothing", self.name, record["opening"])
                return

    async def _close_the_list(self, conductor: Conductor) -> None:
        led = await self._lead.step(
            conductor.record.opening,
            idle=self._idle,
            floor=0,
            record=self._kept(conductor),
            close=True,
        )
        if led is None or led.closed is None:
            return
        if led.closed == 0:
            conductor.drawn(0)
            return
        _log.info("room %s: the list is closed; tickets: %d", self.name, led.closed)
        self._drawing = start_task(
            self._draw_lots(conductor.record.opening, led.closed), name=f"draw {self.name}"
        )

    async def _draw_lots(self, opening: str, tickets: int) -> None:
        try:
            await self._draw(opening, tickets)
        except Exception:
            _log.exception("room %s: the draw failed; it is tried again", self.name)
            await asyncio.sleep(_STEP)
            self._drawing = None
            return
        if self._conductor is not None and self._conductor.record.opening == opening:
            self._drawn = tickets

    def _kept(self, conductor: Conductor) -> dict[str, Any]:
        return {"version": self._version, "record": conductor.record.as_data()}

    async def _tell(self, conductor: Conductor, wall: float) -> None:
        self._version += 1
        following = self._find(max(wall, conductor.record.ends))
        then = following.local if following is not None else ""
        told = conductor.told(wall, self.seen, version=self._version, then=then)
        led = await self._lead.step(
            conductor.record.opening,
            idle=self._idle,
            floor=conductor.record.floor,
            record=self._kept(conductor),
            version=self._version,
            told=told.as_data(),
            quota=told.quota,
        )
        if led is None:
            self.leading, self._conductor = False, None
            return
        self.told = told

    def _obey(self, conductor: Conductor, order: Mapping[str, Any], wall: float) -> None:
        what = order.get("what")
        if what == "open":
            conductor.open_now(wall)
        elif what == "close":
            conductor.close_now()
        elif what in {"pause", "resume"}:
            conductor.pause(what == "pause")
        elif what == "admit":
            conductor.admit(int(order["number"]))
        elif what == "revoke":
            conductor.revoke(int(order["number"]))
        elif what == "restore":
            conductor.restore(int(order["number"]))
        elif what == "message":
            conductor.record.message = dict(order["message"])
        _log.info("room %s: %s, by %s", self.name, what, order.get("who", "?"))

    async def taken(self) -> int:
        """Bookings of this opening until now. Raises as the client does."""
        conductor = self._conductor
        return 0 if conductor is None else await self._lead.taken(conductor.record.opening)

    async def heard(self) -> dict[str, Any] | None:
        """What was told last, here or by whoever leads."""
        if self.leading and self.told is not None:
            return self.told.as_data()
        return await self._lead.told()

    async def order(self, order: Mapping[str, Any]) -> None:
        """Have whoever leads do something with its next step."""
        await self._lead.order(order)

    async def close(self) -> None:
        """The gateway ends: let another lead at once."""
        if self.leading:
            try:
                await self._lead.leave()
            except (*FAILURES, ValueError):
                pass
        await self._lead.close()


_PHASES: Final = ("closed", "the pre-queue", "drawing lots", "open", "over", "paused", "away")


def _seen(led: Led) -> Seen:
    return Seen(
        joined=led.joined,
        late=led.late,
        came=led.came,
        came_lately=led.came_lately,
        inside=led.inside,
        ended=led.done,
        booked=led.booked,
        cancelled=led.cancelled,
        left=led.left,
    )
