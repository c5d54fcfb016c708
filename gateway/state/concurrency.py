"""How many requests of each key are under way: here, and as other workers tell.

The law: one worker has at most `most` of a key under way, and lets none enter while it and the
others together, as far as told, have `most`. Before they have told each other, workers × `most` may
be under way: a tick and a round trip.

Each worker tells what it holds when that changes, and again each second; what was not told again
for three seconds holds no more. So a worker that dies frees its places, and without the shared
state each worker counts for itself.

A key is kept while something of it is under way: fewer keys than open connections, which are
bounded (bounds.connections), so `keys` is not reached; there, new keys are refused, and `forgotten`
counts them. Memory: some 250 bytes a key.
"""

import struct
from typing import Final

from gateway.clock import SECOND
from gateway.filters.base import HeldCounters

_DOUBLE: Final = struct.Struct(">d")
_TOLD_AGAIN: Final = SECOND
_HOLDS: Final = 3 * SECOND


class Concurrency(HeldCounters):
    """At most `most` of each key, of at most `keys` keys."""

    def __init__(self, *, most: int, keys: int = 100_000) -> None:
        self._most = most
        self.bound = keys
        self.shared: bool = False
        self.forgotten: int = 0
        self.unshared: int = 0
        self._held: dict[int, int] = {}
        self._others: dict[int, tuple[int, int]] = {}  # how many, and until when that holds
        self._changed: dict[int, int] = {}
        self._told: int = 0

    def configure(self, *, most: int) -> None:
        """Another number; what is under way stays under way."""
        self._most = most

    def enter(self, key: int, now: int) -> bool:
        held = self._held.get(key, 0)
        others = self._others.get(key)
        elsewhere = others[0] if others is not None and others[1] > now else 0
        if held + elsewhere >= self._most:
            return False
        if held == 0 and len(self._held) >= self.bound:
            self.forgotten += 1
            return False
        self._held[key] = held + 1
        if self.shared:
            self._changed[key] = 0
        return True

    def leave(self, key: int) -> None:
        held = self._held.get(key, 0) - 1
        if held > 0:
            self._held[key] = held
        else:
            self._held.pop(key, None)
        if self.shared:
            self._changed[key] = 0

    # What others hold of the same keys: see exchange.py.

    def prefix(self, name: str) -> str:
        return f"dawr:{{limit:{name}}}:held:"

    @property
    def lifetime(self) -> int:
        """Nanoseconds for which what was told holds."""
        return _HOLDS

    def take_spent(self, now: int) -> dict[int, int]:
        """How many are under way of each key of which that is to be told."""
        keys, self._changed = self._changed, {}
        if now - self._told >= _TOLD_AGAIN or now < self._told:
            self._told = now
            keys.update(self._held)
            self._others = {key: one for key, one in self._others.items() if one[1] > now}
        return {key: self._held.get(key, 0) for key in keys}

    def give_back_spent(self, spent: dict[int, int]) -> None:
        """It could not be told: tell it next time."""
        if self.shared:
            self._changed.update(spent)

    def pack(self, batch: list[tuple[int, int]]) -> bytes:
        """`batch` as the script reads it."""
        return b"".join([key.to_bytes(9, "big") + _DOUBLE.pack(held) for key, held in batch])

    def learn(self, batch: list[tuple[int, int]], answer: bytes, now: int) -> None:
        """How many others hold of each key of `batch`."""
        at = 0
        for key, _ in batch:
            others = int(_DOUBLE.unpack_from(answer, at)[0])
            at += 8
            if others:
                self._others[key] = (others, now + _HOLDS)
            else:
                self._others.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)
