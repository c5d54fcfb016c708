"""Under which key a limit counts a request: parts of the request, hashed to one number.

The law: a request is always counted. Where it lacks a part of the key, the client's address takes
that part's place, so that to leave a cookie or a field away leads to the coarser counter of all who
do so from that address, and never past the limit.

A part that the client makes up as it likes (a header, a cookie, a field) makes as many keys as it
likes: such a part alone holds nobody; let another limit count the client too. The device cookie is
signed, and cannot be made up.

A key is 64 bits of BLAKE2b (RFC 7693), set apart by what limit and which parts it is for. That two
of a million keys collide happens by chance once in 37 million. A key costs KEYCOST.
"""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from mypy_extensions import mypyc_attr

from gateway.address import Address
from gateway.body_fields import BodyFields, form_pairs, readable, single
from gateway.filters.base import RequestKey
from gateway.request import Request

SEGMENTS: Final = 8  # of a path that tell templates apart; what is deeper is one
_LONGEST: Final = 512  # bytes of a value that count
_MADE_UP: Final = re.compile(
    r"[0-9]+"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[^0-9]*[0-9])[0-9a-fA-F]{8,}"
    r"|(?=[^0-9]*[0-9])[A-Za-z0-9_=-]{16,}"
    r"|.{48,}",
    re.DOTALL,
)
Place = Callable[[Address], tuple[str, int]]  # country and AS number, "" and 0 if unknown


@mypyc_attr(allow_interpreted_subclasses=True)
class KeyPart:
    """One part of a key. `reads_body`: its value stands in the body."""

    def __init__(self, *, reads_body: bool = False) -> None:
        self.reads_body = reads_body

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        """The part's value; None: the request lacks it. `fields`: those of the body, if known."""
        raise NotImplementedError


class ClientPart(KeyPart):
    """The client's address, of IPv6 its /64."""

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return request.client.key.to_bytes(9, "big")


class PrefixPart(KeyPart):
    """The network around the client: the first `four` bits of IPv4, the first `six` of IPv6."""

    def __init__(self, four: int, six: int) -> None:
        super().__init__()
        self._four = 32 - four
        self._six = 128 - six

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        client = request.client
        if client.version == 4:
            return b"4" + (client.value >> self._four).to_bytes(4, "big")
        return b"6" + (client.value >> self._six).to_bytes(16, "big")


class CountryPart(KeyPart):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return self._place(request.client)[0].encode() or None


class AsnPart(KeyPart):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        number = self._place(request.client)[1]
        return number.to_bytes(4, "big") if number else None


class DevicePart(KeyPart):
    """The client's device cookie."""

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return request.device.to_bytes(8, "big") if request.device else None


class PathPart(KeyPart):
    """The path's template: /a/17 and /a/18 are one."""

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return template(request.path).encode("utf-8", "replace")


class HeaderPart(KeyPart):
    """A header that stands once and is not empty."""

    def __init__(self, name: bytes) -> None:
        super().__init__()
        self._name = name

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        found: bytes | None = None
        for name, value in request.headers:
            if name == self._name:
                if found is not None:
                    return None
                found = value
        return found or None


class CookiePart(KeyPart):
    """A cookie that stands once and is not empty."""

    def __init__(self, name: bytes) -> None:
        super().__init__()
        self._begin = name + b"="

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        found: bytes | None = None
        for name, value in request.headers:
            if name == b"cookie" and self._begin in value:
                for pair in value.split(b";"):
                    if pair.strip().startswith(self._begin):
                        if found is not None:
                            return None
                        found = pair.strip()[len(self._begin) :].strip(b'"')
        return found or None


class QueryPart(KeyPart):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        if not request.query:
            return None
        return _encoded(single(form_pairs(request.query), self._name))


class FormPart(KeyPart):
    def __init__(self, name: str) -> None:
        super().__init__(reads_body=True)
        self._name = name

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return None if fields is None else _encoded(fields.form(self._name))


class JsonPart(KeyPart):
    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(reads_body=True)
        self._path = path

    def value(self, request: Request, fields: BodyFields | None) -> bytes | None:
        return None if fields is None else _encoded(fields.json(self._path))


class CompositeKey(RequestKey):
    """`name` sets the keys apart from those of other limits; `body_bytes`: a longer body is not
    read, and its fields are missing."""

    def __init__(self, name: str, parts: list[KeyPart], *, body_bytes: int) -> None:
        self._parts = parts
        self._body_bytes: int = body_bytes if any(one.reads_body for one in parts) else 0
        person = blake2b(name.encode(), digest_size=16).digest()
        self._state = blake2b(digest_size=8, person=person)

    def wants_body(self, request: Request) -> int:
        return readable(request, self._body_bytes) if self._body_bytes else 0

    def of(self, request: Request, body: bytes | None) -> int:
        fields = None
        if body is not None and self._body_bytes:
            fields = BodyFields(request.header(b"content-type"), body)
        pieces: list[bytes] = []
        for part in self._parts:
            value = part.value(request, fields)
            if value is None:
                pieces.append(b"\0")
                value = request.client.key.to_bytes(9, "big")
            else:
                value = value[:_LONGEST]
                pieces.append(b"\1" + len(value).to_bytes(2, "big"))
            pieces.append(value)
        state = self._state.copy()
        state.update(b"".join(pieces))
        return int.from_bytes(state.digest(), "big")


class AccountKey(RequestKey):
    """The account that a login is for: the first of `parts` that the body has, hashed with
    `secret`; 0 without any."""

    def __init__(self, secret: bytes, parts: list[KeyPart], *, body_bytes: int) -> None:
        self._parts = parts
        self._body_bytes = body_bytes
        self._state = blake2b(digest_size=8, key=secret, person=b"dawr account")

    def wants_body(self, request: Request) -> int:
        return readable(request, self._body_bytes)

    def of(self, request: Request, body: bytes | None) -> int:
        if body is None:
            return 0
        fields = BodyFields(request.header(b"content-type"), body)
        for part in self._parts:
            value = part.value(request, fields)
            if value is not None:
                state = self._state.copy()
                state.update(value[:_LONGEST])
                return int.from_bytes(state.digest(), "big")
        return 0


def template(path: str) -> str:
    """`path` with * for each segment that seems made up (numbers, uuids, hex, long tokens), and **
    for all beyond the first `SEGMENTS`."""
    segments = path.split("/", SEGMENTS + 1)
    if len(segments) > SEGMENTS + 1:
        segments[-1] = "**"
    return "/".join(["*" if _MADE_UP.fullmatch(one) else one for one in segments])


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "replace")
