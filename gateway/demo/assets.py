"""The style sheet, the script and the logo: read once, answered from memory, with their ETags.

Pages ask for them with the hash in the query, so a browser may keep what it has.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

_FOLDER: Final = Path(__file__).parent / "static"
_KINDS: Final = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "logo.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    etag: str
    headers: dict[str, str]


def _read(name: str) -> _Asset:
    content = (_FOLDER / name).read_bytes()
    etag = hashlib.sha256(content).hexdigest()[:16]
    headers = {
        "Cache-Control": "public, max-age=86400",
        "Content-Type": _KINDS[name],
        "ETag": f'"{etag}"',
        "X-Content-Type-Options": "nosniff",
    }
    return _Asset(content, etag, headers)


_ASSETS: Final = {name: _read(name) for name in _KINDS}


def asset_address(name: str) -> str:
    """Where a page finds the asset as it is now."""
    return f"/static/{name}?v={_ASSETS[name].etag}"


async def asset(request: web.Request) -> web.Response:
    """GET /static/NAME: 304 for a browser that has it."""
    found = _ASSETS.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    if any(tag.value in {found.etag, "*"} for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=found.headers)
    return web.Response(body=found.content, headers=found.headers)


ROUTES: Final = [web.get("/static/{name}", asset)]
