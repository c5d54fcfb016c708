"""The operator's commands on waiting rooms, on the Unix socket."""

from collections.abc import Awaitable
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.control.rooms import ORDERS, RoomLeaders
from gateway.control.web_blocks import json_answer, user_of
from gateway.errors import OperatorError
from gateway.state.client import FAILURES, said

ROOMS: Final = web.AppKey("rooms", RoomLeaders)
routes: Final = web.RouteTableDef()
_MOST: Final = 1_000_000  # people called at once
_LONGEST: Final = 220  # characters of a message, for which the page has room


@routes.get("/rooms")
async def _list(request: web.Request) -> web.Response:
    return json_answer(await request.app[ROOMS].status())


@routes.get("/rooms/{name}/shares")
async def _shares(request: web.Request) -> web.Response:
    """What a room has learned of networks."""
    name = request.match_info["name"]
    try:
        return json_answer(await request.app[ROOMS].shares(name))
    except KeyError:
        return json_answer({"error": f"there is no room {name!r}"}, 404)
    except FAILURES as error:
        return json_answer({"error": f"the shared state is away: {said(error)}"}, 503)


@routes.post("/rooms/{name}/{what}")
async def _order(request: web.Request) -> web.Response:
    name, what = request.match_info["name"], request.match_info["what"]
    if what not in ORDERS:
        return json_answer({"error": f"{what!r} is none of {', '.join(ORDERS)}"}, 400)
    order: dict[str, Any] = {"what": what}
    body = await request.read()
    try:
        order.update(_details(what, orjson.loads(body) if body else {}))
    except (ValueError, KeyError, TypeError) as error:
        return json_answer({"error": str(error)}, 400)
    return await _done(name, request.app[ROOMS].order(name, order, user_of(request)))


@routes.post("/rooms/{name}/draw/{what}")
async def _draw(request: web.Request) -> web.Response:
    """A witness' commitment or seed, or the beacon's value."""
    name, what = request.match_info["name"], request.match_info["what"]
    try:
        given = orjson.loads(await request.read())
        value = bytes.fromhex(given["value"])
        opening, witness = str(given["opening"]), str(given["name"])
    except (ValueError, KeyError, TypeError):
        return json_answer({"error": "this is not understood"}, 400)
    rooms, user = request.app[ROOMS], user_of(request)
    return await _done(name, rooms.take_in(name, what, opening, witness, value, user))


async def _done(name: str, work: Awaitable[None]) -> web.Response:
    """Whether what was asked of a room is done, or why not."""
    try:
        await work
    except KeyError:
        return json_answer({"error": f"there is no room {name!r}"}, 404)
    except OperatorError as error:
        return json_answer({"error": str(error)}, 409)
    except OSError as error:
        return json_answer({"error": f"the audit trail cannot be written: {error.strerror}"}, 500)
    except FAILURES as error:
        return json_answer({"error": f"the shared state is away: {said(error)}"}, 503)
    return json_answer({"done": True})


def _details(what: str, given: dict[str, Any]) -> dict[str, Any]:
    if what in {"revoke", "restore"}:
        return {"number": int(given["number"])}
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
