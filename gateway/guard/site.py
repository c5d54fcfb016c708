"""The site as a whole, second by second: what all workers counted, the level, the kinds of attack.

Joins the workers' facts into one observation a second and a window of the last ten. What was
learned of the day's shape is plain data, to be kept.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from gateway.guard.baseline import Baseline
from gateway.guard.calendar import Calendar
from gateway.guard.facts import ClientFacts, SecondFacts, TargetFacts
from gateway.guard.kinds import Finding, find
from gateway.guard.level import Level, Report
from gateway.guard.level import Watch as LevelWatch
from gateway.guard.lockout import Minute
from gateway.guard.signals import SIGNALS, Observation, path_entropy
from gateway.guard.thresholds import Kinds, Learning, Levels
from gateway.guard.window import Account, Client, Target, Window
from gateway.state.distinct import estimate, merge

SECONDS: Final = 10
_HALF_LIFE: Final = 5.0  # of the workers' heavy hitters: what they count is so much a second times
_MINUTE: Final = 60
_TARGETS: Final = 200
_SHARE_LEARNED: Final = 1 / 1800  # of a second's share
_REQUESTS: Final = next(signal for signal in SIGNALS if signal.name == "requests")
_SETTLES: Final = _HALF_LIFE / 0.693  # this


class Gauges:
    """What the workers hold now: connections, and bounds and faults hit in this second."""

    def __init__(
        self,
        *,
        accepted: int = 0,
        open: int = 0,
        idle: int = 0,
        allowed: int = 0,
        bounds: Mapping[str, int] | None = None,
        faults: Mapping[str, int] | None = None,
    ) -> None:
        self.accepted = accepted
        self.open = open
        self.idle = idle
        self.allowed = allowed
        self.bounds = dict(bounds or {})
        self.faults = dict(faults or {})


class Site:
    """Of all workers of one gateway."""

    def __init__(
        self, calendar: Calendar, learning: Learning, levels: Levels, kinds: Kinds
    ) -> None:
        self.baseline = Baseline(calendar, learning)
        self._calendar = calendar
        self._kinds = kinds
        self.watch = LevelWatch(self.baseline, levels)
        self._past: deque[tuple[SecondFacts, Gauges]] = deque(maxlen=SECONDS)
        self._minute: deque[SecondFacts] = deque(maxlen=_MINUTE)
        self._usual: dict[str, float] = {}
        self.expected = 0.0  # requests in this second; 0: not known
        self.heaviest = 0.0  # the busiest address' share of all requests of late
        self.findings: list[Finding] = []
        self.report = Report(Level.CALM, Level.CALM, (), (), True)

    def second(
        self,
        facts: Iterable[SecondFacts],
        gauges: Gauges,
        clients: Mapping[int, tuple[str, int]],
        local: datetime,
    ) -> Report:
        """One second more; `clients`: address and devices by key, `local`: the wall's clock."""
        joined = join_facts(facts)
        self._past.append((joined, gauges))
        self._minute.append(joined)
        place = self._calendar.place(local)
        forecast = self.baseline.forecast(_REQUESTS, place, 1)
        # Nobody is called a flooder before it is known how much is usual: who is busy from the
        # first minute on may be an application, or a proxy that nobody listed as trusted.
        self.expected = 0.0 if forecast is None else _REQUESTS.scale.back(forecast.centre)
        window = self._window(joined, gauges, clients, self.expected)
        self.findings = find(window, self._kinds)
        busiest = max((client.requests for client in window.top), default=0)
        self.heaviest = min(1.0, busiest / window.requests) if window.requests else 0.0
        if self.report.level is Level.CALM:
            self._learn_targets(window)
        self.report = self.watch.observe(_observation(joined), place, self.findings)
        return self.report

    def _window(
        self,
        latest: SecondFacts,
        gauges: Gauges,
        clients: Mapping[int, tuple[str, int]],
        expected: float,
    ) -> Window:
        past = [facts for facts, _ in self._past]
        held = [one for _, one in self._past]
        requests = sum(one["requests"] for one in past)
        targets: dict[str, int] = {}
        for one in past:
            for path, count in one["targets"].items():
                targets[path] = targets.get(path, 0) + count
        return Window(
            seconds=float(len(past)),
            requests=requests,
            clients=len(latest["top_clients"]),
            expected=expected * len(past),
            targets=tuple(
                _target(path, targets[path], found, self._usual.get(path, 0.0))
                for path, found in latest["top_targets"].items()
            ),
            top=tuple(
                _client(key, latest, clients, len(past))
                for key in {**latest["top_clients"], **latest["top_logins"]}
                if key in clients
            ),
            faults=_sum(one.faults for one in held),
            bounds=_sum(one.bounds for one in held),
            statuses=_sum(one["statuses"] for one in past),
            logins=sum(one["logins"] for one in past),
            login_failures=sum(one["login_failures"] for one in past),
            login_accounts=round(estimate(latest["login_accounts"])),
            accounts=tuple(
                Account(f"{key:016x}", round(one["failures"]), round(estimate(one["clients"])))
                for key, one in latest["top_accounts"].items()
            ),
            connections=sum(one.accepted for one in held),
            open=gauges.open,
            idle=gauges.idle,
            allowed=gauges.allowed,
        )

    def knocking(self, clients: Mapping[int, tuple[str, int]], rate: float) -> list[str]:
        """Blocked addresses that send `rate` requests a second or more all the same."""
        if not self._past:
            return []
        held = self._past[-1][0]["knocking"]
        return [
            clients[key][0]
            for key, count in held.items()
            if key in clients and count >= rate * _SETTLES
        ]

    def minute(self) -> Minute:
        """What the last minute held, but for challenges."""
        past = self._minute
        answers = sum(one["answers"] for one in past)
        failed = sum(one["server_errors"] for one in past)
        wrong = sum(one["client_errors"] for one in past)
        return Minute(
            requests=sum(one["requests"] for one in past),
            refused=sum(one["refused"] for one in past),
            good=answers - failed - wrong,
            failed=failed,
            usual=self.expected * len(past),
            by_network=_sum(one["refused_by"] for one in past),
        )

    def _learn_targets(self, window: Window) -> None:
        """The usual share of each target, in half an hour; of the 200 largest."""
        for path in self._usual:
            self._usual[path] *= 1 - _SHARE_LEARNED
        for target in window.targets:
            share = target.requests / max(1, window.requests)
            self._usual[target.name] = self._usual.get(target.name, 0.0) + _SHARE_LEARNED * share
        if len(self._usual) > 2 * _TARGETS:
            largest = sorted(self._usual.items(), key=lambda one: -one[1])[:_TARGETS]
            self._usual = dict(largest)


def join_facts(facts: Iterable[SecondFacts]) -> SecondFacts:
    """Those of several workers, as of one."""
    joined: dict[str, Any] = {}
    for one in facts:
        for name, value in one.items():
            if name == "top_targets":
                _join_each(joined.setdefault(name, {}), value, ("clients", "queries"))
            elif name == "top_clients":
                _join_each(joined.setdefault(name, {}), value, ("error_targets",))
            elif name == "top_logins":
                _join_each(joined.setdefault(name, {}), value, ("accounts",))
            elif name == "top_accounts":
                _join_each(joined.setdefault(name, {}), value, ("clients",))
            elif isinstance(value, bytes):
                both = bytearray(joined.get(name) or len(value))
                merge(both, value)
                joined[name] = bytes(both)
            elif isinstance(value, dict):
                joined[name] = _sum([joined.get(name, {}), value])
            else:
                joined[name] = joined.get(name, 0) + value
    return {**_NONE, **joined}  # type: ignore[typeddict-item]


def _join_each(into: dict[Any, Any], more: Any, registers: tuple[str, ...]) -> None:
    for key, facts in more.items():
        known = into.get(key)
        if known is None:
            into[key] = dict(facts)
            continue
        for name, value in facts.items():
            if name in registers:
                both = bytearray(known[name])
                merge(both, value)
                known[name] = bytes(both)
            else:
                known[name] += value


def _sum(counts: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    total: dict[Any, int] = {}
    for one in counts:
        for key, count in one.items():
            total[key] = total.get(key, 0) + count
    return total


def _observation(facts: SecondFacts) -> Observation:
    answers = facts["answers"]
    return Observation(
        requests=facts["requests"],
        new_clients=facts["new_clients"],
        answers=answers,
        client_errors=facts["client_errors"],
        server_errors=facts["server_errors"],
        refused=facts["refused"],
        visitors=facts["visitors"],
        without_assets=facts["without_assets"],
        entropy=path_entropy(facts["targets"].values()),
        entropy_of=sum(facts["targets"].values()),
        latency=facts["latency"] / answers if answers else 0.0,
    )


def _target(path: str, requests: int, found: TargetFacts, usual: float) -> Target:
    visitors = found["visitors"]
    return Target(
        path,
        requests,
        round(estimate(found["clients"])),
        queries=round(estimate(found["queries"])),
        usual_share=usual,
        without_assets=found["without_assets"] / visitors if visitors else None,
    )


def _client(
    key: int, latest: SecondFacts, clients: Mapping[int, tuple[str, int]], seconds: int
) -> Client:
    found = latest["top_clients"].get(key, _IDLE)
    logins = latest["top_logins"].get(key)
    address, devices = clients[key]
    rate = 1 / _SETTLES  # what decays in five seconds, as so much a second
    return Client(
        address,
        round(found["requests"] * rate * seconds),
        devices=max(1, devices),
        errors=round(found["errors"] * rate * seconds),
        error_targets=round(estimate(found["error_targets"])),
        faults=round(found["faults"] * rate * seconds),
        logins=round(logins["logins"]) if logins else 0,
        login_failures=round(logins["failures"]) if logins else 0,
        login_accounts=round(estimate(logins["accounts"])) if logins else 0,
    )


_IDLE: Final[ClientFacts] = {
    "requests": 0.0, "errors": 0.0, "error_targets": bytes(64), "faults": 0.0,
}  # fmt: skip
_NONE: Final[SecondFacts] = {
    "requests": 0, "waiting": 0, "refused": 0, "new_clients": 0, "answers": 0, "client_errors": 0,
    "server_errors": 0, "latency": 0.0, "visitors": 0, "without_assets": 0, "targets": {},
    "knocking": {}, "refused_by": {}, "statuses": {}, "logins": 0, "login_failures": 0,
    "login_accounts": bytes(256), "top_targets": {}, "top_clients": {}, "top_logins": {},
    "top_accounts": {},
}  # fmt: skip
