"""A backend: its pool of connections, how many requests it works on at once, and who waits.

A request waits in its backend's queue until the backend may work on one more (concurrency.py) and
there is a connection: one that becomes free, or is newly made. So none waits while it could be
served. Idle connections are taken newest first, and the old ones expire.

The backend works on a request from when it has all of it until the head of its answer: a client
that sends or reads slowly takes a connection, of which there are many, and no place among those
few. Nor does a request whose answer does not come for long (`Concurrency.patience`): it may be
meant to wait (long polling), or lost; it must not keep others out.

A backend is `up` by the health checks' word, from outside; it is ejected by our own experience:
after `ejection_failures` failures in a row it gets nothing for `ejection_time`, unless it is the
last one standing.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

from gateway.clock import SECOND, Clock
from gateway.http.concurrency import Concurrency
from gateway.http.counts import Counts
from gateway.http.exchange import Failure
from gateway.http.framing import Answers
from gateway.http.origin import Origin, PoolSettings
from gateway.http.queue import Waiting
from gateway.http.upstream import Pool, Sink, Upstream
from gateway.pressure import LATEST, Pressure
from gateway.request import RANKS
from gateway.tasks import start_task

UNREACHABLE: Final = Failure("platform-unreachable", 502)
# The queue is full; it stands, and this request has waited in vain, or one of a higher rank needs
# its place. By the seconds after which to come back.
QUEUE_FULL: Final = [
    Failure("platform-queue-full", 503, counts=False, retry_after=n) for n in range(LATEST + 1)
]
OVERLOADED: Final = [
    Failure("platform-overloaded", 503, counts=False, retry_after=n) for n in range(LATEST + 1)
]


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
        pressure: Pressure | None = None,
    ) -> None:
        self._dial: Dial = dial or _dial
        self.answers = answers
        self.counts = counts
        self.pressure = pressure or Pressure()
        self.concurrency = Concurrency()
        self.queue: Waiting[Sink] = Waiting()
        self.shed: list[int] = [0] * RANKS
        self._shed_now: list[Sink] = []
        self._shedding: bool = False
        self._told_waiting: int = 0  # what the pressure was told
        self._told_pressed: bool = False
        self.in_flight: int = 0  # that it works on
        self.configure(origin, settings)
        self._clock = clock
        self._idle: list[Upstream] = []
        self._open: set[Upstream] = set()
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
        self.concurrency.configure(
            floor=settings.floor, ceiling=settings.connections, tolerance=settings.tolerance
        )
        self.queue.configure(
            most=settings.waiting,
            target=settings.queue_target if settings.adaptive else 0,
            shadow=settings.shadow,
        )

    @property
    def limit(self) -> int:
        """How many requests it may work on at once."""
        settings = self._settings
        adapts = settings.adaptive and not settings.shadow
        return self.concurrency.limit if adapts else settings.connections

    @property
    def limit_learnt(self) -> int:
        """What is, or in shadow would be, the limit."""
        settings = self._settings
        return self.concurrency.limit if settings.adaptive else settings.connections

    @property
    def room(self) -> int:
        """How many requests may wait."""
        return self._settings.waiting

    @property
    def pressed(self) -> bool:
        """It cannot keep up with what it is asked, and we do something about it."""
        return self.queue.pressed and not self._settings.shadow

    @property
    def outstanding(self) -> int:
        return self.busy + len(self.queue)

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return len(self.queue)

    def now(self) -> int:
        return self._clock.now()

    def assign(self, sink: Sink, now: int, *, fresh: bool = False) -> Failure | None:
        """Let `sink` be served, now or when it can be; `fresh`: by a connection never used."""
        limit = self.limit
        if not fresh and self.in_flight < limit:
            while self._idle:
                upstream = self._idle.pop()
                if upstream.usable:
                    self._begin(upstream, sink, now)
                    return None
        if fresh:
            self.queue.put_first(sink, now)
        else:
            room = self.connecting + int(self._may_dial(limit))
            shed = self.queue.put(sink, sink.request.rank, now, room)
            if shed is None:
                self.shed[sink.request.rank] += 1
                return QUEUE_FULL[self.pressure.retry_after()]
            self._shed_now += shed
        self._top_up()
        self._shed(now)
        return None

    def _begin(self, upstream: Upstream, sink: Sink, now: int) -> None:
        self.busy += 1
        self.requests += 1
        upstream.begin(sink, now)

    def connected(self, upstream: Upstream) -> None:
        """A connection that was dialled is made: it serves who waits, or lies idle."""
        self.connecting -= 1
        if self._closed and not len(self.queue):
            upstream.abandon()
            return
        self._open.add(upstream)
        self._offer(upstream)

    def unreachable(self) -> None:
        """A connection that was dialled is not to be had."""
        self.connecting -= 1
        self.connect_failures += 1
        self.failed(UNREACHABLE)
        now = self._clock.now()
        sink = self._next_waiting(now)
        if sink is not None:
            sink.failed(UNREACHABLE, untouched=True)
        self._top_up()
        self._shed(now)

    def _next_waiting(self, now: int) -> Sink | None:
        while True:
            sink = self.queue.take(now)
            if sink is None or not sink.gone:
                return sink

    def _offer(self, upstream: Upstream) -> None:
        """A connection is free."""
        now = self._clock.now()
        upstream.deadline = now + self.pooled_idle
        self._idle.append(upstream)
        if len(self.queue):
            self._serve(now)
        if self._closed and upstream in self._idle:
            self._idle.remove(upstream)
            upstream.abandon()

    def serve_on(self) -> None:
        if len(self.queue):
            self._serve(self._clock.now())

    def _serve(self, now: int) -> None:
        """Hand over what waits, as far as the limit and idle connections go; dial for the rest."""
        while self._idle and self.in_flight < self.limit:
            if not self._idle[-1].usable:
                self._idle.pop()
                continue
            sink = self._next_waiting(now)
            if sink is None:
                break
            self._begin(self._idle.pop(), sink, now)
        self._top_up()
        self._shed(now)

    def forget(self, sink: Sink) -> None:
        """The sink, which may be waiting, is gone."""
        self.queue.remove(sink)
        self._tell()

    def released(self, upstream: Upstream) -> None:
        self.busy -= 1
        self._offer(upstream)

    def lost(self, upstream: Upstream, *, pooled: bool) -> None:
        self._open.discard(upstream)
        if not pooled:
            self.busy -= 1
        elif upstream in self._idle:
            self._idle.remove(upstream)
        self.serve_on()

    def _may_dial(self, limit: int) -> bool:
        return (
            self.busy + self.connecting < self._settings.connections
            and self.in_flight + self.connecting < limit
        )

    def _top_up(self) -> None:
        """Connect as often as somebody waits for whom no connection is on its way."""
        while self.connecting < len(self.queue) and self._may_dial(self.limit):
            self.connecting += 1
            self.connects += 1
            self._dial(self)

    # Pressure.

    def asked(self, upstream: Upstream, now: int) -> None:
        self.in_flight += 1

    def thought(self, upstream: Upstream, failed: bool) -> None:
        now = self._clock.now()
        self.concurrency.sample(now - upstream.asked_at, now, max(1, self.in_flight), failed)
        self._uncount(upstream)

    def given_up(self, upstream: Upstream) -> None:
        now = self._clock.now()
        latency = now - upstream.asked_at
        if latency > self.concurrency.base:  # it would have taken longer still
            self.concurrency.sample(latency, now, max(1, self.in_flight), False)
        self._uncount(upstream)

    def _uncount(self, upstream: Upstream) -> None:
        if upstream.counted:
            upstream.counted = False
            self.in_flight -= 1

    def _shed(self, now: int) -> None:
        """Turn away who must be. What a client has sent behind such a request may come to wait at
        once, and others be shed for that: they have their turn in the same loop."""
        if len(self.queue) or self.queue.pressed:
            self._shed_now += self.queue.overdue(now)
        self._tell()
        if self._shedding:
            return
        self._shedding = True
        try:
            while self._shed_now:
                sink = self._shed_now.pop()
                if not sink.gone:
                    self.shed[sink.request.rank] += 1
                    failure = OVERLOADED[self.pressure.retry_after()]
                    sink.failed(failure, untouched=False)
        finally:
            self._shedding = False

    def _tell(self) -> None:
        """Tell the pressure of this backend's queue."""
        waiting = len(self.queue)
        self.pressure.waiting += waiting - self._told_waiting
        self._told_waiting = waiting
        if self.queue.pressed is not self._told_pressed:
            self._told_pressed = self.queue.pressed
            self.pressure.pressed += 1 if self._told_pressed else -1

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
        since = now - self.concurrency.patience
        for upstream in self._open:
            if upstream.counted and upstream.asked_at < since:
                self._uncount(upstream)
        if len(self.queue):
            self._serve(now)
        else:
            self._shed(now)

    def close(self) -> None:
        """Take nothing new; idle connections close, busy ones end with their answers."""
        self._closed = True
        for upstream in list(self._idle):
            upstream.abandon()
        self._idle.clear()
        self._tell()


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
