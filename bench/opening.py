"""`python -m bench.opening`: the opening of a booking day, before four defences in turn.

20,000 citizens and the bots of 100 broker offices (`bench/day.py`) come for 2,000 places of the
bundled demo platform, with real processes and sockets from addresses of 127.0.0.0/8.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import defences, report
from bench.chances import NEVER, Outcome
from bench.day import BEST, DIRECT, DRAW, FIRST, Day
from bench.figures import Column, Goal, Row, Table, Value
from bench.machine import describe, missing_peers
from bench.options import gateway_option, json_option, write_option
from bench.peers import DAWR, NGINX, Field
from bench.processes import REPOSITORY, BenchError, Processes, choose_cores
from bench.sections import OPENING
from bench.stage import BASE_MS, DIRECT_SECONDS, PARTS, SURPLUS, Defence, Stage

_FAIRNESS: Final = REPOSITORY / "docs" / "fairness.md"
_BEST: Final = Defence("the platform's own best", BEST)
FIRST_COME: Final = f"{DAWR}, first come first served"
DRAWN: Final = f"{DAWR}, draw and shares"
DEFENCES: Final = (
    Defence("no gateway", DIRECT),
    Defence("nginx, limit_req by address", DIRECT, NGINX),
    Defence(FIRST_COME, FIRST),
    Defence(DRAWN, DRAW),
)
_LATER: Final = 300.0  # seconds behind the platform's own best, at most

_WHO: Final = [
    Column("citizens", "places to citizens, %", 1),
    Column("brokers", "to brokers, %", 1),
    Column("own", "chance with an own address, %", 2),
    Column("carrier", "behind a carrier, %", 2),
    Column("ratio", "own ÷ carrier", 2),
    Column("customer", "of a broker's customer, %", 2),
    Column("advantage", "brokers' advantage", 2),
    Column("wrongly", "citizens refused, %", 2),
]
_HOW: Final = [
    Column("taken", "places taken", 0),
    Column("last", "last place after, s", 1),
    Column("busiest", "platform's busiest second, answers", 0),
    Column("errors", "its errors, %", 2),
    Column("p99", "p99, ms", 0),
    Column("polls", "polls a second", 0),
    Column("polls_most", "at most, over 10 s", 0),
    Column("over_p50", "told that it is over, s: half", 1),
    Column("over_p99", "99 %", 1),
    Column("over_all", "all", 1),
]
_TRUTH: Final = [
    Column("right", "ranges that held, %", 1),
    Column("vain", "for numbers never called, %", 1),
    Column("likely", "called of “likely”, %", 1),
    Column("unsure", "of “not sure”, %", 1),
    Column("beyond", "of “beyond”, %", 1),
    Column("lost", "numbers that changed", 0),
    Column("turned_back", "called, and sent back to wait", 0),
    Column("worker", "CPU, s: workers", 1),
    Column("control", "control", 1),
    Column("valkey", "Valkey", 1),
    Column("platform", "platform", 1),
    Column("cast", "the visitors", 1),
]

_ABOUT: Final = """
`make opening`. {citizens:,} citizens come for {places:,} places of the bundled demo platform, which
offers them in four branches on five days; {behind:.0%} of them sit behind {carriers} shared
networks, an address each, the others have an address of their own. {offices} broker offices have
{addresses} addresses each and {bots} bots at an address: {customers:,} bots. A bot has cookies of
its own and books for one real customer, whose national number nobody else uses. It comes first
wherever being first is worth something, takes no time to fill in the form, makes no mistake, and
asks again half a second to two after something went wrong; a citizen needs three to ten seconds for
the form, and three to eight to ask again. Who is told that a day is full looks at what is left.
Nobody gives up but the {absent:.0%} of the citizens who wait and do not come when called;
{closing:.0%} close the browser for ten to twenty seconds, and every second of them comes back from
another network.

*No gateway*, and *nginx*: bots ask within half a second of the opening, citizens within some five.
nginx has the attack's *narrow* limits: an address may ask {narrow.rate}/s, burst {narrow.burst},
and may have {narrow.connections} connections. *First come first served*: a room whose pre-queue has
no length, so that nobody is drawn; all come at the opening, as above. *Draw and shares*: all come
in a pre-queue of {prequeue:g} s, bots in its first seconds, {late:.0%} of the citizens only after
the draw; the {carriers} networks are listed with `share: auto` and nothing has been learnt yet, so
that each stands for as many people as come; any other address stands for one. Each defence has a
platform of its own. Behind a room it has {surplus:.0%} of the places, so that it is the room that
stops.

*Chance*: bookings for each citizen of that kind, of all who came, the absent too. *Brokers'
advantage*: bookings for each customer of a broker over a citizen's chance. *Refused*: citizens who
at least once were answered with anything but what they asked for or a place in the room, turned
away, or not answered within ten seconds.
"""
_ABOUT_HOW: Final = """
*The platform's own best*: its form and booking asked by 50 at once, who take no time: {best:.1f} s
for all places. *Last place*: seconds from the opening. *Errors*: of the requests for the platform's
pages, those it did not answer within ten seconds, turned away, or answered with 5xx; *p99* of the
others. A page takes it {base} ms, up to 50 at once. *Polls*: looks of all who wait; the room is
told to keep them below {polls:,} a second. *Told that it is over*: of all who got no place, counted
from the moment of the last place; *never*: the run ended before, {direct:g} s after the opening
without a room, {seconds:g} s with one.
"""
_ABOUT_TRUTH: Final = """
The room lets {rate} people a second in, gives them {grace:g} s to come and {total:g} s inside;
pre-queue and day are as short. *Ranges that held*: of the ranges of waiting told to every eighth
visitor with each look, those within which (give or take 1.5 s) the number was called, of numbers
that were called in the end; *for numbers never called*: of all ranges told. *Called of “likely”*:
of the times that somebody was told that today's places will likely reach the number, and so on.
*CPU*: seconds of each process from five seconds before the first visitor to the end; {workers}
workers share a core, all else is on the other one. The visitors are {parts} processes. {verified}
"""


def tables_of(
    day: Day, outcomes: dict[str, Outcome], best: Outcome, verified: dict[str, str], workers: int
) -> tuple[Table, Table, Table]:
    """Who got a place, how it went, what people were told."""
    rooms = {one.name for one in DEFENCES if one.mode != DIRECT}
    numbers = {name: one.figures() for name, one in outcomes.items()}
    values: dict[str, dict[str, Value]] = {
        name: {key: "never" if value == NEVER else value for key, value in found.items()}
        for name, found in numbers.items()
    }
    for name, outcome in outcomes.items():
        values[name].update(outcome.cpu)
        if name not in rooms:
            for key in ("polls", "polls_most"):
                del values[name][key]
    who = Table("opening", "The opening: who gets a place", _WHO)
    how = Table("opening-load", "The opening: how it goes", _HOW)
    truth = Table("opening-room", "The opening: what is told in the room", _TRUTH)
    for table in (who, how, truth):
        table.rows = [
            Row(name, found)
            for name, found in values.items()
            if table is not truth or name in rooms
        ]
        table.raw = {
            name: {one.key: [found[one.key]] for one in table.columns if one.key in found}
            for name, found in numbers.items()
        }
    who.how = report.paragraphs(
        _ABOUT.format(
            **day.__dict__, customers=day.customers, narrow=defences.NARROW, surplus=SURPLUS
        )
    )
    how.how = report.paragraphs(
        _ABOUT_HOW.format(
            best=best.last_place(),
            base=BASE_MS,
            polls=defences.POLLS,
            direct=DIRECT_SECONDS,
            seconds=day.seconds,
        )
    )
    said = " ".join(
        "The published draw was checked by the published verify_draw.py: "
        + (f"WRONG ({found})." if found else "right.")
        for found in verified.values()
    )
    truth.how = report.paragraphs(
        _ABOUT_TRUTH.format(
            rate=defences.RATE, grace=defences.GRACE, total=defences.TOTAL, workers=workers,
            parts=PARTS, verified=said,
        )
    )  # fmt: skip
    truth.goals = goals_of(day, outcomes, best, verified)
    return who, how, truth


def goals_of(
    day: Day, outcomes: dict[str, Outcome], best: Outcome, verified: dict[str, str]
) -> list[Goal]:
    goals: list[Goal] = []
    for name in (FIRST_COME, DRAWN):
        outcome = outcomes.get(name)
        if outcome is None:
            continue
        if name == DRAWN:
            ratio = outcome.ratio()
            goals += [
                Goal(f"{name}: places to brokers", outcome.figures()["brokers"], 5, " %", 1),
                Goal(f"{name}: brokers' advantage", outcome.advantage(), 1.0, "×"),
                Goal(f"{name}: chances by kind of network apart",
                     max(ratio, 1 / ratio if ratio else NEVER), 2, "×"),
            ]  # fmt: skip
        goals += [
            Goal(f"{name}: citizens refused", outcome.wrongly(), 0.1, " %"),
            Goal(f"{name}: places beyond the quota", max(0, outcome.taken - day.places), 0, "", 0),
            Goal(f"{name}: last place behind the platform's own best",
                 outcome.last_place() - best.last_place(), _LATER, " s", 0),
            Goal(f"{name}: polls a second", outcome.figures()["polls_most"], defences.POLLS, "", 0),
        ]  # fmt: skip
        if name in verified:
            goals.append(
                Goal(
                    f"{name}: faults that verify_draw.py finds", int(bool(verified[name])), 0, "", 0
                )
            )
    return goals


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@gateway_option
@click.option(
    "--citizens", type=click.IntRange(200, 40_000), default=Day.citizens, show_default=True,
    help="All else in proportion.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option(
    "--defence", "names", multiple=True, type=click.Choice([one.name for one in DEFENCES]),
    help="Only this one; may be given again.",
)  # fmt: skip
@json_option
@write_option
def main(
    gateway: Path, citizens: int, workers: int, names: tuple[str, ...], json_file: Path | None,
    write: bool,
) -> None:  # fmt: skip
    """Open a booking day before no gateway, nginx and two kinds of room; say who got what.

    Takes some eight minutes.
    """
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = choose_cores(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores.rest})
    day = Day().scaled(citizens)
    machine = describe(gateway, cores, "once")
    say = lambda text: console.print(text, style="dim", highlight=False, markup=False)  # noqa: E731
    began = time.monotonic()
    try:
        with Processes() as processes:
            stage = Stage(Field(processes, cores, gateway, missing_peers()), day, workers, say)
            say(_BEST.name)
            best = stage.play(_BEST, "best")
            outcomes: dict[str, Outcome] = {}
            for number, defence in enumerate(DEFENCES):
                if (names and defence.name not in names) or not stage.field.has(defence.program):
                    continue
                say(defence.name)
                outcomes[defence.name] = stage.play(defence, f"o{number}")
    except BenchError as error:
        console.print(f"The bench cannot go on: {error}", style="red", markup=False)
        sys.exit(1)
    machine["Measured"] = f"once, in {time.monotonic() - began:.0f} s"
    tables = tables_of(day, outcomes, best, stage.verified, workers)
    for table in tables:
        report.show(table, console)
    if json_file is not None:
        json_file.write_text(report.as_json(list(tables), machine) + "\n", "utf-8")
    if write:
        OPENING.write(machine, *tables)
        if _FAIRNESS.exists():
            OPENING.write(machine, tables[0], page=_FAIRNESS)


if __name__ == "__main__":
    main(prog_name="python -m bench.opening")
