"""How long one will wait: a range that is true, and wide rather than wrong.

Numbers are called at a pace that is measured: over the last `_WINDOW` seconds, and how it varied in
that time. Before enough is measured the range is that of what is possible: at best as fast as the
rate and the shortest usual stay allow, at worst with everybody staying to the end of their time.
In between the one gives way to the other, second by second.
"""

import math
from collections import deque
from typing import Final

_WINDOW: Final = 180.0  # seconds
_SLICE: Final = 10.0  # seconds over which one pace is taken
_SETTLED: Final = 120.0  # seconds of calling until what was measured is trusted alone
_SHORT_STAY: Final = 45.0  # seconds that nobody needs less than, to book
_WIDER: Final = 1.6  # deviations to each side
_LEAST: Final = 0.25  # of the pace, that the range is wide to each side


class Pace:
    """`rate` and `active` as of admission.Terms, `total` seconds that one may be inside."""

    def __init__(self) -> None:
        self._calls: deque[tuple[float, int]] = deque()
        self._since: float | None = None

    def add(self, wall: float, called: int) -> None:
        """So many were called at `wall`; to be told each second, also of none."""
        if self._since is None:
            if called == 0:
                return
            self._since = wall
        self._calls.append((wall, called))
        while self._calls and self._calls[0][0] < wall - _WINDOW:
            self._calls.popleft()

    def range(self, wall: float, *, rate: float, active: int, total: float) -> tuple[float, float]:
        """The least and the greatest number of people called in a second, as is to be expected."""
        stay = max(total, _SHORT_STAY)
        least, most = min(rate, active / stay), min(rate, active / _SHORT_STAY)
        if self._since is None:
            return least, most
        low, high = self._measured(wall)
        trust = min(1.0, (wall - self._since) / _SETTLED)
        return (
            max(1e-6, least + (low - least) * trust),
            max(1e-6, most + (high - most) * trust),
        )

    def _measured(self, wall: float) -> tuple[float, float]:
        slices: dict[int, int] = {}
        span = min(_WINDOW, wall - (self._since or wall))
        for at, called in self._calls:
            place = int((wall - at) / _SLICE)
            slices[place] = slices.get(place, 0) + called
        count = max(1, int(span / _SLICE))
        paces = [slices.get(place, 0) / _SLICE for place in range(count)]
        mean = sum(paces) / count
        spread = math.sqrt(sum((pace - mean) ** 2 for pace in paces) / count)
        # The mean of the rest of the waiting varies less than one slice does.
        off = max(_LEAST * mean, _WIDER * spread / math.sqrt(max(1.0, count / 3)))
        return max(0.0, mean - off), mean + off
