"""What anybody may see of a draw: /.dawr/draw/ROOM/OPENING/ and the files of listing.py below it.

Files are handed out as they are on the disk, a part at a time; what is not published yet is not
there (404). The folder's own address is a page that says what the files are and how to check them.
"""

import html
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from gateway.http.own import Own, OwnAnswer
from gateway.request import OWN_PATHS, Request
from gateway.waitingroom.listing import CLOSED, DRAWN, GROUPS, OPENING, VERIFIER, published

NAME: Final = "draw"
_BASE: Final = OWN_PATHS + NAME + "/"
_OPENING_ID: Final = re.compile(r"[0-9a-z-]{1,32}")
_TICKET: Final = re.compile(rb"ticket=([0-9a-f]{32})")
_TYPES: Final = {".json": b"application/json", ".txt": b"text/plain", ".py": b"text/plain"}
_FOR_GOOD: Final = b"Cache-Control: public, max-age=86400\r\nX-Content-Type-Options: nosniff\r\n"
_FRESH: Final = b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
_POLICY: Final = (
    b"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\r\n"
)
_MISSING: Final = OwnAnswer(404, b"Nothing of that name is published.\n", b"text/plain", _FRESH)


class DrawFiles(Own):
    """`folders`: where each room's openings lie."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        super().__init__(NAME)
        self._folders = dict(folders)
        text = (files("gateway.waitingroom") / "pages" / "draw.html").read_text("utf-8")
        self._page = Template(text)

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        if request.method not in {b"GET", b"HEAD"}:
            return OwnAnswer(405, b"", b"", b"Allow: GET, HEAD\r\n")
        room, _, rest = request.path[len(_BASE) :].partition("/")
        opening, _, name = rest.partition("/")
        folder = self._folders.get(room)
        if folder is None or _OPENING_ID.fullmatch(opening) is None:
            return _MISSING
        at = folder / opening
        if not name:
            return self._index(request, room, opening, at)
        path = published(at, name)
        if path is None:
            return _MISSING
        kind = _TYPES[path.suffix] + b"; charset=utf-8"
        return OwnAnswer(200, path.read_bytes(), kind, _FOR_GOOD)

    def _index(self, request: Request, room: str, opening: str, at: Path) -> OwnAnswer:
        if published(at, OPENING) is None:
            return _MISSING
        found = _TICKET.search(request.query)
        ticket = found[1].decode() if found is not None else ""
        names = [OPENING, CLOSED, GROUPS, DRAWN, VERIFIER]
        links = "".join(
            f'<li><a href="{name}">{name}</a></li>'
            if published(at, name)
            else f"<li>{name}: —</li>"
            for name in names
        )
        page = self._page.substitute(
            room=html.escape(room),
            opening=html.escape(opening),
            links=links,
            digest=_digest_line(at),
            ticket=_ticket_line(at, ticket),
            drawn="" if published(at, DRAWN) else ' hidden=""',
        )
        return OwnAnswer(200, page.encode(), b"text/html; charset=utf-8", _FRESH + _POLICY)


def _digest_line(at: Path) -> str:
    """The list's digest, once it is closed: what people compare and write down."""
    path = published(at, CLOSED)
    if path is None:
        return ""
    try:
        digest = str(json.loads(path.read_bytes())["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    shown = html.escape(digest)
    return f'<p>بصمة القائمة · Digest of the list: <bdi><code id="digest">{shown}</code></bdi></p>'


def _ticket_line(at: Path, ticket: str) -> str:
    """The list's line of a ticket, and its rank, where they are published."""
    if not ticket:
        return ""
    lines: list[str] = []
    for below in ("list", "ranks"):
        for name in ("all", ticket[0], ticket[:2]):
            path = published(at, f"{below}/{name}.txt")
            if path is None:
                continue
            wanted = ticket.encode() + b" "
            line = next(
                (one for one in path.read_bytes().splitlines() if one.startswith(wanted)), b""
            )
            shown = html.escape(line.decode()) or f"{ticket}: —"
            lines.append(f'<li><a href="{below}/{name}.txt">{below}/{name}.txt</a>: '
                         f"<code>{shown}</code></li>")  # fmt: skip
    return "".join(lines)
