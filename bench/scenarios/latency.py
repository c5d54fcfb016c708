"""Latency at half load, each request measured from the moment it was due."""

import json
import subprocess
from typing import Final

from bench.figures import Column, Row, Table, spread
from bench.load import drive
from bench.peers import AIOHTTP, DAWR, Field, Peer, Scraped
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
        ],
        how=_HOW,
    )
    peers = start_peers(field, field.origin(BODY))
    full = {name: drive(peer, plan.short).per_second for name, peer in peers.items()}
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
    for name, raw in table.raw.items():
        keys = [column.key for column in table.columns if column.key in raw]
        table.rows.append(Row(name, {key: spread(raw[key]) for key in keys}))
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    return table


def _note(raw: dict[str, list[float]], kind: str, said: dict[str, float]) -> None:
    for key in ("p50", "p99", "rate"):
        raw.setdefault(f"{kind}_{key}", []).append(said[key])


def _paced(peer: Peer, rate: float, seconds: float) -> dict[str, float]:
    argv = ours("bench.pace", peer.port, rate, seconds, _CONNECTIONS)
    said = subprocess.run(argv, capture_output=True, text=True, check=False)
    if said.returncode:
        raise BenchError(f"the load on {peer.name} failed: {said.stderr.strip()[-500:]}")
    found: dict[str, float] = json.loads(said.stdout)
    return found
