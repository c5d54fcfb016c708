"""Load at full speed, by wrk; and what a peer's processor time was for each request served."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import procfs
from bench.peers import Peer, which
from bench.plan import Plan
from bench.processes import BenchError

_POST = Path(__file__).with_name("post.lua")
_COOKIES = Path(__file__).with_name("cookies.lua")
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}


@dataclass(frozen=True)
class WrkResult:
    """`refused`: answers other than 2xx and 3xx."""

    requests: int
    seconds: float
    refused: int
    errors: int


def parse_wrk(text: str) -> WrkResult:
    """What wrk printed. Raises BenchError."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)\b", text)
    if total is None:
        raise BenchError(f"wrk printed no total: {text.strip()[-300:] or 'nothing'}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    return WrkResult(
        requests=int(total[1]),
        seconds=float(total[2]) * _UNITS[total[3]] / 1e3,
        refused=int(refused[1]) if refused else 0,
        errors=sum(map(int, errors.groups())) if errors else 0,
    )


@dataclass(frozen=True)
class Measured:
    """Of one round."""

    microseconds: float  # of the workers' processor time for a request
    per_second: float
    busy: float  # share of the core that the workers used


def by_turns(
    peers: Mapping[str, Peer], plan: Plan, title: str, seconds: float, *, refused: bool = False
) -> dict[str, list[Measured]]:
    """Drive all peers, by turns, in each round; by their names."""
    found: dict[str, list[Measured]] = {name: [] for name in peers}
    for number in range(plan.rounds):
        for name, peer in peers.items():
            plan.say(f"{title}, round {number + 1} of {plan.rounds}: {name}")
            found[name].append(drive(peer, seconds, refused=refused))
    return found


def drive(peer: Peer, seconds: float, *, refused: bool = False, connections: int = 32) -> Measured:
    """Ask as fast as the peer answers. All is to be served, or all `refused`."""
    argv = [which("wrk"), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    if peer.form:
        argv += ["-s", str(_POST), "-H", "Content-Type: application/x-www-form-urlencoded"]
    for header in peer.headers:
        argv += ["-H", header]
    if peer.cookies:
        argv += ["-s", str(_COOKIES)]
    before = procfs.cpu_seconds(peer.workers)
    more = [one for one in (peer.form, peer.cookies) if one]
    said = subprocess.run(
        [*argv, peer.url, *(["--", *more] if more else [])],
        capture_output=True,
        text=True,
        check=False,
    )
    cpu = procfs.cpu_seconds(peer.workers) - before
    found = parse_wrk(said.stdout or said.stderr)
    if not found.requests:
        raise BenchError(f"{peer.name} at {peer.url} answered nothing: {said.stdout.strip()}")
    other = found.requests - found.refused if refused else found.refused
    if other > 10 + found.requests // 1000 or found.errors > 10 + found.requests // 1000:
        raise BenchError(
            f"{peer.name} at {peer.url}: of {found.requests} answers {other} were not "
            f"{'refusals' if refused else 'served'}, with {found.errors} socket errors"
        )
    return Measured(
        microseconds=cpu / found.requests * 1e6,
        per_second=found.requests / found.seconds,
        busy=cpu / found.seconds,
    )
