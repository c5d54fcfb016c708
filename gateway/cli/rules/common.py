"""What the commands on rules share: which rules, and the engine made of them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from gateway.building.places import place_of, places
from gateway.building.rules import built
from gateway.cli.common import REFUSED, fail, print_json
from gateway.clock import Clock
from gateway.config import ConfigError, Loaded, load
from gateway.errors import OperatorError
from gateway.rules import loader
from gateway.rules.engine import Engine
from gateway.rules.loader import Ruleset
from gateway.rules.models import RuleModel
from gateway.rules.patterns import PatternError
from gateway.settings.suggest import did_you_mean

folder_option: Final[Callable[[Any], Any]] = click.option(
    "--rules",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the rules.  [default: rules.path of the configuration]",
)


class Bench:
    """A configuration and a ruleset, which need not be the configuration's own."""

    def __init__(self, config: Path, folder: Path | None, *, as_json: bool = False) -> None:
        try:
            self.loaded: Loaded = load(config, files=False)
            own = self.loaded.settings.rules.path
            if folder is None and own is None:
                fail(f"{config} has no rules.path: write it there, or use --rules FOLDER")
            self.folder = folder or self.loaded.input(own or Path())
            limits = self.loaded.settings.limits_of_rules
            self.ruleset: Ruleset = loader.load(self.folder, loader.today(Clock()), limits)
        except OperatorError as error:
            if as_json and isinstance(error, ConfigError):
                faults = [vars(one) for one in error.faults]
                print_json({"right": False, "faults": faults, "warnings": []})
                sys.exit(REFUSED)
            fail(str(error))

    def engine(self, ruleset: Ruleset | None = None) -> Engine:
        """Of `ruleset`, else of this one, with the configuration's levels."""
        known = places(self.loaded) if self.loaded.settings.geo.country else None
        try:
            return built(ruleset or self.ruleset, self.loaded.settings, Clock(), place_of(known))
        except (PatternError, OperatorError) as error:
            fail(f"{self.folder}: {error}")

    def rule(self, name: str) -> RuleModel:
        """The rule of that name; ends with a suggestion if there is none."""
        known = {model.id: model for model in self.ruleset.rules}
        if name not in known:
            close = did_you_mean(name, known).partition(" (there are")[0]
            fail(f"no rule is called {name!r}{close}; gateway rules list shows all")
        return known[name]


def effect(model: RuleModel) -> str:
    """What a hit leads to, in a word or two."""
    if isinstance(model.then, str):
        return model.then
    given = model.then.model_dump(exclude_none=True)
    return ", ".join(f"{name} {value}" for name, value in given.items())
