"""A room with its page: what one visitor is to be told becomes an answer."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from gateway.http.own import OwnAnswer
from gateway.http.way_back import local
from gateway.request import OWN_PATHS, Request
from gateway.waitingroom.page import REFRESH, WaitingPage
from gateway.waitingroom.room import Room
from gateway.waitingroom.view import View

NAME: Final = "rooms"
ROOM_PATH: Final = OWN_PATHS + NAME + "/"
JSON: Final = b"application/json; charset=utf-8"
TEXT: Final = b"text/plain; charset=utf-8"
FRESH: Final = b"Cache-Control: no-store\r\nVary: Accept, Accept-Encoding, Accept-Language\r\n"
_HTML: Final = b"text/html; charset=utf-8"
_GZIP: Final = b"Content-Encoding: gzip\r\n"
_VARY: Final = b"Vary: Origin\r\n"
_PREFLIGHT: Final = (
    b"Access-Control-Allow-Methods: GET, POST\r\n"
    b"Access-Control-Allow-Headers: Accept, Content-Type\r\n"
    b"Access-Control-Max-Age: 600\r\n"
)
_NOTHING_ASKED: Final[dict[str, str]] = {}


class Place:
    """`status` for who waits; `origins` of whose scripts may read the JSON (Fetch, "CORS")."""

    __slots__ = ("_origins", "page", "room", "status")

    def __init__(
        self,
        room: Room,
        page: WaitingPage,
        status: int,
        origins: frozenset[bytes] = frozenset(),
    ) -> None:
        self._origins = origins
        self.room = room
        self.page = page
        self.status = status

    def shared(self, request: Request, answer: OwnAnswer) -> OwnAnswer:
        """The answer with what lets a script of another origin read it, where that may."""
        if not self._origins:
            return answer
        origin = request.header(b"origin") or b""
        answer = OwnAnswer(answer.status, answer.body, answer.media_type, answer.fields + _VARY)
        if origin in self._origins:
            answer.fields += (
                b"Access-Control-Allow-Origin: %b\r\n"
                b"Access-Control-Allow-Credentials: true\r\n"
                b"Access-Control-Expose-Headers: Retry-After\r\n" % origin
            )
        return answer

    def preflight(self, request: Request) -> OwnAnswer:
        """What another origin may send."""
        if not self._origins or request.header(b"origin") not in self._origins:
            return OwnAnswer(405, b"", b"", b"Allow: GET, HEAD, POST\r\n")
        return OwnAnswer(204, b"", b"", _PREFLIGHT)

    def as_page(
        self,
        request: Request,
        view: View,
        fields: bytes,
        to: bytes,
        status: int,
        query: Mapping[str, str] = _NOTHING_ASKED,
        *,
        left: bool = False,
    ) -> OwnAnswer:
        """The page; `fields` are whole header lines, `to` is the way back."""
        page = self.page
        language = page.language_of(
            request.header(b"accept-language") or b"", query.get("lang", "").encode()
        )
        auto = query.get("auto") == "1"
        fields = FRESH + page.policy + fields
        if auto:
            fields += REFRESH
        if status in {429, 503}:
            fields += b"Retry-After: %d\r\n" % view.poll_after
        squeezed = b"gzip" in (request.header(b"accept-encoding") or b"")
        render = page.gzipped if squeezed else page.html
        body = render(view, to=to, language=language, request_id=request.id, auto=auto, left=left)
        return OwnAnswer(status, body, _HTML, fields + _GZIP if squeezed else fields)

    def as_object(self, view: View, fields: bytes, status: int) -> OwnAnswer:
        """The same for an application."""
        if status != 200:
            fields += b"Retry-After: %d\r\n" % view.poll_after
        return OwnAnswer(status, self.page.json(view), JSON, FRESH + fields)

    def to_page(self, to: bytes, fields: bytes = b"") -> OwnAnswer:
        """On to the room's page, and from there to `to`."""
        page = f"{ROOM_PATH}{self.room.name}?to={quote(local(to), safe='')}"
        return redirect(page.encode(), fields)


def redirect(to: bytes, fields: bytes) -> OwnAnswer:
    return OwnAnswer(303, b"", b"", b"Location: %b\r\nCache-Control: no-store\r\n%b" % (to, fields))
