"""Where uvloop is missing the standard event loop serves."""

import asyncio
import io
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from in_process import InProcess


async def test_the_standard_event_loop_serves(aiohttp_server: Any, tmp_path: Path) -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio")

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/echo", echo)
    platform = await aiohttp_server(app)
    body = b"x" * (8 * 1024 * 1024)
    settings = f"platform: {{backends: ['http://127.0.0.1:{platform.port}']}}"
    async with (
        InProcess(tmp_path, settings) as one,
        aiohttp.ClientSession() as client,
    ):
        for _ in range(2):
            async with client.post(f"{one.url}/echo", data=io.BytesIO(body)) as response:
                assert (response.status, await response.read()) == (200, body)
