"""What becomes of those who are called: how many come, and how many of those who came book.

Counted are only sums, each second: who came, who is inside, who has booked; *gone* is who came and
is neither. Somebody who gives up is seen to be gone when the pass has been idle, so that of those
who came lately too few are known to be gone. The law of both bounds is one: whoever is gone came
before some moment, and of all who had come by then such a part is gone.

    at least    of who came up to `idle` ago: sooner nobody can be seen to be gone
    at most     of who came up to `idle` and twice the usual stay ago, two deviations more; and as
                if five of 25 were gone, before anything is counted

`unseen` are those inside who will not book: the part of all who came, less those who are gone.
After a change of the leader nothing is remembered, and the bounds are as before anything was
counted.

Memory: two numbers a second for the last `_KEPT` seconds, 100 bytes each.
"""

import math
from bisect import bisect_right
from collections import deque
from operator import itemgetter
from typing import Final

_KEPT: Final = 3600
_GONE: Final = (5.0, 25.0)  # as if five of 25 were gone
_ABSENT: Final = (5.0, 25.0)  # and five of 25 did not come
_DEVIATIONS: Final = 2.0
_ENOUGH: Final = 30  # who are done, until their time inside is believed
_MOST: Final = 0.75  # that may be gone, or not come, at most: all is a fault of ours


class Turnout:
    """`idle`: seconds without a request until a pass is given on."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._history: deque[tuple[float, int]] = deque(maxlen=_KEPT)
        self._came = self._inside = self._gone = 0
        self._stays = 0.0  # seconds that all together were inside
        self._wall: float | None = None

    def add(self, wall: float, *, came: int, inside: int, booked: int) -> None:
        """To be told each second. `booked`: with those who gave their place back."""
        if self._wall is not None:
            self._stays += max(0.0, wall - self._wall) * inside
        self._wall = wall
        self._came, self._inside = came, inside
        self._gone = max(0, came - inside - booked)
        self._history.append((wall, came))

    def stay(self) -> float:
        """Seconds that one is inside, at least: those who are still inside will be for longer."""
        return self._stays / max(1, self._came)

    def stay_at_most(self, total: float) -> float:
        """Seconds that one is inside, at most; `total` that one may be."""
        done = self._came - self._inside
        return total if done < _ENOUGH else min(total, self._stays / done)

    def _came_until(self, moment: float) -> int:
        """How many had come by then."""
        after = bisect_right(self._history, moment, key=itemgetter(0))
        return self._history[after - 1][1] if after else 0

    def unseen(self) -> float:
        """Of those inside, how many will not book, at least."""
        until = self._came_until((self._wall or 0.0) - self._idle)
        if until < _ENOUGH:
            return 0.0
        more = self._gone * (self._came / until - 1)
        return max(0.0, min(float(self._inside), more))

    def gone_at_most(self) -> float:
        """The part of those who come in that will not book, at most."""
        until = self._came_until((self._wall or 0.0) - self._idle - 2 * self.stay())
        part, whole = _GONE
        if until < _ENOUGH:
            return at_most(part, whole, _MOST)
        return at_most(self._gone + part, until + whole, _MOST)

    def unseen_at_most(self) -> float:
        """Of those inside, how many will not book, at most."""
        found = (self._came * self.gone_at_most()) - self._gone
        return max(0.0, min(float(self._inside), found))


def absent_at_most(called: int, came: int) -> float:
    """The part of those called that does not come, at most; of who was called long enough ago."""
    part, whole = _ABSENT
    return at_most(max(0, called - came) + part, called + whole, _MOST)


def at_most(part: float, whole: float, most: float = 1.0) -> float:
    """A share, so high that more would surprise: two deviations above what was counted."""
    share = min(1.0, part / whole)
    return min(most, share + _DEVIATIONS * math.sqrt(share * (1 - share) / whole))
