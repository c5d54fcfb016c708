"""`python -m bench.attack`: 300 addresses flood one page while 2,000 citizens go on.

The scene (`bench/scene.py`) is played before each peer in turn, with real sockets from addresses of
127.0.0.0/8, in a network namespace of its own: what the peers tell nftables ends with it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import defences, report
from bench.defences import NARROW, WIDE, Limits
from bench.encounter import NEVER, Encounter, play
from bench.figures import Column, Goal, Row, Table, spread
from bench.machine import describe, missing_peers
from bench.options import gateway_option, json_option, write_option
from bench.peers import DAWR, HAPROXY, NGINX, Field, Peer, which
from bench.processes import BenchError, Processes, choose_cores, free_port, ours
from bench.scene import Scene
from bench.sections import ATTACK

_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET, unshare(2)
_JAIL: Final = 20.0  # seconds in which fail2ban has its jail
KERNEL: Final = f"{DAWR}, kernel: auto"
PROCESS: Final = f"{DAWR}, kernel: off"


@dataclass(frozen=True)
class Defence:
    """A peer as one row. `start` gives its port and the processes whose time counts."""

    name: str
    program: str  # what it needs
    start: Callable[["Ground", str], tuple[Peer, list[int]]]
    kernel: bool = False  # tells nftables


@dataclass(frozen=True)
class Ground:
    """Where a peer stands: it is started before a platform of its own."""

    field: Field
    origin: int


def _dawr(*, kernel: bool) -> Callable[[Ground, str], tuple[Peer, list[int]]]:
    def start(ground: Ground, label: str) -> tuple[Peer, list[int]]:
        peer = ground.field.dawr(
            label,
            lambda place, control: defences.gateway(place, control, kernel=kernel),
            ground.origin,
        )
        return peer, [peer.pid]

    return start


def _nginx_bare(ground: Ground, label: str) -> tuple[Peer, list[int]]:
    peer = ground.field.nginx(label, defences.nginx_bare, ground.origin)
    return peer, [peer.pid]


def _nginx(limits: Limits) -> Callable[[Ground, str], tuple[Peer, list[int]]]:
    def start(ground: Ground, label: str) -> tuple[Peer, list[int]]:
        field = ground.field
        peer = field.nginx(label, lambda place: defences.nginx(place, limits), ground.origin)
        folder = field.processes.folder / f"{label}-fail2ban"
        defences.fail2ban(folder, field.processes.folder / label / "error.log", peer.port)
        argv = [which("fail2ban-server"), "-c", str(folder), "-f", "start"]
        pid = field.processes.start(f"{label}-fail2ban", argv, port=peer.port)
        _wait_for_jail(folder / "fail2ban.log")
        return peer, [peer.pid, pid]

    return start


def _wait_for_jail(log: Path) -> None:
    until = time.monotonic() + _JAIL
    while time.monotonic() < until:
        if log.exists() and "Jail 'nginx-limit-req' started" in log.read_text("utf-8"):
            return
        time.sleep(0.1)
    said = log.read_text("utf-8")[-500:] if log.exists() else "it said nothing"
    raise BenchError(f"fail2ban has no jail: {said}")


def _haproxy(limits: Limits) -> Callable[[Ground, str], tuple[Peer, list[int]]]:
    def start(ground: Ground, label: str) -> tuple[Peer, list[int]]:
        peer = ground.field.haproxy(
            label, ground.origin, text=lambda place: defences.haproxy(place, limits)
        )
        return peer, [peer.pid]

    return start


DEFENCES: Final = (
    Defence(KERNEL, "", _dawr(kernel=True), kernel=True),
    Defence(PROCESS, "", _dawr(kernel=False)),
    Defence("nginx + fail2ban, narrow", NGINX, _nginx(NARROW), kernel=True),
    Defence("nginx + fail2ban, wide", NGINX, _nginx(WIDE), kernel=True),
    Defence("HAProxy, narrow", HAPROXY, _haproxy(NARROW)),
    Defence("HAProxy, wide", HAPROXY, _haproxy(WIDE)),
    Defence("nginx, no limits", NGINX, _nginx_bare),
)

_FLOOD: Final = [
    Column("tries", "tries a second", 0),
    Column("refused_p50", "first refused, s: median", 2),
    Column("refused_p95", "95 %", 2),
    Column("stopped_p50", "last let through, s: median", 1),
    Column("stopped_p95", "95 %", 1),
    Column("stopped", "stopped, %", 1),
    Column("stopped_hidden", "of those behind shared addresses, %", 0),
    Column("reached", "reached the platform, % of tries", 2),
    Column("reached_first", "in the first 5 s", 0),
    Column("reached_later", "a second after", 1),
    Column("microseconds", "CPU a refusal, µs", 1),
]
_CITIZENS: Final = [
    Column("wrongly_before", "refused before the flood, %", 3),
    Column("wrongly", "in the flood, %", 3),
    Column("shed", "of these 503, %", 3),
    Column("wrongly_shared", "behind shared addresses, %", 3),
    Column("wrongly_own", "with an own address, %", 3),
    Column("wrongly_after", "after the flood, %", 3),
    Column("challenged", "challenged and passed, %", 2),
    Column("goodput", "pages served, % of those due", 2),
    Column("goodput_shared", "behind shared addresses, %", 2),
    Column("p99_before", "p99 before, ms", 0),
    Column("p99", "in the flood, ms", 0),
    Column("afterwards", "served after, %", 2),
]

_HOW_FLOOD: Final = """
`make bench-attack`. {citizens:,} citizens open a page and its two assets each {think:g} s or so,
one page in ten is a form that is sent, one in twenty the search; {shared:,} of them share
{addresses} addresses. After {calm:g} s {flooders} flooders come, each with an address of its own
but for {hidden}, who sit behind the shared ones. For {flood:g} s each asks for the search on
{connections} connections, again as soon as it is answered, with changing User-Agents and no
cookies, on a new connection when refused, as fast as a loopback lets it; then {after:g} s of calm.
The platform serves {servers} requests at once and queues the rest: a page takes 20 ms, the search
100, so that it can answer {capacity:.0f} searches a second, and is a sixth busy with citizens
alone.

*First refused*: anything but a page. *Last let through*: when a flooder asked for the last time
without being refused, answered or not; *never*: so many were let through to the end. *Tries* are
requests, and connections that did not come about; who refuses faster is tried more often. *Reached
the platform*: as it counts itself. *CPU*: of all processes of the peer, fail2ban's too, less what
forwarded requests take by their price in the calm.

Dawr has its defaults, with `per-client` {wide.rate}/s, burst {wide.burst}, and a limit on the
search by `[client, device]` of {narrow.search_rate}/s, burst {narrow.search_burst}: who has a
device cookie has a limit of their own, who has none shares the address'. `kernel: auto` is its
default. nginx has limit_req and limit_conn, and beside it fail2ban with Debian's jail
`nginx-limit-req` and its defaults; HAProxy has stick tables, 429 above a rate of requests and
silent-drop above one of connections. *Narrow*: an address may ask {narrow.rate}/s, burst
{narrow.burst}, for the search {narrow.search_rate}/s, burst {narrow.search_burst}: no single
citizen comes near it. *Wide*: {wide.rate}/s, burst {wide.burst}, for the search
{wide.search_rate}/s, burst {wide.search_burst}: nor do sixty. {offload}
"""
_HOW_CITIZENS: Final = """
*Refused*: answered with anything but what was asked for, turned away, or dropped, of all requests;
*503*: by Dawr because the platform could not take more. Who is challenged by Dawr solves it, as the
page's script does, and is served. *Pages served*: within five seconds. The citizens' program used
{driver:.2f} of a core, the flooders' at most {flooder:.2f} of the same one, with lower priority.
"""


def run(
    field: Field, scene: Scene, rounds: int, names: tuple[str, ...], say: Callable[[str], None],
    *, kernel: bool,
) -> tuple[Table, Table]:  # fmt: skip
    flood = Table("attack", "Under attack: the flood", _FLOOD)
    people = Table("citizens", "Under attack: the citizens", _CITIZENS)
    for number in range(rounds):
        for defence in DEFENCES:
            if names and defence.name not in names:
                continue
            if not field.has(defence.program) or (defence.kernel and not kernel):
                continue
            say(f"attack, round {number + 1} of {rounds}: {defence.name}")
            met = _meet(field, defence, scene, f"a{number}-{DEFENCES.index(defence)}")
            say(f"  flood {met.flood.results}; citizens {met.during.by_status()}")
            for key, value in met.figures().items():
                flood.raw.setdefault(defence.name, {}).setdefault(key, []).append(value)
    people.raw = flood.raw
    for table in (flood, people):
        for name, raw in table.raw.items():
            values = {
                key: "never" if max(found) == NEVER else spread(found)
                for key, found in raw.items()
            }  # fmt: skip
            table.rows.append(Row(name, values))
        table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    flood.how = report.paragraphs(
        _HOW_FLOOD.format(
            **scene.__dict__,
            addresses=scene.shared_addresses,
            capacity=scene.servers * 10,
            narrow=NARROW,
            wide=WIDE,
            offload="" if kernel else "Without nftables here: peers that need it are left out.",
        )
    )
    people.how = report.paragraphs(
        _HOW_CITIZENS.format(driver=_greatest(flood, "driver"), flooder=_greatest(flood, "flooder"))
    )
    people.goals = [goal for name in (KERNEL, PROCESS) for goal in _goals(name, flood.raw)]
    return flood, people


def _greatest(table: Table, key: str) -> float:
    return max((max(raw[key]) for raw in table.raw.values()), default=0.0)


def _goals(name: str, raw: dict[str, dict[str, list[float]]]) -> list[Goal]:
    if name not in raw:
        return []
    found = {key: spread(values).median for key, values in raw[name].items()}
    return [
        Goal(f"{name}: citizens refused", found["wrongly"], 0.1, " %", 3),
        Goal(f"{name}: behind shared addresses", found["wrongly_shared"], 0.1, " %", 3),
        Goal(f"{name}: pages not served in the flood", 100 - found["goodput"], 5, " %", 2),
    ]


def _meet(field: Field, defence: Defence, scene: Scene, label: str) -> Encounter:
    origin = free_port()
    argv = ours("bench.costly", origin, scene.servers)
    platform = field.processes.start(f"platform-{label}", argv, port=origin)
    peer, counted = defence.start(Ground(field, origin), label)
    try:
        return play(peer.port, origin, counted, scene)
    finally:
        for pid in (*reversed(counted), platform):
            field.processes.stop(pid)


def enter_network() -> bool:
    """A network of our own, with nothing but a loopback; whether nftables is permitted in it."""
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
        return False
    subprocess.run([which("ip"), "link", "set", "lo", "up"], check=True)
    tried = [which("nft"), "add", "table", "inet", "bench"]
    return subprocess.run(tried, check=False, capture_output=True).returncode == 0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@gateway_option
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True)
@click.option("--flood", type=click.FloatRange(5), default=Scene.flood, show_default=True)
@click.option(
    "--peer", "names", multiple=True, type=click.Choice([one.name for one in DEFENCES]),
    help="Only this one; may be given again.",
)  # fmt: skip
@json_option
@write_option
def main(
    gateway: Path, repeat: int, flood: float, names: tuple[str, ...], json_file: Path | None,
    write: bool,
) -> None:  # fmt: skip
    """Flood the gateway, nginx with fail2ban and HAProxy, and count whom they refuse.

    Takes some nine minutes a round. As root, in a network namespace of its own; without that right
    peers that need nftables are left out.
    """
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = choose_cores(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores.rest})
    scene = replace(Scene(), flood=flood)
    machine = describe(gateway, cores, f"{repeat} rounds of {scene.seconds:g} s for each peer")
    try:
        version = [which("fail2ban-client"), "--version"]
        said = subprocess.run(version, capture_output=True, text=True, check=False)
        machine["Versions"] += f"; {said.stdout.strip()}"
        kernel = enter_network()
        with Processes() as processes:
            field = Field(processes, cores, gateway, _missing())
            say = lambda text: console.print(text, style="dim", highlight=False, markup=False)  # noqa: E731
            tables = run(field, scene, repeat, names, say, kernel=kernel)
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    for table in tables:
        report.show(table, console)
    if json_file is not None:
        json_file.write_text(report.as_json(list(tables), machine) + "\n", "utf-8")
    if write:
        ATTACK.write(machine, *tables)


def _missing() -> dict[str, str]:
    return {name: why for name, why in missing_peers().items() if name in {NGINX, HAPROXY}}


if __name__ == "__main__":
    main(prog_name="python -m bench.attack")
