"""What shares are learned, day by day, by the gateway's own rules (waitingroom/history.py).

Whatever is booked counts as honest: the worst for us.
"""

from collections import Counter, deque
from typing import Final

from gateway.waitingroom.draw import ONE
from gateway.waitingroom.history import Taught, kept, learned

KEPT: Final = 28  # days
MOST: Final = 4 * ONE  # of an address that is not listed


class History:
    """`known`: shares that hold until enough was booked."""

    def __init__(self, known: dict[bytes, int]) -> None:
        self._known = known
        self._days: deque[Taught] = deque(maxlen=KEPT)

    def add(self, booked: Counter[bytes], chance: int) -> None:
        """A day: bookings by group, and its chance (share.py) in millionths."""
        self._days.append(Taught(0, chance, kept(booked)))

    def learned(self) -> dict[bytes, int]:
        """Shares by group, in thousandths."""
        return self._known | learned(list(self._days), MOST)
