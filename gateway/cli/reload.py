"""`gateway reload`."""

import sys
from pathlib import Path

import click

from gateway.cli.common import REFUSED, ask, config_option, json_option, print_json


@click.command()
@config_option
@json_option
def command(config: Path, as_json: bool) -> None:
    """Have a running gateway take up its changed configuration.

    No connection is dropped. A configuration that is wrong is refused whole, with all that is
    wrong, and the old one stays in force. The gateway reads the file it was started with.
    """
    _, result = ask(config, "POST", "/reload")
    if as_json:
        print_json(result)
    elif result["done"]:
        for warning in result["warnings"]:
            click.echo(f"warning: {warning}", err=True)
        click.echo(f"configuration {result['generation']} is in force")
    else:
        click.echo(result["error"], err=True)
        click.echo("refused; the old configuration stays in force", err=True)
    if not result["done"]:
        sys.exit(REFUSED)
