"""The price of joining, while a room asks one: a proof of work, or a pause.

Whether a price is due is decided once, when a ticket is given out, and stands in its cookie: who
was let in for nothing is not asked later. The work is ALTCHA's (http/altcha.py), made for one
ticket, and so for one room, opening and device: handed in by another, or again at another worker,
it buys nothing else. Who cannot do it, for want of JavaScript, waits `wait` seconds and comes back
by the page's own link; that ticket is drawn with its network's, also where a person's number would
give it a place of its own.

The law: the higher the guard's level, the more work.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from gateway.filters.flood import FloodState
from gateway.http.altcha import WRONG, Altcha, Spent

# What a ticket has paid.
FREE: Final = 0  # nothing was asked of it
DUE: Final = 1
WAITED: Final = 2
SOLVED: Final = 3

_ELEVATED: Final = 1
_UNDER_ATTACK: Final = 2


class Price:
    """Of one room. `keys` as for `Signer`; `always`, or only while the guard's level is elevated;
    `elevated` and `under_attack`: the highest number to try; half of the former in calm. `wait` and
    `lifetime` in seconds."""

    def __init__(
        self,
        keys: Sequence[bytes],
        room: str,
        level: FloodState,
        spent: Spent,
        *,
        always: bool = False,
        elevated: int = 50_000,
        under_attack: int = 100_000,
        wait: int = 15,
        lifetime: int = 600,
    ) -> None:
        own = [blake2b(b"join " + room.encode(), key=key, digest_size=32).digest() for key in keys]
        self.wait: int = wait
        self._altcha = Altcha(own, spent, lifetime=lifetime)
        self._level = level
        self._always = always
        self._most: tuple[int, int, int] = (elevated // 2, elevated, under_attack)

    def asked(self) -> int:
        """DUE or FREE, of a ticket that is given out now."""
        return DUE if self._always or self._level.level >= _ELEVATED else FREE

    def work(self, ticket: bytes, wall: int) -> bytes:
        """A challenge for the ticket of that hash, as JSON."""
        most = self._most[min(self._level.level, _UNDER_ATTACK)]
        return self._altcha.make(most, wall, _bound(ticket))

    def why_not(self, payload: bytes, ticket: bytes, wall: int, now: int) -> str:
        """ "" for that ticket's solution, which is spent by this; else why it is none."""
        why, made_for = self._altcha.check(payload, wall, now)
        return why or ("" if made_for == _bound(ticket) else WRONG)


def _bound(ticket: bytes) -> int:
    return int.from_bytes(ticket[:8], "big")
