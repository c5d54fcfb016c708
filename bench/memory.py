"""`python -m bench.memory`: what a million clients cost a worker, and what happens beyond.

`bench/million.py` does it in a process of its own, with the gateway as it is installed: compiled.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from bench import report
from bench.figures import MIB, Column, Goal, Row, Table, spread
from bench.machine import describe
from bench.options import write_option
from bench.processes import REPOSITORY, BenchError, Cores
from bench.sections import MEMORY

CLIENTS: Final = 1_000_000
_LIMIT: Final = 200  # MiB
_CONFIGS: Final = {
    "the defaults": ("config/gateway.yaml", "/"),
    "limits-by-any-key.yaml, all that meet a search":
        ("config/examples/limits-by-any-key.yaml", "/search"),
}  # fmt: skip
# What is installed beside the executable comes before what lies in the repository.
_CODE: Final = (
    "import runpy, sys; sys.path[0] = '/'; sys.path.append(sys.argv.pop(1)); import gateway; "
    "runpy.run_module('bench.million', None, '__main__')"
)

_COLUMNS: Final = [
    Column("growth", "growth, MiB", 1),
    Column("keys", "keys of limits held", 0),
    Column("profiles", "clients the guard remembers", 0),
    Column("more", "growth by as many more, MiB", 1),
    Column("forgotten", "keys forgotten for them", 0),
    Column("kept", "who is refused and goes on asking"),
    Column("returned", "who fell silent"),
]
_HOW: Final = """
`make bench-attack`. All that a worker keeps of its clients (limits' tables, the guard's profiles
and facts, the journal) is built from a configuration, as a worker builds it, and given one
request of each of {clients:,} addresses as a value (`bench/million.py`), half of them IPv6, each
with a device of its own, at one moment: no key is dropped for its age. *Growth* is of resident
memory; connections cost what stands under *Idle connections*. Then as many more come. At the
bound of a table, a million keys, the longest-silent half is forgotten, and has its burst again:
harmless for who asks seldom. Two clients had spent theirs: one that goes on asking, every ten
thousand others, and one that fell silent.
"""


def measure(gateway: Path, config: str, path: str, clients: int) -> dict[str, Any]:
    """Raises BenchError."""
    source = REPOSITORY / config
    text = source.read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="dawr-bench-") as folder:
        # What stands in shadow is to be done. Beside the original, for the files that it names.
        told_ = Path(folder) / source.name
        told_.write_text(re.sub(r",?\s+shadow: true", "", text), "utf-8")
        argv = [
            str(gateway.with_name("python")), "-c", _CODE, str(REPOSITORY),
            str(source if told_.read_text("utf-8") == text else told_), str(clients), path,
        ]  # fmt: skip
        said = subprocess.run(argv, capture_output=True, text=True, check=False)
    if said.returncode:
        raise BenchError(f"the million failed: {said.stderr.strip()[-500:]}")
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def run(gateway: Path, clients: int) -> Table:
    table = Table(
        "memory", "A million clients", _COLUMNS, how=report.paragraphs(_HOW.format(clients=clients))
    )
    for name, (config, path) in _CONFIGS.items():
        told = measure(gateway, config, path, clients)
        raw = {
            "growth": told["growth"] / MIB,
            "keys": float(sum(told["keys"].values())),
            "profiles": float(told["profiles"]),
            "more": told["more"] / MIB,
            "forgotten": float(told["forgotten"]),
        }
        table.raw[name] = {key: [value] for key, value in raw.items()}
        words = {
            "kept": "is still refused" if told["kept"] else "is forgotten",
            "returned": "has its burst again" if told["returned"] else "is remembered",
        }
        table.rows.append(Row(name, {**{k: spread([v]) for k, v in raw.items()}, **words}))
    defaults = table.raw["the defaults"]
    what = f"{clients:,} clients of a worker, with the defaults"
    table.goals = [Goal(what, defaults["growth"][0], _LIMIT, " MiB", 1)]
    return table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--gateway",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path(sys.executable).with_name("gateway"),
    show_default=True,
    help="The gateway's executable; what is measured is installed beside it.",
)
@click.option("--clients", type=click.IntRange(20_000), default=CLIENTS, show_default=True)
@write_option
def main(gateway: Path, clients: int, write: bool) -> None:
    """Give a worker a million clients. Takes two minutes."""
    console = Console()
    machine = describe(gateway, Cores(0, 0), "once")
    try:
        table = run(gateway, clients)
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    report.show(table, console)
    if write:
        MEMORY.write(machine, table)


if __name__ == "__main__":
    main(prog_name="python -m bench.memory")
