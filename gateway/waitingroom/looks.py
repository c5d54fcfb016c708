"""When one who waits looks again, and how long the waiting will be: out of what the leader tells.

The law, in the order in which it holds:

1. Nobody is told to wait beyond shortly before the earliest moment of the call (`_BEFORE_CALL` of
   it, by a fifth more at most), and who is called within half a minute looks every few seconds.
2. All who wait together make at most the room's `polls` a second. Looks are spread before anything
   bounds them, so that no crowd falls into step.
3. Whoever the places will not reach hears in time that they are gone: within a quarter of the
   time until then, five minutes at most, so far as 2 allows.

They pull apart with huge crowds, and then 3 gives way: a million people at 1,000 looks a second
can be told that it is over no sooner than within a quarter of an hour. Each of them has been told
with the first look that the places will not reach the number. 1 costs little, whatever the crowd:
of those who may be called between now and t, some pace x ln(t / 30 s) look in a second. What is
left of `polls` after those who are near and those who may be called before the next look is shared
by all the others (`polls_of`). More than an hour nobody waits for a look: 2 gives way for over
3,600 x `polls` people.

A look is due between two moments, in seconds from now.
"""

import math
from typing import Final

from gateway.evenly import Evenly
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import BEYOND, CLOSED, LIKELY, OVER, PREQUEUE, UNKNOWN, UNSURE

NEAR: Final = 30.0  # seconds before the call
_NEAR_POLL: Final = 5.0  # of who is near, at least
_NEAR_SHARE: Final = 0.3  # of the polls, for those at most
_SOON_SHARE: Final = 0.3  # for those who may be called before the others look
_CROWD_SHARE: Final = 0.75  # for all others at most: one who draws a low number looks at once again
_BEFORE_CALL: Final = 0.7  # of the time until the call, at best
_LONGEST: Final = 300.0  # seconds between two looks, while the polls allow
_AN_HOUR: Final = 3600.0
_LEAST_POLL: Final = 2.0
_CLOSED: Final = 60.0  # of who looks while the room is closed
_SPREAD: Final = 30.0  # over which they come, once the pre-queue has begun
_LATEST: Final = 1.5  # of the usual time, in the pre-queue: whole crowds come in one second
_MORE_COME: Final = 1.25  # until the opening, than when one was told to look then
_AFTER_OPENING: Final = 3.0  # seconds that a draw takes, at least


# What the leader reckons.


def crowds_poll(polls: float, people: int) -> float:
    """Seconds between two looks of each of so many, none of whom is nearly called."""
    return min(_AN_HOUR, max(_LEAST_POLL, people / (_CROWD_SHARE * polls)))


def hearing(polls: float, people: int) -> float:
    """Seconds within which so many, who were drawn, hear their number."""
    return 1.3 * crowds_poll(polls, people) + _AFTER_OPENING


def polls_of(polls: float, told: Told, near: float) -> tuple[float, float]:
    """Seconds between two looks of who is near, of whom there are so many, and of all others."""
    poll_near = max(_NEAR_POLL, near / (_NEAR_SHARE * polls))
    poll = crowds_poll(polls, told.waiting)
    before = math.log(max(1.0, poll / _BEFORE_CALL / NEAR)) * told.pace_high / _BEFORE_CALL
    left = polls - near / poll_near - min(_SOON_SHARE * polls, before)
    return poll_near, min(_AN_HOUR, max(poll, told.waiting / left))


# What each is told.


def estimate(told: Told, number: int) -> tuple[int, int]:
    """Seconds of waiting, from and to; -1 where it is not known: of who was called and came late,
    and of whom the places will only reach if others do not book."""
    before = number - told.serving
    if before <= 0 or told.pace_low <= 0 or reach(told, number) not in {UNKNOWN, LIKELY}:
        return -1, -1
    return _at_best(told, before), _at_worst(told, before)


def reach(told: Told, number: int) -> int:
    """Whether today's places reach that number."""
    if told.sure < 0:
        return UNKNOWN
    if number <= told.sure:
        return LIKELY
    return UNSURE if number <= told.maybe else BEYOND


def with_number(told: Told, number: int) -> tuple[float, float]:
    """The next look of who waits to be called."""
    low = float(_at_best(told, max(0, number - told.serving)))
    if low <= NEAR:
        return _about(told.poll_near)
    wanted = max(told.poll, min(_LONGEST, low / 4, _until_full(told) / 4))
    return _about(max(told.poll_near, min(wanted, low * _BEFORE_CALL)))


def far_away(told: Told) -> tuple[int, tuple[float, float]]:
    """A number from which on all are told to look between the same two moments."""
    full = _until_full(told) / 4
    wanted = max(told.poll, told.poll_near, min(_LONGEST, full))
    low = max(NEAR, wanted / _BEFORE_CALL, 4 * min(_LONGEST, full)) + 1
    before = told.free + int(low * max(told.pace_high, 0.01)) + 1
    return told.serving + before, _about(wanted)


def without_number(told: Told, wall: float, phase: int) -> tuple[float, float]:
    """The next look of who has no number yet, in a phase that is told of the room."""
    if phase == PREQUEUE:
        usual = max(told.poll, 30.0)
        left = told.opens - wall + _AFTER_OPENING
        # All want to know at the opening, and cannot all ask in one second.
        if usual * _LATEST < left:
            return usual * (2 - _LATEST), usual * _LATEST
        return left, left + _MORE_COME * max(told.poll, _LEAST_POLL)
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
    """Seconds until the call, if those for whom there is room are called at the full rate."""
    found = max(0, before - told.free) / told.pace_high if told.pace_high > 0 else 0.0
    return int(max(found, before / told.rate if told.rate > 0 else 0.0))


def _at_worst(told: Told, before: int) -> int:
    after = before - told.free
    if after > 0:
        return int(after / told.pace_low + told.lag) + 1
    return int(before / told.rate * 2 if told.rate > 0 else before / told.pace_low) + 5


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
        return max(1, int(max(seconds, 1.6) + 0.5))
