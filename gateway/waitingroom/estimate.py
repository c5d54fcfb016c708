"""How long one will wait: a range that is true, and wide rather than wrong.

Each number that is called holds one of the `active` places inside for a while: who comes, until the
booking or the end; who does not, for the time of grace. So numbers are called at a pace of
active / (the time that one holds), and never faster than the rate. That time is not known before
people are done, but it lies between two that are, whoever is inside and however they differ:

    at least    time held by all together / all who were called     (those inside hold on)
    at most     time held by all together / those who are done

Both grow into one as people get done; what was long ago counts less (`_MEMORY`). They are measured
by who is done, not by who is called: between two waves of calls nobody is called for minutes.

The first `active` who are inside came all at once, and get done about together: until as many are
done, the next may have to wait for that (`lag`).
"""

import math
from dataclasses import dataclass
from typing import Final

_MEMORY: Final = 3600.0  # seconds in which what was measured loses two thirds of its weight
_SHORT_STAY: Final = 45.0  # seconds that nobody needs less than, to book
_AS_IF: Final = 0.05  # of the active places, that were held for all the time one may be inside
_WIDER: Final = 1.15  # to each side: the time to come is not the time that was
_LAG: Final = 0.25  # of the time that one holds
_LEAST_RATE: Final = 0.1  # of the rate: less, the platform does not bear for long


@dataclass(frozen=True, slots=True)
class Expected:
    """Numbers called in a second, from and to; `lag` seconds before that, at most."""

    low: float
    high: float
    lag: float


class Pace:
    """What was measured of an opening."""

    def __init__(self) -> None:
        self._wall: float | None = None
        self._held = 0.0  # seconds, by all together
        self._called = 0.0
        self._done = 0.0
        self._last = (0, 0)
        self._turned = 0  # who are done, in all

    def add(self, wall: float, *, holding: float, called: int, done: int) -> None:
        """To be told each second: places held inside, numbers called and done with in all."""
        if self._wall is not None:
            seconds = max(0.0, wall - self._wall)
            keep = math.exp(-seconds / _MEMORY)
            before = self._last
            self._held = self._held * keep + holding * seconds
            self._called = self._called * keep + max(0, called - before[0])
            self._done = self._done * keep + max(0, done - before[1])
            self._turned += max(0, done - before[1])
        self._wall = wall
        self._last = (called, done)

    def expected(self, *, rate: float, factor: float, active: int, total: float) -> Expected:
        """`rate` and `active` as of admission.Terms, `factor` of Throttle; `total` seconds that one
        may be inside. Never slower than with everybody inside for the whole time."""
        longest = max(total, _SHORT_STAY)
        least = most = 0.0
        if self._called >= 1:
            least = self._held / self._called / _WIDER
        as_if = max(1.0, active * _AS_IF)
        most = (self._held + as_if * longest) / (self._done + as_if) * _WIDER
        least, most = min(longest, max(_SHORT_STAY, least)), min(longest, max(_SHORT_STAY, most))
        bears = rate * max(factor, _LEAST_RATE)
        turning = max(0.0, 1 - self._turned / active)
        return Expected(min(bears, active / most), min(rate, active / least), _LAG * most * turning)
