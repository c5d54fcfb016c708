"""What `gateway simulate` prints of its findings."""

import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.simulation.findings import Found

_WIDTH: Final = 110
_POLICIES: Final = {
    "draw": "lots are drawn, with shares of networks",
    "shuffle": "lots are drawn among tickets",
    "first-come": "first come, first served",
    "per-address": "a limit for each address",
}
_REACH: Final = {
    "likely": "a place is likely",
    "unsure": "perhaps",
    "beyond": "beyond today's places",
}


def show(found: Found) -> None:
    # Into a file nothing is broken for the width of a terminal.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    one = found["scenario"]
    if one["about"]:
        console.print(one["about"])
    console.print(
        f"{one['citizens']:,} citizens for {one['places']:,} places; {_POLICIES[one['policy']]}"
        f"{', tickets of persons' if one['identity'] == 'bound' else ''}; seed {one['seed']}, "
        f"{one['days']} {'day' if one['days'] == 1 else 'days'}\n"
    )
    console.print(_kinds(found))
    console.print(_ranges(found))
    for label, text in (*_brokers(found), *_places(found), *_told(found)):
        console.print(f"{label:<22}{text}", soft_wrap=True)


def _kinds(found: Found) -> Table:
    table = Table(title="Who got a place", title_justify="left", box=None, pad_edge=False)
    table.add_column("kind")
    for name in ("people", "tickets", "booked", "chance", "advantage", "wait", "95 % within"):
        table.add_column(name, justify="right")
    for kind in found["kinds"]:
        wait = kind["wait"]
        table.add_row(
            kind["name"] + (" (brokers)" if kind["broker"] else ""),
            f"{kind['people']:,}",
            f"{kind['tickets']:,}",
            f"{kind['booked']:,}",
            _part(kind["chance"]),
            "" if kind["advantage"] is None else f"{kind['advantage']:.2f}",
            _time(wait and wait["median"]),
            _time(wait and wait["p95"]),
        )
    return table


def _ranges(found: Found) -> Table:
    table = Table(
        title="\nThe range of waiting that was told", title_justify="left", box=None, pad_edge=False
    )
    table.add_column("after the opening")
    for name in ("told", "true", "came sooner", "came later", "to : from"):
        table.add_column(name, justify="right")
    for row in found["range"]:
        if row["told"]:
            table.add_row(
                row["when"],
                f"{row['told']:,}",
                _part(row["true"], 1),
                _part(row["sooner"], 1),
                _part(row["later"], 1),
                f"{row['high_to_low']:.1f}",
            )
    return table


def _brokers(found: Found) -> list[tuple[str, str]]:
    brokers, worst = found["brokers"], found["fairness"]["best_to_worst"]
    to_all, to_ready = _ratio(brokers["advantage"]), _ratio(brokers["advantage_to_ready"])
    lines = []
    if brokers["advantage"] is not None:
        lines.append(
            (
                "\nbrokers",
                (
                    f"{_part(brokers['part'])} of the places; for each customer {to_all} "
                    "times the chance of a citizen, "
                    f"{to_ready} of one who came in time and comes "
                    "when called"
                ),
            )
        )
    if worst is not None:
        lines.append(("fairness", f"best chance of a kind of citizens : worst = {worst:.2f}"))
    return lines


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _places(found: Found) -> list[tuple[str, str]]:
    places, days = found["places"], found["scenario"]["days"]
    taken = f"{places['most']:,} of {found['scenario']['places']:,}"
    if places["exceeded"]:
        taken += ": MORE THAN THERE ARE, which is a fault of the gateway"
    lines = [("places", f"{taken} taken, on {places['days_full']} of {days} days all")]
    if places["last_taken"] is not None:
        after = places["last_taken"] - places["platforms_best"]
        lines.append(
            (
                "last place",
                (
                    f"{_time(places['last_taken'])} after the opening; the platform's best is "
                    f"{_time(places['platforms_best'])}: {after:+.0f} s"
                ),
            )
        )
    return lines


def _told(found: Found) -> list[tuple[str, str]]:
    reach, called, polls = found["reach"], found["called"], found["polls"]
    refused = found["wrongly_refused"]
    told = "; ".join(
        f"{text}: {_part(reach[name]['called'])} called of {reach[name]['told']:,}"
        for name, text in _REACH.items()
    )
    over = called["told_of_the_end"]
    return [
        ("was told", told),
        (
            "called",
            (
                f"{called['called']:,}, came {called['entered']:,}; heard within "
                f"{_time(_p95(called['heard_after']))} (95 %); too late {called['too_late']:,}, of "
                f"those never in {called['never_in']:,}"
            ),
        ),
        ("told of the end", "-" if over is None else f"{_time(over['p95'])} after the opening"),
        (
            "looks a second",
            (
                f"{polls['mean']:,.0f} in the mean, {polls['most']:,} at most; allowed "
                f"{polls['bound']:,}, more in {polls['seconds_over']:,} s"
            ),
        ),
        (
            "refused wrongly",
            (
                f"{_part(refused['part'], 3)} of the citizens: {refused['form_in_vain']} filled in "
                f"the form in vain, {refused['left_as_told']} left as told and were called"
            ),
        ),
    ]


def _p95(spread: Found | None) -> int | None:
    return None if spread is None else spread["p95"]


def _part(part: float | None, digits: int = 2) -> str:
    return "-" if part is None else f"{part * 100:.{digits}f} %"


def _time(seconds: Any) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"
