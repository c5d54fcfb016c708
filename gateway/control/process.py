"""The control process: answers operators and monitoring, and checks the backends' health.

It serves no citizen. When it dies the workers go on with what they know, and it is started again.
"""

import asyncio
import logging
import secrets
import socket
from typing import Any, Final

from aiohttp import web

from gateway.channel import ChannelClosed, RemoteError
from gateway.children import Parent, leave_signals_to_the_supervisor
from gateway.clock import Clock
from gateway.config import Loaded
from gateway.control.guard import Guard
from gateway.control.health import HealthChecks
from gateway.control.rooms import RoomLeaders
from gateway.control.totals import Totals
from gateway.control.web import Supervision, make_app
from gateway.guard.book import Told
from gateway.guard.profiles import Report, Suspect
from gateway.ledger.snapshot import Snapshot
from gateway.logs import configure_logging
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.control")
_TICK: Final = 1.0
_ANSWER: Final = 90.0


class Control(Supervision):
    """What the web application asks, answered by the supervisor and the workers."""

    def __init__(self, parent: Parent, clock: Clock) -> None:
        self._parent = parent
        self._clock = clock
        self.totals = Totals()
        self._refreshing = asyncio.Lock()
        self._overview: dict[str, Any] = {}
        self._seen_up: dict[str, bool] = {}
        self._checks = HealthChecks(self._tell_health, clock)
        self._runners: list[web.AppRunner] = []
        self._guard: Guard
        self.rooms = RoomLeaders(clock, secrets.token_hex(8), lambda: self._guard.blocks.book)
        self._began = False

    async def serve(self) -> None:
        """Work until the supervisor is gone."""
        self._channel = await self._parent.open(
            {"begin": self.begin, "reload": self.reloaded, "confirm": self.confirm}
        )
        await self._channel.closed
        if self._began:
            await self.rooms.close()
            await self._guard.close()
        await self._checks.close()
        for runner in self._runners:
            await runner.cleanup()

    async def begin(
        self, *, sockets: list[str], loaded: Loaded, kept: dict[str, Any] | None
    ) -> None:
        """`kept`: what a predecessor that died had counted."""
        configure_logging(loaded.settings.log.level)
        received = dict(zip(sockets, self._parent.receive(len(sockets)), strict=True))
        await self._checks.configure(loaded)
        self._guard = Guard(
            self._observe, self._about, self._tell_blocks, self._tell_alarm, loaded, self._clock
        )
        if kept is not None:
            self.totals.restore(kept["totals"])
            self._guard.restore(kept["guard"])
        self._began = True
        self.blocks = self._guard.blocks
        await self._guard.configure(loaded)
        await self.rooms.configure(loaded)
        await self.refresh()
        await self._listen(received["tcp"], commands=False)
        await self._listen(received["unix"], commands=True)
        start_task(self._ticks(), name="control tick")

    async def reloaded(self, *, loaded: Loaded) -> None:
        configure_logging(loaded.settings.log.level)
        await self._checks.configure(loaded)
        await self._guard.configure(loaded)
        await self.rooms.configure(loaded)

    async def confirm(self, **arguments: Any) -> str:
        """A worker wants a code to be sent."""
        return await self.rooms.confirm(**arguments)

    async def _listen(self, sock: socket.socket, *, commands: bool) -> None:
        runner = web.AppRunner(make_app(self, commands=commands), access_log=None)
        await runner.setup()
        await web.SockSite(runner, sock).start()
        self._runners.append(runner)

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                await self.refresh()
                self.rooms.note(self.totals.workers, any(self._seen_up.values()))
                await self._guard.tick(self.totals.workers, self.totals.sums().challenges)
            except OSError as error:
                _log.error("the guard cannot write: %s", error)
            except (ChannelClosed, RemoteError, TimeoutError) as error:
                _log.warning("no numbers from the supervisor: %s", error)
            except Exception:  # a fault of ours must not end the guard for good
                _log.exception("the guard failed in this second; it goes on with the next")

    async def _observe(self, **arguments: Any) -> list[Report]:
        found: list[Report] = await self._channel.call("observe", timeout=5, **arguments)
        return found

    async def _about(self, addresses: list[str]) -> list[list[Suspect]]:
        found: list[list[Suspect]] = await self._channel.call(
            "about", addresses=addresses, timeout=5
        )
        return found

    async def _tell_blocks(self, added: list[Told], removed: list[str], anew: bool) -> None:
        await self._channel.call("blocks", added=added, removed=removed, anew=anew, timeout=_ANSWER)

    async def _tell_alarm(self, **arguments: Any) -> None:
        await self._channel.call("alarm", timeout=5, **arguments)

    async def _tell_health(self, states: dict[str, bool]) -> None:
        await self._channel.call("backends", states=states, timeout=_ANSWER)

    # What the web application asks.

    async def refresh(self) -> None:
        async with self._refreshing:  # one after the other, or an older answer could come later
            await self._refresh()

    async def _refresh(self) -> None:
        snapshots: list[Snapshot] = await self._channel.call("snapshots", timeout=5)
        self._overview = await self._channel.call("overview", timeout=5)
        self.totals.update(snapshots, self._clock.now())
        self.totals.drop_beyond(self._overview["workers"])
        # Before anybody is told: what was told must never fall.
        kept = {"totals": self.totals.export(), "guard": self._guard.export()}
        await self._channel.call("keep", kept=kept, timeout=5)
        up = self.totals.backends_up(self._checks.states)
        for url in [one for one in up if one not in self._checks.states]:
            if up[url] != self._seen_up.get(url, True):
                _log.warning("backend %s %s", url, "answers again" if up[url] else "fails")
        self._seen_up = up

    @property
    def overview(self) -> dict[str, Any]:
        return self._overview

    @property
    def health(self) -> dict[str, bool]:
        return self._checks.states

    @property
    def guard(self) -> dict[str, Any]:
        return self._guard.status()

    def force_level(self, level: str | None, seconds: float, who: str) -> None:
        self._guard.force_level(level, seconds, who)

    async def command(self, name: str, **arguments: Any) -> Any:
        return await self._channel.call(name, timeout=_ANSWER, **arguments)


def main(arguments: list[str]) -> None:
    leave_signals_to_the_supervisor()
    configure_logging()
    asyncio.run(Control(Parent(arguments), Clock()).serve())
