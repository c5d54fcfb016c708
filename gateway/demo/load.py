"""A server that slows down as load rises, and fails when it is told to.

Processor sharing, made simple: up to `capacity` requests at once each take the base time; beyond it
they share, so each takes in proportion longer and the site as a whole gets no faster. The time is
fixed when a request arrives; those that come later do not lengthen it. Nothing here is random: the
same requests meet the same fate.

Static files, /health and the WebSocket are neither slowed nor failed.
"""

import asyncio
from fractions import Fraction
from math import floor
from typing import Final

from aiohttp import web

from gateway.demo.settings import Fail, Settings

_SPARED: Final = ("/static/", "/health", "/live/socket")


def service_seconds(base_seconds: float, *, in_flight: int, capacity: int) -> float:
    """How long a request takes that arrives as the `in_flight`-th (itself counted)."""
    return base_seconds * max(1.0, in_flight / capacity)


def falls_in_share(number: int, share: Fraction) -> bool:
    """Whether the `number`-th request (from 1) is among the failing ones, evenly spread.

    Of the first n requests exactly floor(n x share) are.
    """
    return floor(number * share) > floor((number - 1) * share)


class Load:
    """Who is being served now, and how many have been."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._in_flight = 0
        self._served = 0

    def next_failure(self) -> Fail:
        """Count one more dynamic request and tell how it is to fail."""
        self._served += 1
        fails = falls_in_share(self._served, self._settings.fail_share)
        return self._settings.fail if fails else Fail.NONE

    async def __aenter__(self) -> None:
        self._in_flight += 1
        settings = self._settings
        seconds = service_seconds(
            settings.base_seconds, in_flight=self._in_flight, capacity=settings.capacity
        )
        try:
            await asyncio.sleep(seconds)
        except BaseException:
            self._in_flight -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._in_flight -= 1

    async def wait_slow(self) -> None:
        await asyncio.sleep(self._settings.slow_seconds)


LOAD: Final = web.AppKey("load", Load)


def is_dynamic(path: str) -> bool:
    return not path.startswith(_SPARED)


async def hang_up(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole answer, send half of it and close the connection.

    The work is done by then: a place is booked, and its owner never reads so. An answer without a
    body promises one byte and breaks that promise.
    """
    body = response.body if isinstance(response, web.Response) else None
    content = body if isinstance(body, bytes) else b""
    broken = web.StreamResponse(status=response.status, headers=response.headers)
    broken.content_length = max(1, len(content))
    broken.force_close()
    await broken.prepare(request)
    if half := content[: len(content) // 2]:
        await broken.write(half)
    if request.transport is not None:
        request.transport.close()
    return broken
