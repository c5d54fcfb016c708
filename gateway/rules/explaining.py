"""Why a rule holds of a request or does not, condition by condition, as plain data.

A condition is {"condition", "holds", "parts" | "found" | "seen"}: `found` is the value in which it
held (`field`, `value` as sent, `looked_at` in its form, `from` and `to` of what matched in that);
`seen` are the first values it looked at in vain.
"""

import json
from typing import Any, Final

from gateway.rules import models
from gateway.rules.compiler import form_of
from gateway.rules.conditions import Condition, Text
from gateway.rules.engine import Rule
from gateway.rules.fields import field
from gateway.rules.models import RuleModel
from gateway.rules.search import Search
from gateway.rules.text import in_form

_SEEN: Final = 5
_LONG: Final = 200
Told = dict[str, Any]


def explained(model: RuleModel, rule: Rule, search: Search) -> Told:
    """What became of one rule. Exceptions are told apart: a rule may hold but for one."""
    holds = rule.holds(search)
    told: Told = {"rule": model.id, "title": model.title, "mode": model.mode, "holds": holds}
    told["when"] = _condition(model.when, _own(rule.when, model), search)
    if not holds and told["when"]["holds"]:
        told["spared"] = "by its exceptions, or past its day"
    return told


def _own(condition: Condition, model: RuleModel) -> Condition:
    """What was written, without the day at which the rule ends."""
    return condition.parts()[0] if model.expires is not None else condition


def in_words(check: models.Check) -> str:
    operator, value = check.operand()
    words = operator.replace("_", " ")
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = f"{check.field} {words}" if value is True else f"{check.field} {words} {told}"
    if check.transform is not None:
        text += f" (as {', '.join(check.transform) or 'sent'})"
    return text


def _condition(model: Any, condition: Condition, search: Search) -> Told:
    if isinstance(model, models.Check):
        return _check(model, condition, search)
    name, inner = "all", []
    if isinstance(model, models.AllOf):
        inner = model.all
    elif isinstance(model, models.AnyOf):
        name, inner = "any", model.any
    elif isinstance(model, models.NotOf):
        name, inner = "not", [model.not_]
    parts = [
        _condition(one, part, search) for one, part in zip(inner, condition.parts(), strict=True)
    ]
    return {"condition": name, "holds": condition.holds(search), "parts": parts}


def _check(model: models.Check, condition: Condition, search: Search) -> Told:
    told: Told = {"condition": in_words(model), "holds": condition.holds(search)}
    own = field(model.field)
    if isinstance(condition, Text) and (found := condition.found(search)) is not None:
        value, text = found
        span = condition.span(text) or (0, len(text))
        told["found"] = {
            "field": value.origin,
            "value": value.text[:_LONG],
            "looked_at": text[:_LONG],
            "from": span[0],
            "to": span[1],
        }
    elif isinstance(condition, Text):
        values = search.values(own)
        told["seen"] = [
            {"field": value.origin, "looked_at": in_form(value.text, form_of(model))[:_LONG]}
            for value in values[:_SEEN]
        ]
    return told
