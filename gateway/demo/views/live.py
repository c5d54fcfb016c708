"""Places left, live: a page and the WebSocket behind it."""

import asyncio
import contextlib
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from gateway.demo import bookings
from gateway.demo.days import working_days
from gateway.demo.pages import SETTINGS, page
from gateway.demo.store import STORE

# Each costs two buffers and a task, some 50 KB; past the bound a newcomer is refused (503).
MAX_SOCKETS: Final = 500
_MAX_MESSAGE: Final = 4096
_HEARTBEAT_SECONDS: Final = 30.0

SOCKETS: Final[web.AppKey[set[web.WebSocketResponse]]] = web.AppKey("sockets", set)


async def live_page(request: web.Request) -> web.Response:
    settings = request.app[SETTINGS]
    days = working_days(settings.today())
    left = await request.app[STORE].read(bookings.places_left, days, settings.places)
    return page(request, "live.html", days=days, left=left)


async def socket(request: web.Request) -> web.StreamResponse:
    """GET /live/socket: pushes the places left every second; answers "ping" with "pong"."""
    sockets = request.app[SOCKETS]
    if len(sockets) >= MAX_SOCKETS:
        raise web.HTTPServiceUnavailable
    line = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_MAX_MESSAGE)
    await line.prepare(request)
    sockets.add(line)
    pushing = asyncio.create_task(_push(request.app, line), name="push places left")
    try:
        async for message in line:
            if message.type is WSMsgType.TEXT and message.data == "ping":
                await line.send_str("pong")
    except ConnectionError:
        pass  # gone while we answered
    finally:
        sockets.discard(line)
        pushing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pushing
    return line


async def close_sockets(app: web.Application) -> None:
    """Say goodbye before the site ends."""
    sockets = app[SOCKETS]
    for line in set(sockets):
        await line.close(code=WSCloseCode.GOING_AWAY, message=b"the site is closing")


async def _push(app: web.Application, line: web.WebSocketResponse) -> None:
    settings = app[SETTINGS]
    with contextlib.suppress(ConnectionError):
        while not line.closed:
            days = working_days(settings.today())
            left = await app[STORE].read(bookings.places_left, days, settings.places)
            await line.send_json({"type": "places", "left": left})
            await asyncio.sleep(settings.live_seconds)


ROUTES: Final = [web.get("/live", live_page), web.get("/live/socket", socket)]
