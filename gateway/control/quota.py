"""How many places there are, where the platform tells: asked by the room's leader, over and over.

What was said last holds for `holds`, when it cannot be had anew; from then on nobody is called
until it can. Who is inside may book what is left of the number that was said last. Before the first
answer nobody is called.

The law: the number is never too high by bookings that were made meanwhile. Where `left` is said, it
is added to the bookings that were counted right *before* it was asked for: one that was made in
between is missing in both until the next time. So the last few of many places may open up a poll
later than they could; the platform is never sent more than it has.

Bounds: an answer of `BODY_BYTES`, within its time-out.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp

from gateway.clock import SECOND, Clock
from gateway.settings.quotas import QuotaSource
from gateway.state.client import FAILURES
from gateway.waitingroom.answers import field

_log: Final = logging.getLogger("dawr.rooms")
BODY_BYTES: Final = 64 * 1024
_MOST: Final = 1_000_000


class PlatformQuota:
    """Of one room. `taken`: bookings counted until now; raises as the client does."""

    def __init__(
        self, room: str, source: QuotaSource, clock: Clock, taken: Callable[[], Awaitable[int]]
    ) -> None:
        self._room = room
        self._source = source
        self._clock = clock
        self._taken = taken
        self._said_at = 0
        self._opening = 0  # which of them, so that an answer for a former one is not taken
        self._failing = ""
        self.places: int | None = None  # of the opening, as it was said last
        self.failures = 0

    @property
    def fresh(self) -> bool:
        """Whether what was said still holds."""
        return self.places is not None and (self._clock.now() - self._said_at <= self._source.holds)

    def begin(self) -> None:
        """Another opening: nothing is known of it."""
        self._opening += 1
        self.places = None

    async def run(self, leading: Callable[[], bool]) -> None:
        """Ask, while this gateway leads the room, for ever."""
        timeout = aiohttp.ClientTimeout(total=self._source.timeout / SECOND)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                if leading():
                    await self.ask(session)
                    await asyncio.sleep(self._source.every / SECOND)
                else:
                    await asyncio.sleep(min(1.0, self._source.every / SECOND))

    async def ask(self, session: aiohttp.ClientSession) -> None:
        """Once."""
        opening, asked = self._opening, self._clock.now()
        try:
            before = await self._taken() if self._source.says == "left" else 0
            number = await self._asked(session)
        except (aiohttp.ClientError, *FAILURES, ValueError) as error:
            self.failures += 1
            said = str(error) or type(error).__name__
            if said != self._failing:
                _log.warning("room %s: its quota cannot be had: %s", self._room, said)
            self._failing = said
            return
        if self._failing:
            _log.warning("room %s: its quota can be had again", self._room)
        self._failing = ""
        if opening != self._opening:
            return
        self.places = number + before
        self._said_at = asked

    async def _asked(self, session: aiohttp.ClientSession) -> int:
        source = self._source
        async with session.get(source.url, headers=source.headers, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"{source.url} answers {answer.status}")
            body = b""
            async for piece in answer.content.iter_chunked(BODY_BYTES):
                body += piece
                if len(body) > BODY_BYTES:
                    raise ValueError(f"{source.url} answers more than {BODY_BYTES} bytes")
            return number_in(source.field, answer.headers, body)

    def status(self) -> dict[str, Any]:
        return {"places": self.places, "fresh": self.fresh, "failing": self._failing}


def number_in(part: str, headers: Mapping[str, str], body: bytes) -> int:
    """The number that an answer says. Raises ValueError."""
    kind, _, name = part.partition(".")
    said = headers.get(name) if kind == "header" else field(json.loads(body), name.split("."))
    if isinstance(said, str) and said.strip().isdecimal():
        said = int(said)
    if type(said) is not int or not 0 <= said <= _MOST:
        raise ValueError(f"{part} is {said!r:.60}, and no number of places")
    return said
