"""Who waits for a backend: served by rank, kept short, newest first under pressure.

CoDel (RFC 8289) in Facebook's form for requests (Maurer, "Fail at Scale", ACM Queue 2015; folly's
Codel): a queue may be long for a moment, but not stand. When the longest wait has been at the
target or above it for a whole interval, the queue is *pressed*; it is so until the longest wait is
below the target again. While it is pressed

- who came last is served first (adaptive LIFO): they are the ones who still wait for their answer;
- who has waited for twice the target is shed: another's turn would come before theirs.

What is looked at is the longest wait, not that of whoever is served as in CoDel: with the newest
served first that would be short however long the queue.

Laws: nothing is shed for its wait before a whole interval above the target; a higher rank is served
before a lower, and nobody is shed for want of room or for having waited while a lower rank waits:
all of that are shed before. Bound: `most` requests, each with its connection, some 200 bytes here;
beyond, the lowest rank's oldest goes if it is lower than the newcomer's, or if the queue is
pressed; else the newcomer.
"""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from gateway.clock import MILLISECOND
from gateway.request import RANKS

T = TypeVar("T")

INTERVAL: Final = 100 * MILLISECOND


class Waiting(Generic[T]):
    """`target` 0: first come, first served within a rank, and nothing is shed but for want of room.

    `shadow`: as with `target` 0, but `pressed` tells, and `missed` counts who was served though
    they would have been shed.
    """

    def __init__(self, *, most: int = 1024, target: int = 0, shadow: bool = False) -> None:
        self._ranks: list[OrderedDict[T, int]] = [OrderedDict() for _ in range(RANKS)]
        self._rank_of: dict[T, int] = {}
        self._above_since: int = -1  # since when the longest wait is at the target or above
        self.pressed: bool = False
        self.missed: int = 0
        self.served: int = 0
        self.waited: int = 0  # nanoseconds, of all who were served
        self.configure(most=most, target=target, shadow=shadow)

    def configure(self, *, most: int, target: int, shadow: bool) -> None:
        """Other bounds; who waits goes on waiting."""
        self._most = most
        self._target = target
        self._shadow = shadow

    def __len__(self) -> int:
        return len(self._rank_of)

    def put(self, one: T, rank: int, now: int, room: int = 0) -> list[T] | None:
        """Let `one` wait; who is shed for that, or None: there is no room. `room`: how many may
        wait beyond the bound, because they are served as soon as a connection is made."""
        shed: list[T] = []
        if len(self._rank_of) >= self._most + room:
            lowest = next((r for r, ranked in enumerate(self._ranks) if ranked), rank)
            if lowest >= rank and not (lowest == rank and self._acts() and self._most > 0):
                return None
            victim = next(iter(self._ranks[lowest]))
            self.remove(victim)
            shed.append(victim)
        self._ranks[rank][one] = now
        self._rank_of[one] = rank
        self._look(now)
        return shed

    def put_first(self, one: T, now: int) -> None:
        """Let `one` be the next: it was given a connection already, which failed."""
        self._ranks[-1][one] = now
        self._ranks[-1].move_to_end(one, last=False)
        self._rank_of[one] = RANKS - 1

    def take(self, now: int) -> T | None:
        """Who is to be served."""
        self._look(now)
        for ranked in reversed(self._ranks):
            if ranked:
                one, since = ranked.popitem(last=self._acts())
                del self._rank_of[one]
                self.served += 1
                self.waited += now - since
                if self._shadow and self.pressed and now - since >= 2 * self._target:
                    self.missed += 1
                self._look(now)
                return one
        return None

    def remove(self, one: T) -> None:
        """It waits no more, if it did."""
        rank = self._rank_of.pop(one, -1)
        if rank >= 0:
            del self._ranks[rank][one]

    def overdue(self, now: int) -> list[T]:
        """Take out who is to be shed for having waited too long; lower ranks first."""
        self._look(now)
        if not self._acts():
            return []
        limit = now - 2 * self._target
        shed: list[T] = []
        highest = max(
            (r for r, ranked in enumerate(self._ranks) if ranked and _oldest(ranked) <= limit),
            default=-1,
        )
        for rank in range(highest + 1):
            ranked = self._ranks[rank]
            # All that rank below one that has waited too long: its turn would come before theirs.
            while ranked and (rank < highest or _oldest(ranked) <= limit):
                one = next(iter(ranked))
                self.remove(one)
                shed.append(one)
        self._look(now)
        return shed

    def count(self, rank: int) -> int:
        """How many of a rank wait."""
        return len(self._ranks[rank])

    def _acts(self) -> bool:
        return self.pressed and not self._shadow

    def _look(self, now: int) -> None:
        """Whether the queue stands, by the longest wait."""
        if not self._target:
            self.pressed = False
            return
        oldest = now
        for ranked in self._ranks:
            if ranked:
                oldest = min(oldest, _oldest(ranked))
        if now - oldest < self._target:
            self._above_since = -1
            self.pressed = False
        elif self._above_since < 0:
            self._above_since = now
        elif now - self._above_since >= INTERVAL:
            self.pressed = True


def _oldest(ranked: "OrderedDict[T, int]") -> int:
    """Since when the longest waiting waits."""
    return next(iter(ranked.values()))
