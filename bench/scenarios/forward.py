"""A small answer, forwarded at full speed: processor time and requests a second."""

from collections.abc import Callable
from typing import Final

from bench import configs
from bench.figures import Column, Goal, Row, Table, ratios, spread
from bench.load import Measured, by_turns, drive
from bench.peers import AIOHTTP, DAWR, FLOOR, HAPROXY, NGINX, Field, Peer, Scraped
from bench.plan import Plan

BODY: Final = 1024
_BUFFERED: Final = "nginx, log buffered"
_HOW: Final = """
`GET /`, a 1 KiB answer from an nginx origin (ours where nginx is missing), 32 connections kept
open, wrk as fast as it goes. One worker process each, alone on the first core; wrk, the origin
and whatever else a peer starts share the last core. *CPU* is what the worker's own
`/proc/PID/stat` says (all its threads, user and kernel) over the requests that were served;
loopback's work for the packets a process sends is in it. The peers take turns, round by round; a
ratio is taken within each round.

All peers name the client to the origin (`X-Forwarded-For`, `-Proto`), limit by its address at a
rate that nobody reaches, and log each request: nginx `combined` to a file (by default a `write`
each, once more with `buffer=64k`), HAProxy `httplog` to a file by its standard output, aiohttp
its default line by `logging`, Dawr JSON, in batches. Dawr runs its default configuration, with
200 allowed and 4,000 blocked networks, and its metrics are scraped each second; it also checks
framing strictly and gives each request an id. *uvloop alone* is the floor for any proxy in
Python: bytes are passed on unread (`bench/floor.py`).
"""


def start_peers(field: Field, origin: int, *, more: bool = False) -> dict[str, Peer]:
    """All that this machine has, by the names of their rows."""
    starts: dict[str, Callable[[], Peer]] = {
        NGINX: lambda: field.nginx("nginx", configs.nginx_proxy, origin),
        HAPROXY: lambda: field.haproxy("haproxy", origin),
        AIOHTTP: lambda: field.aiohttp("aiohttp", origin),
        DAWR: lambda: field.dawr("dawr", configs.gateway, origin),
    }
    peers = {name: start() for name, start in starts.items() if field.has(name)}
    if not more:
        return peers
    peers[f"{FLOOR}, bytes passed on"] = field.floor("floor", origin)
    if field.has(NGINX):
        peers[_BUFFERED] = field.nginx(
            "nginx-buffered", lambda place: configs.nginx_proxy(place, log_buffer="64k"), origin
        )
    return peers


def forward(field: Field, plan: Plan) -> Table:
    table = Table(
        "forward",
        "Forwarding a 1 KiB answer",
        [
            Column("microseconds", "CPU, µs/request"),
            Column("ratio", "× nginx", 2),
            Column("per_core", "requests/s a core", 0),
            Column("per_second", "requests/s measured", 0),
        ],
        how=_HOW,
    )
    peers = start_peers(field, field.origin(BODY), more=True)
    for peer in peers.values():
        drive(peer, 1)
    with Scraped(peers.get(DAWR)):
        found = by_turns(peers, plan, "forward", plan.seconds)
    _fill(table, found, field)
    return table


def _fill(table: Table, found: dict[str, list[Measured]], field: Field) -> None:
    base = [one.microseconds for one in found.get(NGINX, [])]
    for name, rounds in found.items():
        costs = [one.microseconds for one in rounds]
        raw = table.raw[name] = {
            "microseconds": costs,
            "per_core": [1e6 / cost for cost in costs],
            "per_second": [one.per_second for one in rounds],
            "busy": [one.busy for one in rounds],
        }
        if base:
            raw["ratio"] = ratios(costs, base)
        columns = [column.key for column in table.columns if column.key in raw]
        table.rows.append(Row(name, {key: spread(raw[key]) for key in columns}))
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    if base and DAWR in table.raw:
        ratio = spread(table.raw[DAWR]["ratio"]).median
        table.goals.append(Goal("forward", ratio, 1.5, "× nginx"))
        table.goals.append(Goal("forward, never more than", ratio, 2.0, "× nginx"))
