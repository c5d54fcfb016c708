"""Memory of connections that are open and do nothing."""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from typing import Final

from bench import configs, procfs
from bench.figures import MIB, Column, Goal, Row, Table, spread
from bench.peers import DAWR, HAPROXY, NGINX, Field, Peer
from bench.plan import Plan
from bench.processes import BenchError, ours
from bench.scenarios.forward import BODY

_HOLDERS: Final = 4
_SOURCES: Final = (
    4  # addresses of each holder: no client has more connections than the default allows
)
_SPARE: Final = 500  # files that a process needs beside its connections
_ROUNDS: Final = 64  # requests before the first look: what a process allocates once is not counted
_HOW: Final = """
Connections from sixteen addresses (127.1.0.*), each with one request served and kept open.
*Growth* is the workers' memory (PSS, from `smaps_rollup`) with all of them open, less that
before, after some requests. The kernel's socket buffers, which are the same for all, are not in
it. Each process may open {limit:,} files here, so nginx and Dawr have two workers, and HAProxy,
which is one process with two files a connection to be on the safe side, holds fewer: compare by
connection. Dawr's `bounds.connections` is raised from 20,000 to 24,000: the kernel does not share
connections out evenly between workers.
"""


def idle(field: Field, plan: Plan) -> Table:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    table = Table(
        "idle",
        "Idle connections",
        [
            Column("connections", "connections", 0),
            Column("growth", "growth, MiB"),
            Column("each", "KiB a connection", 2),
            Column("whole", "workers' memory, MiB"),
            Column("workers", "workers", 0),
        ],
        how=_HOW.format(limit=limit),
    )
    origin = field.origin(BODY)
    of_one = plan.connections // 2 + plan.connections // 10 + _SPARE
    if of_one > limit:
        raise BenchError(f"a process may open {limit} files, {of_one} are needed: ulimit -n")
    most = min(plan.connections, (limit - 2 * _SPARE) // 2)
    if field.has(NGINX):
        nginx = field.nginx(
            "nginx", lambda place: configs.nginx_proxy(place, workers=2), origin, workers=2
        )
        _measure(table, field, plan, nginx, plan.connections)
    if field.has(HAPROXY):
        haproxy = field.haproxy("haproxy", origin, connections=most)
        _measure(table, field, plan, haproxy, most - _SPARE)
    bounds: dict[str, object] = {"connections": plan.connections + plan.connections // 5}
    dawr = field.dawr(
        "dawr",
        lambda place, port: configs.gateway(place, port, workers=2, bounds=bounds),
        origin,
        workers=2,
    )
    _measure(table, field, plan, dawr, plan.connections)
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items()]
    raw = table.raw[DAWR]
    what = f"{plan.connections:,} idle connections"
    table.goals.append(Goal(f"{what}, growth", raw["growth"][0], 150, " MiB", 1))
    table.goals.append(Goal(f"{what}, all of the workers", raw["whole"][0], 150, " MiB", 1))
    return table


def _measure(table: Table, field: Field, plan: Plan, peer: Peer, count: int) -> None:
    plan.say(f"idle: {count:,} connections to {peer.name}")
    with _held(peer, _ROUNDS):
        pass
    before = procfs.proportional_bytes(peer.workers)
    with _held(peer, count) as held:
        after = procfs.proportional_bytes(peer.workers)
    field.stop(peer)
    raw = table.raw[peer.name] = {
        "connections": [float(held)],
        "growth": [(after - before) / MIB],
        "each": [(after - before) / held / 1024],
        "whole": [after / MIB],
        "workers": [float(len(peer.workers))],
    }
    table.rows.append(Row(peer.name, {key: spread(values).median for key, values in raw.items()}))


@contextlib.contextmanager
def _held(peer: Peer, count: int) -> Iterator[int]:
    """Connections that are open meanwhile. Raises BenchError where not all are, to the end."""
    per_holder = count // _HOLDERS
    holders = [
        subprocess.Popen(
            ours("bench.holder", peer.port, per_holder, 1 + n * _SOURCES, _SOURCES),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(_HOLDERS)
    ]
    try:
        opened = [_line(holder) for holder in holders]
        if "" in opened:
            said = (holders[opened.index("")].stderr or contextlib.nullcontext()).read()  # type: ignore[union-attr]
            raise BenchError(f"{peer.name} did not take {count} connections: {said[-400:]}")
        yield per_holder * _HOLDERS
        closed = sum(int(_let_go(holder) or 0) for holder in holders)
        if closed:
            raise BenchError(f"{peer.name} closed {closed} of {count} idle connections")
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def _line(holder: subprocess.Popen[str]) -> str:
    return holder.stdout.readline().strip() if holder.stdout else ""


def _let_go(holder: subprocess.Popen[str]) -> str:
    if holder.stdin:
        holder.stdin.close()
        holder.stdin = None
    return _line(holder)
