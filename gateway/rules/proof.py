"""The tests inside rules, tried, whatever their rule's mode and level.

A hit must make its rule hold, a miss must not. That other rules hold of a miss is no failure here.
Hits are tried without what the file of exceptions says: an exception may well spare one.
"""

from typing import Final

from gateway.rules.assembly import as_written, rule
from gateway.rules.engine import Engine, Levels
from gateway.rules.line import LineError, made
from gateway.rules.loader import Ruleset
from gateway.rules.models import LEVELS, ExceptionEntry, RequestModel, RuleModel
from gateway.rules.subject import Subject
from gateway.settings.source import Fault

_EVERYTHING: Final = 1 << 30
NOON: Final = ("mon", 12 * 60, 0)  # tests are tried on a Monday at noon, of the year 1


class Outcome:
    """One test: `wrong` says what is wrong with it, "" if nothing."""

    __slots__ = ("hit", "request", "rule", "wrong")

    def __init__(self, rule: str, request: str, hit: bool, wrong: str) -> None:
        self.rule = rule
        self.request = request
        self.hit = hit
        self.wrong = wrong


def prove(ruleset: Ruleset) -> list[Outcome]:
    """Every test of every rule, in order. Raises PatternError."""
    if not ruleset.rules:
        return []
    engine = _engine(ruleset, ruleset.rules)
    own = [_without_entries(model) for model in ruleset.rules]
    hits = engine if own == ruleset.rules else _engine(ruleset, own)
    found: list[Outcome] = []
    for model in ruleset.rules:
        found += [_tried(hits, model, one, True) for one in model.tests.hits]
        found += [_tried(engine, model, one, False) for one in model.tests.misses]
    return found


def _without_entries(model: RuleModel) -> RuleModel:
    own = [one for one in model.except_ if not isinstance(one, ExceptionEntry)]
    return model if len(own) == len(model.except_) else model.model_copy(update={"except_": own})


def _engine(ruleset: Ruleset, models: list[RuleModel]) -> Engine:
    rules = [rule(model, ruleset, as_written) for model in models]
    return Engine(rules, Levels(LEVELS, 1), place=None, now=lambda: NOON, inspect=_EVERYTHING)


def _tried(engine: Engine, model: RuleModel, request: str | RequestModel, hit: bool) -> Outcome:
    told = request if isinstance(request, str) else shown(request)
    try:
        example = made(request)
    except LineError as error:
        return Outcome(model.id, told, hit, str(error))
    numbers, _ = engine.held(Subject(example.request, example.body or None))
    held = any(engine.rules[number].id == model.id for number in numbers)
    if held is hit:
        return Outcome(model.id, told, hit, "")
    return Outcome(model.id, told, hit, "the rule does not hold" if hit else "the rule holds")


def shown(request: RequestModel) -> str:
    """In one line, for people."""
    data = request.model_dump(by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name}: {value}" for name, value in data.items())


def faults(ruleset: Ruleset) -> list[Fault]:
    """The tests that fail, as faults of their rule's place."""
    found: list[Fault] = []
    for outcome in prove(ruleset):
        if outcome.wrong:
            place = ruleset.places[outcome.rule]
            kind = "hit" if outcome.hit else "miss"
            told = f"its test fails, a {kind}: {outcome.request!r}: {outcome.wrong}"
            found.append(Fault(place.file, place.line, 1, outcome.rule, told))
    return found
