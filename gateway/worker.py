"""A worker: one process, one event loop, its own listening sockets.

It is told by the supervisor what to serve, over the channel, and tells its numbers when asked. When
the channel ends the supervisor is gone, and the worker with it: there are no orphans.
"""

import asyncio
import gc
import logging
import os
import secrets
import socket
import sys
from typing import Any, Final

from gateway.app import Built, Counters, log_path
from gateway.channel import Channel
from gateway.clock import MILLISECOND, SECOND, Clock
from gateway.config import Loaded
from gateway.errors import OperatorError
from gateway.http.connections import Connections
from gateway.http.counts import Counts
from gateway.http.downstream import Downstream
from gateway.http.framing import Answers
from gateway.http.listener import Listener
from gateway.http.plane import Plane
from gateway.http.platform import Backend
from gateway.ledger.access_log import LogFile
from gateway.ledger.journal import Journal
from gateway.ledger.records import Value
from gateway.ledger.snapshot import BackendSnapshot, HistogramSnapshot, Snapshot
from gateway.ledger.tally import LAG_BOUNDS, LATENCY_BOUNDS, Histogram
from gateway.logs import configure_logging
from gateway.tasks import start_task

_TICK: Final = 100 * MILLISECOND  # to log and count what is over
_SWEEP: Final = 5  # ticks between two looks at the deadlines

_log: Final = logging.getLogger("dawr.worker")


class Worker:
    """`listening`: sockets, by the index of their entry in the settings."""

    def __init__(self, listening: list[tuple[int, socket.socket]], clock: Clock) -> None:
        self._listening = listening
        self._clock = clock
        self._started = clock.now()
        self._journal = Journal(clock)
        self._plane = Plane(clock, self._journal, secrets.token_hex(5).encode())
        self._connections = Connections(self._plane)
        self._counters = Counters()
        self._answers = Answers()
        self._servers: list[asyncio.Server] = []
        self._switches: dict[int, Any] = {}
        self._prepared: Built | None = None
        self._current: Built | None = None
        self._workers = 1
        self._number = 0
        self._generation = 0
        self._prepared_generation = 0
        self._health: dict[str, bool] = {}
        self._lag = Histogram(LAG_BOUNDS)
        self._ticks = 0
        self._log_file: LogFile | None = None
        self._log_key: tuple[Any, ...] = ()
        self.finished = asyncio.Event()

    def handlers(self) -> dict[str, Any]:
        """What the supervisor may call."""
        return {
            "prepare": self.prepare,
            "commit": self.commit,
            "discard": self.discard,
            "drain": self.drain,
            "reopen_logs": self.reopen_logs,
            "snapshot": self.snapshot,
            "explain": self.explain,
            "backends": self.backends,
        }

    async def prepare(self, *, loaded: Loaded, worker: int, workers: int, generation: int) -> str:
        """Build all parts of a configuration, and change nothing; "" or what is wrong."""
        self._number = worker
        self._workers = workers
        try:
            self._prepared = Built(loaded, self._clock)
        except OperatorError as error:
            return str(error)
        self._prepared_generation = generation
        return ""

    async def discard(self) -> None:
        self._prepared = None

    async def commit(self) -> None:
        """Go on with what was prepared. The first one begins to accept."""
        built, self._prepared = self._prepared, None
        if built is None:
            return
        self._plane.flush()
        built.apply(
            self._plane, self._counters, self._answers, workers=self._workers, health=self._health
        )
        self._open_log(built)
        first = self._current is None
        self._current = built
        self._generation = self._prepared_generation
        if first:
            await self._listen(built)
            start_task(self._tick(), name="tick")
            # What lives now lives long: it need not be walked by each collection.
            gc.collect()
            gc.freeze()
        for index, switch in self._switches.items():
            switch.current = built.tls[index] or switch.current

    async def _listen(self, built: Built) -> None:
        loop = asyncio.get_running_loop()
        settings = built.loaded.settings
        for index, sock in self._listening:
            entry = settings.listen[index]
            listener = Listener(
                self._plane,
                self._connections,
                tls=entry.tls is not None,
                redirect_port=entry.redirect_port if entry.redirect else 0,
                proxy_protocol=entry.proxy_protocol,
            )
            contexts = built.tls[index]
            options: dict[str, Any] = {}
            if contexts is not None:
                from gateway.http.tls import TlsSwitch  # noqa: PLC0415 - as in app.py

                self._switches[index] = TlsSwitch(contexts)
                options["ssl"] = self._switches[index].context
                options["ssl_handshake_timeout"] = settings.bounds.head_time / SECOND

            def accepted(listener: Listener = listener) -> Downstream:
                return Downstream(listener)

            server = await loop.create_server(accepted, sock=sock, backlog=4096, **options)  # type: ignore[arg-type]
            self._servers.append(server)

    def _open_log(self, built: Built) -> None:
        loaded = built.loaded
        key = (loaded.settings.access_log.path, log_path(loaded))
        if key != self._log_key:
            if self._log_file is not None:
                self._log_file.close()
            on = loaded.settings.access_log.path is not None
            self._log_file = LogFile(log_path(loaded)) if on else None
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
            if self._ticks % _SWEEP == 0:
                self._connections.sweep(now)
                self._plane.platform.sweep(now)

    async def drain(self, *, seconds: float) -> None:
        """Accept no more, let what is under way end, for at most `seconds`; then stop."""
        for server in self._servers:
            server.close()
        self._plane.draining = True
        self._connections.drain()
        until = self._clock.now() + int(seconds * SECOND)
        while len(self._connections) and self._clock.now() < until:
            await asyncio.sleep(0.05)
            self._connections.drain()
        self.stop()

    def stop(self) -> None:
        self._plane.flush()
        if self._log_file is not None:
            self._log_file.close()
        self.finished.set()

    async def reopen_logs(self) -> None:
        if self._log_file is not None:
            self._log_file.reopen()

    async def backends(self, *, states: dict[str, bool]) -> None:
        self._health = states
        if self._plane.epoch:
            self._plane.platform.health(states)

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
            filter_errors=dict(self._current.errors.by_filter) if self._current else {},
            backends=[_backend(one, now) for one in plane.platform.backends],
            tables={
                name: {"keys": len(table), "bound": table.bound, "forgotten": table.forgotten}
                for name, table in self._counters.tables.items()
            },
            log_lost=self._log_file.lost if self._log_file else 0,
        )


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
    }


async def _serve(channel_fd: int, listening: list[tuple[int, socket.socket]]) -> None:
    worker = Worker(listening, Clock())
    channel = Channel(worker.handlers())
    await channel.open(socket.socket(fileno=channel_fd))
    finished = start_task(_wait(worker.finished), name="finished")
    await asyncio.wait([channel.closed, finished], return_when=asyncio.FIRST_COMPLETED)
    if not worker.finished.is_set():
        _log.warning("the supervisor is gone; stopping")
        worker.stop()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def main(arguments: list[str]) -> None:
    """`python -m gateway.worker CHANNEL_FD INDEX:FD…`, as the supervisor starts it."""
    configure_logging()
    try:
        import uvloop  # noqa: PLC0415 - not to be had everywhere
    except ImportError:
        factory = asyncio.new_event_loop
    else:
        factory = uvloop.new_event_loop
    listening: list[tuple[int, socket.socket]] = []
    for argument in arguments[1:]:
        index, _, fd = argument.partition(":")
        listening.append((int(index), socket.socket(fileno=int(fd))))
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_serve(int(arguments[0]), listening))


if __name__ == "__main__":
    main(sys.argv[1:])
