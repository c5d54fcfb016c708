"""Latency at half load, each request measured from the moment it was due."""

import json
import subprocess
from typing import Final

from bench import procfs
from bench.figures import Column, Goal, Row, Table, ratios, spread
from bench.load import drive
from bench.peers import AIOHTTP, DAWR, NGINX, Field, Peer, Scraped
from bench.plan import Plan
from bench.processes import BenchError, ours
from bench.scenarios.forward import BODY, start_peers

_CONNECTIONS: Final = 32
_HOW: Final = """
The same peers, driven at a constant rate by `bench/pace.py`: request *i* is due at start + *i* /
rate and is timed from then, not from when it could be sent, so that a stall counts for all that
fell due in it. First each at *half of its own* full speed (measured just before), then all at
*the same* rate, half of the full speed of the slowest but aiohttp, which could not serve it. The
driver shares its core with the origin; their delays are in all rows alike.

A worker that is not busy wakes for each request alone, where at full speed it finds several
waiting: so a request costs every peer more here than above. Read both: full speed says what a
core can carry, the same rate what an ordinary day costs.
"""


def latency(field: Field, plan: Plan) -> Table:
    table = Table(
        "latency",
        "Latency at half load",
        [
            Column("own_rate", "half of its own, requests/s", 0),
            Column("own_p50", "p50, ms", 2),
            Column("own_p99", "p99, ms", 2),
            Column("same_rate", "the same for all, requests/s", 0),
            Column("same_p50", "p50, ms", 2),
            Column("same_p99", "p99, ms", 2),
            Column("same_cpu", "CPU, µs/request"),
            Column("same_ratio", "× nginx", 2),
        ],
        how=_HOW,
    )
    peers = start_peers(field, field.origin(BODY))
    for peer in peers.values():
        drive(peer, 1)
    full = {name: _full_speed(peer, plan) for name, peer in peers.items()}
    fast = [rate for name, rate in full.items() if name != AIOHTTP]
    rates = {
        "own": {name: rate / 2 for name, rate in full.items()},
        "same": {name: min(fast) / 2 for name in full if name != AIOHTTP} if fast else {},
    }
    table.raw = {name: {} for name in peers}
    with Scraped(peers.get(DAWR)):
        for number in range(plan.rounds):
            for kind, of_peers in rates.items():
                for name, rate in of_peers.items():
                    plan.say(
                        f"latency, round {number + 1} of {plan.rounds}: {name} at {rate:,.0f}/s"
                    )
                    _note(table.raw[name], kind, _paced(peers[name], rate, plan.short))
    _fill(table, field)
    return table


def _fill(table: Table, field: Field) -> None:
    base = table.raw.get(NGINX, {}).get("same_cpu", [])
    for name, raw in table.raw.items():
        if base and "same_cpu" in raw:
            raw["same_ratio"] = ratios(raw["same_cpu"], base)
        keys = [column.key for column in table.columns if column.key in raw]
        table.rows.append(Row(name, {key: spread(raw[key]) for key in keys}))
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    if base:
        ratio = spread(table.raw[DAWR]["same_ratio"]).median
        table.goals.append(Goal("forward, at the same rate", ratio, 1.5, "× nginx"))


def _full_speed(peer: Peer, plan: Plan) -> float:
    """Requests a second: the best of some rounds, for what disturbs only ever slows down."""
    plan.say(f"latency: {peer.name} at full speed")
    return max(drive(peer, plan.short / 2).per_second for _ in range(3))


def _note(raw: dict[str, list[float]], kind: str, said: dict[str, float]) -> None:
    for key in ("p50", "p99", "rate", "cpu", "driver"):
        raw.setdefault(f"{kind}_{key}", []).append(said[key])


def _paced(peer: Peer, rate: float, seconds: float) -> dict[str, float]:
    argv = ours("bench.pace", peer.port, rate, seconds, _CONNECTIONS)
    before = procfs.cpu_seconds(peer.workers)
    said = subprocess.run(argv, capture_output=True, text=True, check=False)
    cpu = procfs.cpu_seconds(peer.workers) - before
    if said.returncode:
        raise BenchError(f"the load on {peer.name} failed: {said.stderr.strip()[-500:]}")
    found: dict[str, float] = json.loads(said.stdout)
    found["cpu"] = cpu / found["requests"] * 1e6
    return found
