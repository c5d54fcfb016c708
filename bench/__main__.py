"""`python -m bench`, which `make bench` is."""

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import report
from bench.figures import Table
from bench.machine import describe, missing_peers
from bench.options import gateway_option, json_option
from bench.peers import Field, which
from bench.plan import QUICK_TRANSFER, Plan
from bench.processes import BenchError, Processes, choose_cores
from bench.scenarios import SCENARIOS
from bench.sections import PAGE, carried

_NOTES: Final = Path(__file__).with_name("notes.md")
_NO_FILE: Final = Path("-")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("scenarios", nargs=-1, type=click.Choice(list(SCENARIOS)))
@gateway_option
@click.option("--seconds", type=click.FloatRange(1), help="Of load a round.  [default: 4]")
@click.option("--repeat", type=click.IntRange(1), help="Rounds; peers take turns.  [default: 5]")
@json_option
@click.option(
    "--markdown",
    type=click.Path(path_type=Path),
    default=PAGE,
    show_default="docs/benchmarks.md if all scenarios run and --quick is not given",
    help="Write the page here; - for none.",
)
@click.option("--quick", is_flag=True, help="In some 90 seconds, to see that all works.")
@click.pass_context
def main(
    context: click.Context,
    scenarios: tuple[str, ...],
    gateway: Path,
    seconds: float | None,
    repeat: int | None,
    json_file: Path | None,
    markdown: Path,
    quick: bool,
) -> None:
    """Measure the gateway beside nginx, HAProxy and aiohttp, in one run.

    SCENARIOS: forward, latency, refuse, rules, wait, idle, transfer; all unless some are named. It
    takes some nine minutes, and wants a machine that does nothing else.
    """
    console = Console()
    chosen = scenarios or tuple(SCENARIOS)
    given = context.get_parameter_source("markdown") is not click.core.ParameterSource.DEFAULT
    if not given and (quick or len(chosen) < len(SCENARIOS)):
        markdown = _NO_FILE
    plan = _plan(quick, seconds, repeat, console)
    # An end by a signal is an end by exception: what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        which("wrk")
        tables, machine = _run(chosen, gateway, plan, console)
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    if json_file is not None:
        json_file.write_text(report.as_json(tables, machine) + "\n", "utf-8")
    if markdown != _NO_FILE:
        notes = _NOTES.read_text("utf-8") if _NOTES.exists() else ""
        markdown.parent.mkdir(exist_ok=True)
        page = report.as_markdown(tables, machine, notes)
        if markdown.exists():  # what other commands wrote stays
            page = carried(markdown.read_text("utf-8"), page)
        markdown.write_text(page, "utf-8")
        console.print(f"Written: {markdown}", highlight=False)
    sys.exit(any(table.failed for table in tables))


def _plan(quick: bool, seconds: float | None, repeat: int | None, console: Console) -> Plan:
    plan = Plan()
    if quick:
        plan = Plan(1, 1, connections=4000, transfer_bytes=QUICK_TRANSFER)
    if seconds is not None:
        plan = dataclasses.replace(plan, seconds=seconds)
    if repeat is not None:
        plan = dataclasses.replace(plan, rounds=repeat)
    return dataclasses.replace(
        plan, say=lambda text: console.print(text, style="dim", highlight=False)
    )


def _run(
    chosen: tuple[str, ...], gateway: Path, plan: Plan, console: Console
) -> tuple[list[Table], dict[str, str]]:
    available = os.sched_getaffinity(0)
    cores = choose_cores(available)
    os.sched_setaffinity(0, {cores.rest})  # and all that is started from here
    missing = missing_peers()
    for name, why in missing.items():
        console.print(f"{name} is left out: {why}", style="yellow", markup=False)
    text = f"{plan.rounds} rounds of {plan.seconds:g} s (latency and refusals: {plan.short:g} s)"
    machine = describe(gateway, cores, text)
    tables: list[Table] = []
    began = time.monotonic()
    for name in chosen:
        try:
            with Processes() as processes:
                field = Field(processes, cores, gateway, missing)
                tables.append(SCENARIOS[name](field, plan))
        except BenchError as error:
            tables.append(Table(name, name.capitalize(), [], failed=str(error)))
        report.show(tables[-1], console)
    machine["Measured"] += f", in {time.monotonic() - began:.0f} s"
    return tables, machine


if __name__ == "__main__":
    main(prog_name="python -m bench")
