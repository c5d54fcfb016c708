"""Send who has not been called yet to the waiting room that guards the path.

The first room that guards it decides, in the order of the configuration. Without a word from the
shared state a room stays shut: it was put there because all cannot be let in.
"""

from collections.abc import Sequence

from gateway.filters.base import BodyFilter, Entrance
from gateway.request import Request
from gateway.verdict import Verdict


class RoomFilter(BodyFilter):
    """`rooms` in their order."""

    def __init__(self, rooms: Sequence[Entrance]) -> None:
        super().__init__("room", fails_closed=True)
        self._rooms = list(rooms)

    def check(self, request: Request) -> Verdict | None:
        room = self._room_of(request)
        return None if room is None else room.check(request)

    def wants_body(self, request: Request) -> int:
        room = self._room_of(request)
        return 0 if room is None else room.wants_body(request)

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        room = self._room_of(request)
        return None if room is None else room.check_body(request, body, whole)

    def _room_of(self, request: Request) -> Entrance | None:
        for room in self._rooms:
            if room.guards(request):
                return room
        return None
