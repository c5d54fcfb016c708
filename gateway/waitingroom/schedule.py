"""When a room opens: days, hours and zone become moments.

People live by the clock on the wall, also on the day it is changed. A time that the change leaves
out is an hour later, one that comes twice is its first. Moments are seconds since 1970 (UTC).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_AHEAD: Final = 400  # days that are looked through for the next opening
ALWAYS: Final = "always"  # the opening of a room that has no schedule


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a room. `id` is its day, with the time where it is not the usual one."""

    id: str
    begins: float  # of the pre-queue
    opens: float
    ends: float
    places: int | None  # None: no end
    local: str = ""  # the opening moment by the clock on the wall, for people


@dataclass(frozen=True, slots=True)
class Schedule:
    """`days` of the week, Monday is 0. `prequeue` in seconds."""

    zone: str
    at: time
    end: time
    prequeue: float
    days: frozenset[int] = frozenset()
    closed: frozenset[date] = frozenset()
    also: tuple[datetime, ...] = ()
    places: int | None = None
    dates: Mapping[date, int] = field(default_factory=dict)

    def at_or_after(self, wall: float) -> Opening | None:
        """The opening that is on at `wall`, from its pre-queue to its end, or the next; None:
        there is none within a year."""
        zone = ZoneInfo(self.zone)
        # The pre-queue of tomorrow's opening may have begun today.
        day = datetime.fromtimestamp(wall, zone).date()
        for ahead in range(_AHEAD):
            for opening in self._of(day + timedelta(days=ahead), zone):
                if wall < opening.ends:
                    return opening
        return None

    def find(self, opening_id: str) -> Opening | None:
        """The opening of that id, past or to come; None: the schedule knows none."""
        try:
            day = date.fromisoformat(opening_id[:10])
        except ValueError:
            return None
        found = self._of(day, ZoneInfo(self.zone))
        return next((one for one in found if one.id == opening_id), None)

    def _of(self, day: date, zone: ZoneInfo) -> list[Opening]:
        """The openings of one day, the earliest first."""
        times = {moment.time() for moment in self.also if moment.date() == day}
        usual = day.weekday() in self.days and day not in self.closed
        if usual:
            times.add(self.at)
        if not times:
            return []
        places = self.dates.get(day, self.places)
        ends = _moment(day, self.end, zone)
        ordered = sorted(times)
        found: list[Opening] = []
        for number, one in enumerate(ordered):
            opens = _moment(day, one, zone)
            # Two on one day: the first is over when the pre-queue of the second begins.
            until = ends
            if number + 1 < len(ordered):
                until = min(ends, _moment(day, ordered[number + 1], zone) - self.prequeue)
            plain = f"{day:%Y-%m-%d}"
            found.append(
                Opening(
                    id=plain if number == 0 else f"{plain}-{number + 1}",
                    begins=opens - self.prequeue,
                    opens=opens,
                    ends=max(until, opens),
                    places=places,
                    local=f"{day:%Y-%m-%d} {one:%H:%M}",
                )
            )
        return found


def _moment(day: date, at: time, zone: ZoneInfo) -> float:
    # Through UTC and back: a time that does not exist becomes the one an hour later.
    return datetime.combine(day, at, zone).timestamp()
