"""`gateway check`."""

import sys
from pathlib import Path

import click

from gateway.app import Built
from gateway.cli.common import REFUSED, config_option, json_option, print_json
from gateway.clock import Clock
from gateway.config import ConfigError, Loaded, load
from gateway.errors import OperatorError


@click.command()
@config_option
@json_option
def command(config: Path, as_json: bool) -> None:
    """Say whether a configuration is right, and all that is wrong with it.

    Reads everything the gateway would read (lists, certificates, databases), opens no port.
    """
    try:
        loaded = load(config)
        Built(loaded, Clock())
    except OperatorError as error:
        if as_json:
            faults = (
                [vars(fault) for fault in error.faults] if isinstance(error, ConfigError) else []
            )
            print_json({"right": False, "error": str(error), "faults": faults})
        else:
            click.echo(str(error), err=True)
        sys.exit(REFUSED)
    if as_json:
        print_json({"right": True, "warnings": loaded.warnings})
        return
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"{config} is right: {_summary(loaded)}")


def _summary(loaded: Loaded) -> str:
    settings = loaded.settings
    networks = sum(len(listed) for listed in loaded.lists.values())
    listen = ", ".join(str(entry.address) for entry in settings.listen)
    backends = ", ".join(settings.platform.backends)
    limits = ", ".join(limit.told for limit in settings.limits) or "none"
    geo = settings.geo
    known = [name for name in ("country", "asn") if getattr(geo, name) is not None]
    databases = " and ".join(known) + " database" if known else "no country database, so no geo"
    return (
        f"listens on {listen}, forwards to {backends}; {networks} listed networks, "
        f"limits: {limits}; {databases}"
    )
