"""The chunked transfer coding, read by the law and written anew (RFC 9112, 7.1).

Refused: a size with white space, a sign, a prefix or more than 15 digits, a line ended by a bare LF
or CR, anything but CRLF behind a chunk, extensions that are malformed or of more than 256 bytes a
line or 16 KiB a body (they are understood and not passed on), trailers that are malformed, too many
or too large. Trailer fields that would change the head's meaning are left out.
"""

import re
from typing import Final

from gateway.http.faults import CHUNK, TRAILER, Fault
from gateway.http.fields import NOT_IN_TRAILERS, REQUEST_KINDS, Fields

_LINE_BYTES: Final = 256
_EXTENSION_BYTES: Final = 16 * 1024
_TRAILER_BYTES: Final = 8 * 1024
_TRAILER_COUNT: Final = 32
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_SIZE_LINE: Final = re.compile(
    rb"([0-9a-fA-F]{1,15})((?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*)"
    % (_TOKEN, _TOKEN, _QUOTED)
)
_SIZE: Final = 0
_DATA_END: Final = 1
_TRAILERS: Final = 2
_DATA: Final = 3
_DONE: Final = 4
_LINE_BOUNDS: Final = (_LINE_BYTES, 2, _TRAILER_BYTES)  # by state


def chunk(data: bytes) -> bytes:
    """`data`, which must not be empty, as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Chunks:
    """Decodes one chunked body, fed in any pieces.

    After `feed`: `done` tells whether the body is complete, `rest` what came behind it, and
    `trailers` the trailer lines to pass on.
    """

    __slots__ = ("_extensions", "_left", "_pending", "_state", "rest", "size", "trailers")

    def __init__(self) -> None:
        self._state: int = _SIZE
        self._left: int = 0  # of the chunk being read
        self._pending: bytes = b""  # an incomplete line
        self._extensions: int = 0
        self.size: int = 0  # bytes of data so far
        self.rest: bytes = b""
        self.trailers: list[bytes] = []

    @property
    def done(self) -> bool:
        return self._state == _DONE

    def feed(self, data: bytes) -> bytes | Fault:
        """The data within `data`, all its chunks joined."""
        if self._pending:
            data = self._pending + data
            self._pending = b""
        out: list[bytes] = []
        at = 0
        while at < len(data) and self._state != _DONE:
            if self._state == _DATA:
                piece = data[at : at + self._left]
                out.append(piece)
                at += len(piece)
                self._left -= len(piece)
                self.size += len(piece)
                if self._left == 0:
                    self._state = _DATA_END
                continue
            bound = _LINE_BOUNDS[self._state]
            end = data.find(b"\r\n", at, at + bound)
            if end < 0:
                if len(data) - at >= bound or _hopeless(data, at):
                    return TRAILER if self._state == _TRAILERS else CHUNK
                self._pending = data[at:]
                return b"".join(out)
            if not self._line(data[at:end]):
                return TRAILER if self._state == _TRAILERS else CHUNK
            at = end + 2
        self.rest = data[at:]
        return out[0] if len(out) == 1 else b"".join(out)

    def _line(self, line: bytes) -> bool:
        if self._state == _SIZE:
            return self._size_line(line)
        if self._state == _TRAILERS:
            return self._trailer(line)
        self._state = _SIZE
        return not line

    def _size_line(self, line: bytes) -> bool:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            return False
        self._extensions += len(match[2])
        if self._extensions > _EXTENSION_BYTES:
            return False
        self._left = int(match[1], 16)
        self._state = _DATA if self._left else _TRAILERS
        return True

    def _trailer(self, line: bytes) -> bool:
        if not line:
            self._state = _DONE
            return True
        self._extensions += len(line)
        field = _TRAILER_FIELDS.read(line)
        if isinstance(field, Fault) or self._extensions > _EXTENSION_BYTES:
            return False
        if field.pair[0] not in NOT_IN_TRAILERS and field.kind == 0:
            self.trailers.append(field.piece)
        return len(self.trailers) <= _TRAILER_COUNT


_TRAILER_FIELDS: Final = Fields(REQUEST_KINDS, remembered=1)


def _hopeless(data: bytes, at: int) -> bool:
    """Whether the incomplete line at `at` holds a bare LF, or a CR before its end."""
    return b"\n" in data[at:] or b"\r" in data[at:-1]
