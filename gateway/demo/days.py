"""The days on which the offices receive people: Sunday to Thursday."""

from datetime import date, timedelta
from typing import Final

OFFERED: Final = 5
_FRIDAY: Final = 4
_SATURDAY: Final = 5


def working_days(today: date, count: int = OFFERED) -> list[date]:
    """The next `count` working days after `today`, the nearest first."""
    days: list[date] = []
    day = today
    while len(days) < count:
        day += timedelta(days=1)
        if day.weekday() not in {_FRIDAY, _SATURDAY}:
            days.append(day)
    return days
