"""When one who waits looks again, and how long the waiting will be: out of what the leader tells.

The law: all who wait together make at most the room's `polls` a second (told.py: `poll` and
`poll_near` are reckoned for that). Nobody is sent away for longer than `_LONGEST`.
"""

from typing import Final

from gateway.waitingroom.told import Told
from gateway.waitingroom.view import BEYOND, CLOSED, LIKELY, OVER, PREQUEUE, UNKNOWN, UNSURE

_STEP: Final = 0x9E3779B1  # 2^32 / golden ratio: multiples of it lie evenly spread (Weyl)
_LONGEST: Final = 300.0  # seconds between two looks
_CLOSED: Final = 60.0  # of who looks while the room is closed
_SPREAD: Final = 15.0  # over which they come, once the pre-queue has begun
_AFTER_OPENING: Final = 3.0  # seconds that a draw takes, at least
_NEAR: Final = 30.0  # seconds before the call


def estimate(told: Told, number: int) -> tuple[int, int]:
    """Seconds of waiting, from and to; -1 where it is not known."""
    before = number - told.serving
    if before <= 0 or told.pace_high <= 0:
        return -1, -1  # when there is room for who comes late, nobody knows
    high = int(before / told.pace_low) + 1 if told.pace_low > 0 else -1
    return int(before / told.pace_high), high


def reach(told: Told, number: int) -> int:
    """Whether today's places reach that number."""
    if told.sure < 0:
        return UNKNOWN
    if number <= told.sure:
        return LIKELY
    return UNSURE if number <= told.maybe else BEYOND


def wait_with_number(told: Told, low: int) -> float:
    """Seconds until the next look of who waits for at least `low`, before it is spread."""
    if low <= _NEAR:  # also who was called and came late
        return told.poll_near
    # Whoever the places will not reach has to hear in time that they are gone.
    ahead = min(float(low), _until_full(told))
    return max(told.poll, min(_LONGEST, ahead / 4))


def wait_without_number(told: Told, wall: float, phase: int) -> float:
    """The same for who has no number yet, in a phase that is told of the room."""
    if phase == PREQUEUE:
        left = told.opens - wall
        # All want to know at the opening, and cannot all ask in one second.
        return min(max(told.poll, 30.0), left + _AFTER_OPENING + told.poll / 2)
    if phase == CLOSED:
        # In the pre-queue being first is worth nothing: so that not all come with its first second.
        left = told.begins - wall
        if left > -_AFTER_OPENING:
            return min(_CLOSED, max(left, 0.0) + min(_SPREAD, (told.opens - told.begins) / 2) + 1.0)
    if phase in {CLOSED, OVER}:
        return _CLOSED
    return max(told.poll, 5.0)


def _until_full(told: Told) -> float:
    """Seconds until those are called whom today's places reach, at best; long, if all are."""
    if told.sure < 0 or told.pace_high <= 0:
        return _LONGEST * 4
    return max(0, told.sure - told.serving) / told.pace_high


class Spread:
    """Makes whole seconds of a wait, within a fifth of it, each time elsewhere, lest they all come
    at once."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn: int = 0

    def of(self, seconds: float) -> int:
        self._turn = (self._turn + _STEP) & 0xFFFFFFFF
        seconds = min(max(seconds, 2.0), _LONGEST)
        return max(1, int(seconds * 0.8 + seconds * 0.4 * self._turn / 2**32 + 0.5))
