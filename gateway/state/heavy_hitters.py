"""Who asks most, in bounded memory: Space-Saving with exponential decay.

Of all keys that were ever added at most `capacity` are held. A new key takes the place of the
smallest and inherits its count as its error (Metwally, Agrawal, El Abbadi, "Efficient Computation
of Frequent and Top-k Elements in Data Streams", 2005). The law, for each key, of true weight t:

    count - error <= t <= count,    error <= total / capacity,
    and every key with t > total / capacity is held.

All weights halve every `half_life`: new weights are stored greater instead of old ones smaller, so
that nothing has to be touched as time goes by (Cormode, Shkapenyuk, Srivastava, Xu, "Forward
Decay", 2009). Everything above is linear in the weights and holds for the decayed ones.

Tables of several workers are joined as plain data, with the same law for the sum (Agarwal, Cormode,
Huang, Phillips, Wei, Yi, "Mergeable Summaries", 2012). All are to be exported at about one time:
what is exported is as of then, and no clock is compared with another's.

Memory: some 210 bytes an entry, beside a key's own where it is bytes: 1,000 entries 0.2 MiB. At
the bound a new key evicts the smallest and nothing else: a flood of new keys costs no heavy one its
place.

Adding to a held key costs one look-up, a new key amortised O(log capacity): the heap holds lower
bounds, which are corrected when they come to its top. Compiled that is 0.1 and 0.25 µs, interpreted
0.2 and 1.8 (`python -m bench.detection cost`).
"""

from heapq import nlargest
from typing import Final, TypedDict

from gateway.clock import SECOND

Key = int | bytes
Ranked = tuple[Key, float, float]

_RESCALE: Final = 256.0  # half-lives until stored weights are brought down; doubles end at 1023


class Table(TypedDict):
    """A table as plain data. `least`: no key that is not in `entries` weighs more."""

    capacity: int
    total: float
    least: float
    entries: list[Ranked]  # (key, count, error), greatest first


class _Entry:
    """`bound`: what `count` was when the heap last looked; counts only grow."""

    __slots__ = ("bound", "count", "error", "key")

    def __init__(self, key: Key, count: float) -> None:
        self.key: Key = key
        self.count: float = count
        self.error: float = 0.0
        self.bound: float = 0.0


class HeavyHitters:
    """`capacity` entries; weights halve every `half_life` nanoseconds, or never where that is 0."""

    def __init__(self, capacity: int, *, half_life: int = 60 * SECOND) -> None:
        if capacity < 1:
            raise ValueError("capacity is at least 1")
        self.capacity = capacity
        self.half_life = half_life
        self._entries: dict[Key, _Entry] = {}
        self._heap: list[_Entry] = []  # by `bound`, smallest first, once all places are taken
        self._landmark: int = 0
        self._now: int = 0
        self._scale: float = 1.0  # what one is worth, in stored weight, at `_now`
        self._total: float = 0.0

    def add(self, key: Key, weight: float, now: int) -> None:
        """`weight` more for `key`; weights are positive."""
        if now != self._now:
            self._go_to(now)
        weight *= self._scale
        self._total += weight
        entry = self._entries.get(key)
        if entry is not None:
            entry.count += weight
        elif len(self._entries) < self.capacity:
            self._entries[key] = _Entry(key, weight)
        else:
            entry = self._smallest()
            del self._entries[entry.key]
            entry.key = key
            entry.error = entry.count
            entry.count += weight
            self._entries[key] = entry

    def top(self, number: int, now: int) -> list[Ranked]:
        """(key, count, error) of the `number` greatest, greatest first."""
        if now != self._now:
            self._go_to(now)
        scale = self._scale
        entries = nlargest(number, self._entries.values(), key=_count)
        return [(entry.key, entry.count / scale, entry.error / scale) for entry in entries]

    def total(self, now: int) -> float:
        """All that was added, decayed."""
        if now != self._now:
            self._go_to(now)
        return self._total / self._scale

    def export(self, now: int) -> Table:
        """The whole table, as of now."""
        entries = self.top(self.capacity, now)
        return {
            "capacity": self.capacity,
            "total": self._total / self._scale,
            "least": entries[-1][1] if len(entries) == self.capacity else 0.0,
            "entries": entries,
        }

    def __len__(self) -> int:
        return len(self._entries)

    def _smallest(self) -> _Entry:
        heap = self._heap
        if not heap:
            heap = sorted(self._entries.values(), key=_count)
            for entry in heap:
                entry.bound = entry.count
            self._heap = heap
        while True:
            entry = heap[0]
            if entry.bound >= entry.count:
                return entry
            self._sink(entry)

    def _sink(self, entry: _Entry) -> None:
        """The heap's first has grown: put it where it belongs."""
        heap = self._heap
        bound = entry.count
        entry.bound = bound
        place = 0
        child = 1
        end = len(heap)
        while child < end:
            below = heap[child]
            if child + 1 < end:
                other = heap[child + 1]
                if other.bound < below.bound:
                    below = other
                    child += 1
            if bound <= below.bound:
                break
            heap[place] = below
            place = child
            child = 2 * place + 1
        heap[place] = entry

    def _go_to(self, now: int) -> None:
        self._now = now
        if self.half_life == 0:
            return
        if not self._entries:
            self._landmark = now
        age = (now - self._landmark) / self.half_life
        if age > _RESCALE:
            self._rescale(now)
            age = 0.0
        self._scale = 2.0 ** max(age, -_RESCALE)

    def _rescale(self, now: int) -> None:
        """Bring all stored weights down, so that they stay within what a double can hold.

        The division keeps the order of any two weights, so that the heap stays one.
        """
        age = min((now - self._landmark) / self.half_life, 1e4)
        self._landmark = now
        factor = 2.0 ** -min(age, 1000.0)
        self._total *= factor
        for entry in self._entries.values():
            entry.count *= factor
            entry.error *= factor
            entry.bound *= factor


def _count(entry: _Entry) -> float:
    return entry.count


def join(tables: list[Table]) -> Table:
    """One table of several of one capacity; the law holds for what all were added together.

    A key that a table does not hold weighs at most that table's `least` there. Raises ValueError
    where the capacities differ or there is no table.
    """
    capacities = {table["capacity"] for table in tables}
    if len(capacities) != 1:
        raise ValueError("tables of one capacity can be joined, and there must be one")
    capacity = capacities.pop()
    least = sum([table["least"] for table in tables])
    counts: dict[Key, float] = {}
    errors: dict[Key, float] = {}
    for table in tables:
        own = table["least"]
        for key, count, error in table["entries"]:
            counts[key] = counts.get(key, least) + count - own
            errors[key] = errors.get(key, least) + error - own
    entries = [(key, count, errors[key]) for key, count in counts.items()]
    entries.sort(key=_weight, reverse=True)
    kept = entries[:capacity]
    return {
        "capacity": capacity,
        "total": sum([table["total"] for table in tables]),
        "least": kept[-1][1] if len(kept) == capacity else 0.0,
        "entries": kept,
    }


def _weight(entry: Ranked) -> float:
    return entry[1]
