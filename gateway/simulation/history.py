"""What shares are learned, day by day, by the rules of waitingroom/share.py.

Whatever is booked counts as honest: the worst for us.
"""

from collections import Counter, deque
from typing import Final

from gateway.waitingroom.share import ENOUGH, of_listed, of_unknown

KEPT: Final = 28  # days


class History:
    """`known`: shares that hold until enough was booked."""

    def __init__(self, known: dict[bytes, int]) -> None:
        self._known = known
        self._days: deque[tuple[Counter[bytes], int]] = deque(maxlen=KEPT)

    def add(self, booked: Counter[bytes], chance: int) -> None:
        """A day: bookings by group, and its chance (share.py) in millionths."""
        self._days.append((booked, chance))

    def learned(self) -> dict[bytes, int]:
        """Shares by group, in thousandths."""
        exposure = sum(chance for _, chance in self._days)
        total: Counter[bytes] = Counter()
        for booked, _ in self._days:
            total.update(booked)
        found = dict(self._known)
        for key, bookings in total.items():
            if key[:1] != b"e":
                found[key] = of_unknown(bookings, exposure)
            elif bookings >= ENOUGH:
                found[key] = of_listed(bookings, exposure, self._oldest(key))
        return found

    def _oldest(self, key: bytes) -> tuple[int, int]:
        bookings = exposure = 0
        for booked, chance in self._days:
            bookings, exposure = bookings + booked[key], exposure + chance
            if bookings >= ENOUGH:
                return bookings, exposure
        return 0, 0
