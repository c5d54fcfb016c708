"""What workers and gateways tell each other of their counters, through Valkey, on a tick.

A worker counts in its own memory and decides at once. Each tick it sends what its clients have
spent since the last one, for all keys of a limit in one round trip, and learns where each key
stands when everybody's spending is added up. Nothing on a request's path waits for that. Each kind
of counter has its script; a key travels as nine bytes.

The law: in any span a key is granted at most burst + rate × t + overshoot, where

    overshoot ≤ (workers − 1) × what one worker grants a key within a tick and a round trip,

which is at most workers × rate × (tick + round trip) once the burst is spent. What is charged after
an answer adds what it costs, for each request that passed before the charge was told. The sum does
not depend on the order of the exchanges: spending is added, and where a key stands never falls by
what another says, only by time. What a worker holds (limits on how many are under way) is said, not
added; see concurrency.py for what that can be overshot by.

Windows of hosts that share counters must begin together: a table of windows is moved to Valkey's
clock when that is first reached. A host whose clock then drifts by d overshoots by rate × d more.

While Valkey is away each worker goes on by itself, keeps what was spent, and sends it when Valkey
is back; a batch whose answer was lost is sent again, so that it may count twice, never not at all.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final, TypedDict

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from gateway.clock import MILLISECOND, SECOND, Clock
from gateway.state.concurrency import Concurrency
from gateway.state.gcra import Gcra
from gateway.state.sliding_window import SlidingWindow

_log: Final = logging.getLogger("dawr.state")
TICK: Final = SECOND // 10
_BATCH: Final = 2_000  # keys in one call: about a millisecond of Valkey's time
_TIMEOUT: Final = 1.0
Table = Gcra | SlidingWindow | Concurrency


class ExchangeNumbers(TypedDict):
    connected: bool
    keys: int
    failures: int
    seconds: float


class Exchange:
    """One worker's; `tables` are its limits' counters, by name, as they now are."""

    def __init__(self, url: str, tables: Callable[[], Mapping[str, Table]], clock: Clock) -> None:
        self._client = Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
        self._tables = tables
        self._clock = clock
        self._digests: dict[str, str] = {}  # of the scripts that it knows
        self._worker = os.urandom(8)
        self._phase: int | None = None
        self.connected = True  # until the first exchange says otherwise
        self.exchanged: int = 0  # keys
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
        try:
            for name, table in list(self._tables().items()):
                await self._exchange(name, table)
        except (RedisError, OSError, TimeoutError) as error:
            self.failures += 1
            if self.connected:
                self.connected = False
                _log.warning("the shared state is away (%s); counting on alone", error)
            return
        self.last_seconds = (self._clock.now() - before) / SECOND
        if not self.connected:
            self.connected = True
            _log.warning("the shared state is back; what was counted meanwhile is exchanged")

    def snapshot(self) -> "ExchangeNumbers":
        return {
            "connected": self.connected,
            "keys": self.exchanged,
            "failures": self.failures,
            "seconds": self.last_seconds,
        }

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, name: str, table: Table) -> None:
        now = self._clock.now()
        if isinstance(table, SlidingWindow):
            await self._align(table)
        spent: dict[Any, int] = table.take_spent(now)
        items = list(spent.items())
        done = 0
        try:
            while done < len(items):
                batch = items[done : done + _BATCH]
                answer = await self._run(table, table.prefix(name), table.pack(batch))
                table.learn(batch, answer, self._clock.now())
                done += len(batch)
                self.exchanged += len(batch)
        finally:
            if done < len(items):
                table.give_back_spent(dict(items[done:]))

    async def _align(self, table: SlidingWindow) -> None:
        """Have its windows begin as everybody's do."""
        if self._phase is None:
            seconds, microseconds = await self._client.time()
            self._phase = seconds * SECOND + microseconds * 1_000 - self._clock.now()
        if table.phase != self._phase:
            table.align(self._phase, self._clock.now())

    async def _run(self, table: Table, prefix: str, packed: bytes) -> bytes:
        digest = self._digests.get(table.script, "")
        if not digest:
            text = (files("gateway.state") / table.script).read_text("utf-8")
            digest = self._digests[table.script] = await self._client.script_load(text)
        lifetime = 0 if isinstance(table, Gcra) else table.lifetime // MILLISECOND
        try:
            answer: bytes = await self._client.evalsha(
                digest, 1, prefix, packed, self._worker, lifetime
            )
        except NoScriptError:
            self._digests.clear()
            return await self._run(table, prefix, packed)
        return answer
