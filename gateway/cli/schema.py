"""`gateway schema`."""

import json
from pathlib import Path

import click

from gateway.cli.common import fail
from gateway.config import json_schema


@click.command()
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)
def command(out: Path | None) -> None:
    """Write the configuration's JSON Schema, for editors.

    Editors that speak YAML complete and check the file when its first line is

    \b
        # yaml-language-server: $schema=gateway.schema.json
    """
    text = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")
