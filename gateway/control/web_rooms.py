"""The operator's commands on waiting rooms, on the Unix socket."""

from typing import Any, Final

import orjson
from aiohttp import web

from gateway.control.rooms import ORDERS, RoomLeaders
from gateway.control.web_blocks import user_of
from gateway.errors import OperatorError
from gateway.state.client import FAILURES
from gateway.state.client import said as said_of

ROOMS: Final = web.AppKey("rooms", RoomLeaders)
routes: Final = web.RouteTableDef()
_MOST: Final = 1_000_000  # people called at once
_LONGEST: Final = 220  # characters of a message, for which the page has room


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")


@routes.get("/rooms")
async def _list(request: web.Request) -> web.Response:
    return _json(await request.app[ROOMS].status())


@routes.post("/rooms/{name}/{what}")
async def _order(request: web.Request) -> web.Response:
    name, what = request.match_info["name"], request.match_info["what"]
    if what not in ORDERS:
        return _json({"error": f"{what!r} is none of {', '.join(ORDERS)}"}, 400)
    order: dict[str, Any] = {"what": what}
    body = await request.read()
    try:
        order.update(_details(what, orjson.loads(body) if body else {}))
    except (ValueError, KeyError, TypeError) as error:
        return _json({"error": str(error)}, 400)
    try:
        await request.app[ROOMS].order(name, order, user_of(request))
    except KeyError:
        return _json({"error": f"there is no room {name!r}"}, 404)
    except OSError as error:
        return _json({"error": f"the audit trail cannot be written: {error.strerror}"}, 500)
    except FAILURES as error:
        return _json({"error": f"the shared state is away: {said_of(error)}"}, 503)
    return _json({"done": True})


@routes.post("/rooms/{name}/draw/{what}")
async def _draw(request: web.Request) -> web.Response:
    """A witness' commitment or seed, or the beacon's value."""
    name, what = request.match_info["name"], request.match_info["what"]
    try:
        said = orjson.loads(await request.read())
        value = bytes.fromhex(said["value"])
        opening, witness = str(said["opening"]), str(said["name"])
    except (ValueError, KeyError, TypeError):
        return _json({"error": "this is not understood"}, 400)
    try:
        await request.app[ROOMS].take_in(name, what, opening, witness, value, user_of(request))
    except KeyError:
        return _json({"error": f"there is no room {name!r}"}, 404)
    except OperatorError as error:
        return _json({"error": str(error)}, 409)
    except OSError as error:
        return _json({"error": f"the audit trail cannot be written: {error.strerror}"}, 500)
    except FAILURES as error:
        return _json({"error": f"the shared state is away: {said_of(error)}"}, 503)
    return _json({"done": True})


def _details(what: str, given: dict[str, Any]) -> dict[str, Any]:
    if what == "admit":
        number = int(given["number"])
        if not 1 <= number <= _MOST:
            raise ValueError(f"{number} people cannot be called: 1 to {_MOST}")
        return {"number": number}
    if what == "message":
        message = {str(lang): str(text) for lang, text in given["message"].items()}
        longest = max((len(text) for text in message.values()), default=0)
        if longest > _LONGEST:
            raise ValueError(f"a message of {longest} characters is too long: {_LONGEST} at most")
        return {"message": message}
    return {}
