"""The platform: its backends, their pools of connections, and who gets which.

A request waits for a connection in its backend's queue; a connection that becomes free, or is newly
made, takes the queue's first. So a request never waits for a connection of its own while another
lies idle. Idle connections are taken newest first, and the old ones expire.

A backend is `up` by the health checks' word, from outside; it is ejected by our own experience:
after `ejection_failures` failures in a row it gets nothing for `ejection_time`, unless it is the
last one standing.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Final

from gateway.clock import SECOND, Clock
from gateway.http.counts import Counts
from gateway.http.exchange import Failure
from gateway.http.framing import Answers
from gateway.http.origin import Origin, PoolSettings
from gateway.http.upstream import Pool, Sink, Upstream
from gateway.tasks import start_task

UNREACHABLE: Final = Failure("platform-unreachable", 502)
NONE_UP: Final = Failure("platform-down", 503, counts=False)
QUEUE_FULL: Final = Failure("platform-queue-full", 503, counts=False)


class Backend(Pool):
    """One backend and its pool."""

    def __init__(
        self,
        origin: Origin,
        settings: PoolSettings,
        clock: Clock,
        answers: Answers,
        counts: Counts,
        dial: "Dial | None" = None,
    ) -> None:
        self._dial: Dial = dial or _dial
        self.answers = answers
        self.counts = counts
        self.configure(origin, settings)
        self._clock = clock
        self._idle: list[Upstream] = []
        self._open: set[Upstream] = set()
        self._waiting: deque[Sink] = deque()
        self._closed: bool = False
        self.up: bool = True
        self.ejected_until: int = 0
        self._failures_in_a_row: int = 0
        self.busy: int = 0
        self.connecting: int = 0
        self.connects: int = 0
        self.connect_failures: int = 0
        self.requests: int = 0
        self.failures: int = 0
        self.retries: int = 0

    def configure(self, origin: Origin, settings: PoolSettings) -> None:
        """Go on with other settings: connections and numbers stay."""
        self.origin = origin
        self.first_byte = settings.first_byte
        self.body_idle = settings.body_idle
        self.pooled_idle = settings.pooled_idle
        self.response_header_bytes = settings.response_header_bytes
        self.connect_time = settings.connect
        self._settings = settings

    @property
    def outstanding(self) -> int:
        return self.busy + len(self._waiting)

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def now(self) -> int:
        return self._clock.now()

    def assign(self, sink: Sink, now: int, *, fresh: bool = False) -> Failure | None:
        """Give `sink` a connection, now or when there is one; `fresh`: one never used before."""
        if not fresh:
            while self._idle:
                upstream = self._idle.pop()
                if upstream.usable:
                    self._begin(upstream, sink, now)
                    return None
        room = self.busy + self.connecting < self._settings.connections
        if not room and len(self._waiting) - self.connecting >= self._settings.waiting:
            return QUEUE_FULL
        if fresh:
            self._waiting.appendleft(sink)
        else:
            self._waiting.append(sink)
        self._top_up()
        return None

    def _begin(self, upstream: Upstream, sink: Sink, now: int) -> None:
        self.busy += 1
        self.requests += 1
        upstream.begin(sink, now)

    def connected(self, upstream: Upstream) -> None:
        """A connection that was dialled is made: it serves who waits, or lies idle."""
        self.connecting -= 1
        if self._closed:
            upstream.abandon()
            return
        self._open.add(upstream)
        self._offer(upstream)

    def unreachable(self) -> None:
        """A connection that was dialled is not to be had."""
        self.connecting -= 1
        self.connect_failures += 1
        self.failed(UNREACHABLE)
        sink = self._next_waiting()
        if sink is not None:
            sink.failed(UNREACHABLE, untouched=True)
        self._top_up()

    def _next_waiting(self) -> Sink | None:
        while self._waiting:
            sink = self._waiting.popleft()
            if not sink.gone:
                return sink
        return None

    def _offer(self, upstream: Upstream) -> None:
        sink = self._next_waiting()
        now = self._clock.now()
        if sink is not None:
            self._begin(upstream, sink, now)
        elif self._closed:
            upstream.abandon()
        else:
            upstream.deadline = now + self.pooled_idle
            self._idle.append(upstream)

    def forget(self, sink: Sink) -> None:
        """The sink, which may be waiting, is gone."""
        if sink in self._waiting:
            self._waiting.remove(sink)

    def released(self, upstream: Upstream) -> None:
        self.busy -= 1
        self._offer(upstream)

    def lost(self, upstream: Upstream, *, pooled: bool) -> None:
        self._open.discard(upstream)
        if not pooled:
            self.busy -= 1
        elif upstream in self._idle:
            self._idle.remove(upstream)
        self._top_up()

    def _top_up(self) -> None:
        """Connect once more if somebody waits for whom no connection is on its way."""
        if (
            self.connecting < len(self._waiting)
            and self.busy + self.connecting < self._settings.connections
        ):
            self.connecting += 1
            self.connects += 1
            self._dial(self)

    def worked(self) -> None:
        self._failures_in_a_row = 0

    def failed(self, failure: Failure) -> None:
        self.failures += 1
        self._failures_in_a_row += 1
        if 0 < self._settings.ejection_failures <= self._failures_in_a_row:
            self.ejected_until = self._clock.now() + self._settings.ejection_time
            self._failures_in_a_row = 0

    def sweep(self, now: int) -> None:
        """End what is over its time."""
        for upstream in [u for u in self._open if 0 < u.deadline <= now]:
            upstream.expired()

    def close(self) -> None:
        """Take nothing new; idle connections close, busy ones end with their answers."""
        self._closed = True
        for upstream in list(self._idle):
            upstream.abandon()
        self._idle.clear()


Dial = Callable[[Backend], None]  # ends in `connected` or `unreachable`, later


def _dial(backend: Backend) -> None:
    start_task(_connect(backend), name=f"connect {backend.origin.url}")


async def _connect(backend: Backend) -> None:
    try:
        async with asyncio.timeout(backend.connect_time / SECOND):
            upstream = await _opened(backend)
    except (OSError, TimeoutError, ssl.SSLError):
        backend.unreachable()
        return
    backend.connected(upstream)


async def _opened(backend: Backend) -> Upstream:
    loop = asyncio.get_running_loop()
    origin = backend.origin

    def protocol() -> Upstream:
        return Upstream(backend)

    if origin.path:
        _, upstream = await loop.create_unix_connection(protocol, origin.path)  # type: ignore[type-var]
    else:
        _, upstream = await loop.create_connection(  # type: ignore[type-var]
            protocol,
            origin.address,
            origin.port,
            ssl=origin.tls,
            server_hostname=origin.server_name if origin.tls is not None else None,
        )
    return upstream


class Platform:
    """All backends. `least_outstanding`: to the least busy one; else in turn."""

    def __init__(
        self, backends: list[Backend], clock: Clock, *, least_outstanding: bool, retries: bool
    ) -> None:
        self.backends = backends
        self.retries = retries
        self._clock = clock
        self._least_outstanding = least_outstanding
        self._turn: int = 0

    def assign(
        self, sink: Sink, now: int, *, avoid: Backend | None = None, fresh: bool = False
    ) -> Backend | Failure:
        """A backend for `sink`: the one that will serve it, or why none can."""
        backend = self.backends[0] if len(self.backends) == 1 else self._choose(now, avoid)
        if backend is None or not backend.up:
            return NONE_UP
        failure = backend.assign(sink, now, fresh=fresh)
        return backend if failure is None else failure

    def _choose(self, now: int, avoid: Backend | None) -> Backend | None:
        up = [backend for backend in self.backends if backend.up]
        fit = [b for b in up if b is not avoid and b.ejected_until <= now] or up
        if not fit:
            return None
        self._turn += 1
        first = self._turn % len(fit)
        if not self._least_outstanding:
            return fit[first]
        best = fit[first]
        for backend in fit:
            if backend.outstanding < best.outstanding:
                best = backend
        return best

    def health(self, states: dict[str, bool]) -> None:
        """What the health checks found, by the backend's URL."""
        for backend in self.backends:
            backend.up = states.get(backend.origin.url, backend.up)

    def sweep(self, now: int) -> None:
        for backend in self.backends:
            backend.sweep(now)

    def close(self) -> None:
        for backend in self.backends:
            backend.close()
