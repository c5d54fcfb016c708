"""`python -m bench.slow`: slowhttptest's four modes, while a citizen asks for a page.

A thousand connections from 127.0.0.1, in a network namespace of its own, as `bench.attack`; the
citizen comes from another address, five times a second, each time on a new connection.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import defences, report
from bench.attack import enter_network
from bench.defences import WIDE
from bench.figures import Column, Goal, Row, Table, percentile, spread
from bench.machine import describe, missing_peers
from bench.options import gateway_option, write_option
from bench.pace import answer_size
from bench.peers import DAWR, NGINX, Field, Peer, which
from bench.processes import BenchError, Processes, choose_cores, free_port, ours
from bench.scene import LARGE, Scene
from bench.sections import SLOW

CONNECTIONS: Final = 1000
_PER_SECOND: Final = 200  # connections that slowhttptest opens
_CITIZEN: Final = "127.33.0.7"
_EACH: Final = 0.2
_PATIENCE: Final = 5.0
_REQUEST: Final = (
    b"GET /page/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nConnection: close\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\r\n"
)

# What slowhttptest is told, by what it does.
MODES: Final[dict[str, tuple[str, ...]]] = {
    "slow headers": ("-H", "-i", "5", "-u", "/"),
    "slow body": ("-B", "-i", "5", "-s", "8192", "-u", "/apply"),
    "range": ("-R", "-a", "10", "-b", "3000", "-t", "GET", "-u", "/page/1"),
    "slow read": ("-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3", "-u", LARGE),
}

_COLUMNS: Final = [
    Column("served", "citizen served, %", 2),
    Column("p99", "p99, ms", 0),
    Column("closed", "attacker's connections closed", 0),
    Column("open", "still open at the end", 0),
    Column("cpu", "CPU, % of a core", 1),
]
_HOW: Final = f"""
`make bench-attack`. [slowhttptest](https://github.com/shekyan/slowhttptest) opens
{CONNECTIONS:,} connections, {_PER_SECOND} a second, from one address, for {{seconds:g}} s:
heads that never end (-H), bodies of which a few bytes come each five seconds (-B), a thousand
ranges (-R), and answers of 1 MiB read 32 bytes at a time through a window of 20 bytes (-X). A
citizen with another address asks for a page each {_EACH * 1000:.0f} ms, on a new connection,
and waits for {_PATIENCE:g} s at most. *Closed*: by the server, of those that were open, those
that had their answer included. Both peers as under attack, above, nginx *wide* and without
fail2ban; each mode at a peer that was just started.
"""


@dataclass
class Citizen:
    """Asks from `run` to `stop`; times of what was served, and how many were not."""

    port: int
    times: list[float] = field(default_factory=list)
    failed: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            try:
                if self._ask() == 200:
                    self.times.append(time.monotonic() - due)
                else:
                    self.failed += 1
            except (OSError, ValueError):
                self.failed += 1
            due = max(due + _EACH, time.monotonic() - _PATIENCE)
            self._ended.wait(max(0.0, due - time.monotonic()))

    def stop(self) -> None:
        self._ended.set()

    def _ask(self) -> int:
        with socket.create_connection(
            ("127.0.0.1", self.port), _PATIENCE, source_address=(_CITIZEN, 0)
        ) as sock:
            sock.sendall(_REQUEST)
            got = b""
            while not (size := answer_size(got)) or len(got) < size:
                data = sock.recv(65536)
                if not data:
                    raise OSError("closed without an answer")
                got += data
            return int(got[9:12])


def last_status(said: str) -> dict[str, int]:
    """What slowhttptest printed last of its connections."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said)
    return {
        name: int(found[-1])
        for name in ("pending", "connected", "error", "closed")
        if (found := re.findall(rf"{name}:\s+(\d+)", plain))
    }


def attack(port: int, mode: str, seconds: float) -> dict[str, int]:
    *options, path = MODES[mode]
    argv = [
        which("slowhttptest"), "-c", str(CONNECTIONS), "-r", str(_PER_SECOND),
        "-l", str(round(seconds)), "-p", "5", *options, f"http://127.0.0.1:{port}{path}",
    ]  # fmt: skip
    said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds + 60)
    status = last_status(said.stdout + said.stderr)
    if not status:
        raise BenchError(f"slowhttptest told nothing: {(said.stdout + said.stderr)[-300:]}")
    return status


def measure(peer: Peer, mode: str, seconds: float) -> dict[str, float]:
    citizen = Citizen(peer.port)
    thread = threading.Thread(target=citizen.run, daemon=True)
    thread.start()
    before = peer.cpu_seconds()
    status = attack(peer.port, mode, seconds)
    spent = peer.cpu_seconds() - before
    citizen.stop()
    thread.join()
    asked = len(citizen.times) + citizen.failed
    return {
        "served": len(citizen.times) / max(1, asked) * 100,
        "p99": percentile(sorted(citizen.times), 0.99) * 1000 if citizen.times else float("inf"),
        "closed": float(status.get("closed", 0)),
        "open": float(status.get("connected", 0) + status.get("pending", 0)),
        "cpu": spent / seconds * 100,
    }


def run(field_: Field, seconds: float, modes: list[str], say: Callable[[str], None]) -> Table:
    table = Table(
        "slow", "Slow clients", _COLUMNS, how=report.paragraphs(_HOW.format(seconds=seconds))
    )
    for number, mode in enumerate(modes):
        for name in (DAWR, NGINX):
            if not field_.has(name):
                continue
            say(f"slow: {mode}, {name}")
            origin = free_port()
            argv = ours("bench.costly", origin, Scene.servers)
            platform = field_.processes.start(f"platform-{number}-{name}", argv, port=origin)
            label = f"s{number}-{name}"
            peer = (
                field_.dawr(label, lambda p, c: defences.gateway(p, c, kernel=True), origin)
                if name == DAWR
                else field_.nginx(label, lambda place: defences.nginx(place, WIDE), origin)
            )
            try:
                figures = measure(peer, mode, seconds)
            finally:
                field_.stop(peer)
                field_.processes.stop(platform)
            row = f"{mode}: {name}"
            table.raw[row] = {key: [value] for key, value in figures.items()}
            table.rows.append(Row(row, {key: spread([value]) for key, value in figures.items()}))
    lost = [100 - raw["served"][0] for row, raw in table.raw.items() if row.endswith(DAWR)]
    table.goals = [Goal("the citizen not served, in the worst mode", max(lost), 0, " %", 2)]
    return table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@gateway_option
@click.option("--seconds", type=click.FloatRange(5), default=30, show_default=True)
@click.option("--mode", "modes", multiple=True, type=click.Choice(list(MODES)), help="Only these.")
@write_option
def main(gateway: Path, seconds: float, modes: tuple[str, ...], write: bool) -> None:
    """Attack the gateway and nginx with slowhttptest, in each of its modes. Takes five minutes."""
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = choose_cores(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores.rest})
    machine = describe(gateway, cores, f"{seconds:g} s for each mode and peer")
    try:
        which("slowhttptest")
        enter_network()
        with Processes() as processes:
            missing = {name: why for name, why in missing_peers().items() if name == NGINX}
            table = run(
                Field(processes, cores, gateway, missing),
                seconds, list(modes or MODES), console.print,
            )  # fmt: skip
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    report.show(table, console)
    if write:
        SLOW.write(machine, table)


if __name__ == "__main__":
    main(prog_name="python -m bench.slow")
