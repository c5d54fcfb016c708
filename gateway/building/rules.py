"""The rules out of settings and the ruleset that was read with them."""

from gateway.building.filters import Fold, fold
from gateway.clock import Clock
from gateway.config import Loaded
from gateway.errors import OperatorError
from gateway.filters.base import Filter
from gateway.filters.rules import Rules
from gateway.rules.assembly import assembled
from gateway.rules.conditions import Place
from gateway.rules.engine import Engine, Levels
from gateway.rules.loader import Ruleset, today
from gateway.rules.patterns import PatternError
from gateway.rules.search import zoned
from gateway.settings.models import Settings
from gateway.settings.rules import RulesModel
from gateway.verdict import Action, Verdict

BEYOND = Verdict(Action.BLOCK, "body-beyond")
UNREADABLE = Verdict(Action.BLOCK, "body-unreadable")


def engine(loaded: Loaded, clock: Clock, place: Place | None) -> Engine | None:
    """Ready to be asked; None where there are no rules. Raises OperatorError."""
    settings = loaded.settings.rules
    if settings.path is None or not loaded.ruleset.rules:
        return None
    try:
        return built(loaded.ruleset, loaded.settings, clock, place)
    except PatternError as error:
        raise OperatorError(f"{loaded.input(settings.path)}: {error}") from None


def built(ruleset: Ruleset, settings: Settings, clock: Clock, place: Place | None) -> Engine:
    """Raises PatternError where the patterns do not fit."""
    rules = settings.rules
    folded: Fold = fold(settings)
    return assembled(
        ruleset,
        today(clock),
        levels=_levels(rules, folded),
        inspect=rules.body.inspect,
        place=place,
        now=zoned(clock, rules.zone),
        beyond=BEYOND if rules.body.beyond == "refuse" else None,
        unreadable=UNREADABLE if rules.body.unreadable == "refuse" else None,
        fold=folded,
    )


def rules_filter(settings: RulesModel, found: Engine | None) -> list[Filter]:
    if found is None:
        return []
    return [Rules(found, shadow=settings.shadow, fails_closed=settings.on_error == "refuse")]


def _levels(rules: RulesModel, folded: Fold) -> Levels:
    by_path = [(folded(one.path), one.level, one.threshold) for one in rules.paths]
    return Levels(rules.level, rules.threshold, by_path)
