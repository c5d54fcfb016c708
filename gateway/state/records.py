"""Records that all gateways share: each holds them all in memory, changes arrive by push.

A change is applied here at once, sent in one script that bumps a version, and pushed to all. Who
sees a version missing, or was cut off, reads everything anew. While the shared state is away our
own changes wait, the last for each key, and go out when it is back. Should it come back empty (its
version is behind ours) it is filled again from what we hold.

For two who change one record at once the later script wins, here as there. Memory: what the records
hold, twice while they are read. At most 500,000 changes wait (`_UNSENT`); beyond that the oldest
keys are given up and told in the log.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

import orjson

from gateway.clock import SECOND, Clock
from gateway.state.client import FAILURES, Link, Script, said
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.state")
_TIMEOUT: Final = 5.0
_AGAIN: Final = 0.5  # seconds until the next attempt
_BATCH: Final = 1_000  # records in one script: some ten milliseconds of Valkey's time
_UNSENT: Final = 500_000
_QUIET: Final = 1.0  # seconds without a push until the version is looked at

_CHANGE: Final = Script("records.lua")

Changed = Callable[[Mapping[str, bytes], list[str], bool], None]  # put, dropped, all anew


class SharedRecords:
    """The records of one `topic`. `changed` is told what others changed, or at the beginning and
    after a gap all there is; never what we changed ourselves."""

    def __init__(self, url: str, topic: str, changed: Changed, clock: Clock) -> None:
        self._link = Link(url)
        self._hash = f"dawr:{{{topic}}}:all"
        self._version_key = f"dawr:{{{topic}}}:version"
        self._channel = f"dawr:{{{topic}}}"
        self._changed = changed
        self._clock = clock
        self.records: dict[str, bytes] = {}
        self._version = 0
        self._unsent: dict[str, bytes | None] = {}
        self._sending = asyncio.Lock()
        self.connected = False
        self._away = False
        self.read = asyncio.Event()  # all was read once
        self.lag: float = 0.0  # seconds from the last change of ours to its acceptance

    def change(self, put: Mapping[str, bytes], drop: list[str]) -> None:
        """Change records here at once, and everywhere as soon as can be."""
        for key in drop:
            self.records.pop(key, None)
            self._unsent[key] = None
        self.records.update(put)
        self._unsent.update(put)
        while len(self._unsent) > _UNSENT:
            key = next(iter(self._unsent))
            del self._unsent[key]
            _log.error("too many changes wait for the shared state: %s is given up", key)
        if self.connected:
            start_task(self._send_or_wait(), name="send records")

    async def run(self) -> None:
        """Follow the shared state, for ever."""
        while True:
            try:
                await self._follow()
            except (*FAILURES, ValueError) as error:  # ValueError: of what the URL names
                if self.connected:
                    _log.warning("the shared state is away (%s); blocks hold", said(error))
                    self._away = True
                self.connected = False
            await self.close()
            await asyncio.sleep(_AGAIN)

    async def close(self) -> None:
        await self._link.close()

    async def _follow(self) -> None:
        client = self._link.there()
        await client.get(self._version_key)  # a cluster is looked at before one can be pushed to
        async with client.pubsub() as pushes:
            await pushes.subscribe(self._channel)
            await self._read_all()
            if self._away:
                _log.warning("the shared state is back; blocks are shared again")
            self.connected, self._away = True, False
            gap = False
            while True:
                message = await pushes.get_message(ignore_subscribe_messages=True, timeout=_QUIET)
                if message is None:
                    gap = await self._look_for_a_gap(gap)
                else:
                    gap = False
                    await self._pushed(message["data"])

    async def _look_for_a_gap(self, seen: bool) -> bool:
        """A push may be lost; a version never is. Whether one is missing: the first time it may
        only not have been read yet, while this process was busy (`seen`: it is not the first)."""
        version = int(await self._link.there().get(self._version_key) or 0)
        if version < self._version or (version > self._version and seen):
            await self._read_all()
            return False
        if version > self._version:
            return True
        if self._unsent:
            await self._send()
        return False

    async def _read_all(self) -> None:
        version = int(await self._link.there().get(self._version_key) or 0)
        if version < self._version:
            _log.warning("the shared state has lost what it held: filling it again from memory")
            self._version = version
            self._unsent = {**self.records, **self._unsent}
            await self._send()
            return
        found: dict[str, bytes] = {}
        async for key, value in self._link.there().hscan_iter(self._hash, count=_BATCH):
            found[key.decode()] = value
        for key, value in self._unsent.items():
            if value is None:
                found.pop(key, None)
            else:
                found[key] = value
        self._version = version
        if found != self.records or not self.read.is_set():
            self.records = found
            self._changed(found, [], True)
        self.read.set()
        await self._send()

    async def _pushed(self, data: bytes) -> None:
        number, _, message = data.partition(b" ")
        version = int(number)
        if version <= self._version:
            return
        if version != self._version + 1:
            await self._read_all()
            return
        self._version = version
        told = orjson.loads(message)
        put = {
            key: value.encode()
            for key, value in told["put"].items()
            if key not in self._unsent and self.records.get(key) != value.encode()
        }
        drop = [key for key in told["drop"] if key in self.records and key not in self._unsent]
        self.records.update(put)
        for key in drop:
            del self.records[key]
        if put or drop:
            self._changed(put, drop, False)

    async def _send_or_wait(self) -> None:
        try:
            await self._send()
        except (*FAILURES, ValueError):
            self.connected = False  # `run` notices, and sends what waits when it is back

    async def _send(self) -> None:
        async with self._sending:
            while self._unsent:
                before = self._clock.now()
                batch = dict(islice(self._unsent.items(), _BATCH))
                put = {key: value for key, value in batch.items() if value is not None}
                drop = [key for key, value in batch.items() if value is None]
                told = orjson.dumps({"put": {k: v.decode() for k, v in put.items()}, "drop": drop})
                pairs = [part for pair in put.items() for part in pair]
                version = await _CHANGE.run(
                    self._link.there(),
                    [self._hash, self._version_key],
                    [self._channel, told, len(put), *pairs, *drop],
                )
                if int(version) == self._version + 1:  # nobody's came between: its push is no news
                    self._version += 1
                for key, value in batch.items():
                    if self._unsent.get(key, b"") == value:
                        del self._unsent[key]
                self.lag = (self._clock.now() - before) / SECOND
