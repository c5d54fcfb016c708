"""Whom the platform's session is for, as the platform itself says it, for the waiting rooms.

By a **header** of its answers: the value, a person's number, is taken out of the answer before the
client sees it, and the browser gets a signed cookie of ours with a keyed hash of it, bound to its
device. An empty value takes that cookie away (signing out). By a **cookie** that the platform signs
(JWT with HS256, RFC 7519): read where it is needed; nothing else is accepted, whatever the token
says of its own algorithm.

The law: what a client can write itself counts for nothing. Bounds: nothing is kept but cookies that
were checked.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from typing import Final

import orjson
from mypy_extensions import mypyc_attr

from gateway.clock import Clock
from gateway.http.cookies import Checked, SignedCookie
from gateway.http.framing import Answer
from gateway.request import Request

PERSON: Final = 16  # bytes of a hash
_SIZE: Final = PERSON + 8 + 4  # hash, device, the minute of its end
_MINUTES: Final = 24 * 60
_LONGEST: Final = 4096  # characters of a JWT

Hash = Callable[[str], bytes]


@mypyc_attr(allow_interpreted_subclasses=True)
class Sessions:
    """Of one room. `hash_of` a person's number: PERSON bytes, or b"" of what is none."""

    def __init__(self, hash_of: Hash, clock: Clock) -> None:
        self._hash_of = hash_of
        self._clock = clock

    def person(self, request: Request) -> bytes:
        """The hash of whom a request's session is for; b"" without one."""
        raise NotImplementedError

    def told(self, request: Request, answer: Answer) -> bytes:
        """The platform has answered: the Set-Cookie lines to go with it."""
        return b""


class HeaderSessions(Sessions):
    """`keys` as for `Signer`; `header` in lower case, `name` of our cookie."""

    def __init__(
        self, hash_of: Hash, clock: Clock, keys: Sequence[bytes], *, header: bytes, name: bytes
    ) -> None:
        super().__init__(hash_of, clock)
        self._header = header
        self._cookie = SignedCookie(b"session", keys, name=name, size=_SIZE)
        self._known: Checked[bytes] = Checked()

    def person(self, request: Request) -> bytes:
        value = request.cookie(self._cookie.name)
        if value is None or not request.device:
            return b""
        payload = self._known.get(value)
        if payload is None:
            payload = self._cookie.read(value)
            if payload is None:
                return b""
            self._known.keep(value, payload)
        ends = int.from_bytes(payload[-4:], "big") * 60
        device = int.from_bytes(payload[PERSON:-4], "big")
        if device != request.device or self._clock.wall() >= ends:
            return b""
        return payload[:PERSON]

    def told(self, request: Request, answer: Answer) -> bytes:
        found = None
        for name, value in answer.headers:
            if name == self._header:
                found = value
        if found is None:
            return b""
        prefix = self._header + b":"
        answer.pieces = [one for one in answer.pieces if one[: len(prefix)].lower() != prefix]
        person = self._hash_of(found.decode("utf-8", "replace")) if found else b""
        if not person or not request.device:
            return self._cookie.gone(request)
        minute = int(self._clock.wall() // 60) + _MINUTES
        payload = person + request.device.to_bytes(8, "big") + minute.to_bytes(4, "big")
        return self._cookie.line(request, payload, _MINUTES * 60)


class CookieSessions(Sessions):
    """`cookie` by which the platform says it, `secret` by which it signs, `claim`: the number's."""

    def __init__(
        self, hash_of: Hash, clock: Clock, *, cookie: bytes, secret: bytes, claim: str
    ) -> None:
        super().__init__(hash_of, clock)
        self._name = cookie
        self._secret = secret
        self._claim = claim

    def person(self, request: Request) -> bytes:
        value = request.cookie(self._name)
        if value is None or len(value) > _LONGEST:
            return b""
        signed, _, mac = value.rpartition(b".")
        head, _, body = signed.partition(b".")
        wanted = hmac.digest(self._secret, signed, "sha256")
        if not hmac.compare_digest(wanted, _decoded(mac)):
            return b""
        said, claims = _read(head), _read(body)
        ends, number = claims.get("exp"), claims.get(self._claim)
        if said.get("alg") != "HS256" or not isinstance(number, str):
            return b""
        if not isinstance(ends, int | float) or self._clock.wall() >= ends:
            return b""
        return self._hash_of(number)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _read(part: bytes) -> dict[str, object]:
    try:
        said = orjson.loads(_decoded(part))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
