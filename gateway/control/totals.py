"""The workers' numbers added up.

The law: a counter never falls while the gateway runs, whatever dies; Prometheus would take what is
left for new. What a worker that is gone had counted by its last snapshot stays in the sum: at most
a second of its counts is lost, of which nobody was told. So does what a worker began to count anew
at a reload. The sum itself is handed to the supervisor before it is told (`export`), and outlives
the control process.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.clock import SECOND
from gateway.ledger.snapshot import BackendSnapshot, HistogramSnapshot, Snapshot

_SPAN: Final = 10  # seconds over which rates are told
_BACKEND_COUNTERS: Final = (
    "connects", "connect_failures", "requests", "failures", "retries", "queued", "queued_ns",
    "missed",
)  # fmt: skip


class Sums:
    """Counters of several snapshots."""

    def __init__(self) -> None:
        self.plain: Counter[str] = Counter()  # accepted, refused, log_lost, rule_failures
        self.requests: Counter[tuple[str, str, str, str]] = Counter()
        self.shadowed: Counter[tuple[str, str]] = Counter()
        self.bytes: Counter[tuple[str, str]] = Counter()
        self.bounds: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.challenges: Counter[tuple[str, str]] = Counter()
        self.joining: Counter[tuple[str, str]] = Counter()
        self.filter_errors: Counter[str] = Counter()
        self.backends: Counter[tuple[str, str]] = Counter()  # URL, counter
        self.shed: Counter[tuple[str, str]] = Counter()  # URL, rank
        self.let_go: Counter[str] = Counter()  # by room
        self.strikes: Counter[str] = Counter()  # by kind
        self.forgotten: Counter[str] = Counter()  # by limit
        self.rules: Counter[tuple[str, str]] = Counter()  # rule, enforced or shadow
        self.rule_bodies: Counter[str] = Counter()
        self.histograms: dict[str, HistogramSnapshot] = {}

    def add(self, snapshot: Snapshot) -> None:
        self.plain.update(
            accepted=snapshot["accepted"],
            refused=snapshot["refused"],
            log_lost=snapshot["log_lost"],
        )
        self.requests.update(snapshot["requests"])
        self.shadowed.update(snapshot["shadowed"])
        self.bytes.update(snapshot["bytes"])
        self.bounds.update(snapshot["bounds"])
        self.let_go.update(snapshot["let_go"])
        self.strikes.update(snapshot["strikes"])
        self.faults.update(snapshot["faults"])
        self.challenges.update(snapshot["challenges"])
        self.joining.update(snapshot["joining"])
        self.filter_errors.update(snapshot["filter_errors"])
        for backend in snapshot["backends"]:
            counts = {name: _number(backend, name) for name in _BACKEND_COUNTERS}
            self.backends.update({(backend["url"], name): n for name, n in counts.items()})
            self.shed.update({(backend["url"], rank): n for rank, n in backend["shed"].items()})
        self.forgotten.update({name: t["forgotten"] for name, t in snapshot["tables"].items()})
        rules = snapshot["rules"]
        self.rules.update({(name, "enforced"): n for name, n in rules["enforced"].items()})
        self.rules.update({(name, "shadow"): n for name, n in rules["shadowed"].items()})
        self.rule_bodies.update(rules["bodies"])
        self.plain.update(rule_failures=rules["failures"])
        for name, histogram in {**snapshot["latency"], "lag": snapshot["loop_lag"]}.items():
            self.histograms[name] = _joined(self.histograms.get(name), histogram)


Kept = tuple[list[Snapshot], Sums]


class Totals:
    """Fed with all workers' snapshots, each second and at each scrape."""

    def __init__(self) -> None:
        self.workers: list[Snapshot] = []
        self._gone = Sums()
        self._past: deque[tuple[int, Counter[str]]] = deque()

    def export(self) -> "Kept":
        """All there is, for a successor."""
        return self.workers, self._gone

    def restore(self, kept: "Kept") -> None:
        """Go on with what a predecessor had."""
        self.workers, self._gone = kept

    def update(self, snapshots: Iterable[Snapshot], now: int) -> None:
        """`now` in monotonic nanoseconds. A worker that did not answer keeps its last numbers
        until another process has taken its number."""
        new = {snapshot["worker"]: snapshot for snapshot in snapshots}
        for old in self.workers:
            successor = new.setdefault(old["worker"], old)
            if successor["pid"] != old["pid"]:
                self._gone.add(old)
            elif successor is not old:
                _absorb_fallen(self._gone, _sums_of(old), _sums_of(successor))
        self.workers = [new[number] for number in sorted(new)]
        if not self._past or now - self._past[-1][0] >= SECOND // 2:
            self._past.append((now, self._by_decision(self.sums())))
        while now - self._past[0][0] > _SPAN * SECOND and len(self._past) > 2:
            self._past.popleft()

    def drop_beyond(self, workers: int) -> None:
        """The gateway now has that many workers: what the others counted is history."""
        for old in [one for one in self.workers if one["worker"] >= workers]:
            self._gone.add(old)
            self.workers.remove(old)

    def sums(self) -> Sums:
        """Counters since the gateway began."""
        sums = Sums()
        _absorb(sums, self._gone)
        for snapshot in self.workers:
            sums.add(snapshot)
        return sums

    def backends_up(self, checked: Mapping[str, bool]) -> dict[str, bool]:
        """Which backends are up, by URL: by the health checks' word; where they are off, one that
        all workers leave alone after failures in a row is not."""
        up: dict[str, bool] = {}
        for backend in [one for worker in self.workers for one in worker["backends"]]:
            url = backend["url"]
            up[url] = checked.get(url, up.get(url, False) or not backend["ejected"])
        return up

    def rates(self) -> dict[str, float]:
        """Requests a second by decision, over the last ten seconds or so."""
        if len(self._past) < 2:
            return {}
        (start, before), (end, after) = self._past[0], self._past[-1]
        seconds = (end - start) / SECOND
        return {
            name: max(0, count - before[name]) / seconds
            for name, count in after.items()
            if seconds > 0
        }

    def _by_decision(self, sums: Sums) -> Counter[str]:
        found: Counter[str] = Counter()
        for (decision, *_), count in sums.requests.items():
            found[decision] += count
        return found


def _absorb(into: Sums, part: Sums) -> None:
    for name, value in vars(part).items():
        if isinstance(value, Counter):
            getattr(into, name).update(value)
    for name, histogram in part.histograms.items():
        into.histograms[name] = _joined(into.histograms.get(name), histogram)


def _sums_of(snapshot: Snapshot) -> Sums:
    sums = Sums()
    sums.add(snapshot)
    return sums


def _absorb_fallen(into: Sums, before: Sums, after: Sums) -> None:
    """What one worker counted before it began anew: with a reload filters, logs and tables may."""
    for name, counts in vars(before).items():
        if isinstance(counts, Counter):
            now = getattr(after, name)
            getattr(into, name).update({key: n for key, n in counts.items() if n > now[key]})


def _joined(one: HistogramSnapshot | None, other: HistogramSnapshot) -> HistogramSnapshot:
    if one is None:
        return other
    return {
        "bounds": other["bounds"],
        "counts": [a + b for a, b in zip(one["counts"], other["counts"], strict=True)],
        "sum": one["sum"] + other["sum"],
    }


def _number(backend: BackendSnapshot, name: str) -> int:
    found = backend[name]  # type: ignore[literal-required]
    return int(found)
