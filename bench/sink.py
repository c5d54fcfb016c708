"""An origin for large bodies: swallows what is sent, generates what is asked for.

`python -m bench.sink PORT`. POST anything: its body is counted, the answer tells the count.
GET /N: N bytes; GET / 1 KiB.
"""

import asyncio
import sys
from typing import Final, cast

import uvloop

_PIECE: Final = bytes(64 * 1024)


class Sink(asyncio.Protocol):
    """Heads come whole from the proxies that stand before it; bodies by length or in chunks."""

    def __init__(self) -> None:
        self._head = b""
        self._to_come = 0
        self._received = 0
        self._to_send = 0
        self._chunked = False
        self._paused = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._to_come:
            self._swallow(len(data), data[-5:])
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            self._head = b""
            self._begin(head, rest)

    def _begin(self, head: bytes, rest: bytes) -> None:
        line, *fields = head.lower().split(b"\r\n")
        named = dict(field.split(b":", 1) for field in fields)
        method, target, _ = line.split(b" ")
        if method == b"get":
            self._to_send = int(target.strip(b"/") or 1024)
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self._to_send)
            self._send()
            return
        self._chunked = b"chunked" in named.get(b"transfer-encoding", b"")
        self._to_come = 1 if self._chunked else int(named.get(b"content-length", b"0"))
        self._received = 0
        self._swallow(len(rest), rest[-5:])

    def _swallow(self, count: int, end: bytes) -> None:
        self._received += count
        if self._chunked:
            done = end == b"0\r\n\r\n"
        else:
            self._to_come -= count
            done = self._to_come <= 0
        if done:
            self._to_come = 0
            said = b"%d" % self._received
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)
            )

    def _send(self) -> None:
        while self._to_send and not self._paused:
            piece = _PIECE[: self._to_send]
            self._to_send -= len(piece)
            self.transport.write(piece)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._send()


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
