"""People and bots before a waiting room: what they do there until they may go in.

A citizen opens the page of the form, is led to the room, and asks as the page's script does: when
the last answer said, as JSON. Called, they enter after two to eight seconds, fill in the form and
send it. Some never look again once they have their number (`absent`). Some close the browser for
ten to twenty seconds (`closing`), and come back with its cookies, every second of them from another
network. A bot asks for JSON from the start, enters at once and sends the form at once.

`said` of every eighth: at which second who was told that the number will be called in low to high
seconds (-1, -1: nothing was said), and whether today's places reach it.
"""

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from bench.visitors import ABSENT, AWAY, EXPIRED, LOST, MOVED, TURNED_BACK, Visitor

if TYPE_CHECKING:
    from bench.cast import Crowd

_ROOM: Final = b"/.dawr/rooms/passports"
_JSON: Final = b"application/json"
_TO: Final = b"to=%2Fbooking%2F"
_VIEW: Final = b'id="view">'
_EVERY: Final = 8
_PAGES: Final = 4  # redirections that a browser follows here, at most


class Waiter(Visitor):
    """A visitor before a room."""

    def __init__(self, crowd: "Crowd", number: int, source: str) -> None:
        super().__init__(crowd, number, source)
        day = crowd.day
        citizen = not self.bot
        self._absent = citizen and self.chance.random() < day.absent
        self._closes = citizen and not self._absent and self.chance.random() < day.closing
        self._called = False
        self._hops = 0
        self._done = False

    def arrive(self) -> None:
        self.came = self.crowd.wire.now()
        if self.bot:
            self._poll()
        else:
            self._visit(b"/booking/")

    # The page.

    def _visit(self, path: bytes) -> None:
        self.ask(b"GET", path, self._visited, gzip=True)

    def _visited(self, status: int, head: bytes, body: bytes) -> None:
        if status == 303 and self._hops < _PAGES:
            self._hops += 1
            to = _location(head)
            if to == b"/booking/":  # called meanwhile: let in
                self.open_form()
            else:
                self._visit(to)
            return
        self._hops = 0
        view = view_in(head, body) if status in {200, 503} else None
        if view is None:
            self.refused(f"page {status}")
            self.crowd.wire.at(self.pause(), lambda: self._visit(b"/booking/"))
        else:
            self._take(view)

    # The polls.

    def _poll(self) -> None:
        if not self._done:
            if self.jar:  # who comes for the first time does not look yet
                self.crowd.polls[int(self.crowd.wire.now() // 1)] += 1
            self.ask(b"GET", _ROOM, self._polled, accept=_JSON)

    def _polled(self, status: int, head: bytes, body: bytes) -> None:
        if status == 200:
            self._take(json.loads(body))
        elif status == 429 and body.startswith(b'{"version":1,"early"'):
            self.crowd.early += 1
            self._again(json.loads(body)["poll_after"])
        else:
            self.refused(f"poll {status}")
            self.crowd.wire.at(self.pause(), self._poll)

    def _again(self, seconds: float) -> None:
        # The page's clock ticks once a second.
        self.crowd.wire.at(self.later(seconds, seconds + (not self.bot)), self._poll)

    def _take(self, view: dict[str, Any]) -> None:
        """What the room says."""
        now = self.crowd.wire.now()
        number = view["number"] or 0
        if number:
            if self.place and number != self.place:
                self.flags |= LOST
            self.place = number
        if number and view["phase"] == "open" and not view["turn"] and self.number % _EVERY == 0:
            wait = view["wait"] or {"low": -1, "high": -1}
            self.crowd.said.append(
                (round(now, 2), number, wait["low"], wait["high"], view["reach"])
            )
        if view["phase"] == "over" or view["done"] != "no":
            self._is_over(view)
        elif self._absent and number:
            self.flags |= ABSENT
            self._leave()
        elif view["turn"]:
            self._is_called()
        elif self._closes and view["kept"]:
            self._closes = False
            self._close(now)
        elif self.bot and not view["kept"]:
            self._again(0.0 if view["ticket"] else self.chance.uniform(0.2, 0.6))
        else:
            self._again(view["poll_after"])

    def _is_over(self, view: dict[str, Any]) -> None:
        if view["done"] == "expired":
            self.flags |= EXPIRED
        self.over = self.crowd.wire.now()
        self._leave()

    def _leave(self) -> None:
        if not self._done:
            self._done = True
            self.crowd.finished()

    def finish(self) -> None:
        self._leave()

    def _close(self, now: float) -> None:
        """The browser is closed, and opened again somewhere."""
        self.flags |= AWAY
        if self.number % 2:
            self.flags |= MOVED
            networks = self.crowd.networks
            self.source = networks[self.number % len(networks)]
        self.crowd.wire.at(now + self.chance.uniform(10, 20), lambda: self._visit(b"/booking/"))

    # In.

    def _is_called(self) -> None:
        if self._called:
            return
        self._called = True
        at = self.crowd.wire.now() if self.bot else self.later(2.0, 8.0)
        self.crowd.wire.at(at, self._enter)

    def _enter(self) -> None:
        self.ask(b"POST", _ROOM + b"/enter", self._entered, body=_TO)

    def _entered(self, status: int, head: bytes, body: bytes) -> None:
        if status != 303:
            self.refused(f"enter {status}")
            self.crowd.wire.at(self.pause(), self._enter)
        elif _location(head) == b"/booking/":
            self.open_form()
        else:
            self._turned_back()

    def _turned_back(self) -> None:
        self.flags |= TURNED_BACK
        self._called = False
        self.crowd.wire.at(self.later(1.0, 3.0), self._poll)

    def form_refused(self, status: int, body: bytes) -> None:
        if status == 503 and _VIEW in body:
            self._turned_back()
        else:
            super().form_refused(status, body)

    def booking_refused(self, status: int, head: bytes, body: bytes) -> None:
        if status == 503 and _VIEW in body:
            view = view_in(head, body) or {}
            self.refused(f"booking, by the room: {view.get('phase')}, {view.get('done')}")
            self._turned_back()
        else:
            super().booking_refused(status, head, body)


def view_in(head: bytes, body: bytes) -> dict[str, Any] | None:
    """What a waiting page says, as its script reads it."""
    if b"content-encoding: gzip" in head.lower():
        body = zlib.decompress(body, wbits=31)
    _, mark, rest = body.partition(_VIEW)
    if not mark:
        return None
    found: dict[str, Any] = json.loads(rest.partition(b"</script>")[0])
    return found


def _location(head: bytes) -> bytes:
    at = head.lower().find(b"\r\nlocation:")
    return head[at + 11 :].partition(b"\r\n")[0].strip() if at >= 0 else b""
