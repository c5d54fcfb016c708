"""Whom a ticket is for, where a room asks: a national number, kept as a keyed hash alone.

One spelling counts: without white space around, in one case, with Latin digits for Arabic ones. The
hash is the room's and the opening's own, so that days cannot be linked by it; where who lost
carries weight over (carry.py) it is the room's, and lasts as long as the gateway's secret. What is
public of it is the opening's own in any case (groups.py). At a booking the
platform's form has to carry the same number: read from its body, where that is at most `BODY_BYTES`
and the field stands in it once; else it is refused: who cannot be told apart is not let through.

Bounds: nothing is kept.
"""

import unicodedata
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import re2

from gateway.body_fields import BodyFields, plain, readable
from gateway.request import Request

SIZE: Final = 8  # bytes of an identity
NOBODY: Final = bytes(SIZE)
BODY_BYTES: Final = 64 * 1024
_LONGEST: Final = 128  # characters

Checker = Callable[[str], bool]


class Identities:
    """Of one room. `form` or `json` names the field of the platform's booking; `pattern` is what a
    number looks like, `checker` a check of the operator's own."""

    def __init__(
        self,
        secret: bytes,
        room: str,
        pattern: str,
        *,
        form: str = "",
        json: tuple[str, ...] = (),
        checker: Checker | None = None,
        lasting: bool = False,
    ) -> None:
        self._lasting = lasting
        self._secret = secret
        self._room = room
        self._pattern: Any = re2.compile(pattern)
        self._form = form
        self._json = json
        self._checker = checker

    def of(self, text: str, opening: str) -> bytes:
        """Of what somebody wrote; NOBODY if it is none."""
        if len(text) > _LONGEST:
            return NOBODY
        value = _latin(plain(text))
        if self._pattern.fullmatch(value) is None:
            return NOBODY
        if self._checker is not None and not self._checker(value):
            return NOBODY
        scope = "" if self._lasting else opening
        key = f"{self._room}/{scope}\n{value}".encode()
        found = blake2b(key, key=self._secret, digest_size=SIZE, person=b"dawr identity").digest()
        return found if found != NOBODY else b"\1" * SIZE

    def wants_body(self, request: Request) -> int:
        """As of filters, of a booking."""
        return readable(request, BODY_BYTES)

    def in_booking(self, request: Request, body: bytes, opening: str) -> bytes:
        """Whom a booking is for; NOBODY where it cannot be read."""
        fields = BodyFields(request.header(b"content-type"), body)
        found = fields.form(self._form) if self._form else None
        if found is None and self._json:
            found = fields.json(self._json)
        return NOBODY if found is None else self.of(found, opening)


def _latin(text: str) -> str:
    """Digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join([str(unicodedata.digit(one)) if one.isdigit() else one for one in text])
