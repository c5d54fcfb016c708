"""What the site is told when it starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from fractions import Fraction
from typing import Final

# The offices' clock: Damascus keeps UTC+3 all year.
_OFFICE_TIME: Final = timezone(timedelta(hours=3))


class Fail(StrEnum):
    """How the site misbehaves, on purpose."""

    NONE = "none"
    SLOW = "slow"
    ERROR = "500"
    HANGUP = "hangup"


def office_today() -> date:
    """Today, by the clock on the offices' wall."""
    return datetime.now(_OFFICE_TIME).date()


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of the command line, but for what tests have to hold still.

    `database` is a file or ":memory:"; `places` are for one branch on one day; `fail_share` is the
    share of dynamic requests that fail, from 0 to 1.
    """

    database: str = ":memory:"
    places: int = 500
    capacity: int = 50
    base_seconds: float = 0.010
    fail: Fail = Fail.NONE
    fail_share: Fraction = Fraction(1)
    slow_seconds: float = 10.0
    live_seconds: float = 1.0
    today: Callable[[], date] = office_today
