"""`gateway rules profile`."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from gateway.cli.common import config_option, json_option, print_json
from gateway.cli.rules.common import Bench, folder_option
from gateway.rules.engine import Engine
from gateway.rules.given import from_log
from gateway.rules.line import Made, made
from gateway.rules.subject import Subject

_ROUNDS: Final = 5
_MOST: Final = 20_000  # requests of a log that are measured
_NANO: Final = 1e-3  # in microseconds


@click.command()
@config_option
@folder_option
@json_option
@click.option(
    "--log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An access log with the requests to measure.  [default: the rules' own misses]",
)
@click.option("--top", default=20, show_default=True, help="How many rules are shown.")
def command(config: Path, folder: Path | None, as_json: bool, log: Path | None, top: int) -> None:
    """Measure what each rule costs.

    asked: the share of requests for which the rule had to be asked, because something it needs was
    found; cost: CPU time of asking it once; of all: its cost over all requests. What all rules cost
    together, in searching for what they need, is told below.
    """
    bench = Bench(config, folder)
    requests = _requests(bench, log)
    if not requests:
        raise click.UsageError("there is nothing to measure: the rules have no misses; use --log")
    engine = bench.engine()
    rows = _measured(engine, requests)
    search = min(_timed(lambda: _searched(engine, requests)) for _ in range(_ROUNDS))
    per_request = search / len(requests)
    if as_json:
        print_json({"requests": len(requests), "search_us": per_request, "rules": rows})
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rule", "asked", "cost µs", "of all µs"):
        table.add_column(name, justify="left" if name == "rule" else "right")
    for row in rows[:top]:
        table.add_row(
            row["rule"], f"{row['asked']:.1%}", f"{row['cost_us']:.1f}", f"{row['of_all_us']:.2f}"
        )
    Console(highlight=False).print(table)
    click.echo(
        f"{len(requests):,} requests; the search costs {per_request:.1f} µs a request, "
        f"asking rules {sum(row['of_all_us'] for row in rows):.1f} µs"
    )


def _requests(bench: Bench, log: Path | None) -> list[Made]:
    if log is None:
        return [made(test) for rule in bench.ruleset.rules for test in rule.tests.misses]
    found: list[Made] = []
    with log.open(encoding="utf-8", errors="replace") as lines:
        for logged in from_log(iter(lines)):
            if logged is not None:
                found.append(logged.made)
            if len(found) >= _MOST:
                break
    return found


def _searched(engine: Engine, requests: list[Made]) -> None:
    for one in requests:
        engine.index.candidates(Subject(one.request, one.body or None))


def _ask(engine: Engine, number: int, subject: Subject) -> None:
    engine.rules[number].holds(engine.search(subject))


def _measured(engine: Engine, requests: list[Made]) -> list[dict[str, Any]]:
    asked = [0] * len(engine.rules)
    spent = [0.0] * len(engine.rules)
    for one in requests:
        subject = Subject(one.request, one.body or None)
        numbers = engine.asked(subject)
        for number in numbers:
            asked[number] += 1
            # A search of its own for each: what rules share is charged to each that asks.
            asking = functools.partial(_ask, engine, number, subject)
            spent[number] += min(_timed(asking) for _ in range(_ROUNDS))
    total = len(requests)
    rows = [
        {
            "rule": rule.id,
            "asked": asked[number] / total,
            "cost_us": spent[number] / asked[number] if asked[number] else 0.0,
            "of_all_us": spent[number] / total,
        }
        for number, rule in enumerate(engine.rules)
    ]
    return sorted(rows, key=lambda row: -float(str(row["of_all_us"])))


def _timed(run: Callable[[], object]) -> float:
    """CPU microseconds."""
    began = time.process_time_ns()
    run()
    return (time.process_time_ns() - began) * _NANO
