"""The site's watch out of settings: what is usual, what alarms, which kinds of attack there are."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel

from gateway.clock import SECOND
from gateway.guard.calendar import Calendar, Opening
from gateway.guard.level import Level
from gateway.guard.site import Site
from gateway.guard.thresholds import Kinds, Learning, Levels
from gateway.settings.flood import FloodModel
from gateway.settings.units import parse_duration

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEVELS: Final = {"calm": Level.CALM, "elevated": Level.ELEVATED, "under_attack": Level.UNDER_ATTACK}
T = TypeVar("T", Levels, Learning, Kinds)


def site(flood: FloodModel) -> Site:
    """A site of which nothing is known yet."""
    learning = thresholds(Learning, flood.learning)
    calendar = Calendar(
        [
            Opening(
                one.name,
                frozenset(_DAYS.index(day) for day in one.days),
                one.at,
                length=one.length // SECOND,
                lead=one.lead // SECOND,
            )
            for one in flood.openings
        ],
        rest=frozenset(_DAYS.index(day) for day in flood.rest),
        slot=learning.slot,
        opening_slot=learning.opening_slot,
    )
    made = Site(
        calendar, learning, thresholds(Levels, flood.levels), thresholds(Kinds, flood.kinds)
    )
    made.watch.forced = None if flood.level is None else LEVELS[flood.level]
    return made


def thresholds(kind: type[T], model: BaseModel) -> T:
    """The model's numbers as the guard takes them: durations in seconds."""
    values: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if any(getattr(one, "func", None) is parse_duration for one in field.metadata):
            value = value // SECOND if value % SECOND == 0 else value / SECOND
        values[name] = value
    return kind(**values)
