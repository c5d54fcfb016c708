"""`gateway level`."""

from pathlib import Path

import click

from gateway.cli.common import ask, config_option, fail, forced, json_option, print_json
from gateway.clock import SECOND
from gateway.settings.units import parse_duration

_LEVELS = ("calm", "elevated", "under-attack", "auto")


@click.command()
@config_option
@json_option
@click.option(
    "--for",
    "span",
    default="1d",
    show_default=True,
    help="How long a level by hand holds, such as 30min, 2h or 3d; 30d at most.",
)
@click.argument("level", type=click.Choice(_LEVELS), required=False)
def command(config: Path, span: str, level: str | None, as_json: bool) -> None:
    """Show how alarmed the gateway is, or set a level by hand.

    A level by hand holds for a day, or as long as `--for` says, through reloads and restarts;
    `gateway level auto` ends it. `flood.level` in the configuration holds for good.
    """
    try:
        seconds = parse_duration(span) / SECOND
    except ValueError as error:
        fail(f"--for: {error}")
    if not 1 <= seconds <= 30 * 86_400:
        fail(f"--for: {span} is not within 1s and 30d")
    if level is None:
        status, found = ask(config, "GET", "/status")
        alarm = found.get("alarm")
    else:
        status, alarm = ask(config, "POST", f"/level/{level.replace('-', '_')}?seconds={seconds:g}")
    if status != 200:
        fail(f"the level cannot be told: {alarm or found}")
    if as_json:
        print_json(alarm)
        return
    click.echo(f"level {alarm['level'].replace('_', ' ')}{forced(alarm)}")
    if alarm["forced"] and alarm["watched"] != alarm["level"]:
        click.echo(f"  seen: {alarm['watched'].replace('_', ' ')}")
    for one in alarm["reasons"]:
        click.echo(f"  {one['signal']}: {one['value']:.3g}, usual {one['forecast']:.3g}")
    for one in alarm["findings"]:
        click.echo(f"  {one['kind']}: {one['share']:.0%} of the traffic")
