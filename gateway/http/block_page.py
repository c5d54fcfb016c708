"""What the blocked see: what happened, until when, a code, the kind of reason, how to appeal.

Never a threshold, and nothing that helps to stay below one. A page for who names HTML, the same for
who names JSON; all others, above all floods, get one line of text, the cheapest answer we have.

What is ready is kept by kind of answer and reason, which are fixed lists; a reason that is on none
is told as "other".
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Final

from gateway.clock import SECOND
from gateway.http.contact import shown_contact
from gateway.verdict import Verdict

OTHER: Final = "other"
_TEXT: Final = b"text/plain; charset=utf-8"
_CLOSE: Final = b"Connection: close\r\n"
_ANSWER: Final = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
    b"Cache-Control: no-store\r\nX-Request-Id: %b\r\n%b%b\r\n%b"
)
_MINUTES: Final = 60
_HOURS: Final = 3600
_DAYS: Final = 86_400
_MARKS: Final = ("id", "code", "left_ar", "left_en")


class BlockPage:
    """`contact` by language, as on the other pages."""

    def __init__(self, contact: Mapping[str, str]) -> None:
        pages = files("gateway.http") / "pages"
        template = Template((pages / "blocked.html").read_text("utf-8"))
        texts = json.loads((pages / "blocked.json").read_text("utf-8"))
        self._left: dict[str, dict[str, str]] = texts["left"]
        self._pages: dict[str, list[bytes]] = {}
        self._objects: dict[str, bytes] = {}
        for reason, said in texts["reasons"].items():
            page = template.substitute(
                {name: f"\x00{name}\x00" for name in _MARKS},
                reason_ar=said["ar"],
                reason_en=said["en"],
                contact_ar=shown_contact(contact.get("ar", "")),
                contact_en=shown_contact(contact.get("en", "")),
            )
            # Text and the names of what belongs between, by turns.
            self._pages[reason] = [piece.encode() for piece in page.split("\x00")]
            message = {
                code: f"{text} {texts['appeal'][code]} {contact.get(code, '')}".strip()
                for code, text in said.items()
            }
            self._objects[reason] = json.dumps(message, ensure_ascii=False).encode()

    def answer(
        self, verdict: Verdict, request_id: bytes, now: int, *, accept: bytes, head: bool,
        close: bool,
    ) -> tuple[int, bytes, int]:  # fmt: skip
        """Status, bytes, and size of the body."""
        code = verdict.code.encode()
        seconds = 0  # by hand alone
        after = b""
        if verdict.until:
            seconds = max(1, -((now - verdict.until) // SECOND))
            after = b"Retry-After: %d\r\n" % seconds
        media_type = _TEXT
        if b"text/html" in accept:
            media_type = b"text/html; charset=utf-8"
            body = self._html(verdict.reason, request_id, code, seconds)
        elif b"json" in accept:
            media_type = b"application/json; charset=utf-8"
            body = self._json(verdict.reason, request_id, code, seconds)
        else:
            body = b"Blocked. Code: %b\n" % code
        size = len(body)
        answer = _ANSWER % (
            media_type,
            size,
            request_id,
            after,
            _CLOSE if close else b"",
            b"" if head else body,
        )
        return 403, answer, 0 if head else size

    def _html(self, reason: str, request_id: bytes, code: bytes, seconds: int) -> bytes:
        unit, number = _in_words(seconds)
        values = {b"id": request_id, b"code": code}
        for language in ("ar", "en"):
            text = self._left[unit][language].replace("{}", str(number))
            values[b"left_" + language.encode()] = text.encode()
        pieces = self._pages.get(reason, self._pages[OTHER]).copy()
        for at in range(1, len(pieces), 2):
            pieces[at] = values[pieces[at]]
        return b"".join(pieces)

    def _json(self, reason: str, request_id: bytes, code: bytes, seconds: int) -> bytes:
        known = reason if reason in self._objects else OTHER
        return (
            b'{"error": "blocked", "code": "%b", "reason": "%b", "until_seconds": %b, '
            b'"message": %b, "request_id": "%b"}\n'
        ) % (
            code,
            known.encode(),
            b"%d" % seconds if seconds else b"null",
            self._objects[known],
            request_id,
        )


def _in_words(seconds: int) -> tuple[str, int]:
    """A unit and how many of it are left, counted up: nobody is told to come too early."""
    if not seconds:
        return "open", 0
    if seconds <= 2 * _HOURS:
        return "minutes", -(-seconds // _MINUTES)
    if seconds <= 2 * _DAYS:
        return "hours", -(-seconds // _HOURS)
    return "days", -(-seconds // _DAYS)
