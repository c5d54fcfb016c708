"""Where in the week a moment lies, by the clock on the wall: people live by that, also on the day
it is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

FRIDAY: Final = 4
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Opening:
    """A known peak: on `days` (Monday is 0), from `lead` seconds before `second` of the day until
    `length` seconds after it. It must end before midnight."""

    name: str
    days: frozenset[int]
    second: int
    length: int = 1800
    lead: int = 600

    def place(self, day: int, second: int) -> int | None:
        """Seconds since its lead began, or None outside."""
        since = second - (self.second - self.lead)
        return since if day in self.days and 0 <= since < self.lead + self.length else None


@dataclass(frozen=True, slots=True)
class Place:
    """A slot: `table` names the day it belongs to or the opening, `slot` counts from its beginning,
    `within` is how far one is in it, 0 to 1. `opening` is its name, or "" outside of one."""

    table: str
    slot: int
    within: float
    opening: str


class Calendar:
    """Working days and days of rest have shapes of their own, and so has each opening."""

    def __init__(
        self,
        openings: Sequence[Opening] = (),
        *,
        rest: frozenset[int] = frozenset({FRIDAY, SATURDAY}),
        slot: int = 300,
        opening_slot: int = 10,
    ) -> None:
        self._openings = openings
        self._rest = rest
        self.slot = slot
        self.opening_slot = opening_slot

    def place(self, local: datetime) -> Place:
        """`local`: what the clock on the wall says."""
        day = local.weekday()
        second = local.hour * 3600 + local.minute * 60 + local.second
        for opening in self._openings:
            since = opening.place(day, second)
            if since is not None:
                slot, rest = divmod(since, self.opening_slot)
                return Place(
                    f"opening:{opening.name}", slot, rest / self.opening_slot, opening.name
                )
        slot, rest = divmod(second, self.slot)
        return Place("rest" if day in self._rest else "work", slot, rest / self.slot, "")

    def seconds(self, place: Place) -> int:
        return self.opening_slot if place.opening else self.slot

    def around(self, place: Place) -> int:
        """Slots of the day; 0 where they do not go round."""
        return 0 if place.opening else -(-86_400 // self.slot)
