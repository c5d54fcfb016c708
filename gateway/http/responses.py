"""Our own answers: each is made ready when it is first needed, and completed by one join.

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

from gateway.http.block_page import BlockPage
from gateway.http.contact import shown_contact
from gateway.http.exchange import Failure
from gateway.http.faults import Fault
from gateway.http.own import OwnAnswer
from gateway.verdict import Action, Verdict

# Which page and status stand for each action that refuses; the others have no answer of ours.
REFUSALS: Final[dict[Action, tuple[str, int]]] = {
    Action.BLOCK: ("blocked", 403),
    Action.LIMIT: ("limited", 429),
    Action.MAINTENANCE: ("maintenance", 503),
    Action.WAIT: ("full", 503),
    Action.SHED: ("full", 503),
    Action.CHALLENGE: ("limited", 429),  # where challenges are off; else http/challenge.py answers
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
_OF_FAILURE: Final = {"platform-down": "unavailable"}  # beside what its status says
_HEADERS: Final = {
    405: b"Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n",
    503: b"Retry-After: 10\r\n",
}
_ID: Final = "\x00id\x00"  # where the request's id goes
_SECONDS: Final = "\x00seconds\x00"
_WAIT_AR: Final = f"\n<p>الثواني المتبقية قبل المحاولة من جديد: <b>{_SECONDS}</b></p>"
_WAIT_EN: Final = f"\n<p>Seconds until you can try again: <b>{_SECONDS}</b></p>"


_UNCHALLENGED: Final = 30  # seconds until who cannot be challenged may try again
_READY: Final = 1024  # answers kept ready, some 2 KiB each; at the bound all are made anew


class _Page:
    """A body with marks in it, where the request's id and the seconds to wait go."""

    __slots__ = ("media_type", "text")

    def __init__(self, text: str, media_type: bytes) -> None:
        self.text = text
        self.media_type = media_type


class _Ready:
    """A whole answer but for the request's id, which goes between its `pieces`; `size` of its
    body, for ids of one length."""

    __slots__ = ("pieces", "size")

    def __init__(self, pieces: list[bytes], size: int) -> None:
        self.pieces = pieces
        self.size = size


class Responses:
    """Renders refusals and errors.

    `messages` replaces a page's text by kind and language, `contact` is shown on every page; both
    in the operator's own words, by "ar" and "en". `blocked` is what a block's `reason` is answered
    with instead of the usual: a status, and words by language.
    """

    def __init__(
        self,
        *,
        messages: Mapping[str, Mapping[str, str]] | None = None,
        contact: Mapping[str, str] | None = None,
        blocked: Mapping[str, tuple[int, Mapping[str, str]]] | None = None,
    ) -> None:
        pages = files("gateway.http") / "pages"
        template = Template((pages / "refusal.html").read_text("utf-8"))
        texts = json.loads((pages / "texts.json").read_text("utf-8"))
        self._blocks = BlockPage(contact or {})
        self._ready: dict[tuple[str, int, int, bytes, bool, bool, bool, int], _Ready] = {}
        self._html: dict[str, _Page] = {}
        self._json: dict[str, _Page] = {}
        for kind, languages in texts.items():
            own = (messages or {}).get(kind, {})
            self._html[kind] = _page(template, kind, languages, own, contact or {})
            self._json[kind] = _object(kind, languages, own)
        self._blocked: dict[str, int] = {}
        for reason, (status, words) in (blocked or {}).items():
            self._blocked[reason] = status
            self._html[reason] = _page(template, "blocked", texts["blocked"], words, contact or {})
            self._json[reason] = _object("blocked", texts["blocked"], words)

    def refusal(
        self,
        verdict: Verdict,
        request_id: bytes,
        now: int,
        *,
        accept: bytes = b"",
        head: bool = False,
        close: bool = False,
    ) -> tuple[int, bytes, int]:
        """The answer to a request that is refused: status, bytes, and size of the body."""
        if verdict.code:
            return self._blocks.answer(
                verdict, request_id, now, accept=accept, head=head, close=close
            )
        kind, status = REFUSALS[verdict.action]
        if verdict.reason in self._blocked:
            kind, status = verdict.reason, self._blocked[verdict.reason]
        seconds, fields = verdict.retry_after_seconds, verdict.fields
        if verdict.action is Action.CHALLENGE:
            seconds = seconds or _UNCHALLENGED
        if seconds:
            fields = b"Retry-After: %d\r\n%b" % (seconds, fields)
        return self._answer(kind, status, request_id, seconds, fields, accept, head, close)

    def own(
        self, answer: OwnAnswer, request_id: bytes, *, head: bool, close: bool
    ) -> tuple[int, bytes, int]:
        """The answer from a path of ours."""
        size = len(answer.body)
        start = b"HTTP/1.1 %d %b\r\n%bX-Request-Id: %b\r\n%b%b%b\r\n" % (
            answer.status,
            _REASONS[answer.status],
            # RFC 9110, 8.6: none in a 204.
            b"" if answer.status == 204 else b"Content-Length: %d\r\n" % size,
            request_id,
            b"Content-Type: %b\r\n" % answer.media_type if answer.media_type else b"",
            answer.fields,
            b"Connection: close\r\n" if close else b"",
        )
        return answer.status, start if head else start + answer.body, 0 if head else size

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
        kind = _OF_FAILURE.get(failure.name, _BY_STATUS[status])
        fields = _HEADERS.get(status, b"")
        if failure.retry_after:
            fields = b"Retry-After: %d\r\n" % failure.retry_after
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
        as_json = _wants_json(accept)
        key = (kind, status, seconds, fields, as_json, head, close, len(request_id))
        ready = self._ready.get(key)
        if ready is None:
            page = self._json[kind] if as_json else self._html[kind]
            ready = _made_ready(page, status, len(request_id), seconds, fields, head, close)
            if len(self._ready) >= _READY:
                self._ready.clear()
            self._ready[key] = ready
        return status, request_id.join(ready.pieces), ready.size


def _made_ready(
    page: _Page, status: int, id_size: int, seconds: int, fields: bytes, head: bool, close: bool
) -> _Ready:
    content = page.text.replace(_SECONDS, str(seconds)).encode()
    mark = _ID.encode()
    size = len(content) + content.count(mark) * (id_size - len(mark))
    start = (
        b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
        b"Cache-Control: no-store\r\nX-Request-Id: %b\r\n%b%b\r\n"
    ) % (
        status,
        _REASONS[status],
        page.media_type,
        size,
        mark,
        fields,
        b"Connection: close\r\n" if close else b"",
    )
    return _Ready((start if head else start + content).split(mark), 0 if head else size)


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
) -> _Page:
    parts = {"id": _ID, "wait_ar": "", "wait_en": ""}
    if kind == "limited":
        parts |= {"wait_ar": _WAIT_AR, "wait_en": _WAIT_EN}
    for language in ("ar", "en"):
        title, text = languages[language]
        parts[f"title_{language}"] = html.escape(title)
        parts[f"text_{language}"] = html.escape(own.get(language, text))
        parts[f"contact_{language}"] = shown_contact(contact.get(language, ""))
    return _Page(template.substitute(parts), b"text/html; charset=utf-8")


def _object(kind: str, languages: Mapping[str, list[str]], own: Mapping[str, str]) -> _Page:
    said = {
        "error": kind,
        "message": {code: own.get(code, text[1]) for code, text in languages.items()},
        "request_id": "@id@",
    }
    text = json.dumps(said, ensure_ascii=False)
    if kind == "limited":
        text = text[:-1] + f', "retry_after_seconds": {_SECONDS}' + "}"
    return _Page(text.replace("@id@", _ID) + "\n", b"application/json; charset=utf-8")
