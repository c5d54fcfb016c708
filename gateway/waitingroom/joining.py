"""Joining, where it takes more than to come back: whom the place is for, and the price.

POST /.dawr/rooms/ROOM/join    `identity` or `code`, `altcha`, `to`: what is given of them counts
POST /.dawr/rooms/ROOM/here    a place that has moved goes on here again

A person has one place. Where the room can have a code sent (identity.confirm), another device of
the same person comes by that place with the code, and the two pause each other: the one that was
asked last goes on. The number in clear goes to the ministry's gateway and is nowhere kept. While
the shared state is away nobody is asked for a code: tickets of one person are drawn as one anyhow.
"""

import logging
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from gateway.http.own import Asker, OwnAnswer, wants_html
from gateway.http.way_back import local
from gateway.request import Request
from gateway.state.client import FAILURES
from gateway.tasks import start_task
from gateway.waitingroom import view as views
from gateway.waitingroom.identity import NOBODY, spelled
from gateway.waitingroom.place import Place
from gateway.waitingroom.price import SOLVED, WAITED
from gateway.waitingroom.room import BOOKED, Room
from gateway.waitingroom.telling import Teller, ticket_line
from gateway.waitingroom.tickets import HASH, Ticket, public_hash

_log: Final = logging.getLogger("dawr.rooms")
_ASKED: Final[dict[str, int]] = {
    "wrong": views.WRONG,
    "refused": views.REFUSED,
    "code": views.CODE,
    "miscoded": views.MISCODED,
    "unsent": views.UNSENT,
    "nomore": views.NO_MORE,
}
_STATUS: Final[dict[int, int]] = {views.CODE: 409, views.UNSENT: 503, views.NO_MORE: 429}
_CODE: Final = 64  # characters that are looked at


class Joining:
    """Of all rooms of a worker."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def join(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        """At once, where nothing has to be found out."""
        room = place.room
        ticket = room.ticket_of(request)
        if request.method != b"POST" or ticket is None or not _joins(room, ticket):
            return _beside(request, place, sent)
        paid = _paid(request, place, ticket, sent.get("altcha", ""))
        text = sent.get("identity")
        if text is None or not room.asks(ticket) or room.has_sessions:
            return self._joined(request, place, sent, paid, paid is not ticket)
        why = room.fault(text)
        if why:
            room.count(why)
            return self._asked(request, place, sent, paid, _ASKED[why], paid is not ticket)
        return self._joined(request, place, sent, room.bound(paid, text), True)

    def waits(self, request: Request, place: Place) -> bool:
        """Whether `find_out` has to be asked instead of `join`."""
        room = place.room
        identities = room.identities
        if identities is None:
            return False
        if identities.sessions is None:
            if room.confirm is None or request.method != b"POST":
                return False
        elif request.method == b"POST":
            return False
        ticket = room.ticket_of(request)
        if ticket is None or not room.asks(ticket) or room.away(request.now):
            return False
        return identities.sessions is None or room.by_session(request, ticket) is not None

    def find_out(
        self, request: Request, place: Place, sent: Mapping[str, str], asker: Asker
    ) -> None:
        start_task(self._find_out(request, place, sent, asker), name="join")

    async def _find_out(
        self, request: Request, place: Place, sent: Mapping[str, str], asker: Asker
    ) -> None:
        try:
            if place.room.has_sessions:
                answer = await self._by_session(request, place, sent)
            else:
                answer = await self._in_one_place(request, place, sent)
        except Exception as error:  # whoever asked has to be answered
            if not isinstance(error, (*FAILURES, ValueError)):
                _log.exception("room %s: joining failed", place.room.name)
            answer = self._without(request, place, sent)
        asker.told(request, place.shared(request, answer))

    def _without(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        """The shared state cannot be asked: what is known here has to do."""
        room = place.room
        ticket = room.ticket_of(request)
        bound = None if ticket is None else room.by_session(request, ticket)
        if bound is not None:
            return self._joined(request, place, sent, bound, True)
        return self.join(request, place, sent)

    async def _by_session(
        self, request: Request, place: Place, sent: Mapping[str, str]
    ) -> OwnAnswer:
        """The platform's session says whom the place is for, and confirms it at that."""
        room = place.room
        ticket = room.ticket_of(request)
        bound = None if ticket is None else room.by_session(request, ticket)
        if bound is None or room.hold is None:
            return self._without(request, place, sent)
        held = await room.hold(room, bound.identity, bound.id, b"")
        if held != bound.id and room.ended.get(public_hash(held), BOOKED) != BOOKED:
            held = await room.hold(room, bound.identity, bound.id, held)  # that one is over
        if held != bound.id:
            bound = bound.on(held)
            room.move(bound)
        room.count("session")
        return self._joined(request, place, sent, bound, True)

    async def _in_one_place(
        self, request: Request, place: Place, sent: Mapping[str, str]
    ) -> OwnAnswer:
        """As `join`, for one who may hold a place already."""
        room = place.room
        before = room.ticket_of(request)
        if before is None or room.hold is None or room.confirm is None:
            return self.join(request, place, sent)
        if "again" in sent:
            return self._joined(request, place, sent, before.bound(NOBODY), True)
        if before.pending and "code" in sent:
            return await self._with_code(request, place, sent, before)
        text = sent.get("identity")
        if text is None or room.fault(text):
            return self.join(request, place, sent)
        paid = _paid(request, place, before, sent.get("altcha", ""))
        ticket = room.bound(paid, text)
        held = await room.hold(room, ticket.identity, ticket.id, b"")
        if held != ticket.id and room.ended.get(public_hash(held), BOOKED) != BOOKED:
            held = await room.hold(room, ticket.identity, ticket.id, held)  # that one is over
        if held == ticket.id:
            return self._joined(request, place, sent, ticket, True)
        why = await room.confirm(room, ticket, spelled(text))
        room.count("code_" + why)
        asked = ticket.bound(ticket.identity, pending=True) if why == "code" else paid.bound(NOBODY)
        return self._asked(request, place, sent, asked, _ASKED[why], True)

    async def _with_code(
        self, request: Request, place: Place, sent: Mapping[str, str], ticket: Ticket
    ) -> OwnAnswer:
        room = place.room
        if room.take_over is None:
            return self.join(request, place, sent)
        mac = code_mac(room.code_key, ticket.hash, _digits(sent["code"]))
        found = await room.take_over(room, ticket.identity, ticket.hash, mac)
        if len(found) == HASH:  # an id is as long, and no reason is
            room.count("code_right")
            taken = ticket.on(found)
            room.move(taken)
            return self._joined(request, place, sent, taken, True)
        why = found.decode()
        room.count("code_" + why)
        again = why == "miscoded"
        asked = ticket if again else ticket.bound(NOBODY)
        return self._asked(request, place, sent, asked, _ASKED[why], not again)

    def here(self, request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
        """A place that has moved goes on here again, where it once was."""
        room = place.room
        ticket = room.ticket_of(request)
        if request.method == b"POST" and ticket is not None:
            if room.elsewhere(ticket.hash, ticket.device):
                room.move(ticket)
            if not wants_html(request):
                view, fields = self._teller.holder(request, room, ticket)
                return place.as_object(view, fields, 200)
        return _beside(request, place, sent)

    def _joined(
        self, request: Request, place: Place, sent: Mapping[str, str], ticket: Ticket, new: bool
    ) -> OwnAnswer:
        """Whoever may has joined; or not, where nothing was given."""
        room = place.room
        fields = ticket_line(request, room, ticket) if new else b""
        if wants_html(request):
            room.number_of(request, ticket)
            return place.to_page(_to(sent), fields)
        view, more = self._teller.holder(request, room, ticket)
        # A number that is known at once comes in a later line, and that is the one which counts.
        return place.as_object(view, fields + more, 200 if new else 403)

    def _asked(
        self,
        request: Request,
        place: Place,
        sent: Mapping[str, str],
        ticket: Ticket,
        asks: int,
        new: bool,
    ) -> OwnAnswer:
        """What was written is not enough; what was paid holds."""
        room = place.room
        fields = ticket_line(request, room, ticket) if new else b""
        view, more = self._teller.holder(request, room, ticket)
        view.asks = asks
        status = _STATUS.get(asks, 422)
        if wants_html(request):
            return place.as_page(request, view, fields + more, _to(sent), status)
        return place.as_object(view, fields + more, status)


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


def code_mac(key: bytes, ticket: bytes, code: str) -> bytes:
    """By which a code is known, for the device whose ticket has that hash."""
    return blake2b(ticket + code.encode(), key=key, digest_size=16, person=b"dawr code").digest()


def _digits(text: str) -> str:
    """As somebody typed a code: with blanks, in any script's digits."""
    return "".join([str(int(one)) for one in text[:_CODE] if one.isdecimal()])


def _joins(room: Room, ticket: Ticket) -> bool:
    return room.asks(ticket) or room.owes(ticket)


def _beside(request: Request, place: Place, sent: Mapping[str, str]) -> OwnAnswer:
    if request.method != b"POST":
        return OwnAnswer(405, b"", b"", b"Allow: POST\r\n")
    return place.to_page(_to(sent))


def _to(sent: Mapping[str, str]) -> bytes:
    return local(sent.get("to", "/").encode())


def _paid(request: Request, place: Place, ticket: Ticket, payload: str) -> Ticket:
    """The ticket with its price paid, if `payload` does."""
    room = place.room
    if room.price is None or not payload or not room.owes(ticket):
        return ticket
    wall = room.wall(request)
    if room.price.why_not(payload.encode(), ticket.hash, wall, request.now):
        room.count("failed")
        return ticket
    room.count("solved")
    return ticket.having(SOLVED)
