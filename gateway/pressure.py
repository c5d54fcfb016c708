"""How much the platform is pressed: written by the data plane, read by the overload filter.

Plain numbers of one worker, added up over all backends.
"""

from typing import Final

from gateway.evenly import Evenly

_SOONEST: Final = 2  # seconds
_LONGEST: Final = 60
LATEST: Final = 90  # what retry_after says at most


class Pressure:
    """`waiting` requests of at most `room` wait for one of `backends`, of which `pressed` cannot
    keep up. `turned_away`: how many requests the filter refused for it.
    """

    __slots__ = ("_evenly", "_seconds", "backends", "pressed", "room", "turned_away", "waiting")

    def __init__(self) -> None:
        self.backends: int = 0
        self.pressed: int = 0
        self.room: int = 0
        self.turned_away: int = 0
        self.waiting: int = 0
        self._seconds: int = _SOONEST
        self._evenly = Evenly()

    def note(self, served: int, shed: int) -> None:
        """What became of requests lately: the more are turned away for each that is served, the
        later they should come back."""
        wanted = _SOONEST * (1 + 2 * shed // max(1, served))
        self._seconds = min(max(wanted, _SOONEST), _LONGEST)

    def retry_after(self) -> int:
        """Seconds until one more try, different for each who asks so that they do not come back all
        at once: from half of what the load asks for to one and a half times that."""
        return max(1, self._seconds // 2 + ((self._seconds + 1) * self._evenly.next() >> 32))
