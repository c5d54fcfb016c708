"""When one who waits looks again, and how long the waiting will be: out of what the leader tells.

The law: all who wait together make at most the room's `polls` a second (told.py: `poll` and
`poll_near` are reckoned for that). A look is due between two moments, in seconds from now.
"""

from typing import Final

from gateway.evenly import Evenly
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import BEYOND, CLOSED, LIKELY, OVER, PREQUEUE, UNKNOWN, UNSURE

_LONGEST: Final = 300.0  # seconds between two looks
_CLOSED: Final = 60.0  # of who looks while the room is closed
_SPREAD: Final = 30.0  # over which they come, once the pre-queue has begun
_AFTER_OPENING: Final = 3.0  # seconds that a draw takes, at least
_NEAR: Final = 30.0  # seconds before the call


def estimate(told: Told, number: int) -> tuple[int, int]:
    """Seconds of waiting, from and to; -1 where it is not known: of who was called and came late,
    and of whom the places will only reach if others do not book."""
    before = number - told.serving
    if before <= 0 or told.pace_low <= 0 or reach(told, number) not in {UNKNOWN, LIKELY}:
        return -1, -1
    return _at_best(told, before), int(before / told.pace_low) + 1


def reach(told: Told, number: int) -> int:
    """Whether today's places reach that number."""
    if told.sure < 0:
        return UNKNOWN
    if number <= told.sure:
        return LIKELY
    return UNSURE if number <= told.maybe else BEYOND


def with_number(told: Told, number: int) -> tuple[float, float]:
    """The next look of who waits to be called."""
    low = _at_best(told, max(0, number - told.serving))
    if low <= _NEAR:
        return _about(told.poll_near)
    # Whoever the places will not reach has to hear in time that they are gone.
    return _about(max(told.poll, min(_LONGEST, min(float(low), _until_full(told)) / 4)))


def without_number(told: Told, wall: float, phase: int) -> tuple[float, float]:
    """The next look of who has no number yet, in a phase that is told of the room."""
    if phase == PREQUEUE:
        usual = max(told.poll, 30.0)
        left = told.opens - wall + _AFTER_OPENING
        # All want to know at the opening, and cannot all ask in one second.
        return _about(usual) if usual * 1.2 < left else (left, left + max(told.poll, 2.0))
    if phase == CLOSED:
        # In the pre-queue being first is worth nothing: not all need to come with its first second.
        left = told.begins - wall
        if -_AFTER_OPENING < left < _CLOSED:
            left = max(left, 0.0) + 1.0
            return left, left + min(_SPREAD, (told.opens - told.begins) / 2)
    if phase in {CLOSED, OVER}:
        return _about(_CLOSED)
    return _about(max(told.poll, 5.0))


def _at_best(told: Told, before: int) -> int:
    return int(before / told.pace_high) if told.pace_high > 0 else 0


def _about(seconds: float) -> tuple[float, float]:
    """Within a fifth of it."""
    return seconds * 0.8, seconds * 1.2


def _until_full(told: Told) -> float:
    """Seconds until those are called whom today's places reach, at best; long, if all are."""
    if told.sure < 0 or told.pace_high <= 0:
        return _LONGEST * 4
    return max(0, told.sure - told.serving) / told.pace_high


class Spread:
    """Chooses between two moments, each time elsewhere, lest they all come at once."""

    __slots__ = ("_evenly",)

    def __init__(self) -> None:
        self._evenly = Evenly()

    def of(self, between: tuple[float, float]) -> int:
        """Whole seconds, at least one."""
        least, most = between
        seconds = least + (most - least) * self._evenly.next() / 2**32
        return max(1, int(min(max(seconds, 1.6), _LONGEST * 1.2) + 0.5))
