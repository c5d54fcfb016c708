"""An engine out of a ruleset."""

import datetime
from collections.abc import Callable, Iterable
from typing import Final

from gateway.prefixes import PrefixTable, parse_network
from gateway.rules import conditions
from gateway.rules.compiler import compiled
from gateway.rules.conditions import Condition, Place
from gateway.rules.engine import Engine, Exemption, Levels, Rule
from gateway.rules.fields import field
from gateway.rules.loader import Ruleset
from gateway.rules.models import USUAL, AllOf, AnyOf, ExceptionModel, NotOf, RuleModel, Then
from gateway.rules.search import Now
from gateway.verdict import Action, Verdict

_ACTIONS: Final = {
    "block": Action.BLOCK,
    "challenge": Action.CHALLENGE,
    "allow": Action.ALLOW,
}
_SHARES: Final = {"off": 0, "shadow": 0, "enforce": 10_000}
Fold = Callable[[str], str]  # a path in the case in which paths are matched


def as_written(path: str) -> str:
    return path


def assembled(
    ruleset: Ruleset,
    today: datetime.date,
    *,
    levels: Levels,
    inspect: int,
    place: Place | None,
    now: Now,
    beyond: Verdict | None = None,
    unreadable: Verdict | None = None,
    fold: Fold = as_written,
) -> Engine:
    """Raises PatternError where the patterns of the ruleset do not fit into memory together."""
    return Engine(
        [rule(model, ruleset, fold) for model in ruleset.active(today)],
        levels,
        place=place,
        now=now,
        inspect=inspect,
        beyond=beyond,
        unreadable=unreadable,
    )


def rule(model: RuleModel, ruleset: Ruleset, fold: Fold) -> Rule:
    then = model.then
    action = None if isinstance(then, Then) else _ACTIONS.get(then)
    more = (
        then if isinstance(then, Then) else Then.model_construct(score=None, tag=None, limit=None)
    )
    when = compiled(model.when, ruleset.files)
    if model.expires is not None:
        when = conditions.All([when, conditions.Until(model.expires.toordinal())])
    return Rule(
        model.id,
        when,
        verdict=None if action is None else Verdict(action, model.id, reason=reason(model)),
        shadow=Verdict(action or Action.BLOCK, model.id, shadow=True),
        score=more.score or 0,
        tag=more.tag or "",
        limit=more.limit or "",
        level=model.level,
        share=share(model.mode),
        reads_body=_reads_body(model.when),
        exempt=[_exemption(one, fold) for one in model.except_],
    )


def reason(model: RuleModel) -> str:
    """The name of the answer to what it blocks; "" for the usual one."""
    usual = model.status == USUAL and model.message is None
    return "" if usual else f"rule:{model.id}"


def answers(ruleset: Ruleset) -> dict[str, tuple[int, dict[str, str]]]:
    """What rules answer in their own words: status and text by language, by the answer's name."""
    return {
        name: (model.status, model.words()) for model in ruleset.rules if (name := reason(model))
    }


def share(mode: str) -> int:
    """Of clients, in hundredths of a percent."""
    return _SHARES[mode] if mode in _SHARES else int(mode.removesuffix("%")) * 100


def _exemption(model: ExceptionModel, fold: Fold) -> Exemption:
    client: Condition | None = None
    if model.client is not None:
        networks = PrefixTable((parse_network(text), True) for text in model.client)
        client = conditions.OfClient(networks)
    name = "" if model.field is None else field(model.field).name
    return Exemption(fold(model.path or ""), name, client)


def _reads_body(condition: object) -> bool:
    if isinstance(condition, NotOf):
        return _reads_body(condition.not_)
    parts: Iterable[object] | None = None
    if isinstance(condition, AllOf):
        parts = condition.all
    elif isinstance(condition, AnyOf):
        parts = condition.any
    if parts is not None:
        return any(_reads_body(one) for one in parts)
    return field(condition.field).body  # type: ignore[attr-defined]
