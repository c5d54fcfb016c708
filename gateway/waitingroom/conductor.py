"""The life of a room's openings, a second at a time: closed, pre-queue, drawing, open, over.

A pure machine: it is told what was counted, and says what is to be done. Its whole memory is
`Record`, which the leader keeps in the shared state with each step, so that another may go on in
the next second. A phase never goes back by itself, whatever the clock does: a stepped clock opens
late or early, and takes nobody's place. Only a place that is free again reopens what was full.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gateway.waitingroom.admission import (
    Admission,
    Counted,
    Terms,
    Throttle,
    holding,
    may_enter,
    outstanding,
    spare,
)
from gateway.waitingroom.estimate import Pace
from gateway.waitingroom.looks import NEAR, crowds_poll, hearing, polls_of
from gateway.waitingroom.schedule import ALWAYS, Opening
from gateway.waitingroom.told import Told
from gateway.waitingroom.turnout import Turnout, absent_at_most
from gateway.waitingroom.view import CLOSED, DRAWING, OPEN, OVER, PAUSED, PREQUEUE

_CALM_AFTER: Final = 60.0  # seconds without strain, after which a room that guards by load opens
_LONGEST_STEP: Final = 5.0  # seconds; a longer silence of ours lets nobody in by itself

REVOKED: Final = 1000  # numbers taken back in one opening; told each second, with 8 KiB at most

FindOpening = Callable[[float], Opening | None]


@dataclass(slots=True)
class Record:
    """All that has to outlive a leader. `calls`: when which number was the last called, within the
    time of grace, which begins when one can have heard of it; `by_hand`: what an operator set."""

    opening: str = ""
    begins: float = 0.0
    opens: float = 0.0
    ends: float = 0.0
    places: int | None = None
    local: str = ""
    phase: int = CLOSED
    drawn: int = 0
    serving: int = 0
    floor: int = 0
    heard: float = 0.0  # when all who were drawn have had time to hear their number; 0: not known
    calls: list[tuple[float, int]] = field(default_factory=list)
    paused: bool = False
    closed_by_hand: bool = False
    extra: int = 0
    revoked: list[int] = field(default_factory=list)  # numbers that were taken back by hand
    prepared: bool = False  # what has to be known before the first ticket is published
    said: int | None = None  # places of the opening, where the platform tells
    taught: bool = False  # what it teaches for the next ones is written down
    message: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(data: dict[str, Any]) -> "Record":
        known = {name: data[name] for name in Record.__slots__ if name in data}
        known["calls"] = [(float(at), int(number)) for at, number in known.get("calls", [])]
        return Record(**known)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the shared state has counted of the record's opening."""

    joined: int = 0  # before the draw
    late: int = 0  # numbers given after it
    came: int = 0  # of all called
    came_lately: int = 0  # of those called within the grace
    inside: int = 0
    ended: int = 0  # passes that are over, with or without a booking
    booked: int = 0
    cancelled: int = 0
    left: int = 0  # waiting people who said that they leave

    @property
    def taken(self) -> int:
        return max(0, self.booked - self.cancelled)


@dataclass(frozen=True, slots=True)
class Platform:
    up: bool = True
    failing: float = 0.0
    pressed: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of one room. Times in seconds, `polls` a second."""

    terms: Terms
    grace: float
    total: float
    polls: float
    mode: str = "schedule"
    outside_open: bool = False
    idle: float = 300.0


class Conductor:
    """`find`: the opening that is on at a moment, or the next."""

    def __init__(self, rules: Rules, find: FindOpening, record: Record | None = None) -> None:
        self._rules = rules
        self._find = find
        self.record = record or Record()
        self._throttle = Throttle()
        self._admission = Admission()
        self._pace = Pace()
        self._turnout = Turnout(rules.idle)
        self._last: float | None = None
        self._counted_floor = self.record.floor  # with which what was seen was counted
        self._strained_at = -_CALM_AFTER  # when the platform was last seen to be pressed
        self._held = False  # nobody is called: how many places there are is not known
        self.factor = 1.0  # of the rate, that the platform bears

    # The steps of its life.

    def begin(self, wall: float) -> bool:
        """Take up the opening that is due; whether it is another than before."""
        record = self.record
        opening = self._find(wall)
        if opening is not None and opening.id == record.opening:
            self._take_up(opening)
        if record.opening and wall < record.ends:
            return False
        if opening is None or opening.id == record.opening:
            return False
        if record.opening and wall < opening.begins:
            return False  # what was is over, and people are told so until the next begins
        self._take(opening)
        return True

    def teaches(self, wall: float) -> bool:
        """Whether it is time to write down what this opening teaches: who is inside at its end may
        still book, until the next begins."""
        record = self.record
        if not record.drawn or record.taught or wall < record.ends:
            return False
        if wall >= record.ends + self._rules.total:
            return True
        following = self._find(wall)
        return following is not None and following.begins <= wall

    def _take_up(self, opening: Opening) -> None:
        """What the settings say now of an opening that is known."""
        record = self.record
        record.places, record.ends = opening.places, opening.ends
        if record.phase == CLOSED:
            record.begins, record.opens = opening.begins, opening.opens
            record.local = opening.local

    def said(self, places: int | None, *, fresh: bool) -> None:
        """What the platform says of the opening's places; not more than the settings have."""
        record = self.record
        if places is not None:
            record.said = places
        if record.said is not None:
            most = record.places
            record.places = record.said if most is None else min(most, record.said)
        self._held = not fresh

    def _take(self, opening: Opening) -> None:
        self.record = Record(
            opening=opening.id,
            begins=opening.begins,
            opens=opening.opens,
            ends=opening.ends,
            places=opening.places,
            local=opening.local,
            message=self.record.message,
        )
        self._admission, self._pace = Admission(), Pace()
        self._turnout = Turnout(self._rules.idle)

    def step(self, wall: float, seen: Seen, platform: Platform) -> int:
        """One second; how many numbers were called. Phases follow from the time."""
        record = self.record
        self._counted_floor = record.floor
        seconds = 0.0
        if self._last is not None:
            seconds = min(_LONGEST_STEP, max(0.0, wall - self._last))
        self._last = wall
        self.factor = factor = self._throttle.step(
            wall, seconds, up=platform.up, failing=platform.failing, pressed=platform.pressed
        )
        if platform.pressed or not platform.up:
            self._strained_at = wall
        self._turn(wall, seen)
        if record.phase != OPEN:
            return 0
        self._count(wall, seen)
        waiting = self._high(seen) - record.serving
        number = 0
        if not record.paused and not self._held:
            counted = self._counted(seen, wall)
            number = self._admission.step(
                counted, self._rules.terms, seconds=seconds, factor=factor
            )
            number = min(waiting, number + record.extra)
            record.extra = 0
        if number > 0:
            record.serving += number
            record.calls.append((max(wall, record.heard), record.serving))
        return number

    def _count(self, wall: float, seen: Seen) -> None:
        """What is measured each second."""
        record = self.record
        if record.heard == 0.0:
            seconds = hearing(self._rules.polls, record.drawn) if record.drawn else 0.0
            record.heard = wall + seconds
        self._turnout.add(wall, came=seen.came, inside=seen.inside, booked=seen.booked)
        counted = self._counted(seen, wall)
        self._pace.add(
            wall,
            holding=holding(counted),
            called=record.serving,
            done=record.serving - outstanding(counted) - seen.inside,
        )
        self._raise_floor(wall)

    def _turn(self, wall: float, seen: Seen) -> None:
        """Go on to the next phase, if it is time."""
        record = self.record
        if record.phase == CLOSED and not record.closed_by_hand and wall >= record.begins:
            record.phase = PREQUEUE
        if record.phase == PREQUEUE and wall >= record.opens:
            record.phase = DRAWING
        left = self._counted(seen, wall).places_left
        if record.phase == OPEN and (wall >= record.ends or left == 0):
            record.phase = OVER
        elif (
            record.phase == OVER and wall < record.ends and left != 0 and not record.closed_by_hand
        ):
            record.phase = OPEN

    def drawn(self, number: int) -> None:
        """The lots are drawn: so many tickets have numbers."""
        self.record.drawn = number
        self.record.phase = OPEN

    def _raise_floor(self, wall: float) -> None:
        record = self.record
        while record.calls and record.calls[0][0] <= wall - self._rules.grace:
            record.floor = record.calls.pop(0)[1]

    def _high(self, seen: Seen) -> int:
        return self.record.drawn + seen.late

    def _counted(self, seen: Seen, wall: float) -> Counted:
        record, turnout = self.record, self._turnout
        return Counted(
            serving=record.serving,
            floor=self._counted_floor,  # or who came between it and a new one would count twice
            came=max(0, seen.came - seen.came_lately),
            came_lately=seen.came_lately,
            inside=seen.inside,
            gone=max(0, seen.came - seen.inside - seen.booked),
            booked=seen.taken,
            places=record.places,
            unseen=turnout.unseen(),
            stay=turnout.stay_at_most(self._rules.total),
            hearing=max(0.0, record.heard - wall),
        )

    # What an operator does.

    def pause(self, paused: bool) -> None:
        self.record.paused = paused

    def admit(self, number: int) -> None:
        """Call so many more with the next step, whatever is free."""
        self.record.extra += number

    def revoke(self, number: int) -> None:
        """Take a number back: it goes in no more, and does not count as waiting for anything."""
        revoked = self.record.revoked
        if number not in revoked and len(revoked) < REVOKED:
            revoked.append(number)

    def restore(self, number: int) -> None:
        """It was a mistake."""
        if number in self.record.revoked:
            self.record.revoked.remove(number)

    def open_now(self, wall: float) -> None:
        """Close the list and draw now, or open again what was closed."""
        record = self.record
        record.closed_by_hand = False
        if record.phase in {CLOSED, PREQUEUE}:
            record.begins, record.opens = min(record.begins, wall), wall
            record.phase = PREQUEUE
        record.paused = False

    def close_now(self) -> None:
        """Nobody else is let in today."""
        self.record.closed_by_hand = True
        if self.record.phase in {PREQUEUE, DRAWING, OPEN}:
            self.record.phase = OVER

    # What everybody is told.

    def told(self, wall: float, seen: Seen, *, version: int, then: str) -> Told:
        """All that workers need to answer by."""
        record = self.record
        told = Told()
        told.version = version
        told.opening, told.local, told.then = record.opening, record.local, then
        told.begins, told.opens, told.ends = record.begins, record.opens, record.ends
        stopped = record.phase == OPEN and (record.paused or self._held)
        told.phase = PAUSED if stopped else record.phase
        told.guarded = self._guards(wall, seen)
        told.drawn, told.high = record.drawn, self._high(seen)
        told.serving, told.floor = record.serving, record.floor
        told.message = record.message
        told.revoked = list(record.revoked)
        if record.phase in {PREQUEUE, DRAWING}:
            told.waiting = seen.joined
        else:
            told.waiting = max(0, told.high - record.serving - seen.left)
        counted = self._counted(seen, wall)
        self._tell_pace(told, counted)
        self._tell_places(told, counted)
        self._tell_looks(told)
        return told

    def _guards(self, wall: float, seen: Seen) -> bool:
        """Whether anybody has to wait at all."""
        record, rules = self.record, self._rules
        if rules.mode == "load":
            waiting = self._high(seen) - record.serving - seen.left
            return waiting > 0 or wall - self._strained_at < _CALM_AFTER
        return not (rules.outside_open and record.phase in {CLOSED, OVER})

    def _tell_pace(self, told: Told, counted: Counted) -> None:
        rules = self._rules
        terms = rules.terms
        found = self._pace.expected(
            rate=terms.rate, factor=self.factor, active=terms.active, total=rules.total
        )
        told.pace_low, told.pace_high, told.lag = found.low, found.high, found.lag
        may = may_enter(counted, terms)
        told.free, told.rate, told.late = int(may), terms.rate, min(terms.rate, may)

    def _tell_places(self, told: Told, counted: Counted) -> None:
        left = counted.places_left
        if left is None:
            return
        told.places, told.quota = left, self.record.places or 0
        expected = counted.inside + outstanding(counted)
        told.tight = expected + told.late > left
        told.sure = counted.serving + max(0, left - expected)
        more = 0.0 if left == 0 else self._calls_at_most(counted, left)
        told.maybe = max(told.sure, counted.serving + math.ceil(more))

    def _calls_at_most(self, counted: Counted, left: int) -> float:
        """How many more will be called today, at most."""
        turnout = self._turnout
        left += spare(counted.places or 0, self._rules.terms)
        comes = 1 - absent_at_most(counted.floor, counted.came)
        books = 1 - turnout.gone_at_most()
        coming = max(0.0, comes * (counted.serving - counted.floor) - counted.came_lately)
        inside = counted.inside - turnout.unseen_at_most()
        return max(0.0, (left - inside) / books - coming) / comes

    def _tell_looks(self, told: Told) -> None:
        """So that all together look no more often than the room's `polls`."""
        if told.phase == OPEN:
            near = min(told.rate * NEAR, told.free + told.pace_high * NEAR)
            told.poll_near, told.poll = polls_of(self._rules.polls, told, near)
        else:
            told.poll = crowds_poll(self._rules.polls, told.waiting)


def always_open(places: int | None) -> FindOpening:
    """For a room without a schedule: one opening that never ends."""
    opening = Opening(ALWAYS, begins=0.0, opens=0.0, ends=4e9, places=places)
    return lambda _wall: opening
