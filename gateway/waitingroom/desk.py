"""The desk: what is said to who has to wait, on the way to a guarded path and on the room's own.

GET  a guarded path                 without a pass: to the room's page, or in, when called
GET  /.dawr/rooms/ROOM              the page, or for `Accept: application/json` the same as JSON
POST /.dawr/rooms/ROOM/enter        in, and on to `to`, for who was called; GET is the same
POST /.dawr/rooms/ROOM/join         says whom the ticket is for, where the room asks: `identity`
POST /.dawr/rooms/ROOM/leave        gives the place up
GET  /.dawr/draw/ROOM/OPENING/…     what is published of the draw (publication.py)

Who comes for the first time is sent to the room's page with a ticket: the cookie comes back with
that very request, and so the place is kept without JavaScript too. Cookies are for this site alone
(SameSite=Lax), so that no other page can give a place up for anybody.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from gateway.clock import SECOND
from gateway.http.devices import Devices
from gateway.http.own import Desk, Learned, OwnAnswer, fields_sent, wants_html
from gateway.http.way_back import local
from gateway.request import OWN_PATHS, Request
from gateway.state.client import FAILURES
from gateway.tasks import start_task
from gateway.verdict import Action, Verdict
from gateway.waitingroom import view as views
from gateway.waitingroom.looks import Spread, estimate, reach, with_number, without_number
from gateway.waitingroom.page import REFRESH, WaitingPage
from gateway.waitingroom.room import ANOTHER, BOOKED, EXPIRED, LEFT, Room
from gateway.waitingroom.tickets import Ticket
from gateway.waitingroom.view import View

NAME: Final = "rooms"
_HTML: Final = b"text/html; charset=utf-8"
_JSON: Final = b"application/json; charset=utf-8"
_TEXT: Final = b"text/plain; charset=utf-8"
_FRESH: Final = b"Cache-Control: no-store\r\nVary: Accept, Accept-Encoding, Accept-Language\r\n"
_GZIP: Final = b"Content-Encoding: gzip\r\n"
_BUSY: Final = OwnAnswer(
    409,
    "يجري تنفيذ حجزك، انتظر لحظة.\nYour booking is being made, wait a moment.\n".encode(),
    _TEXT,
    b"Cache-Control: no-store\r\nRetry-After: 5\r\n",
)
_RESERVED_WITHIN: Final = 1.0  # seconds; then the booking goes on without
_ROOM_PATH: Final = OWN_PATHS + NAME + "/"
_EARLY: Final = 65_536  # tickets whose next look is remembered; some 10 MiB
_EARLIEST: Final = 0.5  # of the time that was said, from which a look is not early


class Place:
    """A room and its page; `status` for who waits."""

    __slots__ = ("page", "room", "status")

    def __init__(self, room: Room, page: WaitingPage, status: int) -> None:
        self.room = room
        self.page = page
        self.status = status


class WaitingDesk(Desk):
    """`devices` None: tickets are bound to no device."""

    def __init__(self, places: Mapping[str, Place], devices: Devices | None) -> None:
        super().__init__(NAME)
        self._places = dict(places)
        self._devices = devices
        self._spread = Spread()
        self._next: dict[bytes, int] = {}  # when a ticket's next look is due, monotonic

    # On the way to a guarded path.

    def refusal(self, request: Request, verdict: Verdict) -> OwnAnswer:
        place = self._places[verdict.rule]
        if verdict.reason:
            return self._no_booking(request, place, verdict.reason)
        return self._refusal(request, place)

    def learn(self, request: Request, verdict: Verdict, learned: Learned) -> None:
        start_task(self._reserve(request, self._places[verdict.rule].room, learned), name="reserve")

    async def _reserve(self, request: Request, room: Room, learned: Learned) -> None:
        """A place for a booking. While the shared state is away it goes on without, as long as not
        more are inside than there are places; else it has to wait."""
        booking = room.booking(request)
        why = without = "busy" if room.told.tight else ""
        if room.reserve is not None and not room.away(request.now):
            try:
                async with asyncio.timeout(_RESERVED_WITHIN):
                    why = await room.reserve(room, booking.item, room.told.quota)
            except (*FAILURES, ValueError):
                why = without
        if why:
            learned.learned(request, Verdict(Action.WAIT, room.name, reason=why))
            return
        request.watch(booking)
        learned.learned(request, None)

    def _no_booking(self, request: Request, place: Place, reason: str) -> OwnAnswer:
        """A booking that was not sent on: there is no place, or this pass has had its one."""
        if reason == "busy":
            return _BUSY
        view = self._outside(request, place.room)
        if reason == "booked":
            view.done = views.BOOKED
        elif reason == ANOTHER:
            view.done = views.ANOTHER
        else:
            view.phase, view.places = views.OVER, 0
        if wants_html(request):
            return self._page(request, place, view, b"", b"/", place.status)
        return self._object(place, view, b"", place.status)

    def _refusal(self, request: Request, place: Place) -> OwnAnswer:
        room = place.room
        if not wants_html(request):
            return self._for_application(request, place, place.status)
        ticket = room.ticket_of(request)
        again = request.method not in {b"GET", b"HEAD"}
        if ticket is None:
            if self._takes_tickets(room, request) and not again:
                to = _page_of(room.name, request.target)
                return _redirect(to, self._new_ticket(request, room)[1])
            return self._html(request, place, b"/" if again else request.target, place.status)
        view, fields = self._view(request, room, ticket)
        if view.turn and not again:
            return _redirect(local(request.target), fields + self._enter(request, room, ticket))
        to = b"/" if again else request.target
        return self._page(request, place, view, fields, to, place.status)

    def _takes_tickets(self, room: Room, request: Request) -> bool:
        return bool(room.opening) and room.told.phase in _JOINED and not room.away(request.now)

    def _new_ticket(self, request: Request, room: Room) -> tuple[Ticket, bytes]:
        """A ticket for who has none, and the Set-Cookie lines."""
        fields = b""
        device = request.device
        if not device and self._devices is not None:
            device, fields = self._devices.given(request)
        ticket = room.tickets.new(room.tag, device)
        return ticket, fields + _ticket_line(request, room, ticket)

    def _enter(self, request: Request, room: Room, ticket: Ticket) -> bytes:
        number = room.number_of(request, ticket)
        return room.enter(request, ticket if ticket.number else room.numbered(ticket, number))

    # The room's own path.

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        name, _, rest = request.path[len(_ROOM_PATH) :].partition("/")
        place = self._places.get(name)
        if place is None or rest not in {"", "enter", "join", "leave"}:
            return OwnAnswer(404, b"There is no such room.\n", _TEXT, _FRESH)
        if rest == "join":
            return self._join(request, place, fields_sent(body))
        if rest == "leave":
            return self._leave(request, place, fields_sent(body))
        query = fields_sent(request.query)
        if rest == "enter":
            sent = fields_sent(body) if request.method == b"POST" else query
            return self._go_in(request, place, local(sent.get("to", "/").encode()))
        if request.method not in {b"GET", b"HEAD"}:
            return OwnAnswer(405, b"", b"", b"Allow: GET, HEAD\r\n")
        to = local(query.get("to", "/").encode())
        if wants_html(request):
            return self._html(request, place, to, 200, query)
        return self._for_application(request, place, 200)

    def _go_in(self, request: Request, place: Place, to: bytes) -> OwnAnswer:
        room = place.room
        ticket = room.ticket_of(request)
        if ticket is not None:
            view, fields = self._view(request, room, ticket)
            if view.turn:
                return _redirect(to, fields + self._enter(request, room, ticket))
        return _redirect(_page_of(room.name, to), b"")

    def _join(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        """Somebody says whom the ticket is for."""
        room = place.room
        to = local(sent.get("to", "/").encode())
        html = wants_html(request)
        if request.method != b"POST":
            return OwnAnswer(405, b"", b"", b"Allow: POST\r\n")
        ticket = room.ticket_of(request)
        if ticket is None or not room.asks(ticket):
            return _redirect(_page_of(room.name, to), b"")
        bound = room.bound(ticket, sent.get("identity", ""))
        if bound is None:
            view, fields = self._view(request, room, ticket)
            view.wrong = True
            if html:
                return self._page(request, place, view, fields, to, 422)
            return self._object(place, view, fields, 422)
        room.number_of(request, bound)
        fields = _ticket_line(request, room, bound)
        if html:
            return _redirect(_page_of(room.name, to), fields)
        return OwnAnswer(204, b"", b"", _FRESH + fields)

    def _leave(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        room = place.room
        if request.method != b"POST":
            return OwnAnswer(405, b"", b"", b"Allow: POST\r\n")
        ticket = room.ticket_of(request)
        fields = b""
        if wants_html(request) and sent.get("sure") != "1":
            return self._html(request, place, local(sent.get("to", "/").encode()), 200)
        if ticket is not None:
            room.leave(ticket.hash, room.number_of(request, ticket))
            fields = room.tickets.gone(request) + room.passes.gone(request)
        if wants_html(request):
            view = self._outside(request, room)
            return self._page(request, place, view, fields, b"/", 200, left=True)
        return OwnAnswer(204, b"", b"", _FRESH + fields)

    # Answers.

    def _for_application(self, request: Request, place: Place, status: int) -> OwnAnswer:
        room = place.room
        ticket = room.ticket_of(request)
        if ticket is None:
            view, fields = self._first(request, room)
            return self._object(place, view, fields, status)
        due = self._next.get(ticket.hash, 0)
        if request.now < due:
            return _early(due - request.now)
        view, fields = self._view(request, room, ticket)
        if len(self._next) >= _EARLY:
            self._next.clear()
        self._next[ticket.hash] = request.now + int(view.poll_after * SECOND * _EARLIEST)
        return self._object(place, view, fields, status)

    def _object(self, place: Place, view: View, fields: bytes, status: int) -> OwnAnswer:
        if status != 200:
            fields += b"Retry-After: %d\r\n" % view.poll_after
        return OwnAnswer(status, place.page.json(view), _JSON, _FRESH + fields)

    def _html(
        self,
        request: Request,
        place: Place,
        to: bytes,
        status: int,
        query: Mapping[str, str] | None = None,
    ) -> OwnAnswer:
        """The page for who may have no ticket yet."""
        room = place.room
        ticket = room.ticket_of(request)
        if ticket is not None:
            view, fields = self._view(request, room, ticket)
        else:
            view, fields = self._first(request, room)
        return self._page(request, place, view, fields, to, status, query)

    def _page(
        self,
        request: Request,
        place: Place,
        view: View,
        fields: bytes,
        to: bytes,
        status: int,
        query: Mapping[str, str] | None = None,
        *,
        left: bool = False,
    ) -> OwnAnswer:
        asked = query or {}
        page = place.page
        language = page.language_of(
            request.header(b"accept-language") or b"", asked.get("lang", "").encode()
        )
        auto = asked.get("auto") == "1"
        fields = _FRESH + page.policy + fields
        if auto:
            fields += REFRESH
        if status in {429, 503}:
            fields += b"Retry-After: %d\r\n" % view.poll_after
        squeezed = b"gzip" in (request.header(b"accept-encoding") or b"")
        render = page.gzipped if squeezed else page.html
        body = render(view, to=to, language=language, request_id=request.id, auto=auto, left=left)
        return OwnAnswer(status, body, _HTML, fields + _GZIP if squeezed else fields)

    # What one visitor is told.

    def _outside(self, request: Request, room: Room) -> View:
        """What is told without a ticket that has come back."""
        told = room.told
        phase = views.AWAY if room.away(request.now) or not room.opening else told.phase
        return View(
            phase,
            waiting=told.waiting if phase in _JOINED else -1,
            places=told.places,
            opens_in=_opens_in(room, request),
            opens_at=(told.local or told.then).encode(),
            poll_after=self._spread.of(without_number(told, room.wall(request), phase)),
            message=told.message,
            opening=room.opening.encode(),
        )

    def _first(self, request: Request, room: Room) -> tuple[View, bytes]:
        """What is told who has no ticket yet, and the Set-Cookie lines with one, while there are
        any."""
        view = self._outside(request, room)
        if not self._takes_tickets(room, request):
            return view, b""
        ticket, fields = self._new_ticket(request, room)
        view.ticket = ticket.hash.hex().encode()
        return view, fields

    def _view(self, request: Request, room: Room, ticket: Ticket) -> tuple[View, bytes]:
        """What a ticket's holder is told, and the Set-Cookie lines to go with it."""
        told = room.told
        view = self._outside(request, room)
        view.ticket = ticket.hash.hex().encode()
        view.kept = True
        if room.asks(ticket):
            view.asks = True
            view.kept = False
            return view, b""
        why = room.ended.get(ticket.hash)
        if why is not None:
            view.done = _DONE[why]
            view.number = ticket.number
            # A booking is for the day; whose time is over may join again, at the end.
            return view, b"" if why == BOOKED else room.tickets.gone(request)
        fields = b""
        number = room.number_of(request, ticket) if view.phase in _JOINED else ticket.number
        if not number:
            if view.phase == views.OPEN:
                view.poll_after = 2  # its number is on the way
            return view, fields
        if not ticket.number:
            fields = _ticket_line(request, room, room.numbered(ticket, number))
        view.number = number
        if view.phase == views.AWAY:
            view.phase = told.phase  # whoever has a number is told what was known last
        view.before = max(0, number - told.serving - 1)
        view.turn = room.turn(number)
        if view.turn:
            view.before = 0
            view.enter_within = room.grace
            view.poll_after = 60
            return view, fields
        if view.phase == views.OPEN:
            self._estimate(view, room, number)
        return view, fields

    def _estimate(self, view: View, room: Room, number: int) -> None:
        told = room.told
        view.reach = reach(told, number)
        view.low, view.high = estimate(told, number)
        view.poll_after = self._spread.of(with_number(told, number))


_A_DAY: Final = 86_400
_DONE: Final = {BOOKED: views.BOOKED, LEFT: views.LEFT, EXPIRED: views.EXPIRED}
_JOINED: Final = frozenset({views.PREQUEUE, views.DRAWING, views.OPEN, views.PAUSED})


def _ticket_line(request: Request, room: Room, ticket: Ticket) -> bytes:
    """The Set-Cookie line with a ticket, until its opening is over."""
    left = int(room.told.ends) - room.wall(request)
    return room.tickets.line(request, ticket, min(max(left, 60), _A_DAY))


def _opens_in(room: Room, request: Request) -> int:
    told = room.told
    left = int(told.opens) - room.wall(request)
    return left if told.phase in {views.CLOSED, views.PREQUEUE} and left > 0 else -1


def _early(left: int) -> OwnAnswer:
    """A look before its time: what was said still holds."""
    seconds = left // SECOND + 1
    return OwnAnswer(
        429,
        b'{"version":1,"early":true,"poll_after":%d}' % seconds,
        _JSON,
        b"Retry-After: %d\r\nCache-Control: no-store\r\n" % seconds,
    )


def _redirect(to: bytes, fields: bytes) -> OwnAnswer:
    return OwnAnswer(303, b"", b"", b"Location: %b\r\nCache-Control: no-store\r\n%b" % (to, fields))


def _page_of(name: str, to: bytes) -> bytes:
    return f"{_ROOM_PATH}{name}?to={quote(local(to), safe='')}".encode()
