"""`gateway rules show`."""

from itertools import takewhile
from pathlib import Path

import click
from rich.console import Console
from rich.syntax import Syntax

from gateway.cli.common import config_option, json_option, print_json
from gateway.cli.rules.common import Bench, folder_option


@click.command()
@config_option
@folder_option
@json_option
@click.argument("id", metavar="RULE")
def command(config: Path, folder: Path | None, as_json: bool, id: str) -> None:
    """Show a rule as it is written, and where."""
    bench = Bench(config, folder)
    model, place = bench.rule(id), bench.ruleset.places[id]
    if as_json:
        found = model.model_dump(mode="json", by_alias=True, exclude_none=True)
        print_json(found | {"place": str(place)})
        return
    lines = Path(place.file).read_text("utf-8").splitlines()[place.line - 1 :]
    own = [lines[0], *takewhile(lambda line: not line.startswith("-"), lines[1:])]
    click.echo(f"# {place}")
    Console().print(Syntax("\n".join(own).rstrip(), "yaml", background_color="default"))
