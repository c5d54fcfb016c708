"""A platform of a known capacity: so many requests at once, each for so long, the others queue.

`python -m bench.capacity PORT SERVERS MILLISECONDS`. First come, first served, without a bound, as
the backlog of an application server is. Work that was begun is done, whether or not its client
still waits; work whose client has left is begun all the same: a platform does not look.
"""

import asyncio
import heapq
import sys
from typing import Final, cast

import uvloop

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024


class Servers:
    """When each will be free. Reckoned, not measured: no delay of ours adds up."""

    def __init__(self, count: int, seconds: float) -> None:
        self._free_at = [0.0] * count
        self._seconds = seconds

    def take(self, now: float, seconds: float | None = None) -> float:
        """When a request that came now is done; or one that takes `seconds`."""
        done = max(now, self._free_at[0]) + (self._seconds if seconds is None else seconds)
        heapq.heapreplace(self._free_at, done)
        return done


class Platform(asyncio.Protocol):
    """Heads come whole; there are no bodies."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._buffer = b""
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            _, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            done = self._servers.take(self._loop.time())
            self._loop.call_at(done, self._answer)

    def _answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_ANSWER)


async def _serve(port: int, count: int, milliseconds: float) -> None:
    servers = Servers(count, milliseconds / 1000)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Platform(servers), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
