"""Our own answers: made ready when the configuration loads, completed by two joins at most.

Each is one page in Arabic and English, or one JSON object for who accepts that rather than HTML:
why, in plain words, and the request's id, by which staff can look the decision up.
"""

import html
import json
from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Final

from gateway.http.exchange import Failure
from gateway.http.faults import Fault
from gateway.verdict import Action

# Which page and status stand for each action that refuses; the others have no answer of ours.
REFUSALS: Final[dict[Action, tuple[str, int]]] = {
    Action.BLOCK: ("blocked", 403),
    Action.LIMIT: ("limited", 429),
    Action.MAINTENANCE: ("maintenance", 503),
    Action.WAIT: ("full", 503),
    Action.CHALLENGE: ("blocked", 403),
}
_BY_STATUS: Final = {
    400: "malformed",
    405: "method",
    408: "too-slow",
    413: "too-large",
    414: "head-too-large",
    417: "malformed",
    429: "connections",
    431: "head-too-large",
    502: "unreachable",
    503: "full",
    504: "timed-out",
    505: "malformed",
}
_HEADERS: Final = {
    405: b"Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n",
    503: b"Retry-After: 10\r\n",
}
_ID: Final = "\x00id\x00"  # where the request's id goes
_SECONDS: Final = "\x00seconds\x00"
_WAIT_AR: Final = f"\n<p>الثواني المتبقية قبل المحاولة من جديد: <b>{_SECONDS}</b></p>"
_WAIT_EN: Final = f"\n<p>Seconds until you can try again: <b>{_SECONDS}</b></p>"


class _Body:
    """A body with gaps: pieces of bytes, and which gap stands behind each but the last."""

    __slots__ = ("gaps", "media_type", "pieces", "size")

    def __init__(self, text: str, media_type: bytes) -> None:
        self.media_type = media_type
        self.pieces: list[bytes] = []
        self.gaps: list[bool] = []  # True: the id; False: the seconds
        rest = text
        while "\x00" in rest:
            before, _, rest = rest.partition("\x00")
            name, _, rest = rest.partition("\x00")
            self.pieces.append(before.encode())
            self.gaps.append(name == "id")
        self.pieces.append(rest.encode())

    def fill(self, request_id: bytes, seconds: bytes) -> bytes:
        out: list[bytes] = []
        for piece, is_id in zip(self.pieces, self.gaps, strict=False):
            out.append(piece)
            out.append(request_id if is_id else seconds)
        out.append(self.pieces[-1])
        return b"".join(out)


class Responses:
    """Renders refusals and errors.

    `messages` replaces a page's text by kind and language, `contact` is shown on every page; both
    in the operator's own words, by "ar" and "en".
    """

    def __init__(
        self,
        *,
        messages: Mapping[str, Mapping[str, str]] | None = None,
        contact: Mapping[str, str] | None = None,
    ) -> None:
        pages = files("gateway.http") / "pages"
        template = Template((pages / "refusal.html").read_text("utf-8"))
        texts = json.loads((pages / "texts.json").read_text("utf-8"))
        self._html: dict[str, _Body] = {}
        self._json: dict[str, _Body] = {}
        for kind, languages in texts.items():
            own = (messages or {}).get(kind, {})
            self._html[kind] = _page(template, kind, languages, own, contact or {})
            self._json[kind] = _object(kind, languages, own)

    def action(
        self,
        action: Action,
        request_id: bytes,
        *,
        retry_after_seconds: int = 0,
        fields: bytes = b"",
        accept: bytes = b"",
        head: bool = False,
        close: bool = False,
    ) -> tuple[int, bytes, int]:
        """The answer to a request that `action` refuses: status, bytes, and size of the body."""
        kind, status = REFUSALS[action]
        if retry_after_seconds:
            fields = b"Retry-After: %d\r\n%b" % (retry_after_seconds, fields)
        return self._answer(
            kind, status, request_id, retry_after_seconds, fields, accept, head, close
        )

    def fault(
        self, fault: Fault, request_id: bytes, *, accept: bytes = b"", head: bool = False
    ) -> tuple[int, bytes, int]:
        """The answer to bytes that break the law or a bound; the connection closes behind it."""
        kind = "full" if fault.status == 503 else _BY_STATUS[fault.status]
        fields = _HEADERS.get(fault.status, b"")
        return self._answer(kind, fault.status, request_id, 10, fields, accept, head, True)

    def failure(
        self,
        failure: Failure,
        request_id: bytes,
        *,
        accept: bytes = b"",
        head: bool = False,
        close: bool = False,
    ) -> tuple[int, bytes, int]:
        """The answer when the platform gave none."""
        status = failure.status
        kind = "unavailable" if status == 503 else _BY_STATUS[status]
        fields = _HEADERS.get(status, b"")
        return self._answer(kind, status, request_id, 10, fields, accept, head, close)

    def redirect(
        self, location: bytes, request_id: bytes, *, permanent_as_sent: bool, close: bool
    ) -> tuple[int, bytes, int]:
        """301 to `location`; 308 where the method must stay what it is."""
        status = 308 if permanent_as_sent else 301
        return (
            status,
            b"HTTP/1.1 %d %b\r\nLocation: %b\r\nContent-Length: 0\r\nX-Request-Id: %b\r\n%b\r\n"
            % (
                status,
                _REASONS[status],
                location,
                request_id,
                b"Connection: close\r\n" if close else b"",
            ),
            0,
        )

    def _answer(
        self,
        kind: str,
        status: int,
        request_id: bytes,
        seconds: int,
        fields: bytes,
        accept: bytes,
        head: bool,
        close: bool,
    ) -> tuple[int, bytes, int]:
        body = self._json[kind] if _wants_json(accept) else self._html[kind]
        content = body.fill(request_id, b"%d" % seconds)
        start = (
            b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
            b"Cache-Control: no-store\r\nX-Request-Id: %b\r\n%b%b\r\n"
        ) % (
            status,
            _REASONS[status],
            body.media_type,
            len(content),
            request_id,
            fields,
            b"Connection: close\r\n" if close else b"",
        )
        return (status, start, 0) if head else (status, start + content, len(content))


_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus}


def _wants_json(accept: bytes) -> bool:
    """Whether JSON is named and HTML is not: browsers name HTML, applications what they read."""
    return b"json" in accept and b"text/html" not in accept


def _page(
    template: Template,
    kind: str,
    languages: Mapping[str, list[str]],
    own: Mapping[str, str],
    contact: Mapping[str, str],
) -> _Body:
    parts = {"id": _ID, "wait_ar": "", "wait_en": ""}
    if kind == "limited":
        parts |= {"wait_ar": _WAIT_AR, "wait_en": _WAIT_EN}
    for language in ("ar", "en"):
        title, text = languages[language]
        parts[f"title_{language}"] = html.escape(title)
        parts[f"text_{language}"] = html.escape(own.get(language, text))
        said = contact.get(language, "")
        parts[f"contact_{language}"] = f"\n<p>{html.escape(said)}</p>" if said else ""
    return _Body(template.substitute(parts), b"text/html; charset=utf-8")


def _object(kind: str, languages: Mapping[str, list[str]], own: Mapping[str, str]) -> _Body:
    said = {
        "error": kind,
        "message": {code: own.get(code, text[1]) for code, text in languages.items()},
        "request_id": "@id@",
    }
    text = json.dumps(said, ensure_ascii=False)
    if kind == "limited":
        text = text[:-1] + f', "retry_after_seconds": {_SECONDS}' + "}"
    return _Body(text.replace("@id@", _ID) + "\n", b"application/json; charset=utf-8")
