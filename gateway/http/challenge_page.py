"""What a challenge looks like: the page, and the same as JSON.

The page asks nothing of any other host, and its policy (CSP) allows its own script, style, the
worker it makes, and requests to ourselves; nothing else. The policy names no `form-action`:
browsers hold that against where the platform sends people after our redirect.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Final

from gateway.http.contact import shown_contact
from gateway.http.markup import escaped, source_hash

_WORKER: Final = (
    "onmessage=function(e){var c=e.data,f=searcher(c.salt,c.challenge),n=-1,i=0;"
    "for(;n<0&&i<=c.maxnumber;i+=2000)n=f(i,Math.min(i+2000,c.maxnumber+1));postMessage(n)};"
)
_MARKS: Final = ("challenge", "to", "wait", "seconds", "again", "back", "id")


def searcher() -> str:
    """The script that does the work: `searcher(salt, wanted)` gives a function of a range."""
    return (files("gateway.http") / "pages" / "searcher.js").read_text("utf-8")


def worker_script() -> bytes:
    """The same for a worker: a challenge is posted to it, and it posts the number back, or -1."""
    lines = [line.strip() for line in searcher().splitlines()]
    return "\n".join([*lines, _WORKER]).encode()


class ChallengePage:
    """`contact` by language, as on the other pages."""

    def __init__(self, contact: Mapping[str, str]) -> None:
        pages = files("gateway.http") / "pages"
        # Without what is there for readers: it goes out each time.
        lines = (searcher() + (pages / "challenge.js").read_text("utf-8")).splitlines()
        script = "\n".join(line.strip() for line in lines if line.strip())
        style = (pages / "challenge.css").read_text("utf-8")
        self.policy = (
            "Content-Security-Policy: default-src 'none'; "
            f"script-src '{source_hash(script)}'; style-src '{source_hash(style)}'; "
            "worker-src blob:; connect-src 'self'; base-uri 'none'; frame-ancestors 'self'\r\n"
            "X-Content-Type-Options: nosniff\r\n"
        ).encode()
        template = Template((pages / "challenge.html").read_text("utf-8"))
        text = template.substitute(
            {name: f"\x00{name}\x00" for name in _MARKS},
            script=script,
            style=style,
            contact_ar=shown_contact(contact.get("ar", "")),
            contact_en=shown_contact(contact.get("en", "")),
        )
        # Text and the names of what belongs between, by turns.
        self._pieces = [piece.encode() for piece in text.split("\x00")]
        said = json.loads((pages / "challenge.json").read_text("utf-8"))
        self._messages: dict[str, bytes] = {
            kind: json.dumps(text, ensure_ascii=False).encode() for kind, text in said.items()
        }

    def html(
        self,
        request_id: bytes,
        challenge: bytes,
        to: bytes,
        wait: bytes,
        seconds: int,
        *,
        again: bool,
        back: bool,
    ) -> bytes:
        """The page; `to`, `wait` and so on as `Challenge` has them."""
        values = {
            b"challenge": escaped(challenge),
            b"to": escaped(to),
            b"wait": wait,
            b"seconds": b"%d" % seconds,
            b"again": b"1" if again else b"",
            b"back": b"1" if back else b"",
            b"id": escaped(request_id),
        }
        pieces = self._pieces.copy()
        for at in range(1, len(pieces), 2):
            pieces[at] = values[pieces[at]]
        return b"".join(pieces)

    def json(self, request_id: bytes, challenge: bytes, path: bytes) -> bytes:
        """The challenge for an application, and where its solution goes."""
        return (
            b'{"error": "challenge", "message": %b, "request_id": "%b", "challenge": %b, '
            b'"verify": "%b"}\n'
        ) % (self._messages["challenge"], request_id, challenge, path)

    def failure(self, request_id: bytes, why: str) -> bytes:
        """Why a solution is none."""
        return b'{"error": "challenge-%b", "message": %b, "request_id": "%b"}\n' % (
            why.encode(),
            self._messages[why],
            request_id,
        )
