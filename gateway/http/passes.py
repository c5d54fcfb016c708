"""The pass: who met a challenge is known by a signed cookie, and not challenged again for a time.

It belongs to the device whose cookie comes with it, and to no address: a telephone that changes its
network keeps it, and who hands it on hands on one device, which is judged as one. It holds the
device's number, the minute of its end and how it was earned; nothing of the person.

Passes that were checked are remembered (cookies.py).
"""

from collections.abc import Sequence
from typing import Final

from gateway.clock import SECOND, Clock
from gateway.filters.base import PassCheck
from gateway.http.cookies import Checked, SignedCookie
from gateway.http.counts import Counts
from gateway.request import Request

SOLVED: Final = 2
WAITED: Final = 1
GRADES: Final[tuple[str, ...]] = ("none", "waited", "solved")

_SIZE: Final = 13


class _Pass:
    __slots__ = ("device", "grade", "until")

    def __init__(self, device: int, until: int, grade: int) -> None:
        self.device = device
        self.until = until  # monotonic nanoseconds
        self.grade = grade


class Passes(PassCheck):
    """`keys` as for `Signer`; `name` of the cookie."""

    def __init__(self, keys: Sequence[bytes], *, name: bytes, clock: Clock, counts: Counts) -> None:
        self.name = name
        self._cookie = SignedCookie(b"pass", keys, name=name, size=_SIZE)
        self._clock = clock
        self._counts = counts
        self._known: Checked[_Pass] = Checked()
        self._counted: bytes = b""  # the id of the request that was counted last

    def grade(self, request: Request) -> int:
        """SOLVED or WAITED; 0 without a pass that is good now and for this device."""
        device = request.device
        if not device:
            return 0
        value = request.cookie(self.name)
        if value is None:
            return 0
        found = self._known.get(value)
        if found is None:
            found = self._read(value, request.now)
            if found is None:
                return 0
        if found.device != device or request.now >= found.until:
            return 0
        if request.id != self._counted:  # two filters may ask of one request
            self._counted = request.id
            self._counts.challenge("honoured", GRADES[found.grade])
        return found.grade

    def _read(self, value: bytes, now: int) -> _Pass | None:
        payload = self._cookie.read(value)
        if payload is None:
            return None
        ends = int.from_bytes(payload[8:12], "big") * 60
        left = int((ends - self._clock.wall()) * SECOND)
        found = _Pass(int.from_bytes(payload[:8], "big"), now + left, payload[12])
        if left > 0:
            self._known.keep(value, found)
        return found

    def give(self, request: Request, device: int, seconds: int, grade: int) -> bytes:
        """The Set-Cookie line with a pass for `device`, good for `seconds`, in whole minutes."""
        minute = -(-(int(self._clock.wall()) + seconds) // 60)
        payload = device.to_bytes(8, "big") + minute.to_bytes(4, "big") + bytes([grade])
        return self._cookie.line(request, payload, seconds)
