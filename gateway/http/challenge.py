"""The challenge: a price on asking, paid by the browser in work, or by its user in patience.

Who is challenged gets a page that solves ALTCHA's proof of work in the browser and comes back with
a pass; without JavaScript, a button that works after a wait; an application gets the same as JSON.
Who names neither HTML nor JSON (a flood, an image within a page) gets a line of text, ready-made.

GET  /.dawr/challenge             a fresh challenge, as JSON
GET  /.dawr/challenge?wait=…&to=… a pass for having waited, and on to `to`; too early: the page
POST /.dawr/challenge             `altcha` in a form or as JSON: a pass, 204; a form with `to`: 303
"""

import os
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from gateway.clock import SECOND, Clock
from gateway.http import altcha
from gateway.http.altcha import Altcha, Spent
from gateway.http.challenge_page import ChallengePage
from gateway.http.counts import Counts
from gateway.http.devices import Devices
from gateway.http.own import Own, OwnAnswer, fields_sent, wants_html
from gateway.http.passes import GRADES, SOLVED, WAITED, Passes
from gateway.http.way_back import local
from gateway.request import OWN_PATHS, Request
from gateway.tokens import Signer

NAME: Final = "challenge"
PATH: Final = (OWN_PATHS + NAME).encode()
_EARLY: Final = "early"
_FRESH: Final = b"Cache-Control: no-store\r\n"
_JSON: Final = b"application/json; charset=utf-8"
_HTML: Final = b"text/html; charset=utf-8"
_TEXT: Final = OwnAnswer(
    403,
    b"The service asks each browser for a short check: open it in a browser, or send Accept: "
    b"application/json.\n",
    b"text/plain; charset=utf-8",
    _FRESH,
)
_TOKEN: Final = 24  # bytes of a wait: random, the second it is over, the device


class Terms:
    """What a challenge asks and gives: seconds, and the highest numbers to try."""

    __slots__ = (
        "elevated",
        "lifetime",
        "pass_time",
        "under_attack",
        "wait",
        "waited_pass_time",
    )

    def __init__(
        self,
        *,
        pass_time: int = 3600,
        wait: int = 15,
        waited_pass_time: int = 600,
        lifetime: int = 600,
        elevated: int = 50_000,
        under_attack: int = 100_000,
    ) -> None:
        self.pass_time = pass_time
        self.wait = wait
        self.waited_pass_time = waited_pass_time
        self.lifetime = lifetime  # of a challenge that is out
        self.elevated = elevated
        self.under_attack = under_attack


class Challenge(Own):
    """`keys` as for `Signer`; `contact` as on other pages; `under_attack`: ask for more work."""

    def __init__(
        self,
        keys: Sequence[bytes],
        terms: Terms,
        *,
        devices: Devices,
        clock: Clock,
        counts: Counts,
        spent: Spent,
        contact: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(NAME)
        self.under_attack: bool = False
        self.passes = Passes(keys, name=devices.name + b"-pass", clock=clock, counts=counts)
        self._terms = terms
        self._devices = devices
        self._clock = clock
        self._counts = counts
        self._spent = spent
        self._altcha = Altcha(keys, spent, lifetime=terms.lifetime)
        self._waits = Signer(b"wait", keys)
        self._page = ChallengePage(contact or {})

    # Whom a filter challenges.

    def refusal(self, request: Request) -> OwnAnswer:
        """The answer in place of the one that was asked for."""
        if wants_html(request):
            again = request.method not in {b"GET", b"HEAD"}
            to = _referer(request) if again else request.target
            return self._html(request, to, again=again)
        if b"json" in (request.header(b"accept") or b""):
            self._counts.challenge("issued", "application")
            body = self._page.json(request.id, self._fresh(self._device(request)), PATH)
            return OwnAnswer(403, body, _JSON, _FRESH)
        self._counts.challenge("issued", "text")
        return _TEXT

    def _html(
        self, request: Request, to: bytes, *, again: bool = False, back: bool = False,
        wait: bytes = b"", left: int = 0,
    ) -> OwnAnswer:  # fmt: skip
        """`again`: what was sent has to be sent once more; `back`: to be left for `to` when met;
        `wait`: the token that is being waited for, and the seconds that are `left`."""
        self._counts.challenge("issued", "page")
        device = self._device(request)
        body = self._page.html(
            request.id,
            self._fresh(device),
            local(to),
            wait or self._token(device),
            left or self._terms.wait,
            again=again,
            back=back,
        )
        fields = _FRESH + self._page.policy
        if not request.device and request.method == b"GET" and not wait:
            fields += self._devices.line(request, device)
        if left:
            fields += b"Retry-After: %d\r\n" % left
        return OwnAnswer(403, body, _HTML, fields)

    def _device(self, request: Request) -> int:
        """Whose pass a challenge leads to: who has no device gets it with the page, or the pass."""
        return request.device or int.from_bytes(os.urandom(8), "big") or 1

    def _fresh(self, device: int) -> bytes:
        terms = self._terms
        most = terms.under_attack if self.under_attack else terms.elevated
        return self._altcha.make(most, int(self._clock.wall()), device)

    def _token(self, device: int) -> bytes:
        ready = int(self._clock.wall()) + self._terms.wait
        return self._waits.make(
            os.urandom(8) + ready.to_bytes(8, "big") + device.to_bytes(8, "big")
        )

    # Who comes with an answer.

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        if request.method == b"POST":
            return self._solution(request, body)
        if request.method not in {b"GET", b"HEAD"}:
            return OwnAnswer(405, b"", b"", b"Allow: GET, HEAD, POST\r\n")
        fields = fields_sent(request.query)
        wait = fields.get("wait")
        if wait is not None:
            return self._waited(request, wait.encode(), fields.get("to", "/").encode())
        self._counts.challenge("issued", "application")
        return OwnAnswer(200, self._fresh(self._device(request)), _JSON, _FRESH)

    def _solution(self, request: Request, body: bytes) -> OwnAnswer:
        payload, to = _sent(request, body)
        why, device = altcha.MALFORMED, 0
        if payload:
            why, device = self._altcha.check(payload, int(self._clock.wall()), request.now)
        if why:
            return self._failed(request, why, to)
        return self._passed(request, device, SOLVED, self._terms.pass_time, to)

    def _waited(self, request: Request, token: bytes, to: bytes) -> OwnAnswer:
        payload = self._waits.read(token)
        if payload is None or len(payload) != _TOKEN:
            return self._failed(request, altcha.WRONG, to)
        ready = int.from_bytes(payload[8:16], "big")
        wall = int(self._clock.wall())
        if wall < ready:
            self._counts.challenge("failed", _EARLY)
            return self._html(request, to, back=True, wait=token, left=ready - wall)
        lifetime = self._terms.lifetime
        if wall > ready + lifetime:
            return self._failed(request, altcha.EXPIRED, to)
        key = int.from_bytes(payload[:8], "big")
        if not self._spent.spend(key, request.now, (lifetime + 1) * SECOND):
            return self._failed(request, altcha.SPENT, to)
        device = int.from_bytes(payload[16:], "big")
        return self._passed(request, device, WAITED, self._terms.waited_pass_time, to)

    def _passed(
        self, request: Request, device: int, grade: int, seconds: int, to: bytes
    ) -> OwnAnswer:
        self._counts.challenge("passed", GRADES[grade])
        fields = _FRESH
        if request.device != device:  # it kept no cookie, or has two pages open, each with its own
            fields += self._devices.line(request, device)
        fields += self.passes.give(request, device, seconds, grade)
        if to:
            return OwnAnswer(303, b"", b"", fields + b"Location: %b\r\n" % local(to))
        return OwnAnswer(204, b"", b"", fields)

    def _failed(self, request: Request, why: str, to: bytes) -> OwnAnswer:
        self._counts.challenge("failed", why)
        if wants_html(request):
            return self._html(request, to or b"/", back=True)
        status = 400 if why == altcha.MALFORMED else 403
        return OwnAnswer(status, self._page.failure(request.id, why), _JSON, _FRESH)


def _referer(request: Request) -> bytes:
    """The page of ours that a form was sent from; the front page where that is not told."""
    rest = (request.header(b"referer") or b"").partition(b"://")[2]
    host, slash, path = rest.partition(b"/")
    return b"/" + path.partition(b"#")[0] if slash and host.lower() == request.host else b"/"


def _sent(request: Request, body: bytes) -> tuple[bytes, bytes]:
    """The solution and the way back that a request brings; b"" for what it does not."""
    if b"json" in (request.header(b"content-type") or b""):
        try:
            said = orjson.loads(body)
        except ValueError:
            return b"", b""
        found = said.get("altcha") if isinstance(said, dict) else None
        return (found.encode() if isinstance(found, str) else b""), b""
    fields = fields_sent(body)
    return fields.get("altcha", "").encode(), fields.get("to", "").encode()
