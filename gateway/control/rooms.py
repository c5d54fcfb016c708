"""The waiting rooms of this gateway's control process: a leader for each, and the operator's word.

An order goes through the shared state to whoever leads, so that it may be given at any gateway; it
is in the audit trail of the one where it was given before it is sent.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.address import Address
from gateway.building.rooms import openings_of, rules_of
from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.control.confirming import UNSENT, Confirming
from gateway.control.opening import Leader
from gateway.control.publishing import Publisher
from gateway.control.quota import PlatformQuota
from gateway.control.remembering import Memory, stopped_since
from gateway.control.strain import Strain
from gateway.errors import OperatorError
from gateway.guard.book import Book
from gateway.ledger.audit import Audit
from gateway.ledger.snapshot import Snapshot
from gateway.settings.quotas import QuotaSource
from gateway.settings.rooms import RoomModel
from gateway.state.client import FAILURES
from gateway.state.embedded import state_url
from gateway.state.rooms import RoomLead
from gateway.tasks import start_task
from gateway.waitingroom.conductor import REVOKED
from gateway.waitingroom.view import PHASES

ORDERS: Final = ("open", "close", "pause", "resume", "admit", "message", "revoke", "restore")


class _Led:
    def __init__(
        self,
        model: RoomModel,
        leader: Leader,
        publisher: Publisher,
        memory: Memory,
    ) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self.quota: PlatformQuota | None = None
        self.confirming: Confirming | None = None
        self.memory = memory
        self.model = model
        self.publisher = publisher
        self.leader = leader

    def ask(self, source: QuotaSource, clock: Clock) -> None:
        """Have the platform asked how many places there are."""
        leader = self.leader
        self.quota = leader.quota = PlatformQuota(self.model.name, source, clock, leader.taken)
        asking = self.quota.run(lambda: leader.leading)
        self._tasks.append(start_task(asking, name=f"ask for the places of {self.model.name}"))

    def lead(self) -> None:
        self._tasks.append(start_task(self.leader.run(), name=f"lead {self.model.name}"))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.leader.close()


class RoomLeaders:
    """`who` names this process in the lease; `blocks`: who the guard stopped."""

    def __init__(self, clock: Clock, who: str, blocks: Callable[[], Book]) -> None:
        self._blocks = blocks
        self._clock = clock
        self._who = who
        self._rooms: dict[str, _Led] = {}
        self._strain = Strain()
        self._audit: Audit

    async def configure(self, loaded: Loaded) -> None:
        """Go on by these settings: a room that changed is led anew, from its record."""
        secrets = loaded.secrets()
        self._audit = Audit(loaded.state_folder / "audit.log", self._clock)
        url = state_url(loaded.settings.state.url, loaded.state_folder)
        wanted = {model.name: model for model in loaded.settings.rooms}
        for name, led in list(self._rooms.items()):
            if wanted.get(name) != led.model:
                del self._rooms[name]
                await led.end()
        for name, model in wanted.items():
            if name in self._rooms:
                continue
            lead = RoomLead(url, name, self._who)
            memory = Memory(
                model, lead, loaded.state_folder, secrets, self._clock, self._stopped_since
            )
            publisher = Publisher(model, lead, loaded.state_folder, secrets, self._clock, memory)
            leader = Leader(
                name,
                rules_of(model),
                model.admit.idle / SECOND,
                openings_of(model),
                lead,
                self._clock,
                platform=self._strain.platform,
                prepare=publisher.prepare,
                draw=publisher.draw,
                follow=publisher.follow,
                teach=publisher.teach,
            )
            led = _Led(model, leader, publisher, memory)
            if model.quota is not None and model.quota.source is not None:
                led.ask(model.quota.source, self._clock)
            if model.identity is not None and model.identity.confirm is not None:
                confirm = model.identity.confirm
                led.confirming = Confirming(name, confirm, lead, secrets, self._clock)
            led.lead()
            self._rooms[name] = led

    def _stopped_since(self, moment: float) -> Callable[[Address], bool]:
        return stopped_since(self._blocks(), moment)

    def note(self, workers: list[Snapshot], up: bool) -> None:
        """The workers' numbers of this second: how the platform is."""
        self._strain.note(workers, up=up)

    async def order(self, name: str, order: Mapping[str, Any], who: str) -> None:
        """Have a room's leader do something. Raises KeyError, OperatorError, OSError, and as the
        client does."""
        led = self._rooms[name]
        if order["what"] in {"revoke", "restore"}:
            check_number(order["what"], order["number"], await led.leader.heard())
        self._audit.write(who, [{**order, "what": f"room {order['what']}", "room": name}])
        await led.leader.order({**order, "who": who})

    async def take_in(
        self, name: str, what: str, opening: str, witness: str, value: bytes, who: str
    ) -> None:
        """What goes into a draw: a witness' commitment or seed, or the beacon's value. Raises
        OperatorError where it comes at a wrong time or is not what was promised, and as `order`."""
        led = self._rooms[name]
        await led.publisher.check(what, opening, witness, value)
        entry = {"what": f"draw {what}", "room": name, "opening": opening, "witness": witness}
        self._audit.write(who, [entry])
        await led.publisher.take_in(what, opening, witness, value)

    async def shares(self, name: str) -> dict[str, Any]:
        """What a room has learned. Raises KeyError, and as the client does."""
        return await self._rooms[name].memory.report()

    async def confirm(
        self, name: str, opening: str, ticket: bytes, person: bytes, number: str
    ) -> str:
        """Have a code sent to a person; what became of it."""
        led = self._rooms.get(name)
        if led is None or led.confirming is None:
            return UNSENT
        try:
            return await led.confirming.send(opening, ticket, person, number)
        except FAILURES:
            return UNSENT

    async def status(self) -> list[dict[str, Any]]:
        """How each room is, as its leader told last."""
        return [await _status(led) for led in self._rooms.values()]

    def told(self) -> list[dict[str, Any]]:
        """For the metrics: what this gateway leads, and counted."""
        return [_counted(led) for led in self._rooms.values()]

    async def close(self) -> None:
        for led in self._rooms.values():
            await led.end()
        self._rooms = {}


def check_number(what: str, number: int, told: Mapping[str, Any] | None) -> None:
    """Raises OperatorError where a number cannot be taken back, or given back."""
    revoked = told.get("revoked", []) if told else []
    if what == "restore":
        if number not in revoked:
            raise OperatorError(f"number {number} is not withdrawn")
        return
    high = int(told["high"]) if told else 0
    if not 1 <= number <= high:
        given = f"there are 1 to {high}" if high else "there are none yet"
        raise OperatorError(f"nobody has number {number}: {given}")
    if len(revoked) >= REVOKED:
        raise OperatorError(
            f"{REVOKED} numbers are withdrawn in this opening, and that is all a room remembers: "
            "block the devices or addresses instead (gateway block add)"
        )


async def _status(led: _Led) -> dict[str, Any]:
    told = await led.leader.heard()
    return {
        "name": led.model.name,
        "leading": led.leader.leading,
        "phase": PHASES[told["phase"]] if told else "unknown",
        "told": told,
        "counted": _counted(led),
        "quota": None if led.model.quota is None else led.model.quota.places,
        "said": None if led.quota is None else led.quota.status(),
    }


def _counted(led: _Led) -> dict[str, Any]:
    leader = led.leader
    told, seen = leader.told, leader.seen
    return {
        "name": led.model.name,
        "leading": leader.leading,
        "phase": None if told is None else PHASES[told.phase],
        "opening": None if told is None else told.opening,
        "joined": seen.joined,
        "waiting": 0 if told is None else max(0, told.waiting),
        "serving": 0 if told is None else told.serving,
        "came": seen.came,
        "inside": seen.inside,
        "booked": seen.taken,
        "places": -1 if told is None else told.places,
        "factor": leader.factor,
        "failed": leader.failed,
    }
