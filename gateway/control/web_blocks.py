"""The operator's commands on blocks, on the Unix socket: who is told by the socket's other end."""

import pwd
import socket
import struct
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.control.blocks import Blocks
from gateway.guard.block import Block, block_of, new_code

BLOCKS: Final = web.AppKey("blocks", Blocks)
routes: Final = web.RouteTableDef()
_CREDENTIALS: Final = struct.Struct("3i")
_MOST: Final = 200_000  # in one request


def user_of(request: web.Request) -> str:
    """Who asks, by the kernel's word."""
    end = None if request.transport is None else request.transport.get_extra_info("socket")
    if end is None:
        return "unknown"
    raw = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid = _CREDENTIALS.unpack(raw)[1]
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def json_answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")


@routes.get("/blocks")
async def _list(request: web.Request) -> web.Response:
    book = request.app[BLOCKS].book
    return json_answer([block.as_data() for block in book.all()])


@routes.get("/blocks/{code}")
async def _show(request: web.Request) -> web.Response:
    block = request.app[BLOCKS].book.find(request.match_info["code"])
    return (
        json_answer({"error": "not known"}, 404) if block is None else json_answer(block.as_data())
    )


@routes.post("/blocks")
async def _add(request: web.Request) -> web.Response:
    """Bulk: all are put in force, or, where one is wrong, none."""
    keeper = request.app[BLOCKS]
    user = user_of(request)
    by = f"{'import' if 'import' in request.query else 'hand'}:{user}"
    blocks: list[Block] = []
    faults: list[str] = []
    given = orjson.loads(await request.read())
    for number, data in enumerate(given, 1):
        try:
            blocks.append(_wanted(data, by, keeper))
        except (ValueError, TypeError) as error:
            faults.append(f"entry {number}: {error}")
    if len(given) > _MOST:
        faults.append(f"{len(given)} entries are too many: {_MOST} at most")
    if faults:
        return json_answer(
            {"error": "refused", "faults": faults[:20], "more": len(faults[20:])}, 400
        )
    try:
        added = await keeper.add(blocks, user)
    except OSError as error:
        return json_answer({"error": f"the audit trail cannot be written: {error.strerror}"}, 500)
    return json_answer({"added": added, "blocks": [b.as_data() for b in blocks[:100]]})


def _wanted(data: Any, by: str, keeper: Blocks) -> Block:
    """A block as somebody asks for it: who made it, and which offence it is, is ours to say."""
    block = block_of(data)
    block.by, block.offence, block.shadow = by, 1, False
    if block.until is not None and block.until <= keeper.now():
        raise ValueError("it is over already")
    if block.scope in {"asn", "country"} and block.scope not in keeper.databases:
        raise ValueError(f"{block.key}: without geo.{block.scope} nobody is known to be of it")
    other = keeper.book.find(block.code)
    if other is not None and other.whom != block.whom:
        block.code = new_code()  # it stands for another
    return block


@routes.delete("/blocks")
async def _remove(request: web.Request) -> web.Response:
    given = orjson.loads(await request.read())
    try:
        keeper = request.app[BLOCKS]
        lifted = await keeper.remove(
            given["codes"], user_of(request), pardon=bool(given.get("pardon"))
        )
    except OSError as error:
        return json_answer({"error": f"the audit trail cannot be written: {error.strerror}"}, 500)
    return json_answer(
        {
            "lifted": [block.as_data() for block in lifted],
            "held_off": {
                block.code: feeds for block in lifted if (feeds := keeper.lifted.feeds(block.whom))
            },
        }
    )
