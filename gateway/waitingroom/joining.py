"""Joining, where it takes more than to come back: whom the place is for, and the price.

POST /.dawr/rooms/ROOM/join    `identity`, `altcha`, `to`: what is given of them counts
"""

from collections.abc import Mapping

from gateway.http.own import OwnAnswer, wants_html
from gateway.http.way_back import local
from gateway.request import Request
from gateway.waitingroom.place import Place
from gateway.waitingroom.price import SOLVED, WAITED
from gateway.waitingroom.telling import Teller, ticket_line
from gateway.waitingroom.tickets import Ticket


class Joining:
    """Of all rooms of a worker."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def join(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        room = place.room
        to = local(sent.get("to", "/").encode())
        if request.method != b"POST":
            return OwnAnswer(405, b"", b"", b"Allow: POST\r\n")
        ticket = room.ticket_of(request)
        if ticket is None or not (room.asks(ticket) or room.owes(ticket)):
            return place.to_page(to)
        before = ticket
        paid = _paid(request, place, ticket, sent.get("altcha", ""))
        if paid is not None:
            ticket = paid
        wrong = False
        if room.asks(ticket) and "identity" in sent:
            bound = room.bound(ticket, sent["identity"])
            wrong = bound is None
            ticket = bound or ticket
        fields = b""
        if ticket is not before:
            fields = ticket_line(request, room, ticket)
        if wants_html(request) and not wrong:
            room.number_of(request, ticket)
            return place.to_page(to, fields)
        view, more = self._teller.holder(request, room, ticket)
        view.wrong = wrong
        # A number that is known at once comes in a later line, and that is the one which counts.
        fields += more
        status = 422 if wrong else 200 if ticket is not before else 403
        if wants_html(request):
            return place.as_page(request, view, fields, to, status)
        return place.as_object(view, fields, status)


def waited(request: Request, place: Place, ticket: Ticket, query: Mapping[str, str]) -> Ticket:
    """The ticket of who cannot do the work, and comes back by our link after the pause."""
    room = place.room
    price = room.price
    asked = query.get("wait") == "1" or query.get("auto") == "1"
    if price is None or not asked or room.asks(ticket) or not room.owes(ticket):
        return ticket
    if room.wall(request) - ticket.since < price.wait:
        return ticket
    room.count("waited")
    return ticket.having(WAITED)


def _paid(request: Request, place: Place, ticket: Ticket, payload: str) -> Ticket | None:
    """The ticket with its price paid; None where `payload` does not."""
    room = place.room
    if room.price is None or not payload or not room.owes(ticket):
        return None
    wall = room.wall(request)
    if room.price.why_not(payload.encode(), ticket.hash, wall, request.now):
        room.count("failed")
        return None
    room.count("solved")
    return ticket.having(SOLVED)
