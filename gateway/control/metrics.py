"""The metrics page: the workers' numbers in Prometheus' text format.

Names begin with `dawr_`. Every label's values come from the configuration or from a fixed list in
the code; none is ever a client's address, path or agent.
"""

import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    Metric,
)
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.clock import SECOND
from gateway.control.families import counter, gauge, histogram, keyed
from gateway.control.guard_metrics import NOTHING, guard_families
from gateway.control.room_metrics import room_families
from gateway.control.totals import Sums, Totals
from gateway.http import framing
from gateway.ledger.snapshot import BackendSnapshot, HistogramSnapshot, Snapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
COMPILED: Final = not str(framing.__file__).endswith(".py")

_LATENCY: Final = {
    "total": ("dawr_request_duration_seconds", "From a request's head to the end of its answer."),
    "platform": (
        "dawr_platform_duration_seconds",
        "From a request's hand-over to the first byte of the platform's answer.",
    ),
    "own": (
        "dawr_own_duration_seconds",
        "From a request's head to its hand-over: deciding, and waiting for a connection.",
    ),
    "lag": ("dawr_event_loop_lag_seconds", "How late a worker's tick of 100 ms came."),
}


def render(
    totals: Totals,
    overview: Mapping[str, Any],
    health: Mapping[str, bool],
    guard: Mapping[str, Any],
    rooms: Sequence[dict[str, Any]] = (),
) -> bytes:
    """The page for what the workers, the supervisor, the health checks, the guard and the rooms'
    leaders last said."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Page(totals, overview, health, guard, rooms))
    return generate_latest(registry)


def page_families() -> list[Metric]:
    """All metrics there are, without a value."""
    nothing = {"workers": 0, "restarts": 0, "reloads": {}, "last_reload_worked": True}
    return list(_Page(Totals(), {**nothing, "loaded_at": 0}, {}, NOTHING).collect())


class _Page(Collector):
    def __init__(
        self,
        totals: Totals,
        overview: Mapping[str, Any],
        health: Mapping[str, bool],
        guard: Mapping[str, Any],
        rooms: Sequence[dict[str, Any]] = (),
    ) -> None:
        self._rooms = rooms
        self._totals = totals
        self._overview = overview
        self._health = health
        self._guard = guard

    def collect(self) -> Iterable[Metric]:
        sums = self._totals.sums()
        workers = self._totals.workers
        yield from _requests(sums)
        yield from _challenges(sums)
        yield from _connections(sums, workers)
        yield from _backends(sums, workers, self._totals.backends_up(self._health))
        yield from _overload(sums, workers)
        yield from _limits(sums, workers)
        yield from _rules(sums, workers)
        yield from _shared_state(workers)
        yield from guard_families(sums, workers, self._guard)
        yield from room_families(self._rooms, sums.joining, sums.let_go)
        yield from _processes(workers, self._overview)
        yield gauge(
            "dawr_build_info",
            "1, with what is running.",
            ("version", "python", "compiled"),
            {(__version__, platform.python_version(), str(COMPILED).lower()): 1},
        )


def _requests(sums: Sums) -> Iterable[Metric]:
    yield counter(
        "dawr_requests",
        "Requests by what became of them, the filter and rule behind it, and status class.",
        ("decision", "filter", "rule", "status"),
        sums.requests,
    )
    yield counter(
        "dawr_shadowed",
        "What filters in shadow mode would have refused.",
        ("filter", "rule"),
        sums.shadowed,
    )
    yield counter("dawr_bounds_hit", "Hard limits met.", ("bound",), keyed(sums.bounds))
    yield counter("dawr_malformed", "Bytes refused, by fault.", ("fault",), keyed(sums.faults))
    yield counter(
        "dawr_filter_errors", "Times a filter failed.", ("filter",), keyed(sums.filter_errors)
    )
    for name, (metric, help_) in _LATENCY.items():
        yield histogram(metric, help_, sums.histograms.get(name, _NO_TIMES))


def _rules(sums: Sums, workers: list[Snapshot]) -> Iterable[Metric]:
    yield counter(
        "dawr_rule_hits",
        "Requests for which a rule held: enforced, or in shadow.",
        ("rule", "outcome"),
        sums.rules,
    )
    yield counter(
        "dawr_rule_bodies",
        "Bodies the rules did not see as a whole: longer than rules.body.inspect, or unreadable.",
        ("reason",),
        keyed(sums.rule_bodies),
    )
    yield counter(
        "dawr_rule_searches_failed",
        "Searches that ran out of memory; each rule was then asked by itself.",
        (),
        {(): sums.plain["rule_failures"]},
    )
    versions = {(one["rules"]["version"],): one["rules"]["asked"] for one in workers}
    yield gauge("dawr_ruleset_rules", "Rules that are asked, by version.", ("version",), versions)


_CHALLENGES: Final = {
    "issued": (
        "dawr_challenges_issued",
        "to",
        "Challenges handed out: as a page, to an application, or only told of, as text.",
    ),
    "passed": ("dawr_challenges_passed", "grade", "Challenges met: solved, or waited for."),
    "failed": ("dawr_challenges_failed", "reason", "Answers to a challenge that were not good."),
    "honoured": (
        "dawr_passes_honoured",
        "grade",
        "Requests that a pass spared a challenge, by how it was earned.",
    ),
}


def _challenges(sums: Sums) -> Iterable[Metric]:
    for what, (name, label, help_) in _CHALLENGES.items():
        found = {(kind,): n for (happened, kind), n in sums.challenges.items() if happened == what}
        yield counter(name, help_, (label,), found)


def _connections(sums: Sums, workers: list[Snapshot]) -> Iterable[Metric]:
    idle = sum(worker["idle"] for worker in workers)
    open_ = sum(worker["open"] for worker in workers)
    tunnels = sum(worker["tunnels"] for worker in workers)
    yield gauge(
        "dawr_connections",
        "Open connections of clients: idle between requests, in a request, or tunnels.",
        ("state",),
        {("idle",): idle, ("busy",): max(0, open_ - idle - tunnels), ("tunnel",): tunnels},
    )
    yield counter(
        "dawr_connections_accepted",
        "Connections accepted.",
        (),
        {(): sums.plain["accepted"]},
    )
    yield counter(
        "dawr_connections_refused",
        "Connections refused because there were too many.",
        (),
        {(): sums.plain["refused"]},
    )
    yield counter(
        "dawr_transferred_bytes",
        "Bytes on the wire (inside TLS), by side and direction as seen from us.",
        ("side", "direction"),
        sums.bytes,
    )
    yield counter(
        "dawr_access_log_lost_lines",
        "Lines of the access log lost because the disk was slow.",
        (),
        {(): sums.plain["log_lost"]},
    )


_BACKEND_HELP: Final = {
    "connects": ("dawr_backend_connects", "Connections opened to a backend."),
    "connect_failures": ("dawr_backend_connect_failures", "Connections that failed to open."),
    "requests": ("dawr_backend_requests", "Requests handed to a backend."),
    "failures": ("dawr_backend_failures", "Answers that failed by a backend's fault."),
    "retries": ("dawr_backend_retries", "Requests tried once more after a backend failed."),
    "queued": ("dawr_backend_queued_requests", "Requests served after they had to wait."),
    "missed": (
        "dawr_backend_shed_shadowed",
        "Requests served in shadow mode that would have been turned away for their wait.",
    ),
}


def _backends(sums: Sums, workers: list[Snapshot], up: Mapping[str, bool]) -> Iterable[Metric]:
    rows = [backend for worker in workers for backend in worker["backends"]]
    urls = sorted({backend["url"] for backend in rows})
    yield gauge(
        "dawr_backend_up",
        "0 if the health checks find the backend down, or, where they are off, if all workers "
        "leave it alone after failures in a row; else 1.",
        ("backend",),
        {(url,): int(up[url]) for url in urls},
    )
    yield gauge(
        "dawr_backend_ejected",
        "How many workers leave the backend alone after failures in a row.",
        ("backend",),
        {(url,): _sum(rows, url, "ejected") for url in urls},
    )
    yield gauge(
        "dawr_backend_connections",
        "Connections to a backend by state.",
        ("backend", "state"),
        {
            (url, state): _sum(rows, url, state)
            for url in urls
            for state in ("idle", "busy", "connecting")
        },
    )
    yield gauge(
        "dawr_backend_waiting_requests",
        "Requests that wait for a connection to a backend.",
        ("backend",),
        {(url,): _sum(rows, url, "waiting") for url in urls},
    )
    for name, (metric, help_) in _BACKEND_HELP.items():
        found = {(url,): sums.backends[url, name] for url in urls}
        yield counter(metric, help_, ("backend",), found)


def _overload(sums: Sums, workers: list[Snapshot]) -> Iterable[Metric]:
    rows = [backend for worker in workers for backend in worker["backends"]]
    urls = sorted({backend["url"] for backend in rows})
    yield gauge(
        "dawr_backend_limit",
        "How many requests a backend may work on at once, as learnt; all workers together.",
        ("backend",),
        {(url,): _sum(rows, url, "limit") for url in urls},
    )
    yield gauge(
        "dawr_backend_in_flight_requests",
        "Requests that a backend has whole and has not begun to answer.",
        ("backend",),
        {(url,): _sum(rows, url, "in_flight") for url in urls},
    )
    yield gauge(
        "dawr_backend_unhurried_seconds",
        "What an answer takes without a queue, as the slowest worker has learnt it; 0: unknown.",
        ("backend",),
        {(url,): max(row["unhurried"] for row in rows if row["url"] == url) for url in urls},
    )
    yield gauge(
        "dawr_backend_pressed",
        "How many workers find that a backend cannot keep up: their queue before it stands.",
        ("backend",),
        {(url,): _sum(rows, url, "pressed") for url in urls},
    )
    yield counter(
        "dawr_backend_queue_seconds",
        "Time that requests waited before they were handed to a backend, together.",
        ("backend",),
        {(url,): sums.backends[url, "queued_ns"] / SECOND for url in urls},
    )
    yield counter(
        "dawr_backend_shed",
        "Requests turned away before a backend because it cannot keep up, by rank.",
        ("backend", "rank"),
        sums.shed,
    )


def _limits(sums: Sums, workers: list[Snapshot]) -> Iterable[Metric]:
    tables = [(name, table) for worker in workers for name, table in worker["tables"].items()]
    names = sorted({name for name, _ in tables})
    yield gauge(
        "dawr_limit_keys",
        "Keys that a limit now counts, in all workers.",
        ("limit",),
        {(name,): sum(t["keys"] for n, t in tables if n == name) for name in names},
    )
    yield counter(
        "dawr_limit_keys_forgotten",
        "Keys dropped at the bound of a limit's table while they still counted.",
        ("limit",),
        {(name,): sums.forgotten[name] for name in names},
    )


def _shared_state(workers: list[Snapshot]) -> Iterable[Metric]:
    found = [worker["exchange"] for worker in workers]
    sharing = [one for one in found if one is not None]
    yield gauge(
        "dawr_state_connected",
        "1 if every worker reaches the shared state, 0 if one counts alone; none if it is off.",
        (),
        {(): int(all(one["connected"] for one in sharing))} if sharing else {},
    )
    yield gauge(
        "dawr_state_exchange_seconds",
        "What the slowest worker's last exchange with the shared state took.",
        (),
        {(): max(one["seconds"] for one in sharing)} if sharing else {},
    )


def _processes(workers: list[Snapshot], overview: Mapping[str, Any]) -> Iterable[Metric]:
    yield gauge("dawr_workers", "Workers that answer.", (), {(): len(workers)})
    yield gauge("dawr_workers_wanted", "Workers there should be.", (), {(): overview["workers"]})
    yield counter(
        "dawr_restarts",
        "Children that ended and were started again.",
        (),
        {(): overview["restarts"]},
    )
    yield counter(
        "dawr_reloads",
        "Reloads of the configuration by result.",
        ("result",),
        keyed(overview["reloads"]),
    )
    yield gauge(
        "dawr_config_last_reload_successful",
        "0 if the last reload was refused and the old configuration is in force.",
        (),
        {(): int(overview["last_reload_worked"])},
    )
    yield gauge(
        "dawr_config_loaded_timestamp_seconds",
        "When the configuration in force was loaded.",
        (),
        {(): overview["loaded_at"]},
    )
    numbered = [(str(worker["worker"]), worker) for worker in workers]
    yield gauge(
        "dawr_worker_memory_bytes",
        "Memory a worker holds (resident).",
        ("worker",),
        {(number,): worker["memory"] for number, worker in numbered},
    )
    yield counter(
        "dawr_worker_cpu_seconds",
        "Processor time of a worker, user and system; falls to 0 when it is started again.",
        ("worker",),
        {(number,): worker["cpu"] for number, worker in numbered},
    )


_NO_TIMES: Final[HistogramSnapshot] = {"bounds": [], "counts": [0], "sum": 0.0}


def _sum(rows: list[BackendSnapshot], url: str, field: str) -> int:
    values: list[Any] = [row[field] for row in rows if row["url"] == url]  # type: ignore[literal-required]
    return sum(int(value) for value in values)
