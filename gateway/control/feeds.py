"""Feeds: lists of networks that others keep, read again on a schedule.

One network or address a line, # comments. A feed that cannot be read, or holds a line that is no
network, is told in the log and its last good reading stays. A reading is at most 32 MiB; a feed
that shrinks to nothing is taken for broken, and its last reading stays too.
"""

import asyncio
import hashlib
import logging
from typing import Final

import aiohttp

from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.control.blocks import Blocks
from gateway.guard.block import Block, code_of, read_whom
from gateway.settings.blocking import Feed
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.feeds")
_LARGEST: Final = 32 * 1024 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


class Feeds:
    """Keeps `blocks` with what the configured feeds hold."""

    def __init__(self, blocks: Blocks, clock: Clock) -> None:
        self._blocks = blocks
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.read: dict[str, float] = {}  # when each was last read, seconds since 1970

    async def configure(self, loaded: Loaded) -> None:
        """Follow these feeds and no others."""
        for task in self._tasks.values():
            task.cancel()
        wanted = {feed.name: feed for feed in loaded.settings.blocking.feeds}
        for name in [name for name in self._tasks if name not in wanted]:
            await self._blocks.set_feed(name, [])
        self._tasks = {
            name: start_task(self._follow(feed, loaded), name=f"feed {name}")
            for name, feed in wanted.items()
        }

    async def _follow(self, feed: Feed, loaded: Loaded) -> None:
        while True:
            await self._read(feed, loaded)
            await asyncio.sleep(feed.every / SECOND)

    async def _read(self, feed: Feed, loaded: Loaded) -> None:
        try:
            text = await _text(feed, loaded)
            blocks = parse_feed(feed, text, self._clock.wall())
            added, gone = await self._blocks.set_feed(feed.name, blocks)
        except (OSError, ValueError, aiohttp.ClientError, TimeoutError) as error:
            _log.error(
                "feed %s is not taken, its last reading stays: %s",
                feed.name,
                error or type(error).__name__,
            )
            return
        self.read[feed.name] = self._clock.wall()
        if added or gone:
            _log.info("feed %s: %d new, %d gone", feed.name, added, gone)


async def _text(feed: Feed, loaded: Loaded) -> str:
    if feed.file is not None:
        path = loaded.input(feed.file)
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"{path} is larger than {_LARGEST} bytes")
        return await asyncio.to_thread(path.read_text, "utf-8")
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.get(str(feed.url)) as answer,
    ):
        answer.raise_for_status()
        raw = await answer.content.read(_LARGEST + 1)
        while len(raw) <= _LARGEST and (more := await answer.content.read(_LARGEST)):
            raw += more
        if len(raw) > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        return raw.decode("utf-8")


def parse_feed(feed: Feed, text: str, now: float) -> list[Block]:
    """The blocks that a reading asks for. Raises ValueError with the line that is wrong."""
    blocks: dict[tuple[str, str], Block] = {}
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.partition("#")[0].partition(";")[0].strip()
        if not entry:
            continue
        try:
            scope, key = read_whom(entry)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        if scope not in {"address", "prefix"}:
            raise ValueError(f"line {number}: {entry!r} is no network")
        seed = f"{feed.name} {key}".encode()
        blocks[scope, key] = Block(
            scope,
            key,
            reason="feed",
            since=now,
            until=None,
            by=f"feed:{feed.name}",
            measure=feed.measure,
            code=code_of(hashlib.blake2b(seed, digest_size=8).digest()),
        )
    if not blocks:
        raise ValueError("it holds no network at all")
    return list(blocks.values())
