"""The floor for a gateway in Python: uvloop and the kernel, with nothing of a gateway between them.

`python -m bench.floor PORT ORIGIN`. With ORIGIN 0 whatever comes is answered by one ready-made 403;
else bytes pass between each client and a connection of its own, unread. Nothing is parsed, limited,
counted or logged: what a gateway costs beyond this is its own doing.
"""

import asyncio
import sys
from typing import Final, cast

import uvloop

_BODY: Final = b"<html><body><h1>403 Forbidden</h1></body></html>\n"
_REFUSAL: Final = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b"
    % (len(_BODY), _BODY)
)


class Refuses(asyncio.Protocol):
    """Takes every piece for a request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(_REFUSAL)


class Passes(asyncio.Protocol):
    """One side of a pair; what one receives the other writes."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._early = b""
        self.other: asyncio.Transport | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self._origin:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        transport, behind = await loop.create_connection(
            lambda: Passes(0), "127.0.0.1", self._origin
        )
        behind.other = self.transport
        self.other = transport
        transport.write(self._early)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early += data
        else:
            self.other.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None:
            self.other.close()


async def _serve(port: int, origin: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Passes(origin) if origin else Refuses(), "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
