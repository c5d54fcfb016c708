"""The desk: what is said to who has to wait, on the way to a guarded path and on the room's own.

GET  a guarded path                 without a pass: to the room's page, or in, when called
GET  /.dawr/rooms/ROOM              the page, or for `Accept: application/json` the same as JSON
POST /.dawr/rooms/ROOM/enter        in, and on to `to`, for who was called; GET is the same
POST /.dawr/rooms/ROOM/join         joins, where that takes more (joining.py)
GET  /.dawr/rooms/ROOM/work         the script that does the work that joining may cost
POST /.dawr/rooms/ROOM/leave        gives the place up
GET  /.dawr/draw/ROOM/OPENING/…     what is published of the draw (publication.py)

Who comes for the first time is sent to the room's page with a ticket: the cookie comes back with
that very request, and so the place is kept without JavaScript too. Cookies are for this site alone
(SameSite=Lax), so that no other page can give a place up for anybody.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from gateway.clock import SECOND
from gateway.http.challenge_page import worker_script
from gateway.http.devices import Devices
from gateway.http.own import Asker, Desk, Learned, OwnAnswer, fields_sent, wants_html
from gateway.http.way_back import local
from gateway.request import Request
from gateway.state.client import FAILURES
from gateway.tasks import start_task
from gateway.verdict import Action, Verdict
from gateway.waitingroom import view as views
from gateway.waitingroom.joining import Joining, waited
from gateway.waitingroom.place import FRESH, JSON, NAME, ROOM_PATH, TEXT, Place, redirect
from gateway.waitingroom.room import ANOTHER, Room
from gateway.waitingroom.telling import Teller, takes_tickets, ticket_line
from gateway.waitingroom.tickets import Ticket
from gateway.waitingroom.view import View

_BUSY: Final = OwnAnswer(
    409,
    "يجري تنفيذ حجزك، انتظر لحظة.\nYour booking is being made, wait a moment.\n".encode(),
    TEXT,
    b"Cache-Control: no-store\r\nRetry-After: 5\r\n",
)
_WORK: Final = OwnAnswer(  # the same for all rooms; a new release may bring another
    200,
    worker_script(),
    b"text/javascript; charset=utf-8",
    b"Cache-Control: max-age=3600\r\nX-Content-Type-Options: nosniff\r\n",
)
_RESERVED_WITHIN: Final = 1.0  # seconds; then the booking goes on without
_EARLY: Final = 65_536  # tickets whose next look is remembered; some 10 MiB
_NOTHING_ASKED: Final[dict[str, str]] = {}
_EARLIEST: Final = 0.5  # of the time that was said, from which a look is not early


class WaitingDesk(Desk):
    """`devices` None: tickets are bound to no device."""

    def __init__(self, places: Mapping[str, Place], devices: Devices | None) -> None:
        super().__init__(NAME)
        self._places = dict(places)
        self._devices = devices
        self._teller = Teller()
        self._joining = Joining(self._teller)
        # Whether anywhere whom a place is for may have to be found out.
        self._asks: bool = any(place.room.identities is not None for place in places.values())
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
        view = self._teller.outside(request, place.room)
        if reason == "booked":
            view.done = views.BOOKED
        elif reason == ANOTHER:
            view.done = views.ANOTHER
        else:
            view.phase, view.places = views.OVER, 0
        if wants_html(request):
            return place.as_page(request, view, b"", b"/", place.status)
        return place.as_object(view, b"", place.status)

    def _refusal(self, request: Request, place: Place) -> OwnAnswer:
        room = place.room
        if not wants_html(request):
            return self._for_application(request, place, place.status)
        ticket = room.ticket_of(request)
        again = request.method not in {b"GET", b"HEAD"}
        if ticket is None:
            if takes_tickets(room, request) and not again:
                return place.to_page(request.target, self._new_ticket(request, room)[1])
            return self._html(request, place, b"/" if again else request.target, place.status)
        view, fields = self._teller.holder(request, room, ticket)
        if view.turn and not again:
            return redirect(local(request.target), fields + self._enter(request, room, ticket))
        to = b"/" if again else request.target
        return place.as_page(request, view, fields, to, place.status)

    def _new_ticket(self, request: Request, room: Room) -> tuple[Ticket, bytes]:
        """A ticket for who has none, and the Set-Cookie lines."""
        fields = b""
        device = request.device
        if not device and self._devices is not None:
            device, fields = self._devices.given(request)
        ticket = room.new_ticket(device)
        return ticket, fields + ticket_line(request, room, ticket)

    def _enter(self, request: Request, room: Room, ticket: Ticket) -> bytes:
        number = room.number_of(request, ticket)
        return room.enter(request, ticket if ticket.number else room.numbered(ticket, number))

    # The room's own path.

    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        name, _, rest = request.path[len(ROOM_PATH) :].partition("/")
        place = self._places.get(name)
        if place is None or rest not in {"", "enter", "here", "join", "leave", "work"}:
            return OwnAnswer(404, b"There is no such room.\n", TEXT, FRESH)
        if request.method == b"OPTIONS":
            return place.shared(request, place.preflight(request))
        return place.shared(request, self._answer(request, body, place, rest))

    def waits(self, request: Request) -> bool:
        if not self._asks:
            return False
        place = self._joined(request)
        return place is not None and self._joining.waits(request, place)

    def find_out(self, request: Request, body: bytes, asker: Asker) -> None:
        place = self._joined(request)
        if place is not None:  # as `waits` has said
            sent = fields_sent(body if request.method == b"POST" else request.query)
            self._joining.find_out(request, place, sent, asker)

    def _joined(self, request: Request) -> Place | None:
        """The room that a request may join."""
        name, _, rest = request.path[len(ROOM_PATH) :].partition("/")
        return self._places.get(name) if rest in {"", "join"} else None

    def _answer(self, request: Request, body: bytes, place: Place, rest: str) -> OwnAnswer:
        if rest == "work":
            return _WORK
        if rest == "join":
            return self._joining.join(request, place, fields_sent(body))
        if rest == "here":
            return self._joining.here(request, place, fields_sent(body))
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
            view, fields = self._teller.holder(request, room, ticket)
            if view.turn:
                return redirect(to, fields + self._enter(request, room, ticket))
        return place.to_page(to)

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
            view = self._teller.outside(request, room)
            return place.as_page(request, view, fields, b"/", 200, left=True)
        return OwnAnswer(204, b"", b"", FRESH + fields)

    # Answers.

    def _for_application(self, request: Request, place: Place, status: int) -> OwnAnswer:
        room = place.room
        ticket = room.ticket_of(request)
        if ticket is None:
            view, fields = self._first(request, room)
            return place.as_object(view, fields, status)
        due = self._next.get(ticket.hash, 0)
        if request.now < due:
            return _early(due - request.now)
        view, fields = self._teller.holder(request, room, ticket)
        if len(self._next) >= _EARLY:
            self._next.clear()
        self._next[ticket.hash] = request.now + int(view.poll_after * SECOND * _EARLIEST)
        return place.as_object(view, fields, status)

    def _html(
        self,
        request: Request,
        place: Place,
        to: bytes,
        status: int,
        query: Mapping[str, str] = _NOTHING_ASKED,
    ) -> OwnAnswer:
        """The page for who may have no ticket yet."""
        room = place.room
        ticket = room.ticket_of(request)
        if ticket is None:
            view, fields = self._first(request, room)
        else:
            before, ticket = ticket, waited(request, place, ticket, query)
            view, fields = self._teller.holder(request, room, ticket)
            if ticket is not before:
                fields = ticket_line(request, room, ticket) + fields
        return place.as_page(request, view, fields, to, status, query)

    def _first(self, request: Request, room: Room) -> tuple[View, bytes]:
        """What is told who has no ticket yet, and the Set-Cookie lines with one, while there are
        any."""
        if not takes_tickets(room, request):
            return self._teller.outside(request, room), b""
        ticket, fields = self._new_ticket(request, room)
        return self._teller.newcomer(request, room, ticket), fields


def _early(left: int) -> OwnAnswer:
    """A look before its time: what was said still holds."""
    seconds = left // SECOND + 1
    return OwnAnswer(
        429,
        b'{"version":1,"early":true,"poll_after":%d}' % seconds,
        JSON,
        b"Retry-After: %d\r\nCache-Control: no-store\r\n" % seconds,
    )
