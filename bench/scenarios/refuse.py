"""Refusals at full speed: limited and blocked clients, beside nginx's and HAProxy's."""

import http.client
from dataclasses import replace
from typing import Final

from bench import configs
from bench.configs import EVERYBODY
from bench.figures import Column, Goal, Row, Table, ratios, spread
from bench.load import Measured, by_turns, drive
from bench.peers import DAWR, FLOOR, HAPROXY, NGINX, Field, Peer, Scraped
from bench.plan import Plan
from bench.processes import BenchError
from bench.scenarios.forward import BODY

_BARE: Final = "nginx `return 403`"
_JSON: Final = ("Accept: application/json",)
_HOW: Final = """
As above, but each request is refused. Dawr's refusals are a page in Arabic and English with the
request's id, or JSON for who accepts that and not HTML; nginx's own 403 says nothing. So nginx is
also measured with bodies of the same sizes (fixed text). *Blocked* clients stand on a block list
and are answered before their request is parsed; *limited* ones have exceeded the limit, which is
known only behind the parser. All is logged, each refusal is counted, and Dawr remembers the last
2,000 for `gateway explain`. *uvloop alone* answers whatever comes with one ready-made 403, unread
and unlogged: the floor for any gateway in Python. wrk alone keeps the other core busy.
"""


def refuse(field: Field, plan: Plan) -> Table:
    table = Table(
        "refuse",
        "Refusing",
        [
            Column("microseconds", "CPU, µs/refusal"),
            Column("ratio", "× nginx's bare 403", 2),
            Column("sized", "× nginx's of that size", 2),
            Column("per_core", "refusals/s a core", 0),
            Column("bytes", "body, bytes", 0),
        ],
        how=_HOW,
    )
    peers = _peers(field)
    sizes = {name: _body_size(peer) for name, peer in peers.items()}
    for peer in peers.values():
        drive(peer, 1, refused=True)
    with Scraped(peers.get(f"{DAWR}, blocked, HTML")), Scraped(peers.get(f"{DAWR}, limited, HTML")):
        found = by_turns(peers, plan, "refuse", plan.short, refused=True)
    _fill(table, found, sizes)
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    return table


def _peers(field: Field) -> dict[str, Peer]:
    """By the names of their rows; one process may stand behind several."""
    origin = field.origin(BODY)
    blocked = field.dawr(
        "dawr-blocked", lambda place, port: configs.gateway(place, port, blocked=EVERYBODY), origin
    )
    limited = field.dawr(
        "dawr-limited",
        lambda place, port: configs.gateway(place, port, rate="1/h", burst=1),
        origin,
    )
    ours = {
        f"{DAWR}, blocked, HTML": blocked,
        f"{DAWR}, blocked, JSON": replace(blocked, headers=_JSON),
        f"{DAWR}, limited, HTML": limited,
        f"{DAWR}, limited, JSON": replace(limited, headers=_JSON),
    }
    peers: dict[str, Peer] = {}
    if field.has(NGINX):
        sizes = {_path_of(name): _body_size(peer) for name, peer in ours.items()}
        nginx = field.nginx("nginx", lambda place: configs.nginx_refusals(place, sizes), origin)
        peers[_BARE] = replace(nginx, path="/bare")
        for name in ours:
            peers[_sized(name)] = replace(nginx, path=f"/{_path_of(name)}")
        peers["nginx limit_req, 429"] = replace(nginx, path="/limited")
    if field.has(HAPROXY):
        haproxy = field.haproxy("haproxy", origin)
        peers["HAProxy deny, 403"] = replace(haproxy, path="/blocked")
        peers["HAProxy stick table, 429"] = replace(haproxy, path="/limited")
    peers[f"{FLOOR}, a fixed 403"] = field.floor("floor", 0)
    return {**peers, **ours}


def _sized(name: str) -> str:
    """nginx's row whose body has the size of Dawr's `name`."""
    return f"nginx 403, as long as {name.removeprefix(DAWR + ', ')}"


def _path_of(name: str) -> str:
    return name.removeprefix(DAWR + ", ").replace(", ", "-").lower()


def _body_size(peer: Peer) -> int:
    """Of a refusal; a limited client's first request is still served."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)
    headers = dict(header.split(": ", 1) for header in peer.headers)
    for _ in range(3):
        connection.request("GET", peer.path, headers=headers)
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status in {403, 429}:
            connection.close()
            return size
    raise BenchError(f"{peer.name} does not refuse {peer.url}: {answer.status}")


def _fill(table: Table, found: dict[str, list[Measured]], sizes: dict[str, int]) -> None:
    costs = {name: [one.microseconds for one in rounds] for name, rounds in found.items()}
    for name, values in costs.items():
        raw = table.raw[name] = {
            "microseconds": values,
            "per_core": [1e6 / cost for cost in values],
            "per_second": [one.per_second for one in found[name]],
            "bytes": [float(sizes[name])],
        }
        if _BARE in costs:
            raw["ratio"] = ratios(values, costs[_BARE])
        if _sized(name) in costs:
            raw["sized"] = ratios(values, costs[_sized(name)])
        keys = [column.key for column in table.columns if column.key in raw]
        row = Row(name, {key: spread(raw[key]) for key in keys})
        row.values["bytes"] = float(sizes[name])
        table.rows.append(row)
        for key, than in (("ratio", "nginx's bare 403"), ("sized", "nginx's of the same size")):
            if name.startswith(DAWR) and key in raw:
                what = name.removeprefix(DAWR + ", ")
                table.goals.append(
                    Goal(f"refuse, {what}", spread(raw[key]).median, 1.0, f"× {than}")
                )
