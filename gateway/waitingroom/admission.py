"""How many people are called in the next second: a pure function of what was counted.

The law: at most `rate` a second in the mean, never more than `active` inside or on their way in,
and no more than there are places left for. What is counted by the second:

    outstanding   called within the time of grace, and not come yet
    shows         the share of those called who come: at most so many (an upper bound of what was
                  measured, so that few observations let nobody in beyond the places)
    coming        of those called within the grace, who will still come: called × shows − come
    books         the share of those who come that book: at most so many
    unseen        inside, and will not book: who gave up is seen to be gone only when idle
                  (turnout.py)
    room          active − inside − outstanding × shows
    places        places left + spare − (inside − unseen) − coming

and the number is min(tokens of the rate, room / shows, places / (shows × books)), and never so many
that called and inside together are more than places left × overbooking + spare.

While a crowd that has been drawn comes to hear its numbers (seconds, or with a million a quarter of
an hour), those called come no faster than they hear of it: they count in `room` as those who will
be inside at once, outstanding × stay / time of hearing.

`spare` is for the last places. With one inside for each place left, the last place is taken when
the slowest of them is done, and each who gives up costs the idle time, a call and another stay, one
behind the other: 300 to 2,300 s more than the platform needs, in the simulated days. With up to
three more inside than places it is within 300 s where one in twenty gives up, and two or three
people a day fill in the form in vain; `overbooking: 1` lets nobody in beyond the places, and waits.
A place is never given twice: each booking is reserved before it is sent on (state/room_book.lua).

The rate follows the platform (`Throttle`): it is halved each time the platform fails, is slow, or
sends requests away, stops while it is down, and grows by a twentieth a second when all is well;
additive increase and multiplicative decrease, as TCP has it (Chiu and Jain, 1989).
"""

import math
from dataclasses import dataclass
from typing import Final

from gateway.waitingroom.turnout import at_most

_SHOWS: Final = (4.0, 4.0)  # as if four of four had come before anything is counted
_LEAST_SHOWS: Final = 0.1
_SPARE: Final = 3  # people inside more than places, at most
_PLACES_A_SPARE: Final = 100  # places of the opening, for each of them
_BOOKS: Final = (4.0, 4.0)  # as if four of four had booked
_BURST: Final = 1.0  # seconds of the rate that may come at once
_GROWTH: Final = 0.05  # of the full rate, a second
_CUT: Final = 0.5
_CUT_AGAIN: Final = 3.0  # seconds until it is cut again: what was let in must be felt first
_FAILING: Final = 0.05  # share of answers that are failures, from which the platform fails


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator allows. `rate` in people a second."""

    rate: float
    active: int
    overbooking: float = 1.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of an opening at one moment.

    serving     the last number called        floor   the last called longer than the grace ago
    came        tickets up to `floor` that came      came_lately  those after `floor`
    inside      passes in use                 gone    who came and is not inside, without a booking
    booked      places taken                  places  of the opening; None: no end
    unseen      inside, and will not book     stay    seconds that one is inside, at most
    hearing     seconds until all who were drawn have heard their number
    """

    serving: int = 0
    floor: int = 0
    came: int = 0
    came_lately: int = 0
    inside: int = 0
    gone: int = 0
    booked: int = 0
    places: int | None = None
    unseen: float = 0.0
    stay: float = 0.0
    hearing: float = 0.0

    @property
    def places_left(self) -> int | None:
        return None if self.places is None else max(0, self.places - self.booked)


def shows(counted: Counted) -> float:
    """The share of those called who come within the grace, or later: hardly more."""
    came, called = _SHOWS
    return max(_LEAST_SHOWS, at_most(counted.came + came, counted.floor + called))


def outstanding(counted: Counted) -> int:
    """Of those called lately, who have not come yet."""
    return max(0, counted.serving - counted.floor - counted.came_lately)


def completion(counted: Counted) -> float:
    """The share of those inside who book, at most: so many that more would surprise."""
    booked, ended = _BOOKS
    return at_most(counted.booked + booked, counted.booked + counted.gone + ended)


def spare(places: int, terms: Terms) -> int:
    """How many more than there are places may be inside, for the last of them."""
    return 0 if terms.overbooking <= 1 else min(_SPARE, places // _PLACES_A_SPARE)


def holding(counted: Counted) -> float:
    """How many of the `active` are taken, by those inside and on their way in."""
    on_the_way = outstanding(counted) * shows(counted)
    if counted.hearing > counted.stay:
        on_the_way *= counted.stay / counted.hearing
    return counted.inside + on_the_way


def may_enter(counted: Counted, terms: Terms) -> float:
    """How many more may be called now, by what is free; 0 at least."""
    share = shows(counted)
    called = outstanding(counted)
    free = (terms.active - holding(counted)) / share
    if counted.places is not None:
        left, more = counted.places_left or 0, spare(counted.places, terms)
        most = left * terms.overbooking + more - counted.inside - called
        if terms.overbooking > 1:
            lately = counted.serving - counted.floor
            coming = max(0.0, lately * share - counted.came_lately)
            wanted = left + more - (counted.inside - counted.unseen) - coming
            most = min(most, wanted / (share * completion(counted)))
        free = min(free, most)
    return max(0.0, free)


class Throttle:
    """How much of the rate the platform bears now, 0 to 1."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._cut_at = -math.inf

    def step(
        self, wall: float, seconds: float, *, up: bool, failing: float, pressed: bool
    ) -> float:
        """`failing`: the share of the platform's answers that were failures; `pressed`: requests
        wait for it, or were sent away."""
        if not up:
            self.factor = 0.0
            self._cut_at = wall
        elif failing > _FAILING or pressed:
            if wall - self._cut_at >= _CUT_AGAIN:
                self.factor *= _CUT
                self._cut_at = wall
        else:
            self.factor = min(1.0, self.factor + _GROWTH * seconds)
        return self.factor


class Admission:
    """Spends the rate. `step` says how many are called now."""

    def __init__(self) -> None:
        self._tokens = 0.0

    def step(self, counted: Counted, terms: Terms, *, seconds: float, factor: float) -> int:
        """`seconds` since the last step; `factor` as `Throttle` has it."""
        burst = max(1.0, terms.rate * _BURST)
        self._tokens = min(burst, self._tokens + terms.rate * factor * seconds)
        if factor <= 0:
            return 0
        number = int(min(self._tokens, may_enter(counted, terms)))
        self._tokens -= number
        return number
