"""People and bots of a booking day, as they are without a waiting room (`bench.waiters`: in one).

All ask for the form, fill it in and send it; who is told that a day is full looks at what is left
(/api/availability) and takes one of those, until nothing is. A citizen takes three to ten seconds
to fill it in, and some to ask again when something went wrong; a bot takes none, and half a second
to two. A request is waited for ten seconds. Nobody gives up.
"""

import json
import random
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bench.citizens import AGENTS, cookies_of
from bench.day import BEST, BROKER
from bench.wire import Answered

if TYPE_CHECKING:
    from bench.cast import Crowd

PATIENCE: Final = 10.0
_FORM: Final = b"/booking/"
_CONFIRM: Final = b"/booking/confirm"
_LEFT: Final = b"/api/availability"
_BRANCHES: Final = (b"damascus", b"aleppo", b"homs", b"latakia")
_NAMES: Final = tuple(
    quote(name).encode()
    for name in (
        "رانيا حداد",
        "محمد الخطيب",
        "سلمى العلي",
        "Karim Haddad",
        "Nour Sabbagh",
        "آلان شيخو",
    )
)

ABSENT: Final = 1  # did not come when called
AWAY: Final = 2  # closed the browser for a while
MOVED: Final = 4  # and came back from another address
LOST: Final = 8  # had another number than before
TURNED_BACK: Final = 16  # was called, came, and was sent back to wait
EXPIRED: Final = 32  # was inside for too long


class Visitor:
    """One person, or a bot; knows what to do without a room."""

    def __init__(self, crowd: "Crowd", number: int, source: str) -> None:
        self.crowd = crowd
        self.number = number  # of the person
        self.source = source
        self.kind = crowd.day.kind_of(number)
        self.chance = random.Random(crowd.day.seed * 1_000_003 + number)
        self.jar: dict[bytes, bytes] = {}
        self.came: float | None = None
        self.inside: float | None = None
        self.booked: float | None = None
        self.over: float | None = None
        self.place = 0  # the number in the room
        self.flags = 0
        self.refusals = 0
        self._cookie = b""
        self._cell = b""

    @property
    def bot(self) -> bool:
        return self.kind == BROKER

    def start(self) -> None:
        day = self.crowd.day
        at = 0.0 if self.crowd.mode == BEST else day.comes(self.kind, self.crowd.mode, self.chance)
        self.crowd.wire.at(at, self.arrive)

    def arrive(self) -> None:
        self.came = self.crowd.wire.now()
        self.open_form()

    # Asking.

    def ask(self, method: bytes, path: bytes, answered: Answered, *, body: bytes = b"",
            accept: bytes = b"text/html", gzip: bool = False) -> None:  # fmt: skip
        lines = b""
        if gzip:
            lines = b"Accept-Encoding: gzip\r\n"
        if body:
            lines += (
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
                % (len(body))
            )
        request = (
            b"%b %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: %b\r\nAccept: %b\r\n"
            b"Accept-Language: ar,en;q=0.7\r\n%b%b\r\n%b"
            % (method, path, AGENTS[self.number % len(AGENTS)], accept, lines, self._cookie, body)
        )

        def done(status: int, head: bytes, rest: bytes) -> None:
            if b"et-cookie:" in head.lower():
                self._keep(head)
            answered(status, head, rest)

        self.crowd.wire.ask(self.source, request, PATIENCE, done)

    def _keep(self, head: bytes) -> None:
        for name, value in cookies_of(head).items():
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)
        pairs = b"; ".join(b"%b=%b" % pair for pair in self.jar.items())
        self._cookie = b"Cookie: %b\r\n" % pairs if pairs else b""

    def page(self, method: bytes, path: bytes, answered: Answered, body: bytes = b"") -> None:
        """Ask the platform for something."""
        since = self.crowd.wire.now()

        def done(status: int, head: bytes, rest: bytes) -> None:
            took = self.crowd.wire.now() - since
            self.crowd.pages.append((round(since, 3), self.kind, status, round(took, 4)))
            answered(status, head, rest)

        self.ask(method, path, done, body=body)

    def refused(self, what: str) -> None:
        """Somebody was sent away, or got no answer."""
        self.refusals += 1
        self.crowd.refusals["bot" if self.bot else "citizen", what] += 1

    def later(self, low: float, high: float) -> float:
        return self.crowd.wire.now() + self.chance.uniform(low, high)

    def pause(self) -> float:
        """When to ask again after something went wrong."""
        return self.later(0.5, 2.0) if self.bot else self.later(3.0, 8.0)

    # The form.

    def open_form(self) -> None:
        self.page(b"GET", _FORM, self.form_came)

    def form_came(self, status: int, head: bytes, body: bytes) -> None:
        if status == 200:
            self.inside = self.inside or self.crowd.wire.now()
            day = self.chance.choice(self.crowd.dates)
            self._cell = b"branch=%b&date=%b" % (self.chance.choice(_BRANCHES), day)
            at = self.crowd.wire.now() if self.bot else self.later(3.0, 10.0)
            self.crowd.wire.at(at, self.send)
        else:
            self.form_refused(status, body)

    def form_refused(self, status: int, body: bytes) -> None:
        self.refused(f"form {status}")
        self.crowd.wire.at(self.pause(), self.open_form)

    def send(self) -> None:
        fields = b"%b&full_name=%b&national_id=%011d&phone=0933%06d&csrf=" % (
            self._cell, _NAMES[self.number % len(_NAMES)], 2_010_000_000 + self.number,
            self.number % 1_000_000,
        )  # fmt: skip
        self.page(b"POST", _CONFIRM, self.sent, fields)

    def sent(self, status: int, head: bytes, body: bytes) -> None:
        if status == 201:
            self.booked = self.crowd.wire.now()
            self.finish()
        elif status == 409 and b"<html" in body:
            if self.refusals and b"already" in body:  # the answer was lost, the booking was not
                self.booked = self.crowd.wire.now()
                self.finish()
            else:
                self.look_what_is_left()
        else:
            self.booking_refused(status, head, body)

    def booking_refused(self, status: int, head: bytes, body: bytes) -> None:
        self.refused(f"booking {status}")
        self.crowd.wire.at(self.pause(), self.send)

    def look_what_is_left(self) -> None:
        self.page(b"GET", _LEFT, self.left_came)

    def left_came(self, status: int, head: bytes, body: bytes) -> None:
        if status != 200:
            self.refused(f"availability {status}")
            self.crowd.wire.at(self.pause(), self.look_what_is_left)
            return
        cells = [
            f"branch={branch['id']}&date={day}"
            for branch in json.loads(body)["branches"]
            for day, left in branch["left"].items()
            if left > 0
        ]
        if cells:
            self._cell = self.chance.choice(cells).encode()
            self.crowd.wire.at(self.later(0.0, 0.1) if self.bot else self.later(1, 3), self.send)
        else:
            self.over = self.crowd.wire.now()
            self.finish()

    def finish(self) -> None:
        self.crowd.finished()

    def told(self) -> list[float | int | None]:
        times = (self.came, self.inside, self.booked, self.over)
        rounded = [None if one is None else round(one, 2) for one in times]
        return [self.kind, *rounded, self.place, self.flags, self.refusals]
