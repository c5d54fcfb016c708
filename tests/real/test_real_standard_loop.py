"""Where uvloop is missing the standard event loop serves: a worker in this very process."""

import asyncio
import io
import socket
from pathlib import Path

import aiohttp
from aiohttp import web

from gateway.clock import Clock
from gateway.config import load
from gateway.worker import Worker


class OneDoor:
    """A parent that hands over one socket."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door

    def receive(self, count: int) -> list[socket.socket]:
        return [self._door][:count]


async def test_the_standard_event_loop_serves(aiohttp_server: object, tmp_path: Path) -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio")

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/echo", echo)
    platform = await aiohttp_server(app)  # type: ignore[operator]
    config = tmp_path / "gateway.yaml"
    config.write_text(
        f"listen: ['127.0.0.1:0']\nplatform: {{backends: ['http://127.0.0.1:{platform.port}']}}\n"
        "access_log: {path: off}\n"
    )
    door = socket.create_server(("127.0.0.1", 0))
    worker = Worker(OneDoor(door), Clock())  # type: ignore[arg-type]
    told = await worker.prepare(
        loaded=load(config, {}), worker=0, workers=1, generation=1, new=["127.0.0.1:0"], health={}
    )
    assert told == ""
    await worker.commit()
    body = b"x" * (8 * 1024 * 1024)
    url = f"http://127.0.0.1:{door.getsockname()[1]}/echo"
    async with aiohttp.ClientSession() as client:
        for _ in range(2):
            async with client.post(url, data=io.BytesIO(body)) as response:
                assert (response.status, await response.read()) == (200, body)
    await worker.drain(seconds=5)
