"""`gateway rules replay`."""

from collections import Counter, defaultdict
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from gateway.cli.common import config_option, json_option, print_json
from gateway.cli.rules.common import Bench, folder_option
from gateway.rules.engine import Engine
from gateway.rules.given import Logged, from_log

_SHOWN: Final = 3
_MOST: Final = 100_000  # clients that are remembered
PASSED: Final = "passed on"


class Replay:
    """What a new ruleset makes of requests, beside an old one."""

    def __init__(self, new: Engine, old: Engine | None, booked: tuple[str, str]) -> None:
        self.requests = 0
        self.unread = 0
        self.changed: Counter[tuple[str, str]] = Counter()  # from, to
        self.examples: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.clients: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.booked: set[str] = set()
        self._new = new
        self._old = old
        self._booked = booked

    def take(self, logged: Logged | None) -> None:
        if logged is None:
            self.unread += 1
            return
        self.requests += 1
        method, path = self._booked
        if logged.method == method and logged.path.startswith(path) and logged.status < 400:
            self.booked.add(logged.client)
        change = (self._outcome(self._old, logged), self._outcome(self._new, logged))
        if change[0] == change[1]:
            return
        self.changed[change] += 1
        if len(self.examples[change]) < _SHOWN:
            self.examples[change].append(f"{logged.client} {logged.method} {logged.path}")
        if len(self.clients[change]) < _MOST:
            self.clients[change].add(logged.client)

    def _outcome(self, engine: Engine | None, logged: Logged) -> str:
        verdict = engine.head(logged.made.request) if engine else None
        if verdict is None:
            return PASSED
        told = f"{verdict.action.value} by {verdict.rule}"
        return f"{told}, in shadow" if verdict.shadow else told

    def told(self) -> list[dict[str, Any]]:
        return [
            {
                "before": before,
                "after": after,
                "requests": count,
                "clients": len(self.clients[before, after]),
                "networks": _networks(self.clients[before, after]),
                "booked": len(self.clients[before, after] & self.booked),
                "examples": self.examples[before, after],
            }
            for (before, after), count in self.changed.most_common()
        ]


def _networks(clients: set[str]) -> dict[str, int]:
    """The networks (/24, /48) with most of them."""
    found = Counter(
        str(ip_network((client, 48 if ":" in client else 24), strict=False)) for client in clients
    )
    return dict(found.most_common(_SHOWN))


@click.command()
@config_option
@folder_option
@json_option
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the rules as they were; without it: no rules.",
)
@click.option(
    "--booked",
    default="POST /booking",
    show_default=True,
    help="A request whose success makes a client one that booked.",
)
@click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(
    config: Path, folder: Path | None, as_json: bool, against: Path | None, booked: str, log: Path
) -> None:
    """Say what the rules would have made of the requests in an access log.

    LOG is ours, as JSON or combined, or another server's in the combined format. A log holds no
    bodies, two headers, and values of queries only where access_log.mask_query leaves them; what
    rules look for elsewhere is not found. Clients that booked later are told apart: to refuse them
    is a sign of a bad rule.
    """
    bench = Bench(config, folder)
    old = None if against is None else Bench(config, against).engine()
    method, _, path = booked.partition(" ")
    replay = Replay(bench.engine(), old, (method, path))
    with log.open(encoding="utf-8", errors="replace") as lines:
        for logged in from_log(iter(lines)):
            replay.take(logged)
    if as_json:
        print_json({"requests": replay.requests, "unread": replay.unread, "changes": replay.told()})
        return
    _print(replay)


def _print(replay: Replay) -> None:
    changes = replay.told()
    if changes:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("requests", "clients", "booked", "before", "after", "networks", "examples"):
            table.add_column(name, justify="right" if name in {"requests", "clients"} else "left")
        for one in changes:
            table.add_row(
                f"{one['requests']:,}", f"{one['clients']:,}", f"{one['booked']:,}",
                one["before"], one["after"],
                "\n".join(f"{network} ({n})" for network, n in one["networks"].items()),
                "\n".join(one["examples"]),
            )  # fmt: skip
        Console(highlight=False).print(table)
    total = sum(one["requests"] for one in changes)
    click.echo(f"{total:,} of {replay.requests:,} requests would be treated otherwise")
    if replay.unread:
        click.echo(f"{replay.unread:,} lines held no request", err=True)
