"""Send who has not been called yet to the waiting room that guards the path.

The first room that guards it decides, in the order of the configuration. Without a word from the
shared state a room stays shut: it was put there because all cannot be let in.
"""

from collections.abc import Sequence

from gateway.filters.base import Entrance, Filter
from gateway.request import Request
from gateway.verdict import Verdict


class RoomFilter(Filter):
    """`rooms` in their order."""

    def __init__(self, rooms: Sequence[Entrance]) -> None:
        super().__init__("room", fails_closed=True)
        self._rooms = list(rooms)

    def check(self, request: Request) -> Verdict | None:
        for room in self._rooms:
            if room.guards(request):
                return room.check(request)
        return None
