"""What workers and gateways tell each other of their counters, through Valkey, on a tick.

A worker counts in its own memory and decides at once. Each tick it sends what its clients have
spent since the last one, for all keys of a limit in one round trip, and learns where each key
stands when everybody's spending is added up. Nothing on a request's path waits for that. Each kind
of counter has its script; a key travels as nine bytes.

The law: in any span a key is granted at most burst + rate × t + overshoot, where

    overshoot ≤ (workers − 1) × what one worker grants a key within a tick and a round trip,

which is at most workers × rate × (tick + round trip) once the burst is spent. The sum does not
depend on the order of the exchanges: spending is added, and where a key stands never falls by
what another says, only by time. A cost that the answer shows is charged when it is known: until
then each request that is under way has passed, so that overshoot is their number × the cost. What
is under way (state/concurrency.py) is said anew instead of added.

Windows of all hosts must begin together: a table of windows is moved to its node's clock when that
is first reached. By how far hosts' clocks drift apart afterwards, their windows do.

While Valkey is away each worker goes on by itself, keeps what was spent, and sends it when Valkey
is back; a batch whose answer was lost is sent again, so that it may count twice, never not at all.

What Valkey itself has lost (it came back empty, or a replica took over that did not have the last
writes) is told again from each worker's memory: after every failure, and whenever the marker that
lies beside a limit's counters is not the one that was seen before. Each worker begins within a
second and takes some 20 µs a key; until all are done a key may be granted what others had granted
it.

A limit's keys share the hash tag {limit:NAME}: in a cluster each call goes to one node, limits lie
on different ones, and a limit whose node is away counts alone while others go on.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

from redis.exceptions import RedisError

from gateway.clock import MILLISECOND, SECOND, Clock
from gateway.state.client import FAILURES, Link, Script, said
from gateway.state.concurrency import Concurrency
from gateway.state.gcra import Gcra
from gateway.state.sliding_window import SlidingWindow

_log: Final = logging.getLogger("dawr.state")
TICK: Final = SECOND // 10
_BATCH: Final = 2_000  # keys in one call: about a millisecond of Valkey's time
_ASK: Final = 10  # ticks in which a worker that has nothing to tell asks whether all is still there
Spending = Gcra | SlidingWindow
Table = Spending | Concurrency

_SPEND: Final = Script("spend.lua")
_REFILL: Final = Script("refill.lua")
_WINDOW: Final = Script("window.lua")
_WINDOW_REFILL: Final = Script("window_refill.lua")
_HOLD: Final = Script("hold.lua")
_TIME: Final = Script("time.lua")


class ExchangeNumbers(TypedDict):
    connected: bool
    keys: int
    failures: int
    seconds: float


class Exchange:
    """One worker's; `tables` are its limits' counters, by name, as they now are."""

    def __init__(self, url: str, tables: Callable[[], Mapping[str, Table]], clock: Clock) -> None:
        self._url = url
        self._link = Link(url)
        self._tables = tables
        self._clock = clock
        self._markers: dict[str, bytes] = {}  # by prefix: what its counters were known by
        self._whole: set[str] = set()  # prefixes whose counters hold all that we know
        self._phases: dict[str, int] = {}  # of windows, by limit
        self._worker = secrets.token_bytes(8)
        self._ticks: int = 0
        self.connected = True  # until the first exchange says otherwise
        self.exchanged: int = 0  # keys
        self.refilled: int = 0  # keys that were told again
        self.failures: int = 0
        self.last_seconds: float = 0.0  # the last tick's exchange took

    async def run(self) -> None:
        """Exchange each tick, for ever."""
        while True:
            await asyncio.sleep(TICK / SECOND)
            await self.tick()

    async def tick(self) -> None:
        """Exchange once what was spent."""
        before = self._clock.now()
        self._ticks += 1
        failure: Exception | None = None
        for name, table in list(self._tables().items()):
            prefix = table.prefix(name)
            try:
                await self._exchange(prefix, name, table)
            except (*FAILURES, ValueError) as error:  # ValueError: of what the URL names
                failure = error
                self._whole.discard(prefix)
                if "cluster:" not in self._url.partition("//")[0]:
                    break
        if failure is not None:
            await self._fail(failure)
            return
        self.last_seconds = (self._clock.now() - before) / SECOND
        if not self.connected:
            self.connected = True
            _log.warning("the shared state is back; what was counted meanwhile is exchanged")

    async def _fail(self, failure: Exception) -> None:
        """Say so once; begin anew on the next tick."""
        self.failures += 1
        await self.close()
        if "cluster:" not in self._url.partition("//")[0]:
            self._whole.clear()
        if self.connected:
            self.connected = False
            _log.warning("the shared state is away (%s); counting on alone", said(failure))

    def snapshot(self) -> "ExchangeNumbers":
        return {
            "connected": self.connected,
            "keys": self.exchanged,
            "failures": self.failures,
            "seconds": self.last_seconds,
        }

    async def close(self) -> None:
        await self._link.close()

    async def _exchange(self, prefix: str, name: str, table: Table) -> None:
        if isinstance(table, SlidingWindow):
            await self._align(prefix, name, table)
        spent: dict[Any, int] = table.take_spent(self._clock.now())
        items = list(spent.items())
        asks = not isinstance(table, Concurrency) and (
            prefix not in self._whole or self._ticks % _ASK == 0
        )
        done = 0
        try:
            while done < len(items) or (asks and done == 0):
                asks = False
                batch = items[done : done + _BATCH]
                if isinstance(table, Concurrency):
                    answer = await self._hold(prefix, table, table.pack(batch))
                else:
                    answer = await self._spend(prefix, table, items, done)
                table.learn(batch, answer, self._clock.now())
                done += len(batch)
                self.exchanged += len(batch)
        finally:
            if done < len(items):
                table.give_back_spent(dict(items[done:]))

    async def _align(self, prefix: str, name: str, table: SlidingWindow) -> None:
        """Have its windows begin as everybody's do."""
        phase = self._phases.get(name)
        if phase is None:
            seconds, microseconds = await self._call(_TIME, prefix)
            told = int(seconds) * SECOND + int(microseconds) * 1_000
            phase = self._phases[name] = told - self._clock.now()
        if table.phase != phase:
            table.align(phase, self._clock.now())

    async def _hold(self, prefix: str, table: Concurrency, packed: bytes) -> bytes:
        lifetime = b"%d" % (table.lifetime // MILLISECOND)
        answer: bytes = await self._call(_HOLD, prefix, packed, self._worker, lifetime)
        return answer

    async def _spend(
        self, prefix: str, table: Spending, items: list[tuple[Any, int]], done: int
    ) -> bytes:
        """What the table's script says of each key of the batch that begins at `done`."""
        packed = table.pack(items[done : done + _BATCH])
        script = _WINDOW if isinstance(table, SlidingWindow) else _SPEND
        lifetime = b"%d" % (table.lifetime // MILLISECOND)
        for _ in range(2):
            known = self._markers.get(prefix, b"") if prefix in self._whole else b""
            found = await self._call(
                script, prefix, packed, known, secrets.token_bytes(9), lifetime
            )
            if len(found) == 2:
                answer: bytes = found[1]
                return answer
            if self._markers.get(prefix, found[0]) != found[0]:
                _log.warning("the shared state has lost its counters; telling ours again")
            await self._refill(prefix, table, dict(items[done:]))
            self._markers[prefix] = found[0]
            self._whole.add(prefix)
        raise RedisError("its counters are lost again and again")

    async def _refill(self, prefix: str, table: Spending, untold: Mapping[Any, int]) -> None:
        """Tell again what each key has spent that was told before, a batch a round trip."""
        script = _WINDOW_REFILL if isinstance(table, SlidingWindow) else _REFILL
        lifetime = b"%d" % (table.lifetime // MILLISECOND)
        keys: list[Any] = table.keys()
        for begin in range(0, len(keys), _BATCH):
            now = self._clock.now()
            some = keys[begin : begin + _BATCH]
            owed = {key: table.owed(key, now) - untold.get(key, 0) for key in some}
            batch = [(key, spent) for key, spent in owed.items() if spent > 0]
            if batch:
                await self._call(script, prefix, table.pack(batch), lifetime)
                self.refilled += len(batch)

    async def _call(self, script: Script, prefix: str, *arguments: bytes) -> Any:
        return await script.run(self._link.there(), [prefix], arguments)
