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
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

from redis.exceptions import RedisError

from gateway.clock import SECOND, Clock
from gateway.state.client import FAILURES, Client, Script, connect, disconnect, said
from gateway.state.gcra import Gcra

_log: Final = logging.getLogger("dawr.state")
TICK: Final = SECOND // 10
_BATCH: Final = 2_000  # keys in one call: about a millisecond of Valkey's time
_ASK: Final = 10  # ticks in which a worker that has nothing to tell asks whether all is still there
_ITEM: Final = struct.Struct(">9sd")
_MICROSECOND: Final = 1_000


_SPEND: Final = Script("spend.lua")
_REFILL: Final = Script("refill.lua")


class ExchangeNumbers(TypedDict):
    connected: bool
    keys: int
    failures: int
    seconds: float


class Exchange:
    """One worker's; `tables` are its limits' counters, by name, as they now are."""

    def __init__(self, url: str, tables: Callable[[], Mapping[str, Gcra]], clock: Clock) -> None:
        self._url = url
        self._client: Client | None = None
        self._tables = tables
        self._clock = clock
        self._markers: dict[str, bytes] = {}  # by prefix: what its counters were known by
        self._whole: set[str] = set()  # prefixes whose counters hold all that we know
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
            prefix = f"dawr:{{limit:{name}}}:{table.interval}:"
            try:
                await self._exchange(prefix, table)
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
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)

    async def _exchange(self, prefix: str, table: Gcra) -> None:
        spent = table.take_spent()
        items = list(spent.items())
        asks = prefix not in self._whole or self._ticks % _ASK == 0
        done = 0
        try:
            while done < len(items) or (asks and done == 0):
                asks = False
                batch = items[done : done + _BATCH]
                stands = await self._spend(prefix, table, items, done)
                now = self._clock.now()
                for (key, _), away in zip(batch, stands, strict=True):
                    table.learn(key, now + away, now)
                done += len(batch)
                self.exchanged += len(batch)
        finally:
            if done < len(items):
                table.give_back_spent(dict(items[done:]))

    async def _spend(
        self, prefix: str, table: Gcra, items: list[tuple[int, int]], done: int
    ) -> list[int]:
        """Nanoseconds from now until each key of the batch that begins at `done` is whole again."""
        packed = _packed(items[done : done + _BATCH])
        for _ in range(2):
            known = self._markers.get(prefix, b"") if prefix in self._whole else b""
            found = await self._call(_SPEND, prefix, packed, known, secrets.token_bytes(9))
            if len(found) == 2:
                return [int(one[0] * _MICROSECOND) for one in struct.iter_unpack(">d", found[1])]
            if self._markers.get(prefix, found[0]) != found[0]:
                _log.warning("the shared state has lost its counters; telling ours again")
            await self._refill(prefix, table, dict(items[done:]))
            self._markers[prefix] = found[0]
            self._whole.add(prefix)
        raise RedisError("its counters are lost again and again")

    async def _refill(self, prefix: str, table: Gcra, untold: Mapping[int, int]) -> None:
        """Tell again what each key has spent that was told before, a batch a round trip."""
        keys = table.keys()
        for begin in range(0, len(keys), _BATCH):
            now = self._clock.now()
            some = keys[begin : begin + _BATCH]
            owed = {key: table.owed(key, now) - untold.get(key, 0) for key in some}
            batch = [(key, away) for key, away in owed.items() if away > 0]
            if batch:
                await self._call(_REFILL, prefix, _packed(batch))
                self.refilled += len(batch)

    async def _call(self, script: Script, prefix: str, *arguments: bytes) -> Any:
        client = self._client
        if client is None:
            client = self._client = connect(self._url)
        return await script.run(client, [prefix], arguments)


def _packed(batch: list[tuple[int, int]]) -> bytes:
    return b"".join(_ITEM.pack(key.to_bytes(9, "big"), ns / _MICROSECOND) for key, ns in batch)
