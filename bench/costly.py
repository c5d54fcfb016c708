"""A platform whose pages cost differently: `python -m bench.costly PORT SERVERS`.

As `bench.capacity`: so many requests at once, the others queue without a bound. What a path costs
stands in `bench.scene`. It counts the flood's requests by the second; `GET /counts` tells.
"""

import asyncio
import json
import sys
import time
from typing import Final, cast

import uvloop

from bench.capacity import Servers
from bench.scene import COSTS, FLOOD_MARK, LARGE

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1024\r\n\r\n" + (
    b"x" * 1024
)
_LARGE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + bytes(1 << 20)
_LENGTH: Final = b"\r\ncontent-length:"


class State:
    """`flood`: requests by the second of the monotonic clock."""

    def __init__(self, servers: int) -> None:
        self.servers = Servers(servers, 0.0)
        self.flood: dict[int, int] = {}
        self.others = 0


class Platform(asyncio.Protocol):
    """Answers in the order of what was asked on a connection: peers do not pipeline."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._buffer = b""
        self._body = 0
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer:
            if self._body:
                passed = min(self._body, len(self._buffer))
                self._buffer = self._buffer[passed:]
                self._body -= passed
                continue
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            self._buffer = rest
            self._asked(head)

    def _asked(self, head: bytes) -> None:
        lowered = head.lower()
        path = head.split(b" ", 2)[1].decode("latin-1")
        if path == "/counts":
            self.transport.write(_as_json(self._state))
            return
        _, found, length = lowered.partition(_LENGTH)
        self._body = int(length.partition(b"\r\n")[0]) if found else 0
        if FLOOD_MARK in lowered:
            second = int(time.monotonic())
            self._state.flood[second] = self._state.flood.get(second, 0) + 1
        else:
            self._state.others += 1
        cost = next(cost for prefix, cost in COSTS.items() if path.startswith(prefix))
        done = self._state.servers.take(self._loop.time(), cost / 1000)
        self._loop.call_at(done, self._answer, _LARGE if path == LARGE else _ANSWER)

    def _answer(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def _as_json(state: State) -> bytes:
    body = json.dumps({"flood": state.flood, "others": state.others}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int, servers: int) -> None:
    state = State(servers)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Platform(state), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
