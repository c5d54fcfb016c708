"""`gateway level`."""

from pathlib import Path

import click

from gateway.cli.common import ask, config_option, fail, json_option, print_json

_LEVELS = ("calm", "elevated", "under-attack", "auto")


@click.command()
@config_option
@json_option
@click.argument("level", type=click.Choice(_LEVELS), required=False)
def command(config: Path, level: str | None, as_json: bool) -> None:
    """Show how alarmed the gateway is, or set a level by hand.

    A level by hand holds until `gateway level auto`, or a reload; `flood.level` in the
    configuration holds for good.
    """
    if level is None:
        status, found = ask(config, "GET", "/status")
        alarm = found.get("alarm")
    else:
        status, alarm = ask(config, "POST", f"/level/{level.replace('-', '_')}")
    if status != 200:
        fail(f"the level cannot be told: {alarm or found}")
    if as_json:
        print_json(alarm)
        return
    by = " by hand" if alarm["forced"] else ""
    click.echo(f"level {alarm['level'].replace('_', ' ')}{by}")
    if alarm["forced"] and alarm["watched"] != alarm["level"]:
        click.echo(f"  seen: {alarm['watched'].replace('_', ' ')}")
    for one in alarm["reasons"]:
        click.echo(f"  {one['signal']}: {one['value']:.3g}, usual {one['forecast']:.3g}")
    for one in alarm["findings"]:
        click.echo(f"  {one['kind']}: {one['share']:.0%} of the traffic")
