"""The site's alarm: what all workers counted becomes a level, and the level is told to them.

What was learned of the day's shape is kept in `baseline.json` of the state folder, each minute.
With several gateways each watches its own traffic, and has a level of its own.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from gateway.building import flood as building
from gateway.clock import Clock
from gateway.control.level_by_hand import LevelByHand
from gateway.control.offload import KNOCKS
from gateway.guard.kinds import Finding
from gateway.guard.level import Level
from gateway.guard.lockout import Lockout
from gateway.guard.profiles import Report
from gateway.guard.site import Gauges, Site
from gateway.ledger.snapshot import Snapshot
from gateway.private_file import write_private
from gateway.settings.models import Settings
from gateway.state.distinct import estimate, merge

_log: Final = logging.getLogger("dawr.guard")
_KEPT_EVERY: Final = 60  # seconds
_LOOSENED: Final = 600  # seconds
_TARGETED: Final = frozenset({"flood-on-target", "cache-busting"})  # findings that name targets
_FLOODERS: Final = frozenset(
    {"flood-from-few", "error-scanning", "connection-hoarding", "credential-stuffing"}
)
NAMES: Final = {
    Level.CALM: "calm",
    Level.ELEVATED: "elevated",
    Level.UNDER_ATTACK: "under_attack",
}

Tell = Callable[..., Awaitable[None]]  # level, targets, since, everywhere


class Alarm:
    """`tell` tells the workers; `folder` is the state folder."""

    def __init__(self, tell: Tell, folder: Path, clock: Clock) -> None:
        self._tell = tell
        self._file = folder / "baseline.json"
        self._clock = clock
        self.by_hand = LevelByHand(folder, clock)
        self._configured: Level | None = None  # a level that the settings hold
        self.site: Site
        self._settings: Settings | None = None
        self._told: tuple[Any, ...] = ()
        self._since = 0
        self._seconds = 0
        self._workers: list[int] = []
        self._last: dict[str, dict[str, int]] = {}
        self._accepted = 0
        self.findings: dict[str, int] = {}  # seconds in which each kind was found
        self.flooding: list[int] = []
        self.knocking: list[str] = []  # blocked addresses that go on all the same
        self.signs: list[str] = []  # that we are the outage
        self._lockout = Lockout()
        self._loosened_for = 0
        self._challenges: deque[tuple[int, int]] = deque(maxlen=61)  # answered and passed

    def configure(self, settings: Settings) -> None:
        """Go on by these settings, with what was learned."""
        learned = self._read() if self._settings is None else self.site.baseline.export()
        self.site = building.site(settings.flood)
        if learned is not None and not self.site.baseline.restore(learned):
            _log.warning("%s does not fit the settings: learning anew", self._file)
        self._configured = self.site.watch.forced
        self._settings = settings
        self._zone = ZoneInfo(settings.flood.zone)

    async def second(
        self,
        reports: Iterable[Report],
        snapshots: list[Snapshot],
        challenges: Mapping[tuple[str, str], int],
    ) -> None:
        """One second more. `challenges`: what became of them since the start."""
        if self._settings is None:
            return
        told = list(reports)
        devices = _devices(told)
        before = self.site.report.level
        by_hand = self.by_hand.level
        self.site.watch.forced = self._configured if by_hand is None else by_hand
        local = datetime.fromtimestamp(self._clock.wall(), UTC).astimezone(self._zone)
        report = self.site.second(
            [one["facts"] for one in told],
            self._gauges(snapshots, self._settings.bounds.connections),
            devices,
            local,
        )
        for finding in self.site.findings:
            self.findings[finding.kind] = self.findings.get(finding.kind, 0) + 1
        self.knocking = self.site.knocking(devices, KNOCKS)
        keys = {address: key for key, (address, _) in devices.items()}
        self.flooding = [
            keys[who]
            for finding in self.site.findings
            if finding.kind in _FLOODERS and self.site.expected > 0
            for who in finding.who
            if who in keys
        ]
        if report.level is not before:
            self._say(before)
        self._look_at_ourselves(challenges)
        workers = [one["pid"] for one in snapshots]
        if workers != self._workers:  # one that was started meanwhile knows of nothing
            self._workers, self._told = workers, ()
        await self._tell_workers()
        self._seconds += 1
        if self._seconds % _KEPT_EVERY == 0:
            self._keep()

    def _gauges(self, snapshots: list[Snapshot], allowed: int) -> Gauges:
        now = {
            "bounds": _total(one["bounds"] for one in snapshots),
            "faults": _total(one["faults"] for one in snapshots),
        }
        accepted = sum(one["accepted"] for one in snapshots)
        new = {
            name: {
                key: max(0, count - self._last.get(name, {}).get(key, 0))
                for key, count in counts.items()
            }
            for name, counts in now.items()
        }
        gauges = Gauges(
            accepted=max(0, accepted - self._accepted) if self._last else 0,
            open=sum(one["open"] for one in snapshots),
            idle=sum(one["idle"] for one in snapshots),
            allowed=allowed,
            bounds=new["bounds"] if self._last else {},
            faults=new["faults"] if self._last else {},
        )
        self._last, self._accepted = now, accepted
        return gauges

    async def _tell_workers(self) -> None:
        level = self.site.report.level
        if level is Level.CALM:
            self._since = 0
        elif self._since == 0:
            self._since = int(self._clock.wall() // 60)
        challenge = "nobody" if self._settings is None else self._settings.flood.challenge
        attacked = level is Level.UNDER_ATTACK and challenge != "nobody" and not self.loosened
        targets = sorted(
            {who for one in self.site.findings if one.kind in _TARGETED for who in one.who}
        )
        if attacked and not targets and self._told and self._told[0] == level:
            targets = self._told[1]  # a flood that is stopped is seen no more, and comes again
        told = (
            level,
            targets if attacked else [],
            self._since,
            attacked and challenge == "newcomers",
        )
        if told == self._told:
            return
        self._told = told
        await self._tell(level=int(level), targets=told[1], since=self._since, everywhere=told[3])

    def _look_at_ourselves(self, challenges: Mapping[tuple[str, str], int]) -> None:
        self._challenges.append(
            (
                sum(n for (what, _), n in challenges.items() if what in {"passed", "failed"}),
                sum(n for (what, _), n in challenges.items() if what == "passed"),
            )
        )
        (answered_before, passed_before), (answered, passed) = (
            self._challenges[0],
            self._challenges[-1],
        )
        minute = replace(
            self.site.minute(),
            answered=max(0, answered - answered_before),
            passed=max(0, passed - passed_before),
        )
        signs = self._lockout.second(minute)
        if signs and not self.signs:
            _log.error("we may be the outage: %s (docs/operations.md)", ", ".join(signs))
            if self._settings is not None and self._settings.flood.lockout == "auto":
                self._loosened_for = _LOOSENED
                _log.warning("loosened for %d seconds: no challenges, fewer blocks", _LOOSENED)
        self.signs = signs
        self._loosened_for = max(0, self._loosened_for - 1)

    @property
    def loosened(self) -> bool:
        """Whether we hold back because it may be us."""
        return self._loosened_for > 0

    def _say(self, before: Level) -> None:
        report = self.site.report
        why = "; ".join(
            f"{one.signal} {one.value:.3g} instead of {one.forecast:.3g}" for one in report.reasons
        )
        kinds = ", ".join(report.findings)
        _log.warning(
            "level %s, was %s%s%s",
            NAMES[report.level],
            NAMES[before],
            f": {why}" if why else "",
            f"; found: {kinds}" if kinds else "",
        )

    def _keep(self) -> None:
        write_private(self._file, orjson.dumps(self.site.baseline.export()))

    def _read(self) -> Mapping[str, Any] | None:
        try:
            read: dict[str, Any] = orjson.loads(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("%s cannot be read (%s): learning anew", self._file, error)
            return None
        return read

    def status(self) -> dict[str, Any]:
        """For the metrics and `gateway status`."""
        report, by_hand = self.site.report, self.by_hand.level
        forced = self._configured if by_hand is None else by_hand
        return {
            "level": NAMES[report.watched if forced is None else forced],
            "forced": forced is not None,
            "forced_until": None if by_hand is None else self.by_hand.until,
            "watched": NAMES[report.watched],
            "reasons": [
                {"signal": one.signal, "value": one.value, "forecast": one.forecast}
                for one in report.reasons
            ],
            "findings": [_shown(one) for one in self.site.findings],
            "found": dict(self.findings),
            "learning": report.learning,
            "heaviest": self.site.heaviest,
            "lockout": list(self.signs),
            "loosened": self.loosened,
        }


def _shown(finding: Finding) -> dict[str, Any]:
    """Without the clients: the control port tells of no one."""
    return {
        "kind": finding.kind,
        "share": round(min(1.0, finding.share), 3),
        "who": len(finding.who),
    }


def _devices(reports: list[Report]) -> dict[int, tuple[str, int]]:
    """The busiest clients' addresses, and how many devices each has, by key."""
    clients: dict[int, tuple[str, bytearray]] = {}
    for report in reports:
        for key, (address, registers) in report["clients"].items():
            known = clients.setdefault(key, (address, bytearray(64)))
            if registers:
                merge(known[1], registers)
    return {key: (address, round(estimate(r))) for key, (address, r) in clients.items()}


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total
