"""Whom a ticket is for, where a room asks: a national number, kept as a keyed hash alone.

One spelling counts: without white space around, in one case, with Latin digits for Arabic ones. The
hash is the room's and the opening's own, so that days cannot be linked by it; where who lost
carries weight over (carry.py) it is the room's, and lasts as long as the gateway's secret. What is
public of it is the opening's own in any case (groups.py). At a booking the
platform's form has to carry the same number: read from its body, where that is at most `BODY_BYTES`
and the field stands in it once; else it is refused: who cannot be told apart is not let through.

Bounds: nothing is kept.
"""

import logging
import unicodedata
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import re2

from gateway.body_fields import BodyFields, plain, readable
from gateway.http.sessions import PERSON, Sessions
from gateway.request import Request

_log: Final = logging.getLogger("dawr.rooms")
_TOLD_EACH: Final = 1000  # failures of the checker
SIZE: Final = 8  # bytes of an identity
NOBODY: Final = bytes(SIZE)
BODY_BYTES: Final = 64 * 1024
_LONGEST: Final = 128  # characters

Checker = Callable[[str], object]
# What is wrong with a number that somebody wrote.
WRONG: Final = "wrong"  # it is no number
REFUSED: Final = "refused"  # the operator's own check does not want it


class Identities:
    """Of one room. `form` or `json` names the field of the platform's booking; `pattern` is what a
    number looks like; `luhn`: its last digit has to fit (ISO/IEC 7812-1); `checker`: a check of
    the operator's own, asked at joining alone: whatever is false refuses. It runs on the request's
    path, so that it must answer from memory. Should it fail, nobody is refused: `failed` counts."""

    def __init__(
        self,
        secret: bytes,
        room: str,
        pattern: str,
        *,
        form: str = "",
        json: tuple[str, ...] = (),
        luhn: bool = False,
        checker: Checker | None = None,
        lasting: bool = False,
    ) -> None:
        self._lasting = lasting
        self.sessions: Sessions | None = None  # where it is taken from the platform's session
        self.failed: int = 0  # times that the checker itself failed
        self._luhn = luhn
        self._secret = secret
        self._room = room
        self._pattern: Any = re2.compile(pattern)
        self._form = form
        self._json = json
        self._checker = checker

    def of(self, text: str, opening: str) -> bytes:
        """Of what somebody wrote; NOBODY if it is none."""
        person = self.person(text)
        return self.on(person, opening) if person else NOBODY

    def person(self, text: str) -> bytes:
        """The room's hash of what somebody wrote, on all days; b"" if it is no number."""
        if len(text) > _LONGEST:
            return b""
        value = spelled(text)
        if self._pattern.fullmatch(value) is None or (self._luhn and not luhn_fits(value)):
            return b""
        key = f"{self._room}\n{value}".encode()
        return blake2b(key, key=self._secret, digest_size=PERSON, person=b"dawr person").digest()

    def on(self, person: bytes, opening: str) -> bytes:
        """The same of that opening; where it is to last, of all."""
        key = (b"" if self._lasting else opening.encode()) + b"\n" + person
        found = blake2b(key, key=self._secret, digest_size=SIZE, person=b"dawr identity").digest()
        return found if found != NOBODY else b"\1" * SIZE

    def of_session(self, request: Request, opening: str) -> bytes:
        """Whom the platform's session is for; NOBODY where it is for nobody."""
        person = b"" if self.sessions is None else self.sessions.person(request)
        return self.on(person, opening) if person else NOBODY

    def fault(self, text: str) -> str:
        """What is wrong with what somebody wrote, to join: "", WRONG or REFUSED."""
        if self.of(text, "") == NOBODY:
            return WRONG
        if self._checker is None:
            return ""
        try:
            return "" if self._checker(spelled(text)) else REFUSED
        except Exception:
            self.failed += 1
            if self.failed == 1 or self.failed % _TOLD_EACH == 0:
                _log.exception(
                    "room %s: the check of numbers failed, times: %d; they are let through",
                    self._room,
                    self.failed,
                )
            return ""

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


def spelled(text: str) -> str:
    """What somebody wrote, in its one spelling."""
    return _latin(plain(text))


def luhn_fits(text: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    total = 0
    for place, digit in enumerate(reversed([int(one) for one in text if one.isdigit()])):
        doubled = digit * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _latin(text: str) -> str:
    """Digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join([str(unicodedata.digit(one)) if one.isdigit() else one for one in text])
