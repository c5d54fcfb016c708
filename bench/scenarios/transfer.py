"""A large body, up and down: processor time, speed, and the memory that it took."""

import subprocess
from collections.abc import Callable
from typing import Final

from bench import configs, procfs
from bench.figures import MIB, Column, Goal, Row, Table, ratios, spread
from bench.peers import DAWR, HAPROXY, NGINX, Field, Peer
from bench.plan import GIB, Plan
from bench.processes import BenchError, ours

_ROUNDS: Final = 3
_HOW: Final = """
One body of {size} over one connection: up by POST to an origin that swallows it, down by GET from
one that generates it (`bench/sink.py`, uvloop). nginx streams (`proxy_request_buffering off`,
`proxy_buffering off`) with buffers of 64 KiB: by default it would write the body to a file first.
Dawr's `bounds.body_bytes` is raised from 100 MiB. *Growth* is the worker's peak of resident
memory during the transfer (`VmHWM`, reset before) less what it held before; the largest of the
rounds. Client and origin share a core, which bounds the speed.
"""


def transfer(field: Field, plan: Plan) -> Table:
    size = plan.transfer_bytes
    table = Table(
        "transfer",
        f"{_text(size)} up and down",
        [
            Column("up_cpu", "up: CPU, s/GiB", 2),
            Column("up_ratio", "× nginx", 2),
            Column("up_speed", "MiB/s", 0),
            Column("up_growth", "growth, MiB"),
            Column("down_cpu", "down: CPU, s/GiB", 2),
            Column("down_ratio", "× nginx", 2),
            Column("down_speed", "MiB/s", 0),
            Column("down_growth", "growth, MiB"),
        ],
        how=_HOW.format(size=_text(size)),
    )
    peers = _peers(field, size)
    table.raw = {name: {} for name in peers}
    for number in range(min(plan.rounds, _ROUNDS)):
        for direction in ("up", "down"):
            for name, peer in peers.items():
                plan.say(f"transfer, round {number + 1}: {_text(size)} {direction}, {name}")
                for key, value in _measure(peer, direction, size).items():
                    table.raw[name].setdefault(f"{direction}_{key}", []).append(value)
    for name, raw in table.raw.items():
        for direction in ("up", "down"):
            if NGINX in table.raw:
                base = table.raw[NGINX][f"{direction}_cpu"]
                raw[f"{direction}_ratio"] = ratios(raw[f"{direction}_cpu"], base)
        row = Row(name, {c.key: spread(raw[c.key]) for c in table.columns if c.key in raw})
        for direction in ("up", "down"):
            row.values[f"{direction}_growth"] = max(raw[f"{direction}_growth"])
        table.rows.append(row)
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    for direction in ("up", "down"):
        growth = max(table.raw[DAWR][f"{direction}_growth"])
        table.goals.append(Goal(f"{_text(size)} {direction}, growth", growth, 16, " MiB", 1))
    return table


def _peers(field: Field, size: int) -> dict[str, Peer]:
    sink = field.sink()
    bounds: dict[str, object] = {"body_bytes": f"{size // MIB + 1}MiB"}
    starts: dict[str, Callable[[], Peer]] = {
        NGINX: lambda: field.nginx(
            "nginx", lambda place: configs.nginx_proxy(place, stream=True), sink
        ),
        HAPROXY: lambda: field.haproxy("haproxy", sink),
        DAWR: lambda: field.dawr(
            "dawr", lambda place, port: configs.gateway(place, port, bounds=bounds), sink
        ),
    }
    return {name: start() for name, start in starts.items() if field.has(name)}


def _measure(peer: Peer, direction: str, size: int) -> dict[str, float]:
    procfs.reset_peak(peer.workers)
    held = procfs.resident_bytes(peer.workers)
    before = procfs.cpu_seconds(peer.workers)
    took = _run(peer, direction, size)
    cpu = procfs.cpu_seconds(peer.workers) - before
    return {
        "cpu": cpu * GIB / size,
        "speed": size / MIB / took,
        "growth": max(0, procfs.peak_bytes(peer.workers) - held) / MIB,
    }


def _run(peer: Peer, direction: str, size: int) -> float:
    argv = ours("bench.bulk", peer.port, direction, size)
    said = subprocess.run(argv, capture_output=True, text=True, check=False)
    if said.returncode:
        raise BenchError(f"{size} bytes {direction} through {peer.name}: {said.stderr[-400:]}")
    return float(said.stdout)


def _text(size: int) -> str:
    return f"{size // GIB} GiB" if size % GIB == 0 else f"{size // MIB} MiB"
