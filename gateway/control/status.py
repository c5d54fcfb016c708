"""The state of the gateway in one screen, as data: what `gateway status` shows."""

from collections.abc import Mapping
from typing import Any, TypedDict

from gateway import __version__
from gateway.control.totals import Totals
from gateway.ledger.snapshot import Snapshot


class WorkerStatus(TypedDict):
    worker: int
    pid: int
    uptime_seconds: float
    connections: int
    requests: int
    memory_bytes: int
    cpu_seconds: float
    generation: int


class BackendStatus(TypedDict):
    url: str
    up: bool
    checked: bool
    ejected_by: int
    busy: int
    idle: int
    waiting: int
    requests: int
    failures: int
    limit: int
    in_flight: int
    pressed_in: int  # workers whose queue before it stands
    shed: dict[str, int]  # by rank


class Status(TypedDict):
    version: str
    pid: int
    config: str
    generation: int
    last_reload_worked: bool
    listen: list[str]
    restarts: int
    workers_wanted: int
    workers: list[WorkerStatus]
    connections: dict[str, int]
    requests_per_second: dict[str, float]  # by decision, over ten seconds
    requests: dict[str, int]  # by decision, since the start
    refused_by: list[dict[str, Any]]  # filter, rule, requests; most first
    shadowed: list[dict[str, Any]]
    bounds_hit: dict[str, int]
    challenges: dict[str, int]  # issued, passed, failed
    malformed: dict[str, int]
    latency_seconds: dict[str, dict[str, float | None]]  # total, platform, own; p50, p99
    backends: list[BackendStatus]
    alarm: dict[str, Any]  # level, reasons, findings
    blocks: list[dict[str, Any]]  # scope, measure, reason, how many


def make_status(
    totals: Totals,
    overview: Mapping[str, Any],
    health: Mapping[str, bool],
    guard: Mapping[str, Any],
) -> Status:
    """From what the workers, the supervisor, the health checks and the guard last said."""
    sums = totals.sums()
    decisions: dict[str, int] = {}
    refused: dict[tuple[str, str, str], int] = {}
    for (decision, kind, rule, _), count in sums.requests.items():
        decisions[decision] = decisions.get(decision, 0) + count
        if decision not in {"forward", "redirect"}:
            refused[decision, kind, rule] = refused.get((decision, kind, rule), 0) + count
    workers = totals.workers
    return {
        "version": __version__,
        "pid": overview["pid"],
        "config": overview["config"],
        "generation": overview["generation"],
        "last_reload_worked": overview["last_reload_worked"],
        "listen": overview["listen"],
        "restarts": overview["restarts"],
        "workers_wanted": overview["workers"],
        "workers": [_worker(worker) for worker in workers],
        "connections": {
            "open": sum(worker["open"] for worker in workers),
            "idle": sum(worker["idle"] for worker in workers),
            "tunnels": sum(worker["tunnels"] for worker in workers),
        },
        "requests_per_second": {n: round(rate, 1) for n, rate in totals.rates().items()},
        "requests": decisions,
        "refused_by": [
            {"decision": decision, "filter": kind, "rule": rule, "requests": count}
            for (decision, kind, rule), count in sorted(refused.items(), key=lambda one: -one[1])
        ],
        "shadowed": [
            {"filter": kind, "rule": rule, "requests": count}
            for (kind, rule), count in sums.shadowed.most_common()
        ],
        "bounds_hit": dict(sums.bounds),
        "challenges": {
            what: sum(n for (happened, _), n in sums.challenges.items() if happened == what)
            for what in ("issued", "passed", "failed")
        },
        "malformed": dict(sums.faults),
        "latency_seconds": {
            name: {"p50": _quantile(histogram, 0.5), "p99": _quantile(histogram, 0.99)}
            for name, histogram in sums.histograms.items()
            if name != "lag"
        },
        "alarm": dict(guard["alarm"]),
        "blocks": [
            {"scope": scope, "measure": measure, "reason": reason, "blocks": count}
            for (scope, measure, reason), count in sorted(
                guard["blocks"].items(), key=lambda one: -one[1]
            )
        ],
        "backends": _backends(
            workers, sums.backends, sums.shed, health, totals.backends_up(health)
        ),
    }


def _worker(snapshot: Snapshot) -> WorkerStatus:
    return {
        "worker": snapshot["worker"],
        "pid": snapshot["pid"],
        "uptime_seconds": round(snapshot["uptime"], 1),
        "connections": snapshot["open"],
        "requests": sum(snapshot["requests"].values()),
        "memory_bytes": snapshot["memory"],
        "cpu_seconds": round(snapshot["cpu"], 2),
        "generation": snapshot["generation"],
    }


def _backends(
    workers: list[Snapshot],
    counts: Mapping[tuple[str, str], int],
    shed: Mapping[tuple[str, str], int],
    health: Mapping[str, bool],
    up: Mapping[str, bool],
) -> list[BackendStatus]:
    rows: dict[str, BackendStatus] = {}
    for backend in [one for worker in workers for one in worker["backends"]]:
        url = backend["url"]
        row = rows.setdefault(
            url,
            {
                "url": url,
                "up": up[url],
                "checked": url in health,
                "ejected_by": 0,
                "busy": 0,
                "idle": 0,
                "waiting": 0,
                "requests": counts.get((url, "requests"), 0),
                "failures": counts.get((url, "failures"), 0),
                "limit": 0,
                "in_flight": 0,
                "pressed_in": 0,
                "shed": {rank: n for (at, rank), n in shed.items() if at == url},
            },
        )
        row["ejected_by"] += int(backend["ejected"])
        row["busy"] += backend["busy"]
        row["idle"] += backend["idle"]
        row["waiting"] += backend["waiting"]
        row["limit"] += backend["limit"]
        row["in_flight"] += backend["in_flight"]
        row["pressed_in"] += int(backend["pressed"])
    return list(rows.values())


def _quantile(histogram: Mapping[str, Any], share: float) -> float | None:
    """The upper bound of the bucket in which `share` of all values is reached; None beyond all."""
    wanted = share * sum(histogram["counts"])
    reached = 0
    for bound, count in zip(histogram["bounds"], histogram["counts"], strict=False):
        reached += count
        if count and reached >= wanted:
            return float(bound)
    return None
