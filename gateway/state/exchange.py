"""What workers and gateways tell each other of their counters, through Valkey, on a tick.

A worker counts in its own memory and decides at once. Each tick it sends what its clients have
spent since the last one, for all keys of a limit in one round trip, and learns where each key
stands when everybody's spending is added up. Nothing on a request's path waits for that.

The law: in any span a key is granted at most burst + rate × t + overshoot, where

    overshoot ≤ (workers − 1) × what one worker grants a key within a tick and a round trip,

which is at most workers × rate × (tick + round trip) once the burst is spent. The sum does not
depend on the order of the exchanges: spending is added, and where a key stands never falls by
what another says, only by time.

While Valkey is away each worker goes on by itself, keeps what was spent, and sends it when Valkey
is back; a batch whose answer was lost is sent again, so that it may count twice, never not at all.
"""

import asyncio
import logging
import struct
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final, TypedDict

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from gateway.clock import SECOND, Clock
from gateway.state.gcra import Gcra

_log: Final = logging.getLogger("dawr.state")
TICK: Final = SECOND // 10
_BATCH: Final = 2_000  # keys in one call: about a millisecond of Valkey's time
_TIMEOUT: Final = 1.0
_ITEM: Final = struct.Struct(">9sd")
_MICROSECOND: Final = 1_000


class ExchangeNumbers(TypedDict):
    connected: bool
    keys: int
    failures: int
    seconds: float


class Exchange:
    """One worker's; `tables` are its limits' counters, by name, as they now are."""

    def __init__(self, url: str, tables: Callable[[], Mapping[str, Gcra]], clock: Clock) -> None:
        self._client = Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
        self._tables = tables
        self._clock = clock
        self._script = (files("gateway.state") / "spend.lua").read_text("utf-8")
        self._digest = ""
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

    async def _exchange(self, name: str, table: Gcra) -> None:
        spent = table.take_spent()
        items = list(spent.items())
        done = 0
        try:
            while done < len(items):
                batch = items[done : done + _BATCH]
                stands = await self._spend(f"dawr:{{limit:{name}}}:{table.interval}:", batch)
                now = self._clock.now()
                for (key, _), away in zip(batch, stands, strict=True):
                    table.learn(key, now + away, now)
                done += len(batch)
                self.exchanged += len(batch)
        finally:
            if done < len(items):
                table.give_back_spent(dict(items[done:]))

    async def _spend(self, prefix: str, batch: list[tuple[int, int]]) -> list[int]:
        """Nanoseconds from now until each key of the batch is whole again."""
        packed = b"".join(
            _ITEM.pack(key.to_bytes(9, "big"), spent / _MICROSECOND) for key, spent in batch
        )
        if not self._digest:
            self._digest = await self._client.script_load(self._script)
        try:
            answer = await self._client.evalsha(self._digest, 1, prefix, packed)
        except NoScriptError:
            self._digest = ""
            return await self._spend(prefix, batch)
        return [int(one[0] * _MICROSECOND) for one in struct.iter_unpack(">d", answer)]
