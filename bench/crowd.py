"""People who come when they come: an open loop of Poisson arrivals, each with so much patience.

`python -m bench.crowd PORT RATE SECONDS PATIENCE SEED`. Clients have sixteen addresses (127.2.0.1
and on). One that is not answered within PATIENCE seconds closes its connection and leaves; a
connection whose answer has come is used again. Time runs from when a request was due.

Prints JSON: for each request in the order they were due, `[due, status, seconds]`; status 0: the
client lost patience, -1: its connection failed. `driver` is the share of a core that this took.
"""

import asyncio
import json
import random
import sys
import time
from typing import Final, cast

import uvloop

from bench.pace import answer_size

_ADDRESSES: Final = 16
_REQUEST: Final = (
    b"GET /booking/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0\r\nAccept: */*\r\n\r\n"
)

Found = tuple[float, int, float]


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._got = b""
        self._answered: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self) -> asyncio.Future[int]:
        """The status, when the answer is complete."""
        self._got = b""
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(_REQUEST)
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._got += data
        size = answer_size(self._got)
        if size and len(self._got) >= size and self._answered and not self._answered.done():
            if b"\r\nconnection: close" in self._got[:1024].lower():
                self.transport.close()
            self._answered.set_result(int(self._got[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_result(-1)


class Crowd:
    """`run` once."""

    def __init__(self, port: int, patience: float) -> None:
        self._port = port
        self._patience = patience
        self._free: list[list[Connection]] = [[] for _ in range(_ADDRESSES)]

    async def run(self, rate: float, seconds: float, seed: int) -> list[Found]:
        source = random.Random(seed)
        loop = asyncio.get_running_loop()
        start = loop.time()
        due = start
        people = []
        while (due := due + source.expovariate(rate)) < start + seconds:
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            address = source.randrange(_ADDRESSES)
            people.append(asyncio.create_task(self._come(due, address, start)))
        return list(await asyncio.gather(*people))

    async def _come(self, due: float, address: int, start: float) -> Found:
        loop = asyncio.get_running_loop()
        connection: Connection | None = None
        status = -1
        try:
            async with asyncio.timeout_at(due + self._patience):
                connection = await self._connection(address)
                status = await connection.ask()
        except TimeoutError:
            status = 0
        except OSError:
            pass
        if connection is not None:
            if status > 0 and not connection.transport.is_closing():
                self._free[address].append(connection)
            else:
                connection.transport.abort()
        return round(due - start, 4), status, round(loop.time() - due, 5)

    async def _connection(self, address: int) -> Connection:
        while self._free[address]:
            free = self._free[address].pop()
            if not free.transport.is_closing():
                return free
        loop = asyncio.get_running_loop()
        local = (f"127.2.0.{address + 1}", 0)
        _, made = await loop.create_connection(
            Connection, "127.0.0.1", self._port, local_addr=local
        )
        return made


async def _run(port: int, rate: float, seconds: float, patience: float, seed: int) -> None:
    began = time.process_time()
    found = await Crowd(port, patience).run(rate, seconds, seed)
    driver = (time.process_time() - began) / seconds
    print(json.dumps({"found": found, "driver": driver}))


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:]]
    uvloop.run(_run(int(arguments[0]), *arguments[1:4], int(arguments[4])))
