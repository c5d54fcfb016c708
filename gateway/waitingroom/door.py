"""A room's door: who may go on to the platform, and with which booking."""

from gateway.filters.base import Entrance
from gateway.request import NO_BODY, Request
from gateway.verdict import Verdict
from gateway.waitingroom.identity import NOBODY
from gateway.waitingroom.room import Room


class Door(Entrance):
    """A room as the filter has it."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def guards(self, request: Request) -> bool:
        return self._room.guarded.holds(request)

    def check(self, request: Request) -> Verdict | None:
        room = self._room
        if room.told.guarded:
            found = room.pass_of(request)
            if found is None:
                return room.verdict
            room.go_in(request, found)
        else:
            room.watch(request)
        if not room.books(request) or request.body != NO_BODY:
            return None
        return room.deferred if room.identities is None else room.for_another

    def wants_body(self, request: Request) -> int:
        room = self._room
        if not room.books(request):
            return 0
        # One byte: so that a booking is decided, and waits, before the platform has any of it.
        return 1 if room.identities is None else max(1, room.identities.wants_body(request))

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        room = self._room
        if room.identities is not None and room.told.guarded:
            one = room.pass_of(request)
            told = room.identities.in_booking(request, body, room.opening) if whole else NOBODY
            if one is None or told != one.identity:
                return room.for_another
        return room.deferred
