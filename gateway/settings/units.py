"""Durations, sizes, rates and time zones as people write them: 30s, 8KiB, 30/s, Asia/Damascus.

A bare number where a unit belongs is refused: thirty of what? Errors are ValueErrors whose text is
the whole sentence for the operator.
"""

import re
from fractions import Fraction
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from gateway.clock import SECOND
from gateway.settings.model import shown

_DURATIONS: Final = {
    "ms": SECOND // 1000,
    "s": SECOND,
    "min": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86_400 * SECOND,
}
_SIZES: Final = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
_NUMBER: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*")
_RATE: Final = re.compile(r"\s*(\d+)\s*/\s*(\d*)\s*(ms|s|min|h|d)\s*")


def _quantity(value: Any, units: dict[str, int], example: str, kind: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{shown(value)} is no {kind}; write for example {example}")
    text = str(value)
    match = _NUMBER.fullmatch(text)
    if match is None:
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
            raise ValueError(f"{text} what? Give the unit, for example {example}")
        raise ValueError(f"{shown(text)} is no {kind}; write for example {example}")
    unit = units.get(match[2])
    if unit is None:
        known = ", ".join(units)
        raise ValueError(f"{match[2]!r} is no unit of a {kind}; there are {known}")
    return round(Fraction(match[1]) * unit)


def parse_duration(value: Any) -> int:
    """Nanoseconds, at least one: no time at all is never what is meant."""
    found = _quantity(value, _DURATIONS, "30s", "duration")
    if found <= 0:
        raise ValueError(f"{shown(value)} is no time at all; write for example 30s")
    return found


def parse_duration_or_none(value: Any) -> int:
    """Nanoseconds; 0s is none."""
    return _quantity(value, _DURATIONS, "30s", "duration")


def parse_size(value: Any) -> int:
    """Bytes, at least one."""
    found = _quantity(value, _SIZES, "8KiB", "size")
    if found <= 0:
        raise ValueError(f"{shown(value)} is nothing at all; write for example 8KiB")
    return found


def show(value: int, units: dict[str, int]) -> str:
    """The shortest spelling that reads back as `value`."""
    for name, unit in sorted(units.items(), key=lambda one: -one[1]):
        if value >= unit and value % unit == 0:
            return f"{value // unit}{name}"
    return f"{value / min(units.values())}{min(units, key=lambda name: units[name])}"


def show_duration(nanoseconds: int) -> str:
    return show(nanoseconds, _DURATIONS)


def show_size(size: int) -> str:
    return show(size, {name: unit for name, unit in _SIZES.items() if name == "B" or "i" in name})


class Rate(BaseModel):
    """`events` in each `per` nanoseconds."""

    model_config = ConfigDict(frozen=True)

    events: int
    per: int

    def __str__(self) -> str:
        per = show_duration(self.per)
        return f"{self.events}/{per[1:] if per[0] == '1' and per[1].isalpha() else per}"


def parse_rate(value: Any) -> Rate:
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{shown(value)} is no rate; write for example 30/s, 5/min or 1000/h")
    events, per = int(match[1]), int(match[2] or 1) * _DURATIONS[match[3]]
    if events == 0 or per == 0:
        raise ValueError(
            f"{shown(value)}: a rate of nothing; leave the limit out, or block instead"
        )
    return Rate(events=events, per=per)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Duration = Annotated[
    int, BeforeValidator(parse_duration), _schema(r"^\d+(\.\d+)?\s*(ms|s|min|h|d)$", "30s")
]
DurationOrNone = Annotated[
    int, BeforeValidator(parse_duration_or_none), _schema(r"^\d+(\.\d+)?\s*(ms|s|min|h|d)$", "0s")
]
Size = Annotated[int, BeforeValidator(parse_size), _schema(r"^\d+(\.\d+)?\s*([KMG]i?)?B$", "8KiB")]
RateText = Annotated[
    Rate, BeforeValidator(parse_rate), _schema(r"^\d+\s*/\s*\d*\s*(ms|s|min|h|d)$", "30/s")
]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is no time zone; write for example Asia/Damascus or UTC"
        ) from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
