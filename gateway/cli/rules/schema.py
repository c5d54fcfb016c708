"""`gateway rules schema`."""

import json
from pathlib import Path

import click

from gateway.cli.common import fail
from gateway.rules.reference import json_schema


@click.command()
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)
def command(out: Path | None) -> None:
    """Write the JSON Schema of a file of rules, for editors.

    Editors that speak YAML complete and check a file of rules when its first line is

    \b
        # yaml-language-server: $schema=rules.schema.json
    """
    text = schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")


def schema_text() -> str:
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
