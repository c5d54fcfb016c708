"""`gateway version`."""

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from gateway import __version__
from gateway.cli.common import json_option, print_json
from gateway.http import framing


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Say what is installed.

    "compiled" tells whether the data plane runs as machine code (mypyc) or is interpreted.
    """
    found = {
        "version": __version__,
        "python": platform.python_version(),
        "uvloop": _installed("uvloop"),
        "compiled": not str(framing.__file__).endswith(".py"),
    }
    if as_json:
        print_json(found)
        return
    how = "compiled" if found["compiled"] else "interpreted"
    click.echo(
        f"Dawr {found['version']} ({how}), Python {found['python']}, uvloop {found['uvloop']}"
    )
