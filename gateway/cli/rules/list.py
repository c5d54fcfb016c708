"""`gateway rules list`."""

from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from gateway.cli.common import config_option, json_option, print_json
from gateway.cli.rules.common import Bench, effect, folder_option
from gateway.rules.models import RuleModel

_COLOURS: Final = {"off": "dim", "shadow": "yellow", "enforce": ""}


@click.command()
@config_option
@folder_option
@json_option
@click.option("--mode", help="Only those in this mode: off, shadow, enforce, 10%.")
@click.argument("words", metavar="[WORD]...", nargs=-1)
def command(
    config: Path, folder: Path | None, as_json: bool, mode: str | None, words: tuple[str, ...]
) -> None:
    """List the rules: all, or those in whose name, title or references each WORD stands."""
    bench = Bench(config, folder, as_json=as_json)
    rules = [one for one in bench.ruleset.rules if _fits(one, mode, words)]
    if as_json:
        print_json(
            [
                one.model_dump(mode="json", by_alias=True, exclude={"when", "tests"})
                | {"place": str(bench.ruleset.places[one.id])}
                for one in rules
            ]
        )
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rule", "then", "mode", "level", "severity", "title"):
        table.add_column(name, overflow="fold")
    for one in rules:
        mode_told = one.mode + (f" until {one.expires}" if one.expires else "")
        row = (one.id, effect(one), mode_told, str(one.level), one.severity, one.title)
        table.add_row(*row, style=_COLOURS.get(one.mode, "yellow"))
    Console(highlight=False).print(table)
    click.echo(f"{len(rules)} of {len(bench.ruleset.rules)} rules")


def _fits(rule: RuleModel, mode: str | None, words: tuple[str, ...]) -> bool:
    text = " ".join((rule.id, rule.title, rule.owner, *rule.refs)).casefold()
    return (mode is None or rule.mode == mode) and all(word.casefold() in text for word in words)
