"""`gateway simulate`: booking days played without sockets, by the waiting room's own code."""

import sys
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.cli.common import REFUSED, fail, json_option, print_json
from gateway.cli.simulated import show
from gateway.settings.source import ConfigError
from gateway.simulation.diary import Diary
from gateway.simulation.findings import Found, play
from gateway.simulation.plots import ENDINGS, PlotError, draw_plots
from gateway.simulation.scenario import POLICIES, Scenario, load

_USED_WRONGLY: Final = 2
_FOLDERS: Final = (
    Path("config/simulations"),
    Path(__file__).resolve().parents[2] / "config/simulations",
    Path("/etc/dawr/simulations"),
)


@click.command()
@click.argument("scenario", required=False)
@click.option("--seed", type=click.IntRange(0), help="Other days than the scenario's seed gives.")
@click.option("--days", type=click.IntRange(1, 1000), help="How many are played.")
@click.option("--citizens", type=click.IntRange(1), help="So many; all else in proportion.")
@click.option("--policy", type=click.Choice(POLICIES), help="Who is called first.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw chances, the day's course, waiting and looks: FILE.svg or FILE.png.",
)
@json_option
def command(
    scenario: str | None,
    seed: int | None,
    days: int | None,
    citizens: int | None,
    policy: str | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Play the booking days of SCENARIO, a YAML file or the name of a shipped one.

    Who gets the places, how long all wait, whether what they were told was true; by the same draw,
    shares and admission as in the gateway, on a platform that is described in the file. Without
    SCENARIO: those that are shipped.
    """
    if scenario is None:
        _list(as_json)
        return
    if plot is not None and plot.suffix.lower() not in ENDINGS:
        fail(f"{plot}: write a name that ends with {' or '.join(ENDINGS)}", _USED_WRONGLY)
    changes: dict[str, object] = {"seed": seed, "days": days, "policy": policy}
    try:
        played = _changed(load(_find(scenario)), changes, citizens)
    except (ConfigError, ValueError) as error:
        fail(str(error))
    found, diaries = _play(played)
    if plot is not None:
        try:
            draw_plots(played, found, diaries[0], plot)
        except (PlotError, OSError) as error:
            fail(str(error))
    if as_json:
        print_json(found)
    else:
        show(found)
    if found["places"]["exceeded"]:
        sys.exit(REFUSED)  # a fault of ours, that no day may show


def _find(name: str) -> Path:
    """A file, or one of the shipped scenarios by its name."""
    path = Path(name)
    if path.suffix or path.exists():
        return path
    known = _shipped()
    if name not in known:
        fail(f"there is no scenario {name!r}: name a YAML file, or one of {', '.join(known)}")
    return known[name]


def _shipped() -> dict[str, Path]:
    for folder in _FOLDERS:
        files = sorted(folder.glob("*.yaml"))
        if files:
            return {path.stem: path for path in files}
    return {}


def _list(as_json: bool) -> None:
    about = {name: _first_line(path) for name, path in _shipped().items()}
    if as_json:
        print_json(about)
        return
    if not about:
        fail(f"no scenarios are in {', '.join(str(folder) for folder in _FOLDERS)}")
    width = max(len(name) for name in about)
    for name, text in about.items():
        click.echo(f"{name:<{width}}  {text}")
    click.echo("\ngateway simulate NAME plays one; docs/simulation.md tells how to write your own")


def _first_line(path: Path) -> str:
    """What a scenario shows stands in its first line, as a comment."""
    return path.read_text("utf-8").partition("\n")[0].lstrip("# ")


def _changed(scenario: Scenario, changes: dict[str, object], citizens: int | None) -> Scenario:
    """As the options say. Raises ValueError."""
    if citizens is not None:
        scenario = scenario.scaled(citizens)
    given = {key: value for key, value in changes.items() if value is not None}
    return scenario.model_copy(update=given)


def _play(scenario: Scenario) -> tuple[Found, list[Diary]]:
    """With a bar on the terminal, if there is one."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"{scenario.people:,} visitors a day", total=1.0)
        return play(scenario, lambda done: progress.update(task, completed=done))
