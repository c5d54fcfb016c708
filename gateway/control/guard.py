"""The guard's second: hears the workers, concludes who is to be stopped, and has it done.

When the control process dies the workers' tables hold; scores not yet acted upon are in the workers
and are heard a second later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.address import parse_address
from gateway.building.flood import LEVELS
from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.control.alarm import Alarm
from gateway.control.alarm import Tell as AlarmTell
from gateway.control.blocks import Blocks, Tell
from gateway.control.feeds import Feeds
from gateway.control.offload import Offload
from gateway.guard.block import Block, read_whom
from gateway.guard.book import Book
from gateway.guard.docket import SharedList, conclude, reach, with_all_known
from gateway.guard.judge import Thresholds
from gateway.guard.profiles import Report, Suspect
from gateway.ledger.audit import Audit
from gateway.ledger.snapshot import Snapshot
from gateway.prefixes import PrefixTable
from gateway.settings.models import Settings
from gateway.settings.network import networks
from gateway.state.embedded import state_url
from gateway.state.records import SharedRecords
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.guard")
_MOST: Final = 5_000  # clients a worker tells each second, at most
_LOOSER: Final = 4  # times the strikes, while it may be us who are the outage
_PATIENCE: Final = 5.0  # seconds that the first workers wait for the blocks in force

Observe = Callable[..., Awaitable[list[Report]]]
About = Callable[[list[str]], Awaitable[list[list[Suspect]]]]


class _Listed(SharedList):
    def __init__(self, texts: list[str]) -> None:
        self._table = PrefixTable((network, True) for network in networks(texts))

    def holds(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and self._table.get(parsed) is not None


class Guard:
    """`observe` asks all workers, `tell` tells them who is blocked."""

    def __init__(
        self,
        observe: Observe,
        about: About,
        tell: Tell,
        alarm: AlarmTell,
        loaded: Loaded,
        clock: Clock,
    ) -> None:
        self._observe = observe
        self._about = about
        self._clock = clock
        self._url = ""
        self._following: asyncio.Task[None] | None = None
        audit = Audit(loaded.state_folder / "audit.log", clock)
        self.blocks = Blocks(Book([60], forgive=1), tell, audit, loaded.state_folder, clock)
        self.offload = Offload(clock)
        self._feeds = Feeds(self.blocks, clock)
        self.alarm = Alarm(alarm, loaded.state_folder, clock)
        self._settings: Settings

    async def configure(self, loaded: Loaded) -> None:
        """Go on by these settings. The first time the blocks in force are read first."""
        self._settings = loaded.settings
        blocking = loaded.settings.blocking
        self.blocks.book.configure(
            [step / SECOND for step in blocking.ladder], forgive=blocking.forgive / SECOND
        )
        self._thresholds = Thresholds(
            strikes=blocking.threshold,
            devices=blocking.shared.devices,
            good=blocking.shared.good,
            neighbours=blocking.widen.addresses,
            misbehaving=blocking.widen.share,
        )
        self.alarm.configure(loaded.settings)
        geo = loaded.settings.geo
        self.blocks.databases = frozenset(
            name for name in ("asn", "country") if getattr(geo, name) is not None
        )
        self._listed = _Listed(blocking.shared.networks)
        await self._share(state_url(loaded.settings.state.url, loaded.state_folder))
        if blocking.mode != "enforce":
            await self._let_go()
        await self._feeds.configure(loaded)
        await self.offload.configure(loaded)

    async def _share(self, url: str) -> None:
        if self._following is not None and url == self._url:
            return
        if self._following is not None:
            self._following.cancel()
        self._url = url
        if not url:
            self.blocks.share(None)
            return
        records = SharedRecords(url, "blocks", self.blocks.changed, self._clock)
        self.blocks.share(records)
        self._following = start_task(records.run(), name="follow blocks")
        try:
            async with asyncio.timeout(_PATIENCE):
                await records.read.wait()
        except TimeoutError:
            _log.warning("the shared state does not answer: who is blocked is not known yet")

    async def _let_go(self) -> None:
        """The guard is to stop nobody any more: all that it stopped go on, without an offence."""
        own = [b.code for b in self.blocks.book.all() if b.by == "guard" and not b.shadow]
        if own:
            await self.blocks.remove(own, "reload", pardon=True)
            _log.warning("blocking is not enforced: %d blocks of the guard are lifted", len(own))

    async def tick(
        self, snapshots: list[Snapshot], challenges: Mapping[tuple[str, str], int]
    ) -> None:
        """Once a second. `challenges`: what became of them since the start."""
        await self.blocks.tick()
        blocking = self._settings.blocking
        reports = await self._observe(
            least=blocking.threshold / 8,
            most=_MOST,
            flooding=self.alarm.flooding,
            weight=blocking.strikes.flood / max(1, len(snapshots)),
        )
        await self.alarm.second(reports, snapshots, challenges)
        await self.offload.tick(self.blocks.book, self.alarm.knocking)
        if blocking.mode == "off":
            return
        thresholds = self._thresholds
        if self.alarm.loosened:
            thresholds = replace(thresholds, strikes=_LOOSER * thresholds.strikes)
        # The worker that saw the strikes need not be the one that serves the rest of an address.
        accused = [
            one
            for one in reach(reports, thresholds)
            if self.blocks.book.of(*read_whom(one)) is None
        ]
        if accused:
            reports = with_all_known(reports, accused, await self._about(accused))
        shadow = blocking.mode == "shadow"
        wanted = conclude(
            reports,
            self.blocks.book,
            thresholds,
            self._listed,
            self._clock.wall(),
            shadow=shadow,
        )
        if wanted:
            await self.blocks.add(wanted, "guard")
            _log.warning("%s%s", "in shadow, not done: " if shadow else "", _told(wanted))

    async def close(self) -> None:
        """The gateway ends."""
        await self.offload.close()

    def force_level(self, level: str | None, seconds: float, who: str) -> None:
        """A level by hand, for so long; None: by what is seen. Raises KeyError, OSError."""
        if level is not None and level not in LEVELS:
            raise KeyError(level)
        told = {"what": "level", "level": level or "auto"}
        if level is not None:
            told["seconds"] = f"{seconds:g}"
        self.blocks.audit.write(who, [told])
        self.alarm.by_hand.set(level, seconds)

    def export(self) -> tuple[Any, Any]:
        """What was counted, for a successor."""
        return self.blocks.made, self.alarm.findings

    def restore(self, kept: tuple[Any, Any]) -> None:
        """Go on with what a predecessor had counted."""
        self.blocks.made, self.alarm.findings = kept

    def status(self) -> dict[str, Any]:
        """For the metrics and `gateway status`."""
        shared = self.blocks.shared
        return {
            "blocks": self.blocks.book.count_by(),
            "made": dict(self.blocks.made),
            "connected": shared is None or shared.connected,
            "alarm": self.alarm.status(),
            "kernel": {
                "why_not": self.offload.why,
                "blocks": self.offload.size,
                "dropped": self.offload.dropped,
            },
            "lag": 0.0 if shared is None else shared.lag,
        }


def _told(blocks: list[Block]) -> str:
    shown = ", ".join(
        f"{one.scope} {one.key} ({one.measure}, {one.reason}, {one.code})" for one in blocks[:5]
    )
    more = f" and {len(blocks) - 5} more" if len(blocks) > 5 else ""
    return f"stopped: {shown}{more}"
