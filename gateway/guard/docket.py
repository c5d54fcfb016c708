"""From what the workers saw in the last second to the blocks that are called for.

Joins the workers' reports, puts each client before the judge, and writes down the evidence. Pure:
it is told the time and asks the book only who is blocked already.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.guard.block import Block, read_whom
from gateway.guard.book import Book
from gateway.guard.judge import (
    Measure,
    Neighbourhood,
    Situation,
    Thresholds,
    is_shared,
    judge,
    widen,
)
from gateway.guard.profiles import Report, Suspect
from gateway.state.distinct import estimate, merge

# What a block is for, by the kind of strike that weighs most in it.
REASON_OF: Final[Mapping[str, str]] = {
    "limit": "limits", "rule": "attack", "malformed": "malformed", "oversized": "malformed",
    "slow": "flood", "denied": "attack", "not_found": "attack", "honeypot": "honeypot",
    "flood": "flood",
}  # fmt: skip


class Case:
    """A client, as all workers together saw it."""

    def __init__(self, suspect: Suspect) -> None:
        self.key = suspect["key"]
        self.address = suspect["address"]
        self.prefix = suspect["prefix"]
        self.sample = suspect["sample"]
        self.score = self.good = self.bad = self.lone = self.neighbours = 0.0
        self.kinds: dict[str, float] = {}
        self._devices = bytearray(64)
        self._struck = bytearray(64)
        self.add(suspect)

    def add(self, suspect: Suspect) -> None:
        self.score += suspect["score"]
        self.good += suspect["good"]
        self.bad += suspect["bad"]
        self.lone += suspect["lone"]
        self.neighbours = max(self.neighbours, suspect["neighbours"])
        for kind, weight in suspect["kinds"].items():
            self.kinds[kind] = self.kinds.get(kind, 0.0) + weight
        for registers, more in (
            (self._devices, suspect["devices"]),
            (self._struck, suspect["struck"]),
        ):
            if more:
                merge(registers, more)

    @property
    def devices(self) -> float:
        return estimate(self._devices)

    @property
    def struck(self) -> float:
        return estimate(self._struck)

    def reason(self) -> str:
        worst = max(self.kinds, key=lambda kind: self.kinds[kind], default="limit")
        return REASON_OF[worst]

    def evidence(self, why: str) -> dict[str, Any]:
        return {
            "why": why,
            "score": round(self.score, 1),
            "strikes": {kind: round(weight, 1) for kind, weight in sorted(self.kinds.items())},
            "requests": {"good": round(self.good), "bad": round(self.bad)},
            "without_device": round(self.lone),
            "devices": round(self.devices),
            "struck_devices": round(self.struck),
            "request": self.sample,
            "address": self.address,
        }


def join(reports: Iterable[Report]) -> tuple[dict[str, Case], dict[str, Case]]:
    """Addresses and devices, of all workers together, by key."""
    addresses: dict[str, Case] = {}
    devices: dict[str, Case] = {}
    for report in reports:
        for cases, suspects in ((addresses, report["addresses"]), (devices, report["devices"])):
            for suspect in suspects:
                case = cases.get(suspect["key"])
                if case is None:
                    cases[suspect["key"]] = Case(suspect)
                else:
                    case.add(suspect)
    return addresses, devices


def reach(reports: Iterable[Report], thresholds: Thresholds) -> list[str]:
    """The addresses that reach the threshold."""
    addresses, _ = join(reports)
    return [case.key for case in addresses.values() if case.score >= thresholds.strikes]


def with_all_known(
    reports: Iterable[Report], accused: Iterable[str], known: Iterable[list[Suspect]]
) -> list[Report]:
    """The reports, with what all workers know of the accused in place of what some told."""
    names = set(accused)
    made: list[Report] = [
        {**report, "addresses": [one for one in report["addresses"] if one["key"] not in names]}
        for report in reports
    ]
    made[0] = {
        **made[0],
        "addresses": made[0]["addresses"] + [one for some in known for one in some],
    }
    return made


def conclude(
    reports: Iterable[Report],
    book: Book,
    thresholds: Thresholds,
    listed_shared: "SharedList",
    now: float,
    *,
    shadow: bool = False,
) -> list[Block]:
    """The blocks that are called for and not in force; `now` in seconds since 1970. `shadow`: they
    are to be told, and not done."""
    addresses, devices = join(reports)
    by_address: dict[str, dict[str, float]] = {}
    for case in devices.values():
        by_address.setdefault(case.address, {})[case.key] = case.score
    wanted: list[tuple[Measure, Case]] = []
    neighbourhoods: dict[str, list[tuple[Case, bool]]] = {}
    for case in addresses.values():
        situation = _situation(case, by_address.pop(case.key, {}), listed_shared)
        measures = judge(situation, thresholds)
        wanted += [(one, devices.get(one.key, case)) for one in measures]
        if case.score >= thresholds.strikes:
            shared = is_shared(situation, thresholds)
            neighbourhoods.setdefault(case.prefix, []).append((case, shared))
    for scores in by_address.values():  # their addresses did nothing of note themselves
        wanted += [
            (
                Measure("device", key, "block", "this device alone reached the threshold"),
                devices[key],
            )
            for key, score in scores.items()
            if score >= thresholds.strikes
        ]
    for prefix, cases in neighbourhoods.items():
        worst = max((case for case, _ in cases), key=lambda case: case.score)
        measure = widen(_neighbourhood(prefix, cases, book), thresholds)
        if measure is not None:
            wanted.append((measure, worst))
    return [
        _block(measure, case, book, now, shadow=shadow)
        for measure, case in wanted
        if not _in_force(measure, book)
    ]


class SharedList:
    """Which addresses the operator lists as shared."""

    def holds(self, address: str) -> bool:
        return False


def _situation(case: Case, by_device: Mapping[str, float], listed: SharedList) -> Situation:
    return Situation(
        case.key,
        case.score,
        good=case.good,
        bad=case.bad,
        lone=case.lone,
        devices=case.devices,
        struck=case.struck,
        by_device=by_device,
        listed_shared=listed.holds(case.key),
    )


def _neighbourhood(prefix: str, cases: list[tuple[Case, bool]], book: Book) -> Neighbourhood:
    """Those blocked a moment ago count with those who are struck now: their scores are gone."""
    blocked = book.count_within(prefix) - sum(
        1 for case, _ in cases if book.of(*read_whom(case.key)) is not None
    )
    return Neighbourhood(
        prefix,
        max(case.neighbours for case, _ in cases),
        len(cases) + blocked,
        any(shared for _, shared in cases),
    )


def _in_force(measure: Measure, book: Book) -> bool:
    """Whether that, or more, is done already."""
    present = book.of(*_whom(measure))
    return present is not None and present.measure in {measure.measure, "block"}


def _whom(measure: Measure) -> tuple[str, str]:
    """Scope and key as the book has them: an IPv6 address is its /64."""
    return read_whom(measure.key) if measure.scope == "address" else (measure.scope, measure.key)


def _block(measure: Measure, case: Case, book: Book, now: float, *, shadow: bool) -> Block:
    scope, key = _whom(measure)
    offence, until = book.next_step(scope, key, now)
    return Block(
        scope,
        key,
        shadow=shadow,
        measure=measure.measure,
        reason=case.reason(),
        since=now,
        until=until,
        by="guard",
        offence=offence,
        evidence=case.evidence(measure.why),
    )
