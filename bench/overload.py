"""`python -m bench.overload`: five times as many requests as the platform can serve.

The platform (`bench/capacity.py`) serves eight requests at once, each in 40 ms: C = 200 a second.
People (`bench/crowd.py`) come at 0.9 C, then at 5 C, then at 0.9 C again, and wait for five seconds
at most. Before it stand, one after the other: nginx alone, the gateway with its defaults, and the
gateway with `overload: off`. Limits are wide open: what is measured is the overload alone.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import configs, report
from bench.configs import Place
from bench.figures import Column, Goal, Row, Table, percentile, spread
from bench.machine import describe, missing_peers
from bench.options import gateway_option, json_option, write_option
from bench.peers import DAWR, NGINX, Field, Peer
from bench.processes import BenchError, Processes, choose_cores, free_port, ours
from bench.sections import OVERLOAD

SERVERS: Final = 8
MILLISECONDS: Final = 40
CAPACITY: Final = SERVERS * 1000 / MILLISECONDS
_BUSY: Final = 0.9
_FLOOD: Final = 5.0
_PATIENCE: Final = 5.0
_OFF: Final = f"{DAWR}, overload: off"
_CALM: Final = 0.3

_HOW: Final = f"""
`make bench-overload`. The platform serves {SERVERS} requests at once, {MILLISECONDS} ms each, so
that C = {CAPACITY:.0f} a second, and queues the rest without a bound (`bench/capacity.py`). People
come in an open loop (Poisson, from 16 addresses of 127.2.0.0/16), and leave after {_PATIENCE:g} s
without an answer (`bench/crowd.py`); the platform does their work all the same. First at {_CALM} C,
then at {_BUSY} C, then at {_FLOOD:g} C, then at {_BUSY} C again, without a break. *Goodput*: pages
served while somebody still waited for them, of C, over the whole time of the flood, its first
moments included. *p99*: of the pages served, from when the request was due. *× p99*: that over the
same peer's at {_BUSY} C. *Worst*: of the pages served in the flood. *Refused*: answered with 503.
*Afterwards*: the share that was served of those who came in the five seconds behind the flood.

nginx is `proxy_pass` with keep-alive connections, as above; it has no means against this but a
fixed `limit_conn` or `limit_req`, whose number somebody must know. Each client's limit is wide open
everywhere. One worker each. The driver used {{driver}} of a core.

Read the brackets: *× p99* depends on how evenly a round's people came at {_BUSY} C. In the flood
p99 is 250 to 290 ms in the first second, in which the limit is learnt, and in that of a probe,
every twenty seconds or so; in all others some 95 ms. At {_BUSY} C, which is no calm load, a page
that would have come after 200 ms in the queue may be refused instead; at {_CALM} C nobody waits,
and the limit stays where it began.
"""


@dataclass(frozen=True)
class Phase:
    """`found`: due, status, seconds of each request."""

    rate: float
    seconds: float
    found: list[tuple[float, int, float]]

    def served(self, until: float = 1e9) -> list[float]:
        """The times of what was answered with a page, in order."""
        return sorted(took for due, status, took in self.found if status == 200 and due < until)

    def p99(self) -> float:
        served = self.served()
        return percentile(served, 0.99) * 1000 if served else float("inf")

    def share(self, status: int) -> float:
        return sum(one[1] == status for one in self.found) / len(self.found) * 100

    def share_served(self, until: float) -> float:
        came = [one for one in self.found if one[0] < until]
        return sum(one[1] == 200 for one in came) / len(came) * 100

    def goodput(self) -> float:
        """Pages that came while the phase lasted, in % of what the platform could serve."""
        came = sum(s == 200 and due + took <= self.seconds for due, s, took in self.found)
        return came / self.seconds / CAPACITY * 100


def measure(port: int, seconds: float, seed: int) -> tuple[dict[str, float], float]:
    """One peer's figures, and the driver's greatest share of a core."""
    driver = 0.0
    phases: list[Phase] = []
    for number, share in enumerate((_CALM, _BUSY, _FLOOD, _BUSY)):
        rate = share * CAPACITY
        argv = ours("bench.crowd", port, rate, seconds, _PATIENCE, seed + number)
        said = subprocess.run(argv, capture_output=True, text=True, check=False)
        if said.returncode:
            raise BenchError(f"the crowd failed: {said.stderr.strip()[-500:]}")
        answer = json.loads(said.stdout)
        driver = max(driver, answer["driver"])
        phases.append(Phase(rate, seconds, [tuple(one) for one in answer["found"]]))
    calm, busy, flood, after = phases
    served = flood.served()
    return {
        "calm_p99": calm.p99(),
        "calm_refused": calm.share(503),
        "busy_p99": busy.p99(),
        "busy_refused": busy.share(503),
        "goodput": flood.goodput(),
        "p50": percentile(served, 0.5) * 1000 if served else float("inf"),
        "p99": flood.p99(),
        "times": flood.p99() / busy.p99(),
        "worst": served[-1] * 1000 if served else float("inf"),
        "refused": flood.share(503),
        "given_up": flood.share(0),
        "afterwards": after.share_served(5),
    }, driver


COLUMNS: Final = [
    Column("calm_p99", f"{_CALM} C: p99, ms", 0),
    Column("calm_refused", "refused, %", 2),
    Column("busy_p99", f"{_BUSY} C: p99, ms", 0),
    Column("busy_refused", "refused, %", 2),
    Column("goodput", f"{_FLOOD:g} C: goodput, % of C", 1),
    Column("p50", "p50, ms", 0),
    Column("p99", "p99, ms", 0),
    Column("times", "× p99", 2),
    Column("worst", "worst, ms", 0),
    Column("refused", "refused, %", 1),
    Column("given_up", "gave up, %", 1),
    Column("afterwards", "afterwards served, %", 1),
]


def run(field: Field, rounds: int, seconds: float, say: Callable[[str], None]) -> Table:
    table = Table("overload", "Overload", COLUMNS, how=_HOW)
    driver = 0.0
    for number in range(rounds):
        for name in (NGINX, DAWR, _OFF):
            if not field.has(name):
                continue
            say(f"overload, round {number + 1} of {rounds}: {name}")
            peer = _start(field, name, number)
            # The same people come to each peer.
            figures, share = measure(peer.port, seconds, 100 * number)
            field.stop(peer)
            driver = max(driver, share)
            for key, value in figures.items():
                table.raw.setdefault(name, {}).setdefault(key, []).append(value)
    for name, raw in table.raw.items():
        table.rows.append(Row(name, {key: spread(values) for key, values in raw.items()}))
    table.rows += [Row(name, skipped=why) for name, why in field.missing.items() if name == NGINX]
    table.how = _HOW.replace("{driver}", f"{driver:.2f}")
    ours_ = table.raw[DAWR]
    table.goals = [
        Goal("goodput lost at 5 C", 100 - spread(ours_["goodput"]).median, 5, " % of C", 1),
        Goal("p99 at 5 C, over that at 0.9 C", spread(ours_["times"]).median, 2, "×"),
    ]
    return table


def _start(field: Field, name: str, number: int) -> Peer:
    """A peer before a platform of its own: none inherits another's backlog."""
    origin = free_port()
    argv = ours("bench.capacity", origin, SERVERS, MILLISECONDS)
    label = f"{name.split(',', maxsplit=1)[0]}-{'off' if name == _OFF else 'on'}-{number}"
    field.processes.start(f"platform-{label}", argv, port=origin)
    if name == NGINX:
        return field.nginx(label, configs.nginx_proxy, origin)
    return field.dawr(label, _without_overload if name == _OFF else _with_defaults, origin)


def _with_defaults(place: Place, control: int) -> str:
    return configs.gateway(place, control)


def _without_overload(place: Place, control: int) -> str:
    return json.dumps({**json.loads(configs.gateway(place, control)), "overload": "off"})


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@gateway_option
@click.option("--seconds", type=click.FloatRange(5), default=15, show_default=True)
@click.option("--repeat", type=click.IntRange(1), default=3, show_default=True)
@json_option
@write_option
def main(gateway: Path, seconds: float, repeat: int, json_file: Path | None, write: bool) -> None:
    """Offer a platform five times what it can serve: nginx alone, the gateway, the gateway without.

    Takes some nine minutes.
    """
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = choose_cores(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores.rest})
    machine = describe(gateway, cores, f"{repeat} rounds of four times {seconds:g} s")
    try:
        with Processes() as processes:
            field = Field(processes, cores, gateway, missing_peers())
            table = run(field, repeat, seconds, console.print)
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    report.show(table, console)
    if json_file is not None:
        json_file.write_text(report.as_json([table], machine) + "\n", "utf-8")
    if write:
        OVERLOAD.write(machine, table)


if __name__ == "__main__":
    main(prog_name="python -m bench.overload")
