"""`gateway status`."""

import time
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cli.common import (
    NOT_RUNNING,
    ask,
    config_option,
    fail,
    forced,
    json_option,
    print_json,
)

_MIB: Final = 1024 * 1024


@click.command()
@config_option
@json_option
@click.option("-w", "--watch", is_flag=True, help="Show it anew each second, until Ctrl-C.")
def command(config: Path, as_json: bool, watch: bool) -> None:
    """Show a running gateway in one screen.

    Workers, requests a second by what became of them, who was refused by what, the backends and
    their health. Rates are those of the last ten seconds.
    """
    if as_json:
        print_json(_asked(config))
        return
    console = Console(highlight=False)
    if not watch:
        console.print(_screen(_asked(config)))
        return
    try:
        with Live(_screen(_asked(config)), console=console, screen=True) as live:
            while True:
                time.sleep(1)
                live.update(_screen(_asked(config)))
    except KeyboardInterrupt:
        pass


def _asked(config: Path) -> dict[str, Any]:
    code, status = ask(config, "GET", "/status")
    if code != 200:
        fail(status["error"], NOT_RUNNING)
    found: dict[str, Any] = status
    return found


def _screen(status: dict[str, Any]) -> Group:
    return Group(
        *_head(status),
        _alarm(status["alarm"]),
        _requests(status),
        *([_refused(status)] if status["refused_by"] or status["shadowed"] else []),
        *([_blocks(status)] if status["blocks"] else []),
        *([_challenges(status["challenges"])] if status["challenges"]["issued"] else []),
        _backends(status),
        _workers(status),
    )


_COLOURS: Final = {"calm": "green", "elevated": "yellow", "under_attack": "red"}


def _alarm(alarm: dict[str, Any]) -> Text:
    level = alarm["level"]
    text = Text.assemble("level ", (level.replace("_", " "), _COLOURS[level]))
    if alarm["forced"]:
        text.append(f"{forced(alarm)} (seen: {alarm['watched'].replace('_', ' ')})")
    if alarm["lockout"]:
        text.append(f"  ·  WE MAY BE THE OUTAGE: {', '.join(alarm['lockout'])}", "red")
    for one in alarm["reasons"]:
        text.append(f"  ·  {one['signal']} {one['value']:.3g}, usual {one['forecast']:.3g}")
    for one in alarm["findings"]:
        text.append(f"  ·  {one['kind']}, {one['share']:.0%} of all")
    return text


def _blocks(status: dict[str, Any]) -> Table:
    table = _table("\nBlocks in force", "who and why", "blocks")
    for row in status["blocks"][:10]:
        name = f"{row['scope']} · {row['reason']}"
        table.add_row(
            name if row["measure"] == "block" else f"{name} (challenge)", str(row["blocks"])
        )
    return table


def _challenges(counts: dict[str, int]) -> Text:
    return Text(
        f"\nChallenges  {counts['issued']:,} handed out  ·  {counts['passed']:,} met  ·  "
        f"{counts['failed']:,} answered wrongly, too early or too late"
    )


def _head(status: dict[str, Any]) -> list[Text]:
    connections = status["connections"]
    lines = [
        Text.assemble(
            (f"Dawr {status['version']}", "bold"),
            f"  listens on {', '.join(status['listen'])}",
            f"  ·  {status['config']} (generation {status['generation']})",
        ),
        Text(
            f"{connections['open']} connections open, {connections['idle']} of them idle, "
            f"{connections['tunnels']} tunnels  ·  {status['restarts']} restarts of children"
        ),
    ]
    if not status["last_reload_worked"]:
        lines.append(
            Text("The last reload was refused: the configuration before it is in force.", "red")
        )
    return lines


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", style=None)
    return table


def _requests(status: dict[str, Any]) -> Table:
    table = _table("\nRequests", "decision", "a second", "since the start")
    for decision, count in sorted(status["requests"].items(), key=lambda one: -one[1]):
        rate = status["requests_per_second"].get(decision, 0.0)
        table.add_row(decision, f"{rate:,.1f}", f"{count:,}")
    if not status["requests"]:
        table.add_row("none yet", "", "")
    for name, label in (("total", "answered within"), ("own", "of it ours")):
        found = status["latency_seconds"].get(name, {})
        if found.get("p50") is not None:
            p99 = found["p99"]
            tail = f"{p99 * 1000:g} ms" if p99 is not None else "more than 30 s"
            table.add_row(label, f"{found['p50'] * 1000:g} ms", f"p99 {tail}")
    return table


def _refused(status: dict[str, Any]) -> Table:
    table = _table("\nRefused by", "filter and rule", "requests")
    for row in status["refused_by"][:12]:
        name = " · ".join(part for part in (row["filter"], row["rule"]) if part)
        table.add_row(name or row["decision"], f"{row['requests']:,}")
    for row in status["shadowed"][:6]:
        table.add_row(f"{row['filter']} · {row['rule']} (shadow: not done)", f"{row['requests']:,}")
    return table


def _backends(status: dict[str, Any]) -> Table:
    table = _table(
        "\nBackends",
        "backend",
        "health",
        "at work",
        "of at most",
        "waiting",
        "turned away",
        "requests",
        "failed",
    )
    for row in status["backends"]:
        health = "up" if row["up"] else "DOWN"
        if not row["checked"]:
            health = "not checked" if row["up"] else "FAILS"
        if row["ejected_by"]:
            health += ", ejected"
        if row["pressed_in"]:
            health += ", PRESSED"
        row["turned_away"] = sum(row["shed"].values())
        names = ("in_flight", "limit", "waiting", "turned_away", "requests", "failures")
        table.add_row(row["url"], health, *(f"{row[name]:,}" for name in names))
    return table


def _workers(status: dict[str, Any]) -> Table:
    table = _table("\nWorkers", "worker", "pid", "up", "connections", "requests", "MiB", "CPU s")
    for row in status["workers"]:
        table.add_row(
            str(row["worker"]),
            str(row["pid"]),
            _span(row["uptime_seconds"]),
            f"{row['connections']:,}",
            f"{row['requests']:,}",
            f"{row['memory_bytes'] / _MIB:.0f}",
            f"{row['cpu_seconds']:.1f}",
        )
    missing = status["workers_wanted"] - len(status["workers"])
    if missing > 0:
        table.add_row(f"{missing} do not answer", *[""] * 6)
    return table


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
