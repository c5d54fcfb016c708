"""A worker: one process, one event loop, its own listening sockets.

It is told by the supervisor what to serve, over the channel, and tells its numbers when asked. When
the channel ends the supervisor is gone, and the worker with it: there are no orphans.
"""

import asyncio
import gc
import logging
import os
import sys
import time
from contextlib import suppress
from typing import Any, Final

from gateway.address import parse_address
from gateway.app import Built, log_path
from gateway.building.guard import configure_watch, entry_of
from gateway.building.limits import Counters, tighten
from gateway.channel import Channel, ChannelClosed, RemoteError
from gateway.children import (
    Parent,
    event_loop_factory,
    leave_signals_to_the_supervisor,
    memory_bytes,
)
from gateway.clock import MILLISECOND, SECOND, Clock
from gateway.config import Loaded
from gateway.doors import Doors
from gateway.errors import OperatorError
from gateway.filters.block import BlockTable
from gateway.filters.flood import FloodState
from gateway.guard.book import Told
from gateway.guard.facts import Facts
from gateway.guard.profiles import Profiles, Report, Suspect
from gateway.guard.watch import Watch
from gateway.http.backend import Backend
from gateway.http.connections import Connections
from gateway.http.counts import Counts
from gateway.http.framing import Answers
from gateway.http.plane import Plane
from gateway.ledger.access_log import LogFile
from gateway.ledger.journal import Journal
from gateway.ledger.records import Value
from gateway.ledger.snapshot import (
    BackendSnapshot,
    HistogramSnapshot,
    RulesSnapshot,
    Snapshot,
)
from gateway.ledger.tally import LAG_BOUNDS, LATENCY_BOUNDS, Histogram
from gateway.logs import configure_logging
from gateway.request import RANK_NAMES
from gateway.rules.engine import Counts as RuleCounts
from gateway.state.embedded import state_url
from gateway.state.exchange import Exchange
from gateway.state.rooms import RoomExchange
from gateway.tasks import start_task
from gateway.waitingroom.room import Room
from gateway.waitingroom.tickets import Ticket

_TICK: Final = 100 * MILLISECOND  # to log and count what is over
_UNDER_ATTACK: Final = 2
_PATIENCE: Final = 1.0  # seconds that the beginning waits for the shared state
_CONFIRM: Final = 13.0  # seconds; the supervisor gives up before
_SWEEP: Final = 5  # ticks between two looks at the deadlines

_log: Final = logging.getLogger("dawr.worker")


class Worker:
    """`parent` hands over the listening sockets."""

    def __init__(self, parent: Parent, clock: Clock) -> None:
        self._parent = parent
        self._doors = Doors()
        self._clock = clock
        self._started = clock.now()
        self._journal = Journal(clock)
        self._blocks = BlockTable()
        self._profiles = Profiles(seed=0)
        self._watch = Watch(self._profiles, Facts(seed=0))
        self._flood = FloodState()
        self._plane = Plane(clock, [self._journal, self._watch], os.urandom(5).hex().encode())
        self._connections = Connections(self._plane)
        self._counters = Counters()
        self._rule_counts = RuleCounts()
        self._answers = Answers()
        self._prepared: Built | None = None
        self._current: Built | None = None
        self._workers = 1
        self._number = 0
        self._generation = 0
        self._prepared_generation = 0
        self._health: dict[str, bool] = {}
        self._secrets: list[bytes] = []
        self._lag = Histogram(LAG_BOUNDS)
        self._ticks = 0
        self._log_file: LogFile | None = None
        self._prepared_log: LogFile | None = None
        self._log_key: tuple[Any, ...] = ()
        self._exchange: Exchange | None = None
        self._exchange_url = ""
        self._exchanging: asyncio.Task[None] | None = None
        self._rooms: dict[str, Room] = {}
        self._room_exchange: RoomExchange | None = None
        self._rooms_exchanging: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.channel: Channel
        self.serving = asyncio.Event()
        self.finished = asyncio.Event()

    def handlers(self) -> dict[str, Any]:
        """What the supervisor may call."""
        return {
            "prepare": self.prepare,
            "commit": self.commit,
            "discard": self.discard,
            "drain": self.drain,
            "reopen_logs": self.reopen_logs,
            "ping": self.ping,
            "snapshot": self.snapshot,
            "explain": self.explain,
            "backends": self.backends,
            "blocks": self.blocks,
            "observe": self.observe,
            "about": self.about,
            "alarm": self.alarm,
        }

    async def prepare(
        self,
        *,
        loaded: Loaded,
        worker: int,
        workers: int,
        generation: int,
        new: list[str],
        health: dict[str, bool],
        secrets: list[bytes],
    ) -> str:
        """Build all parts of a configuration, and change nothing; "" or what is wrong.

        `new` are the addresses of listening sockets that have been handed over for it.
        """
        self._number = worker
        self._workers = workers
        self._health = health
        self._secrets = secrets
        for address, sock in zip(new, self._parent.receive(len(new)), strict=True):
            self._doors.keep(address, sock)
        try:
            self._prepared = Built(loaded, self._clock)
            self._prepare_log(loaded)
        except OperatorError as error:
            return str(error)
        self._prepared_generation = generation
        return ""

    async def discard(self) -> None:
        self._prepared = None
        if self._current is not None:
            self._doors.forget_all_but(self._current.loaded.settings.listen)

    async def commit(self) -> None:
        """Go on with what was prepared. The first one begins to accept."""
        built, self._prepared = self._prepared, None
        if built is None:
            return
        self._plane.flush()
        built.apply(
            self._plane,
            self._counters,
            self._answers,
            self._blocks,
            self._flood,
            self._rule_counts,
            self._rooms,
            secrets=self._secrets,
            workers=self._workers,
            health=self._health,
        )
        configure_watch(self._watch, built.loaded.settings)
        self._watch.facts.place = self._blocks.place
        self._rooms = built.rooms
        await self._share(built)
        self._open_log(built)
        first = self._current is None
        self._current = built
        self._generation = self._prepared_generation
        self._tighten()
        await self._doors.open(built, self._plane, self._connections)
        if first:
            self._ticking = start_task(self._tick(), name="tick")
            self.serving.set()

    async def _share(self, built: Built) -> None:
        """Share counters and rooms where the settings say, from the next tick on. What is told of
        the rooms is heard at once: or who waits would be told that nothing is known."""
        url = state_url(built.loaded.settings.state.url, built.loaded.state_folder)
        for table in self._counters.tables.values():
            table.shared = bool(url)
        if url != self._exchange_url:
            await self._share_anew(url)
        for room in self._rooms.values():
            shared = self._room_exchange
            room.reserve = None if shared is None else shared.reserve
            room.hold = None if shared is None else shared.hold
            room.take_over = None if shared is None else shared.take
        for model in built.loaded.settings.rooms:
            if model.identity is not None and model.identity.confirm is not None:
                self._rooms[model.name].confirm = self._confirm

    async def _confirm(self, room: Room, ticket: Ticket, number: str) -> str:
        """Have a code sent to a person; what became of it."""
        try:
            found: str = await self.channel.call(
                "confirm",
                timeout=_CONFIRM,
                name=room.name,
                opening=room.opening,
                ticket=ticket.hash,
                person=ticket.identity,
                number=number,
            )
        except (ChannelClosed, RemoteError, TimeoutError):
            return "unsent"
        return found

    async def _share_anew(self, url: str) -> None:
        self._exchange_url = url
        self._stop_sharing()
        if url:
            self._exchange = Exchange(url, lambda: self._counters.tables, self._clock)
            self._exchanging = start_task(self._exchange.run(), name="exchange")
            rooms = RoomExchange(url, lambda: list(self._rooms.values()))
            self._room_exchange = rooms
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await rooms.tick()
            self._rooms_exchanging = start_task(rooms.run(), name="exchange of rooms")

    def _stop_sharing(self) -> None:
        for task in (self._exchanging, self._rooms_exchanging):
            if task is not None:
                task.cancel()
        self._exchange = self._exchanging = None
        self._room_exchange = self._rooms_exchanging = None

    def _prepare_log(self, loaded: Loaded) -> None:
        """Open the access log that the settings name, if it is another than the one in use."""
        if self._prepared_log is not None:
            self._prepared_log.close()
            self._prepared_log = None
        on = loaded.settings.access_log.path is not None
        if on and _log_key(loaded) != self._log_key:
            try:
                self._prepared_log = LogFile(log_path(loaded))
            except OSError as error:
                raise OperatorError(
                    f"access_log.path: {log_path(loaded)} cannot be written: {error.strerror}"
                ) from None

    def _open_log(self, built: Built) -> None:
        key = _log_key(built.loaded)
        if key != self._log_key:
            if self._log_file is not None:
                self._log_file.close()
            self._log_file, self._prepared_log = self._prepared_log, None
            self._log_key = key
        built.journal(self._journal, self._log_file)

    async def _tick(self) -> None:
        """The worker's heartbeat: what is over is told, what is over its time is ended."""
        while True:
            before = self._clock.now()
            await asyncio.sleep(_TICK / SECOND)
            now = self._clock.now()
            self._lag.add(max(0, now - before - _TICK))
            self._ticks += 1
            self._plane.flush()
            if self._log_file is not None:
                self._log_file.flush()
            if self._blocks.sweep(now):
                self._plane.admit_anew()
            if self._ticks % _SWEEP == 0:
                self._connections.sweep(now)
                self._plane.platform.sweep(now)

    async def drain(self, *, seconds: float) -> None:
        """Accept no more, let what is under way end, for at most `seconds`; then stop."""
        self._doors.close()
        self._plane.draining = True
        _log.info("worker %d drains; connections open: %d", self._number, len(self._connections))
        self._connections.drain()
        until = self._clock.now() + int(seconds * SECOND)
        while len(self._connections) and self._clock.now() < until:
            await asyncio.sleep(0.05)
            self._connections.drain()
        self.stop()

    def stop(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        self._stop_sharing()
        self._plane.flush()
        if self._log_file is not None:
            self._log_file.close()
        self.finished.set()

    async def ping(self) -> None:
        """It answers, so it lives."""

    async def reopen_logs(self) -> None:
        if self._log_file is not None:
            self._log_file.reopen()

    async def backends(self, *, states: dict[str, bool]) -> None:
        self._health = states
        if self._plane.epoch:
            self._plane.platform.health(states)

    async def blocks(self, *, added: list[Told], removed: list[str], anew: bool) -> None:
        """Who is blocked, and who no longer; `anew`: by these alone."""
        if anew:
            self._blocks.clear()
        for code in removed:
            self._blocks.remove(code)
        for told in added:
            entry = entry_of(told, self._clock)
            self._blocks.put(entry)
            if anew:
                continue
            if entry.scope in {"address", "device"}:
                self._profiles.forgive(entry.key, device=entry.scope == "device")
            elif entry.scope == "prefix" and entry.version == 6 and entry.length == 64:
                self._profiles.forgive(1 << 64 | entry.key)
        if self._plane.epoch:
            self._plane.admit_anew()

    async def observe(
        self, *, least: float, most: int, flooding: list[int], weight: float
    ) -> Report:
        """What was seen of misbehaviour: clients with a score of `least`, the `most` worst.

        Before that, each address whose key is in `flooding` gets a strike of that weight.
        """
        self._plane.flush()
        now = self._clock.now()
        for key in flooding:
            self._profiles.strike_known(key, "flood", weight, now)
        facts = self._watch.facts.take(now)
        keys = {**facts["top_clients"], **facts["top_logins"], **facts["knocking"]}
        busiest = ((key, self._profiles.who(key)) for key in keys)
        return {
            "addresses": self._profiles.suspects(now, least=least, most=most),
            "devices": self._profiles.struck_devices(now, least=least, most=most),
            "facts": facts,
            "clients": {key: found for key, found in busiest if found is not None},
        }

    async def about(self, *, addresses: list[str]) -> list[Suspect]:
        """All that is known of these addresses: one worker has the strikes, another the good."""
        found = [parse_address(text) for text in addresses]
        keys = [address.key for address in found if address is not None]
        return self._profiles.about(keys, self._clock.now())

    async def alarm(self, *, level: int, targets: list[str], since: int, everywhere: bool) -> None:
        """How alarmed the site is, and what is challenged."""
        self._flood.set(level, frozenset(targets), since, everywhere=everywhere)
        self._tighten()
        if self._plane.challenge is not None:
            self._plane.challenge.under_attack = level >= _UNDER_ATTACK

    def _tighten(self) -> None:
        """The limits' numbers at the present level."""
        if self._current is not None:
            tighten(
                self._current.loaded.settings,
                self._counters,
                self._flood.level,
                self._clock.now(),
            )

    async def explain(self, *, request_id: str) -> dict[str, Value] | None:
        self._plane.flush()
        return self._journal.explain(request_id)

    async def snapshot(self) -> Snapshot:
        plane = self._plane
        plane.flush()
        tally = self._journal.tally
        counts = plane.counts
        now = self._clock.now()
        return Snapshot(
            pid=os.getpid(),
            worker=self._number,
            generation=self._generation,
            uptime=(now - self._started) / SECOND,
            memory=memory_bytes(),
            cpu=time.process_time(),
            accepted=counts.accepted,
            open=len(self._connections),
            idle=self._connections.idle(),
            refused=counts.refused,
            tunnels=counts.tunnels,
            requests=dict(tally.requests),
            shadowed=dict(tally.shadowed),
            latency={
                "total": _histogram(tally.total, LATENCY_BOUNDS),
                "platform": _histogram(tally.platform, LATENCY_BOUNDS),
                "own": _histogram(tally.own, LATENCY_BOUNDS),
            },
            loop_lag=_histogram(self._lag, LAG_BOUNDS),
            bytes=_bytes(counts),
            bounds=dict(counts.bounds),
            faults=dict(counts.faults),
            challenges=dict(counts.challenges),
            joining={
                (name, happened): number
                for name, room in self._rooms.items()
                for happened, number in room.joining.items()
            },
            filter_errors=dict(self._current.errors.by_filter) if self._current else {},
            backends=[_backend(one, now) for one in plane.platform.backends] if plane.epoch else [],
            tables={
                name: {
                    "keys": len(table),
                    "bound": table.bound,
                    "forgotten": table.forgotten,
                    "unshared": table.unshared,
                }
                for name, table in self._counters.tables.items()
            },
            exchange=None if self._exchange is None else self._exchange.snapshot(),
            log_lost=self._log_file.lost if self._log_file else 0,
            let_go={name: room.let_go for name, room in self._rooms.items()},
            strikes=dict(self._watch.strikes),
            profiles=len(self._profiles),
            blocks=len(self._blocks),
            rules=self._rules_told(),
        )

    def _rules_told(self) -> RulesSnapshot:
        counts, engine = self._rule_counts, self._current.rules if self._current else None
        return {
            "enforced": dict(counts.enforced),
            "shadowed": dict(counts.shadowed),
            "bodies": dict(counts.bodies),
            "failures": 0 if engine is None else engine.index.failures,
            "version": self._current.loaded.ruleset.version if self._current else "none",
            "asked": 0 if engine is None else len(engine.rules),
        }


def _histogram(histogram: Histogram, bounds: tuple[float, ...]) -> HistogramSnapshot:
    return {
        "bounds": list(bounds),
        "counts": list(histogram.counts),
        "sum": histogram.total / SECOND,
    }


def _bytes(counts: Counts) -> dict[tuple[str, str], int]:
    return {
        ("client", "received"): counts.client_received,
        ("client", "sent"): counts.client_sent,
        ("platform", "received"): counts.platform_received,
        ("platform", "sent"): counts.platform_sent,
    }


def _backend(backend: Backend, now: int) -> BackendSnapshot:
    return {
        "url": backend.origin.url,
        "up": backend.up,
        "ejected": backend.ejected_until > now,
        "idle": backend.idle,
        "busy": backend.busy,
        "connecting": backend.connecting,
        "waiting": backend.waiting,
        "connects": backend.connects,
        "connect_failures": backend.connect_failures,
        "requests": backend.requests,
        "failures": backend.failures,
        "retries": backend.retries,
        "limit": backend.limit_learnt,
        "in_flight": backend.in_flight,
        "pressed": backend.queue.pressed,
        "unhurried": backend.concurrency.base / SECOND,
        "queued": backend.queue.served,
        "queued_ns": backend.queue.waited,
        "missed": backend.queue.missed,
        "shed": dict(zip(RANK_NAMES, backend.shed, strict=True)),
    }


def _log_key(loaded: Loaded) -> tuple[Any, ...]:
    return loaded.settings.access_log.path, log_path(loaded)


async def _serve(parent: Parent) -> None:
    worker = Worker(parent, Clock())
    worker.channel = channel = await parent.open(worker.handlers())
    start_task(_settle(worker), name="settle")
    finished = start_task(_wait(worker.finished), name="finished")
    await asyncio.wait([channel.closed, finished], return_when=asyncio.FIRST_COMPLETED)
    if not worker.finished.is_set():
        _log.warning("the supervisor is gone; stopping")
        worker.stop()


async def _settle(worker: Worker) -> None:
    """What lives by the time a worker serves lives long: it need not be walked by each collection.
    What a request makes holds no cycles, so the collector may come seldom."""
    await worker.serving.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def main(arguments: list[str]) -> None:
    """`python -m gateway.worker CHANNEL_FD SOCKETS_FD`, as the supervisor starts it."""
    leave_signals_to_the_supervisor()
    configure_logging()
    with asyncio.Runner(loop_factory=event_loop_factory()) as runner:
        runner.run(_serve(Parent(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
