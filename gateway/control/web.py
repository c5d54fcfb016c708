"""What the control process answers over HTTP.

On the control port, for monitoring, only what tells no client's address and changes nothing:
`/metrics`, `/healthz`, `/readyz`, `/status`. On the Unix socket in the state folder, which only our
own user can open, the operator's commands too: `/reload`, `/reopen-logs`, `/explain/ID`.
"""

from typing import Any, Final

import orjson
from aiohttp import web

from gateway.channel import ChannelClosed, RemoteError
from gateway.control import metrics, web_blocks, web_rooms
from gateway.control.blocks import Blocks
from gateway.control.level_by_hand import LONGEST
from gateway.control.rooms import RoomLeaders
from gateway.control.status import Status, make_status
from gateway.control.totals import Totals


class Supervision:
    """Who knows, and who does."""

    totals: Totals
    blocks: Blocks
    rooms: RoomLeaders

    async def refresh(self) -> None:
        """Ask the workers for their numbers. Raises ChannelClosed, RemoteError, TimeoutError."""
        raise NotImplementedError

    @property
    def overview(self) -> dict[str, Any]:
        """What the supervisor last said of itself."""
        raise NotImplementedError

    @property
    def health(self) -> dict[str, bool]:
        """Which backends are up, by URL; those that are not checked are not there."""
        raise NotImplementedError

    @property
    def guard(self) -> dict[str, Any]:
        """What the guard last said."""
        raise NotImplementedError

    def force_level(self, level: str | None, seconds: float, who: str) -> None:
        """A level by hand, for so long, or None: by what is seen. Raises KeyError, OSError."""
        raise NotImplementedError

    async def command(self, name: str, **arguments: Any) -> Any:
        """Have the supervisor do something."""
        raise NotImplementedError


_SUPERVISION: Final = web.AppKey("supervision", Supervision)
_LARGEST: Final = 256 * 1024 * 1024  # a bulk of blocks; the control port takes no bodies at all
_A_DAY: Final = 86_400
_GONE: Final = (ChannelClosed, RemoteError, TimeoutError)
_routes: Final = web.RouteTableDef()
_commands: Final = web.RouteTableDef()


def make_app(supervision: Supervision, *, commands: bool) -> web.Application:
    """The application; `commands`: the operator's too, for the Unix socket."""
    app = web.Application(client_max_size=_LARGEST)
    app[_SUPERVISION] = supervision
    app.add_routes(_routes)
    if commands:
        app[web_blocks.BLOCKS] = supervision.blocks
        app.add_routes(_commands)
        app.add_routes(web_blocks.routes)
        app[web_rooms.ROOMS] = supervision.rooms
        app.add_routes(web_rooms.routes)
    return app


def _json(value: Any, status: int = 200) -> web.Response:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return web.Response(body=body, status=status, content_type="application/json")


async def _status(request: web.Request) -> Status:
    supervision = request.app[_SUPERVISION]
    await supervision.refresh()
    return make_status(
        supervision.totals, supervision.overview, supervision.health, supervision.guard
    )


@_routes.get("/")
async def _index(request: web.Request) -> web.Response:
    links = "".join(
        f'<li><a href="{p}">{p}</a>' for p in ("/metrics", "/status", "/healthz", "/readyz")
    )
    page = f"<!doctype html><title>Dawr</title><h1>Dawr: control port</h1><ul>{links}</ul>"
    return web.Response(text=page, content_type="text/html")


@_routes.get("/metrics")
async def _metrics(request: web.Request) -> web.Response:
    supervision = request.app[_SUPERVISION]
    try:
        await supervision.refresh()
    except _GONE as error:
        return web.Response(text=f"no numbers from the supervisor: {error}\n", status=503)
    page = metrics.render(
        supervision.totals,
        supervision.overview,
        supervision.health,
        supervision.guard,
        supervision.rooms.told(),
    )
    return web.Response(body=page, headers={"Content-Type": metrics.CONTENT_TYPE})


@_routes.get("/healthz")
async def _healthz(request: web.Request) -> web.Response:
    """Do we live? Says nothing of the platform: restarting us would not help it."""
    try:
        status = await _status(request)
    except _GONE as error:
        return _json({"healthy": False, "why": f"the supervisor does not answer: {error}"}, 503)
    if not status["workers"]:
        return _json({"healthy": False, "why": "no worker answers"}, 503)
    return _json({"healthy": True})


@_routes.get("/readyz")
async def _readyz(request: web.Request) -> web.Response:
    """Can we serve? A worker answers, and a backend is up."""
    try:
        status = await _status(request)
    except _GONE as error:
        return _json({"ready": False, "why": f"the supervisor does not answer: {error}"}, 503)
    if not status["workers"]:
        return _json({"ready": False, "why": "no worker answers"}, 503)
    if not any(backend["up"] for backend in status["backends"]):
        return _json({"ready": False, "why": "no backend is up"}, 503)
    return _json({"ready": True})


@_routes.get("/status")
async def _status_page(request: web.Request) -> web.Response:
    try:
        return _json(await _status(request))
    except _GONE as error:
        return _json({"error": f"the supervisor does not answer: {error}"}, 503)


@_commands.post("/reload")
async def _reload(request: web.Request) -> web.Response:
    result = await request.app[_SUPERVISION].command("reload")
    return _json(result, 200 if result["done"] else 409)


@_commands.post("/reopen-logs")
async def _reopen_logs(request: web.Request) -> web.Response:
    await request.app[_SUPERVISION].command("reopen_logs")
    return _json({"done": True})


@_commands.post("/level/{level}")
async def _level(request: web.Request) -> web.Response:
    level = request.match_info["level"]
    supervision = request.app[_SUPERVISION]
    try:
        seconds = float(request.query.get("seconds", _A_DAY))
        if not 0 < seconds <= LONGEST:
            raise ValueError
        supervision.force_level(
            None if level == "auto" else level, seconds, web_blocks.user_of(request)
        )
    except (KeyError, ValueError):
        return _json({"error": "no such level, or for no time"}, 400)
    except OSError as error:
        return _json({"error": f"it cannot be kept: {error.strerror}"}, 500)
    return _json(supervision.guard["alarm"])


@_commands.get("/explain/{request_id}")
async def _explain(request: web.Request) -> web.Response:
    request_id = request.match_info["request_id"]
    found = await request.app[_SUPERVISION].command("explain", request_id=request_id)
    return _json(found, 200) if found else _json({"error": "not known"}, 404)
