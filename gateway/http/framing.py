"""The law on framing: where a message begins and ends, and what its head says (RFC 9110, RFC 9112).

What two parsers could read in two ways is refused, not repaired. What is understood is written anew
(`Request.pieces`, `Answer.pieces`): nobody's bytes are copied through. The platform's answers meet
the same law.

Why no httptools here, as the first design had it: llhttp hands over pieces without the bytes that
stood between them, so that the law would need a second pass over the head; with a parser of our
own known lines cost one look-up each (fields.py) and every refusal has its name. llhttp and h11
stand in the tests instead: whatever passes here must read the same to both.
"""

import re
from typing import Final

from gateway.http import faults
from gateway.http.bodies import UNTIL_CLOSE
from gateway.http.faults import Fault
from gateway.http.fields import (
    NEVER_NOMINATED,
    REQUEST_KINDS,
    RESPONSE_KINDS,
    Field,
    Fields,
    is_token,
    plain_host,
)
from gateway.http.target import ASTERISK, Target, Targets
from gateway.request import CHUNKED, NO_BODY, SIZED, Request

_METHODS: Final = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"},
)
_REFUSED_METHODS: Final = frozenset({b"CONNECT", b"TRACE", b"TRACK", b"PRI"})
# As all registered ones are; other tokens only tell parsers apart.
_METHOD: Final = re.compile(rb"[A-Z][A-Z0-9_-]{0,31}")
_ABSOLUTE: Final = re.compile(rb"[hH][tT][tT][pP]([sS]?)://([^/?#]*)(.*)", re.DOTALL)
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_LENGTH_DIGITS: Final = 18
_PLAIN_KIND: Final = 1  # up to SECRET: passed on as they are

# Kinds of fields, as plain integers for the loop below.
_DROPPED: Final = 2
_HOST: Final = 3
_LENGTH_KIND: Final = 4
_CODING: Final = 5
_CONNECTION: Final = 6
_UPGRADE: Final = 7
_EXPECT: Final = 8
_SINGLE: Final = 9


class _Head:
    """What the lines of a head add up to, whichever direction it goes."""

    __slots__ = (
        "chunked",
        "connection",
        "expect",
        "headers",
        "host",
        "length",
        "pieces",
        "singles",
        "upgrade",
    )

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.host: bytes | None = None
        self.length: int = -1
        self.chunked: bool = False
        self.connection: bytes = b""
        self.upgrade: bytes = b""
        self.expect: bytes = b""
        self.singles: bytes = b""

    def read(self, lines: list[bytes], fields: Fields) -> Fault | None:
        """Take in the header lines, all but the first."""
        known = fields.known
        for line in lines[1:]:
            field = known.get(line)
            if field is None:
                read = fields.read(line)
                if isinstance(read, Fault):
                    return read
                field = read
            self.headers.append(field.pair)
            if field.kind <= _PLAIN_KIND:
                self.pieces.append(field.piece)
            elif field.kind != _DROPPED:
                fault = self._special(field)
                if fault is not None:
                    return fault
        return None

    def _special(self, field: Field) -> Fault | None:
        kind = field.kind
        value = field.pair[1]
        if kind == _HOST:
            if self.host is not None:
                return faults.HOST
            self.host = value
        elif kind == _LENGTH_KIND:
            if self.length >= 0 or not value.isdigit() or len(value) > _LENGTH_DIGITS:
                return faults.LENGTH
            self.length = int(value)
        elif kind == _CODING:
            if self.chunked or value.lower() != b"chunked":
                return faults.CODING
            self.chunked = True
        elif kind == _CONNECTION:
            self.connection += (b"," if self.connection else b"") + value.lower()
        elif kind == _UPGRADE:
            self.upgrade += (b"," if self.upgrade else b"") + value.lower()
        elif kind == _EXPECT:
            if self.expect or value.lower() != b"100-continue":
                return faults.EXPECT
            self.expect = value
        elif kind == _SINGLE:
            if self.singles and field.pair[0] in self.singles.split(b","):
                return faults.REPEATED
            self.singles += b"," + field.pair[0]
            self.pieces.append(field.piece)
        return None

    def framing(self, minor: int) -> Fault | None:
        """The two lengths, and the fields that Connection takes away."""
        if self.chunked:
            if self.length >= 0:
                return faults.LENGTH_AND_CHUNKED
            if minor == 0:
                return faults.CODING_IN_1_0
        if self.connection and self.connection not in {b"keep-alive", b"close", b"upgrade"}:
            return self._without_nominated()
        return None

    def _without_nominated(self) -> Fault | None:
        names = {token.strip(b" \t") for token in self.connection.split(b",")} - {b""}
        if not all(is_token(name) for name in names) or names & NEVER_NOMINATED:
            return faults.NOMINATED
        names -= {b"close", b"keep-alive", b"upgrade"}
        if names:
            self.pieces = [
                piece for piece in self.pieces if piece[: piece.index(b":")].lower() not in names
            ]
        return None

    def says(self, token: bytes) -> bool:
        """Whether Connection holds `token`."""
        if not self.connection:
            return False
        return self.connection == token or (
            token in self.connection
            and token in [part.strip(b" \t") for part in self.connection.split(b",")]
        )


class Requests:
    """Reads the heads of requests."""

    def __init__(
        self, targets: Targets, *, target_bytes: int, header_count: int, underscore: str = "drop"
    ) -> None:
        self._targets = targets
        self._fields = Fields(REQUEST_KINDS, underscore=underscore)
        self._target_bytes = target_bytes
        self._header_count = header_count

    def read(self, head: bytes) -> Request | Fault:
        """The request whose head is `head`, without the empty line that ends it; or its fault."""
        lines = head.split(b"\r\n")
        if len(lines) - 1 > self._header_count:
            return faults.HEADER_COUNT
        start = lines[0].split(b" ")
        if len(start) != 3:
            return _request_line_fault(lines[0])
        method, raw_target, version = start
        if version == b"HTTP/1.1":
            minor = 1
        elif version == b"HTTP/1.0":
            minor = 0
        else:
            return _version_fault(version)
        if method not in _METHODS:
            fault = _method_fault(method)
            if fault is not None:
                return _line_end_or(fault, lines[0])
        if len(raw_target) > self._target_bytes:
            return faults.TARGET_LONG
        target, authority = self._target(method, raw_target)
        if isinstance(target, Fault):
            return _line_end_or(target, lines[0])
        read = _Head()
        fault = read.read(lines, self._fields) or read.framing(minor)
        if fault is not None:
            return fault
        host = read.host
        if host is None:
            if minor == 1:
                return faults.HOST_MISSING
            host = authority or b""
        elif authority is not None and not _same_host(raw_target, authority, host):
            return faults.HOST_DISAGREES
        return Request(
            method,
            target.path,
            target.sent,
            target.query,
            read.headers,
            read.pieces,
            host,
            minor,
            CHUNKED if read.chunked else SIZED if read.length > 0 else NO_BODY,
            read.length,
            not read.says(b"close") if minor == 1 else read.says(b"keep-alive"),
            minor == 1 and read.expect != b"",
            read.upgrade if read.upgrade and minor == 1 and read.says(b"upgrade") else b"",
        )

    def _target(self, method: bytes, raw: bytes) -> tuple[Target | Fault, bytes | None]:
        if raw.startswith(b"/"):
            return self._targets.read(raw), None
        if raw == b"*" and method == b"OPTIONS":
            return ASTERISK, None
        match = _ABSOLUTE.fullmatch(raw)
        if match is None:
            return faults.TARGET, None
        authority = plain_host(match[2])
        if authority is None:
            return faults.TARGET, None
        rest: bytes = match[3]
        if not rest and method == b"OPTIONS":
            return ASTERISK, authority  # RFC 9112, 3.2.4
        return self._targets.read(rest if rest.startswith(b"/") else b"/" + rest), authority


def _same_host(target: bytes, authority: bytes, host: bytes) -> bool:
    """Whether the two are one but for the default port of the absolute `target`'s scheme."""
    port = b":443" if target[:5].lower() == b"https" else b":80"
    return authority.removesuffix(port) == host.removesuffix(port)


def _line_end_or(fault: Fault, line: bytes) -> Fault:
    return faults.LINE_END if b"\n" in line or b"\r" in line else fault


def _request_line_fault(line: bytes) -> Fault:
    return _line_end_or(faults.REQUEST_LINE, line)


def _version_fault(version: bytes) -> Fault:
    if re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version):
        return faults.VERSION
    return _request_line_fault(version)


def _method_fault(method: bytes) -> Fault | None:
    if method in _REFUSED_METHODS:
        return faults.METHOD_REFUSED
    return faults.METHOD if _METHOD.fullmatch(method) is None else None


class Answer:
    """The head of the platform's answer.

    `body` is NO_BODY, SIZED, CHUNKED or UNTIL_CLOSE; `length` the announced one, -1 if none;
    `pieces` are the lines to pass on; `reusable` whether the connection outlives the answer.
    """

    __slots__ = ("body", "headers", "length", "pieces", "reason", "reusable", "status", "upgrade")

    def __init__(
        self,
        status: int,
        reason: bytes,
        headers: list[tuple[bytes, bytes]],
        pieces: list[bytes],
        body: int,
        length: int,
        reusable: bool,
        upgrade: bytes,
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.pieces = pieces
        self.body = body
        self.length = length
        self.reusable = reusable
        self.upgrade = upgrade

    def header(self, name: bytes) -> bytes:
        """The first value of a header, by its name in lower case; b"" without."""
        for own, value in self.headers:
            if own == name:
                return value
        return b""


class Answers:
    """Reads the heads of the platform's answers."""

    def __init__(self, *, header_count: int = 256) -> None:
        self._fields = Fields(RESPONSE_KINDS, underscore="pass")
        self._header_count = header_count
        self._status_lines: dict[bytes, tuple[int, int, bytes]] = {}

    def read(self, head: bytes, *, to_head: bool) -> Answer | Fault:
        """The answer whose head is `head`; `to_head`: it answers a HEAD request."""
        lines = head.split(b"\r\n")
        if len(lines) - 1 > self._header_count:
            return faults.HEADER_COUNT
        status_line = self._status_lines.get(lines[0])
        if status_line is None:
            match = _STATUS_LINE.fullmatch(lines[0])
            if match is None:
                return faults.STATUS_LINE
            status_line = int(match[1]), int(match[2]), match[3] or b""
            if len(self._status_lines) < 256:
                self._status_lines[lines[0]] = status_line
        minor, status, reason = status_line
        read = _Head()
        fault = read.read(lines, self._fields) or read.framing(minor)
        if fault is not None:
            return fault
        if to_head or status < 200 or status in {204, 304}:
            body = NO_BODY
        elif read.chunked:
            body = CHUNKED
        elif read.length > 0:
            body = SIZED
        else:
            body = UNTIL_CLOSE if read.length < 0 else NO_BODY
        alive = not read.says(b"close") if minor == 1 else read.says(b"keep-alive")
        if status == 204 and (read.chunked or read.length > 0):
            alive = False  # it announces a body that must not be there (RFC 9112, 6.3)
        return Answer(
            status,
            reason,
            read.headers,
            read.pieces,
            body,
            -1 if status < 200 or status == 204 else read.length,
            alive and body != UNTIL_CLOSE,
            read.upgrade,
        )
