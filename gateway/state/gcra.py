"""Counters of the generic cell rate algorithm, in bounded memory.

For each key one integer is kept: the theoretical arrival time, at which all that was spent is
restored. A key whose time has passed is worth as much as no key at all; so there are two tables,
and once a burst's time has gone by the older one is dropped whole and the newer takes its place.
Nothing is swept, nothing is forgotten that mattered.

At the bound the tables turn early: of `keys` keys the longest-silent are forgotten first, and get
back what they had spent; `forgotten` counts them. Memory: some 120 bytes a key, 120 MiB for a
million (`python -m bench.memory`).

What is charged afterwards is never refused; a key owes at most a burst, so that at any moment it is
whole again within the time of two.

Where counters are `shared`, what each key spends is noted too, for others to be told; at most half
of `keys` between two tellings, beyond that `unshared` counts what they never learn.
"""

import struct
from typing import Final

from gateway.clock import SECOND
from gateway.filters.base import RateCounters

_DOUBLE: Final = struct.Struct(">d")
_MICROSECOND: Final = 1_000


class Gcra(RateCounters):
    """`events` each `per` nanoseconds, `burst` at once; at most `keys` keys are kept.

    The interval is rounded up to whole nanoseconds: never more than the rate.
    """

    def __init__(self, *, events: int, per: int, burst: int, keys: int = 1_000_000) -> None:
        self._half = max(1, keys // 2)
        self._new: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._turned: int = 0
        self._life: int = SECOND  # nanoseconds; grows only, so that what was spent is not dropped
        self._latest: int = 0  # the last request's time
        self.bound = keys
        self.shared: bool = False  # whether what is spent is to be told to others
        self.forgotten: int = 0
        self.unshared: int = 0
        self._spent: dict[int, int] = {}
        self.interval: int = -(-per // events)
        self._tolerance: int = self.interval * burst
        self._life = max(2 * self._tolerance, self._life)

    def configure(self, *, events: int, per: int, burst: int, now: int) -> None:
        """Other numbers for the same keys: who has spent two of a burst has still spent two.

        At another rate that is another time, so each key is converted: 0.2 s for a million.
        """
        interval = -(-per // events)
        if interval != self.interval:
            before, self.interval = self.interval, interval
            self._spent = {key: spent * interval // before for key, spent in self._spent.items()}
            self._new = _converted(self._new, before, interval, now)
            self._old = _converted(self._old, before, interval, now)
            self._life = max(self._life, self._life * interval // before)
        self._tolerance = interval * burst
        self._life = max(2 * self._tolerance, self._life)

    def take(self, key: int, now: int, cost: int = 1) -> int:
        if now - self._turned >= self._life:
            self._turn(now)
        new = self._new
        arrival = new.get(key, 0)
        if arrival == 0:
            arrival = self._old.pop(key, 0)
            if len(new) >= self._half:
                self._turn_early(now)
                new = self._new
            if arrival > now:
                new[key] = arrival  # who asks is not silent, whether or not it is granted
        spend = self.interval * cost
        self._latest = now
        arrival = (arrival if arrival > now else now) + spend
        excess = arrival - now - self._tolerance
        if excess > 0:
            return excess
        new[key] = arrival
        if self.shared:
            spent = self._spent
            if len(spent) < self._half:
                spent[key] = spent.get(key, 0) + spend
            else:
                self.unshared += 1
        return 0

    def wait(self, key: int, now: int, cost: int = 1) -> int:
        arrival = self._new.get(key, self._old.get(key, 0))
        excess = max(arrival, now) + self.interval * cost - now - self._tolerance
        return max(0, excess)

    def charge(self, key: int, cost: int, now: int) -> None:
        if now - self._turned >= self._life:
            self._turn(now)
        if len(self._new) >= self._half and key not in self._new:
            self._turn_early(now)
        before = max(self._new.get(key, self._old.get(key, 0)), now)
        arrival = max(before, min(before + self.interval * cost, now + 2 * self._tolerance))
        self._new[key] = arrival
        if self.shared:
            self.give_back_spent({key: arrival - before})

    def give_back(self, key: int, cost: int, taken: int) -> None:
        arrival = self._new.get(key, 0)
        table = self._new if arrival else self._old
        arrival = arrival or table.get(key, 0)
        back = self.interval * cost - max(0, self._latest - taken)
        if self.shared:
            back = min(back, self._spent.get(key, 0))
        if arrival == 0 or back <= 0:
            return
        table[key] = arrival - back
        if self.shared:
            self._spent[key] -= back

    # What others have spent of the same keys: see exchange.py.

    @property
    def lifetime(self) -> int:
        """Nanoseconds for which what was told counts: each key's own, which the script knows."""
        return 0

    def prefix(self, name: str) -> str:
        return f"dawr:{{limit:{name}}}:{self.interval}:"

    def take_spent(self, now: int) -> dict[int, int]:
        """Nanoseconds spent by each key since this was last asked; to be told to others."""
        spent, self._spent = self._spent, {}
        return spent

    def give_back_spent(self, spent: dict[int, int]) -> None:
        """It could not be told: tell it next time."""
        for key, more in spent.items():
            if key in self._spent or len(self._spent) < self._half:
                self._spent[key] = self._spent.get(key, 0) + more
            else:
                self.unshared += 1

    def pack(self, batch: list[tuple[int, int]]) -> bytes:
        """`batch` as the script reads it."""
        return b"".join(
            [key.to_bytes(9, "big") + _DOUBLE.pack(spent / _MICROSECOND) for key, spent in batch]
        )

    def learn(self, batch: list[tuple[int, int]], answer: bytes, now: int) -> None:
        """When each key of `batch` is whole again, with everybody's spending that was told."""
        at = 0
        most = now + 2 * self._tolerance
        for key, _ in batch:
            away = int(_DOUBLE.unpack_from(answer, at)[0] * _MICROSECOND)
            at += 8
            arrival = min(most, now + away + self._spent.get(key, 0))
            if arrival > now and arrival > self._new.get(key, self._old.get(key, 0)):
                self._new[key] = arrival

    def keys(self) -> list[int]:
        """Each key that is held, some twice."""
        return [*self._old, *self._new]

    def owed(self, key: int, now: int) -> int:
        """Nanoseconds until what `key` has spent, and others were told of, is restored; or less
        than 1."""
        arrival = self._new.get(key, 0) or self._old.get(key, 0)
        return arrival - now - self._spent.get(key, 0)

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def _turn(self, now: int) -> None:
        """All in the older table was last spent from more than a burst's time ago."""
        self._old = self._new if now - self._turned < 2 * self._life else {}
        self._new = {}
        self._turned = now

    def _turn_early(self, now: int) -> None:
        self.forgotten += sum([1 for arrival in self._old.values() if arrival > now])
        self._old = self._new
        self._new = {}
        self._turned = now


def _converted(table: dict[int, int], before: int, after: int, now: int) -> dict[int, int]:
    """The same spending at an interval of `after` instead of `before`; rounded up, so that nobody
    gains."""
    return {
        key: now - (now - arrival) * after // before
        for key, arrival in table.items()
        if arrival > now
    }
