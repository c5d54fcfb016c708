"""A message's body as it comes: sized, chunked, or until the connection closes."""

from typing import Final

from gateway.http.chunks import Chunks
from gateway.http.faults import Fault
from gateway.request import CHUNKED, SIZED

UNTIL_CLOSE: Final = 3


class Body:
    """Decodes one body of `kind`, fed in any pieces.

    After `feed`: `done` tells whether it is complete, `rest` what came behind it, `trailers` the
    trailer lines to pass on; `size` counts the bytes of data so far.
    """

    __slots__ = ("_chunks", "_left", "done", "kind", "rest", "size", "trailers")

    def __init__(self, kind: int, length: int) -> None:
        self.kind = kind
        self._left = length
        self._chunks: Chunks | None = Chunks() if kind == CHUNKED else None
        self.done: bool = False
        self.rest: bytes = b""
        self.size: int = 0
        self.trailers: list[bytes] = []

    def feed(self, data: bytes) -> bytes | Fault:
        """The body's data within `data`."""
        if self._chunks is not None:
            return self._feed_chunks(self._chunks, data)
        if self.kind == SIZED:
            if len(data) > self._left:
                self.rest = data[self._left :]
                data = data[: self._left]
            self._left -= len(data)
            self.done = self._left == 0
        self.size += len(data)
        return data

    def _feed_chunks(self, chunks: Chunks, data: bytes) -> bytes | Fault:
        read = chunks.feed(data)
        self.size = chunks.size
        if chunks.done:
            self.done = True
            self.rest = chunks.rest
            self.trailers = chunks.trailers
        return read


def last_chunk(trailers: list[bytes]) -> bytes:
    """The end of a chunked body."""
    return b"0\r\n%b\r\n" % b"".join(trailers)
