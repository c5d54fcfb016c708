"""Active health checks: asks each backend for a page, again and again, and says who is up.

A backend is up when it answers 2xx or 3xx in time; it changes only after several answers of the
other kind in a row, so that one lost packet does not take it out. Before its first answers it
counts as up: a gateway that starts must serve.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from gateway.channel import ChannelClosed, RemoteError
from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.settings.models import BackendTls, Health
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.health")
Tell = Callable[[dict[str, bool]], Awaitable[None]]


class Standing:
    """One backend as the checks see it; `saw` is told each answer."""

    def __init__(self, *, healthy_after: int, unhealthy_after: int, up: bool = True) -> None:
        self._needed = {True: healthy_after, False: unhealthy_after}
        self._against = 0  # answers in a row that contradict `up`
        self.up = up

    def saw(self, good: bool) -> bool:
        """Count an answer; whether `up` has changed by it."""
        if good == self.up:
            self._against = 0
            return False
        self._against += 1
        if self._against < self._needed[good]:
            return False
        self.up = good
        self._against = 0
        return True


class HealthChecks:
    """The checks of all backends; `tell` is called with the states whenever one changes."""

    def __init__(self, tell: Tell, clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._standings: dict[str, Standing] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def states(self) -> dict[str, bool]:
        return {url: standing.up for url, standing in self._standings.items()}

    async def configure(self, loaded: Loaded) -> None:
        """Check by other settings; what is known of a backend stays known."""
        await self.close()
        platform = loaded.settings.platform
        health, before = platform.health, self.states
        self._standings = {}
        if health is None:
            if not all(before.values()):
                await self._told(dict.fromkeys(platform.backends, True))
            return
        tls = _tls(loaded, platform.tls)
        for url in platform.backends:
            self._standings[url] = Standing(
                healthy_after=health.healthy_after,
                unhealthy_after=health.unhealthy_after,
                up=before.get(url, True),
            )
            self._tasks.append(start_task(self._check(url, health, tls), name=f"health of {url}"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def _check(self, url: str, health: Health, tls: ssl.SSLContext) -> None:
        timeout = aiohttp.ClientTimeout(total=health.timeout / SECOND)
        base = "http://localhost" if url.startswith("unix:") else url
        async with aiohttp.ClientSession(connector=_connector(url, tls), timeout=timeout) as client:
            while True:
                began = self._clock.now()
                good, why = await _ask(client, base + health.path)
                standing = self._standings[url]
                if standing.saw(good):
                    _log.warning("backend %s is %s: %s", url, "up" if good else "down", why)
                    await self._told(self.states)
                spent = self._clock.now() - began
                await asyncio.sleep(max(0, health.every - spent) / SECOND)

    async def _told(self, states: dict[str, bool]) -> None:
        with contextlib.suppress(ChannelClosed, RemoteError, TimeoutError):
            await self._tell(states)


async def _ask(client: aiohttp.ClientSession, url: str) -> tuple[bool, str]:
    try:
        async with client.get(url, allow_redirects=False) as response:
            return response.status < 400, f"it answers {response.status}"
    except TimeoutError:
        return False, "it does not answer in time"
    except (aiohttp.ClientError, OSError) as error:
        return False, str(error) or type(error).__name__


def _connector(url: str, tls: ssl.SSLContext) -> aiohttp.BaseConnector:
    if url.startswith("unix:"):
        return aiohttp.UnixConnector(url.removeprefix("unix:"), force_close=True)
    return aiohttp.TCPConnector(ssl=tls, force_close=True)


def _tls(loaded: Loaded, settings: BackendTls) -> ssl.SSLContext:
    ca = None if settings.ca is None else str(loaded.input(settings.ca))
    context = ssl.create_default_context(cafile=ca)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
