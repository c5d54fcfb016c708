"""The device cookie: who comes back is known again, whatever address it now has.

A browser gets it with the first page it is given: a random number and the minute, signed, and
nothing of the person. It is what lets us stop one phone among the thousands behind a carrier's
address. A client that keeps no cookies has no device and is judged by its address.

Numbers that were checked are remembered (cookies.py). A cookie that is no good is checked each time
it comes: a microsecond.
"""

import os
from collections.abc import Sequence
from typing import Final

from gateway.clock import Clock
from gateway.http.cookies import Checked, SignedCookie
from gateway.http.own import wants_html
from gateway.request import Request

_NUMBER: Final = 8  # bytes
_MINUTE: Final = 4


class Devices:
    """`keys` as for `Signer`; `name` of the cookie, `max_age` in seconds."""

    def __init__(self, keys: Sequence[bytes], clock: Clock, *, name: bytes, max_age: int) -> None:
        self._clock = clock
        self._cookie = SignedCookie(b"device", keys, name=name, size=_NUMBER + _MINUTE)
        self.name = name
        self._max_age = max_age
        self._known: Checked[tuple[int, int]] = Checked()

    def read(self, request: Request) -> None:
        """Fill `request.device`."""
        value = request.cookie(self.name)
        if value is None:
            return
        known = self._known.get(value)
        if known is None:
            payload = self._cookie.read(value)
            if payload is None:
                return
            number = int.from_bytes(payload[:_NUMBER], "big")
            known = number, int.from_bytes(payload[_NUMBER:], "big")
            self._known.keep(value, known)
        request.device, request.device_since = known

    def field(self, request: Request) -> bytes:
        """The Set-Cookie line that gives a new device to who asks for a page; else b"".

        For pages alone: what a page loads comes at once and would get a device each.
        """
        if request.device or request.method != b"GET":
            return b""
        if not wants_html(request):
            return b""
        return self.new(request)

    def new(self, request: Request) -> bytes:
        """The Set-Cookie line with a new device."""
        return self.given(request)[1]

    def given(self, request: Request) -> tuple[int, bytes]:
        """A new device's number, and the Set-Cookie line with it."""
        device = int.from_bytes(os.urandom(_NUMBER), "big") or 1
        return device, self.line(request, device)

    def line(self, request: Request, device: int) -> bytes:
        """The Set-Cookie line with the device of that number, from now on."""
        minute = int(self._clock.wall() // 60)
        payload = device.to_bytes(_NUMBER, "big") + minute.to_bytes(_MINUTE, "big")
        return self._cookie.line(request, payload, self._max_age)
