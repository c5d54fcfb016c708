"""The waiting room's answers: a poll, the page, a first contact, beside nginx's static files."""

import http.client
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import configs
from bench.configs import Place
from bench.figures import Column, Goal, Row, Table, ratios, spread
from bench.load import Measured, by_turns, drive
from bench.peers import DAWR, NGINX, Field, Peer
from bench.plan import Plan
from bench.processes import BenchError
from bench.scenarios.forward import BODY
from gateway.secret import read_secrets
from gateway.tokens import Signer
from gateway.waitingroom.identity import NOBODY
from gateway.waitingroom.tickets import tag_of

_OPEN_WITHIN: Final = 10.0  # seconds
TICKETS: Final = 100_000  # more than a worker remembers, so that each is checked anew
_ROOM: Final = "wait"
_PATH: Final = f"/.dawr/rooms/{_ROOM}"
_POLL: Final = f"{DAWR}, a poll"
_PAGE: Final = f"{DAWR}, the page"
_COME: Final = f"{DAWR}, a first contact"
_GOALS: Final = {_POLL: 1.6, _PAGE: None, _COME: 3.0}
_HOW: Final = f"""
{TICKETS:,} people with numbers wait; *a poll* is what their page asks (JSON), each with the cookies
of the next: a ticket, whose signature is checked each time, and a device. *The page* is the same as
HTML, compressed. *A first contact* comes without cookies to the guarded path and is sent to the
page with both. nginx serves a file of each answer's size, and logs it. All is logged and counted.
"""


def wait(field: Field, plan: Plan) -> Table:
    table = Table(
        "wait",
        "Waiting",
        [
            Column("microseconds", "CPU, µs/answer"),
            Column("ratio", "× nginx's file of that size", 2),
            Column("per_core", "answers/s a core", 0),
            Column("bytes", "body, bytes", 0),
        ],
        how=_HOW,
    )
    peers = _peers(field)
    _until_open(peers[_COME])
    sizes = {name: _size(peer) for name, peer in peers.items()}
    if field.has(NGINX):
        peers |= _files(field, sizes)
    for peer in peers.values():
        drive(peer, 1)
    found = by_turns(peers, plan, "wait", plan.short)
    _fill(table, found, sizes)
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    return table


def _peers(field: Field) -> dict[str, Peer]:
    origin = field.origin(BODY)
    folder = field.processes.folder
    secret = folder / "wait-secret"
    secret.write_text(secrets.token_hex(32) + "\n", "ascii")
    secret.chmod(0o600)
    cookies = folder / "wait-cookies"
    cookies.write_text("".join(_visitors(read_secrets(secret))), "ascii")
    one = cookies.read_text("ascii").partition("\n")[0]

    def config(place: Place, port: int) -> str:
        return configs.gateway(place, port, secret=str(secret), rooms=[_room()])

    peer = field.dawr("dawr-wait", config, origin)
    return {
        _POLL: replace(
            peer, path=_PATH, headers=("Accept: application/json",), cookies=str(cookies)
        ),
        _PAGE: replace(
            peer,
            path=_PATH,
            headers=("Accept: text/html", "Accept-Encoding: gzip", f"Cookie: {one}"),
        ),
        _COME: replace(peer, path="/booking/", headers=("Accept: text/html",)),
    }


def _room() -> dict[str, object]:
    return {
        "name": _ROOM,
        "paths": ["/booking/"],
        "mode": "always",
        "admit": {"rate": "1/h", "active": 1},
        "polls": 1_000_000,
        "status": 200,
    }


def _visitors(keys: list[bytes]) -> Iterator[str]:
    """A line of cookies each, as the gateway would have made them (tickets.py, devices.py)."""
    devices, tickets = Signer(b"device", keys), Signer(b"ticket", keys)
    tag = tag_of(_ROOM, "always").to_bytes(8, "big")
    for number in range(TICKETS):
        device = os.urandom(8)
        ticket = tag + os.urandom(16) + device + bytes(4) + (1000 + number).to_bytes(4, "big")
        yield (
            f"dawr={devices.make(device + bytes(4)).decode()}; "
            f"dawr-ticket-{_ROOM}={tickets.make(ticket + NOBODY).decode()}\n"
        )


def _until_open(peer: Peer) -> None:
    """Until the room hands out tickets: its leader has first to be heard of."""
    until = time.monotonic() + _OPEN_WITHIN
    while _answer(peer)[0] != 303:
        if time.monotonic() > until:
            raise BenchError(f"{peer.name} hands out no tickets at {peer.url}")
        time.sleep(0.1)


def _size(peer: Peer) -> int:
    """Of the answer's body."""
    status, size = _answer(peer)
    if status not in {200, 303}:
        raise BenchError(f"{peer.name} does not let anybody wait at {peer.url}: {status}")
    return size


def _answer(peer: Peer) -> tuple[int, int]:
    """Status, and how long the body is."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)
    headers = dict(header.split(": ", 1) for header in peer.headers)
    if peer.cookies:
        headers["Cookie"] = Path(peer.cookies).read_text("ascii").partition("\n")[0]
    connection.request("GET", peer.path, headers=headers)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return answer.status, size


def _files(field: Field, sizes: dict[str, int]) -> dict[str, Peer]:
    """nginx, with a file as long as each answer."""
    folder = field.processes.folder / "wait-files"
    folder.mkdir()
    for number, size in enumerate(sizes.values()):
        (folder / f"{number}.json").write_bytes(b"x" * max(1, size))
    nginx = field.nginx("nginx-wait", lambda place: configs.nginx_files(place, folder), 0)
    return {
        _file(name): replace(nginx, path=f"/{number}.json") for number, name in enumerate(sizes)
    }


def _file(name: str) -> str:
    """nginx's row whose file has the size of Dawr's `name`."""
    return f"nginx, a file as long as {name.removeprefix(DAWR + ', ')}"


def _fill(table: Table, found: dict[str, list[Measured]], sizes: dict[str, int]) -> None:
    costs = {name: [one.microseconds for one in rounds] for name, rounds in found.items()}
    for name, values in costs.items():
        raw = table.raw[name] = {
            "microseconds": values,
            "per_core": [1e6 / cost for cost in values],
        }
        if _file(name) in costs:
            raw["ratio"] = ratios(values, costs[_file(name)])
        keys = [column.key for column in table.columns if column.key in raw]
        row = Row(name, {key: spread(raw[key]) for key in keys})
        if name in sizes:
            row.values["bytes"] = float(sizes[name])
        table.rows.append(row)
        goal = _GOALS.get(name)
        if goal is not None and "ratio" in raw:
            what = name.removeprefix(DAWR + ", ")
            table.goals.append(
                Goal(f"wait, {what}", spread(raw["ratio"]).median, goal, "× nginx's file")
            )
