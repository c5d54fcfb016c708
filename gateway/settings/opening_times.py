"""When a room opens: days and times, by a clock of its own."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.settings.flood import Day
from gateway.settings.model import Model, as_written, shown
from gateway.settings.units import DurationOrNone, Zone

_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")

_ADDED: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d?\d:\d\d)")


def parse_clock(value: Any) -> time:
    """08:00, as somebody writes it. YAML may have read it as a number of minutes."""
    text = f"{value // 60:02}:{value % 60:02}" if type(value) is int else str(value)
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{shown(value)} is no time of the day; write for example "08:00"')
    return time(int(match[1]), int(match[2]))


def parse_day(value: Any) -> date:
    """2026-12-25, which YAML reads as a date by itself."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is no date; write for example 2026-12-25") from None


def parse_moment(value: Any) -> datetime:
    """2026-12-26 10:00, by the room's clock."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    match = _ADDED.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{shown(value)} is no day and time; write for example 2026-12-26 10:00")
    return datetime.combine(parse_day(match[1]), parse_clock(match[2]))


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Clock = Annotated[
    time, BeforeValidator(parse_clock), _text_schema(r"^([01]?\d|2[0-3]):[0-5]\d$", "08:00")
]

CalendarDay = Annotated[
    date, BeforeValidator(parse_day), _text_schema(r"^\d{4}-\d\d-\d\d$", "2026-12-25")
]

Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    _text_schema(r"^\d{4}-\d\d-\d\d[ T]\d?\d:\d\d$", "2026-12-26 10:00"),
]


class OpensModel(Model):
    days: list[Day] = Field([], description="of the week; empty: only the days in `also`")
    at: Clock = Field(as_written("08:00"), description="the opening moment, by the room's clock")
    zone: Zone = Field("Asia/Damascus", description="whose clock; summer time is heeded")
    prequeue: DurationOrNone = Field(
        as_written("30min"),
        description="before it, in which one may come and take part in the draw; 0s: no draw, but "
        "first come, first served",
    )
    end: Clock = Field(as_written("14:00"), description="when it is over, whatever is left")
    closed: list[CalendarDay] = Field([], description="days on which it does not open")
    also: list[Moment] = Field([], description="other days and times on which it does")

    @model_validator(mode="after")
    def _sometime(self) -> "OpensModel":
        if not self.days and not self.also:
            raise ValueError("it never opens: give days, such as [sun, mon], or dates in also")
        if self.days and self.end <= self.at:
            raise ValueError(f"it ends at {self.end:%H:%M}, before it opens at {self.at:%H:%M}")
        for moment in self.also:
            if moment.time() >= self.end:
                raise ValueError(
                    f"{moment:%Y-%m-%d %H:%M} is no earlier than its end, {self.end:%H:%M}"
                )
        return self
