"""What one visitor of a room is told: out of what the leader told last, and the ticket."""

from typing import Final

from gateway.request import Request
from gateway.waitingroom import view as views
from gateway.waitingroom.looks import Spread, estimate, reach, with_number, without_number
from gateway.waitingroom.room import BOOKED, EXPIRED, LEFT, Room
from gateway.waitingroom.tickets import Ticket
from gateway.waitingroom.view import View

JOINED: Final = frozenset({views.PREQUEUE, views.DRAWING, views.OPEN, views.PAUSED})
_DONE: Final = {BOOKED: views.BOOKED, LEFT: views.LEFT, EXPIRED: views.EXPIRED}
_A_DAY: Final = 86_400
_SOON: Final = 2  # seconds, to look again when something is on its way
_IN_TURN: Final = 60


class Teller:
    """Of all rooms of a worker."""

    __slots__ = ("_spread",)

    def __init__(self) -> None:
        self._spread = Spread()

    def outside(self, request: Request, room: Room) -> View:
        """What is told without a ticket that has come back."""
        view = _of_room(request, room)
        self._look_without_number(request, room, view)
        return view

    def newcomer(self, request: Request, room: Room, ticket: Ticket) -> View:
        """What is told with a ticket that is given out with it."""
        view = self.outside(request, room)
        view.ticket = ticket.hash.hex().encode()
        if room.owes(ticket):
            _tell_price(view, request, room, ticket)
        return view

    def holder(self, request: Request, room: Room, ticket: Ticket) -> tuple[View, bytes]:
        """What a ticket's holder is told, and the Set-Cookie lines to go with it."""
        view = _of_room(request, room)
        view.ticket = ticket.hash.hex().encode()
        view.kept = True
        why = room.ended.get(ticket.hash)
        if why is None and room.owes(ticket) and view.phase in JOINED:
            _tell_price(view, request, room, ticket)
        if room.asks(ticket):
            view.asks = _asked(room, ticket)
            view.kept = False
        elif why is not None:
            view.done = _DONE[why]
            view.number = ticket.number
        elif room.elsewhere(ticket.hash, ticket.device):
            view.done = views.ELSEWHERE
            view.number = ticket.number
        if view.asks or view.done:
            self._look_without_number(request, room, view)
            # A booking is for the day; whose time is over may join again, at the end.
            return view, b"" if why is None or why == BOOKED else room.tickets.gone(request)
        number = room.number_of(request, ticket) if view.phase in JOINED else ticket.number
        if number:
            return view, self._with_number(view, request, room, ticket, number)
        self._look_without_number(request, room, view)
        if view.phase == views.OPEN and not view.challenge:
            view.poll_after = _SOON  # its number is on the way
        return view, b""

    def _with_number(
        self, view: View, request: Request, room: Room, ticket: Ticket, number: int
    ) -> bytes:
        told = room.told
        fields = b""
        if not ticket.number:
            fields = ticket_line(request, room, room.numbered(ticket, number))
        view.number = number
        if number in room.revoked:
            view.done = views.REVOKED
            self._look_without_number(request, room, view)
            return fields
        if view.phase == views.AWAY:
            view.phase = told.phase  # whoever has a number is told what was known last
        view.before = max(0, number - told.serving - 1)
        view.turn = room.turn(number)
        if view.turn:
            view.before = 0
            view.enter_within = room.grace
            view.poll_after = _IN_TURN
        elif view.phase == views.OPEN:
            view.reach = reach(told, number)
            view.low, view.high = estimate(told, number)
            view.poll_after = self._spread.of(with_number(told, number))
        else:
            self._look_without_number(request, room, view)
        return fields

    def _look_without_number(self, request: Request, room: Room, view: View) -> None:
        due = without_number(room.told, room.wall(request), view.phase)
        view.poll_after = self._spread.of(due)


def _asked(room: Room, ticket: Ticket) -> int:
    if ticket.pending:
        return views.CODE
    identities = room.identities
    return views.ASKED if identities is None or identities.sessions is None else views.SIGN_IN


def _tell_price(view: View, request: Request, room: Room, ticket: Ticket) -> None:
    price = room.price
    if price is not None:
        wall = room.wall(request)
        view.challenge = price.work(ticket.hash, wall)
        view.pause = max(1, ticket.since + price.wait - wall)
        view.kept = False


def takes_tickets(room: Room, request: Request) -> bool:
    """Whether who comes now can get a ticket."""
    return bool(room.opening) and room.told.phase in JOINED and not room.away(request.now)


def ticket_line(request: Request, room: Room, ticket: Ticket) -> bytes:
    """The Set-Cookie line with a ticket, until its opening is over."""
    left = int(room.told.ends) - room.wall(request)
    return room.tickets.line(request, ticket, min(max(left, 60), _A_DAY))


def _of_room(request: Request, room: Room) -> View:
    told = room.told
    phase = views.AWAY if room.away(request.now) or not room.opening else told.phase
    return View(
        phase,
        waiting=told.waiting if phase in JOINED else -1,
        places=told.places,
        opens_in=_opens_in(room, request),
        opens_at=(told.local or told.then).encode(),
        message=told.message,
        opening=room.opening.encode(),
    )


def _opens_in(room: Room, request: Request) -> int:
    told = room.told
    left = int(told.opens) - room.wall(request)
    return left if told.phase in {views.CLOSED, views.PREQUEUE} and left > 0 else -1
