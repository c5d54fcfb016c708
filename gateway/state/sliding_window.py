"""Counters over a sliding window, approximated by two fixed ones, in bounded memory.

What a key spent in the present window counts in full, what it spent in the one before by the share
of it that a window reaching back from now would cover. The law: in any span of time t a key is
granted at most `events` × (1 + t / window), and in no fixed window more than `events`. Unlike with
GCRA nothing comes back before the window is over; then it comes back little by little.

All keys share the windows, so there are two tables; when a window ends the older is dropped whole.
At the bound they turn early: of `keys` keys the longest-silent are forgotten first; `forgotten`
counts them. Memory: MEMORY

A clock that steps back stays in the present window, and nothing of the one before fades meanwhile.
"""

import struct
from typing import Final

from gateway.filters.base import RateCounters

_TOLD: Final = struct.Struct(">dd")
_COUNTED: Final = struct.Struct(">dd")
Spent = tuple[int, int]  # key and window


class SlidingWindow(RateCounters):
    """`events` in a window of `per` nanoseconds; at most `keys` keys are kept. Windows are those
    of the clock, moved by `phase` nanoseconds: hosts that share counters need the same."""

    def __init__(self, *, events: int, per: int, keys: int = 1_000_000) -> None:
        self._half = max(1, keys // 2)
        self._events = events
        self._per = per
        self.phase: int = 0
        self._window: int = 0
        self._now: dict[int, int] = {}  # spent in the present window
        self._before: dict[int, int] = {}
        self.bound = keys
        self.shared: bool = False
        self.forgotten: int = 0
        self.unshared: int = 0
        self._spent: dict[Spent, int] = {}

    def configure(self, *, events: int, per: int, now: int) -> None:
        """Other numbers for the same keys; what counts as spent still does. With a window of
        another length all of it counts as spent in the present one."""
        self._events = events
        if per != self._per:
            self._go_over(per, self.phase, now)

    def align(self, phase: int, now: int) -> None:
        """Have the windows begin elsewhere."""
        self._go_over(self._per, phase, now)

    def take(self, key: int, now: int, cost: int = 1) -> int:
        window = (now + self.phase) // self._per
        if window > self._window:
            self._turn(window)
        spent = self._now.get(key, 0) + cost
        past = self._before.get(key, 0)
        if spent > self._events or (past and past * self._left(now) > self._room(spent)):
            return self._until(key, now, cost)
        if spent == cost and len(self._now) >= self._half:
            self._turn_early()
        self._now[key] = spent
        if self.shared:
            self._note(key, self._window, cost)
        return 0

    def wait(self, key: int, now: int, cost: int = 1) -> int:
        window = (now + self.phase) // self._per
        if window > self._window:
            self._turn(window)
        spent = self._now.get(key, 0) + cost
        if spent <= self._events and self._before.get(key, 0) * self._left(now) <= self._room(
            spent
        ):
            return 0
        return self._until(key, now, cost)

    def charge(self, key: int, cost: int, now: int) -> None:
        window = self._window_at(now)
        if window > self._window:
            self._turn(window)
        before = self._now.get(key, 0)
        if before == 0 and len(self._now) >= self._half:
            self._turn_early()
        spent = max(before, min(before + cost, 2 * self._events))
        self._now[key] = spent
        if self.shared:
            self._note(key, self._window, spent - before)

    def give_back(self, key: int, cost: int, taken: int) -> None:
        window = self._window_at(taken)
        if window == self._window:
            table = self._now
        elif window == self._window - 1:
            table = self._before
        else:
            return
        back = min(cost, table.get(key, 0))
        if self.shared:
            back = min(back, self._spent.get((key, window), 0))
        if back > 0:
            table[key] -= back
            if self.shared:
                self._spent[key, window] -= back

    # What others have spent of the same keys: see exchange.py.

    def prefix(self, name: str) -> str:
        return f"dawr:{{limit:{name}}}:w{self._per}:"

    @property
    def lifetime(self) -> int:
        """Nanoseconds for which a window counts."""
        return 2 * self._per

    def take_spent(self, now: int) -> dict[Spent, int]:
        """What each key spent in each window since this was last asked, where that still counts."""
        spent, self._spent = self._spent, {}
        oldest = self._window_at(now) - 1
        return {key: more for key, more in spent.items() if key[1] >= oldest}

    def give_back_spent(self, spent: dict[Spent, int]) -> None:
        """It could not be told: tell it next time."""
        for (key, window), more in spent.items():
            self._note(key, window, more)

    def pack(self, batch: list[tuple[Spent, int]]) -> bytes:
        """`batch` as the script reads it."""
        return b"".join([k[0].to_bytes(9, "big") + _TOLD.pack(k[1], n) for k, n in batch])

    def learn(self, batch: list[tuple[Spent, int]], answer: bytes, now: int) -> None:
        """What everybody spent of each key of `batch`, in its window and in the one before."""
        window = self._window_at(now)
        if window > self._window:
            self._turn(window)
        at = 0
        for (key, told), _ in batch:
            spent, past = _COUNTED.unpack_from(answer, at)
            at += 16
            self._raise(key, told, int(spent))
            self._raise(key, told - 1, int(past))

    def keys(self) -> list[Spent]:
        """Each key that is held, with its window."""
        window = self._window
        return [*[(k, window - 1) for k in self._before], *[(k, window) for k in self._now]]

    def owed(self, key: Spent, now: int) -> int:
        """What a key has spent in a window, and others were told of."""
        one, window = key
        spent = 0
        if window == self._window:
            spent = self._now.get(one, 0)
        elif window == self._window - 1:
            spent = self._before.get(one, 0)
        return spent - self._spent.get(key, 0)

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def _raise(self, key: int, window: int, spent: int) -> None:
        spent += self._spent.get((key, window), 0)
        if window == self._window:
            if spent > self._now.get(key, 0):
                self._now[key] = spent
        elif window == self._window - 1 and spent > self._before.get(key, 0):
            self._before[key] = spent

    def _note(self, key: int, window: int, more: int) -> None:
        one = (key, window)
        if one in self._spent or len(self._spent) < self._half:
            self._spent[one] = self._spent.get(one, 0) + more
        else:
            self.unshared += 1

    def _window_at(self, now: int) -> int:
        return (now + self.phase) // self._per

    def _left(self, now: int) -> int:
        """Nanoseconds until the present window ends; all of it if the clock has stepped back."""
        return min(self._per, (self._window + 1) * self._per - self.phase - now)

    def _room(self, spent: int) -> int:
        """What the window before may still weigh, in events × nanoseconds."""
        return (self._events - spent) * self._per

    def _until(self, key: int, now: int, cost: int) -> int:
        """Nanoseconds until `cost` would be granted."""
        left = (self._window + 1) * self._per - self.phase - now
        spent, past = self._now.get(key, 0), self._before.get(key, 0)
        room = self._room(spent + cost)
        if past and room >= 0:
            return max(1, left - room // past)
        if spent == 0:  # it costs more than is ever granted
            return left + self._per
        room = max(0, self._room(cost))
        return max(1, left + max(0, self._per - room // spent))

    def _turn(self, window: int) -> None:
        self._before = self._now if window == self._window + 1 else {}
        self._now = {}
        self._window = window

    def _turn_early(self) -> None:
        self.forgotten += len(self._before)
        self._before = self._now
        self._now = {}

    def _go_over(self, per: int, phase: int, now: int) -> None:
        """To other windows: all that counts now counts as spent in the present one; rounded up, so
        that nobody gains."""
        window = self._window_at(now)
        if window > self._window:
            self._turn(window)
        left = self._left(now)
        for key, past in self._before.items():
            self._now[key] = self._now.get(key, 0) + -(-past * left // self._per)
        self._before = {}
        untold = self._spent
        self._spent = {}
        self._per = per
        self.phase = phase
        self._window = self._window_at(now)
        for (key, of), more in untold.items():
            if of >= window - 1:
                self._note(key, self._window, more)
