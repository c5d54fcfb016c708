"""One booking day, a second after the other, by the waiting room's own draw, leader and looks.

In each second the leader counts and decides (conductor.Conductor), people come, those inside go on,
and those whose look is due are told what a worker would tell them (looks.py). Nobody else is
touched: a visitor who waits costs nothing between two looks. What is modelled of a visitor is
written at each method; what is left out, in docs/simulation.md.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Final

from gateway.clock import SECOND
from gateway.simulation.diary import NEVER, Diary
from gateway.simulation.inside import Inside
from gateway.simulation.order import Groups, order
from gateway.simulation.people import CITIZEN, People
from gateway.simulation.scenario import BrokersModel, Scenario
from gateway.waitingroom.admission import Terms
from gateway.waitingroom.conductor import Conductor, Platform, Rules, Seen
from gateway.waitingroom.looks import Spread, far_away, reach, with_number, without_number
from gateway.waitingroom.schedule import Opening
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import BEYOND, DRAWING, OPEN, OVER

_FIRST: Final = 5  # seconds within which bots come that want to be first
_SLICE: Final = 3.0  # of the time within which late ones come, its mean
_BOT_REACTION: Final = 1
Progress = Callable[[int, int], None]


def rules_of(scenario: Scenario) -> Rules:
    room = scenario.room
    admit = room.admit
    terms = Terms(
        rate=admit.rate.events * SECOND / admit.rate.per,
        active=admit.active,
        overbooking=room.overbooking,
    )
    return Rules(
        terms, admit.grace / SECOND, admit.total / SECOND, room.polls, idle=admit.idle / SECOND
    )


class Day:
    """`play` once."""

    def __init__(
        self, scenario: Scenario, people: People, groups: Groups, wanted: list[int], random: Random
    ) -> None:
        self._scenario = scenario
        self._people = people
        self._groups = groups
        self._random = random
        self.opens = max(1, scenario.room.prequeue // SECOND)
        self.ends = self.opens + max(1, scenario.room.end // SECOND)
        opening = Opening("day", 0.0, self.opens, self.ends, scenario.places)
        self._conductor = Conductor(rules_of(scenario), lambda _wall: opening)
        self.diary = Diary(len(people.kinds), self.opens, self.ends)
        self._inside = Inside(scenario, people, wanted, random, self.diary, self.opens)
        self._told = Told()
        self._spread = Spread()
        self._number = array("I", bytes(4 * people.count))
        self._arrived = array("i", [NEVER]) * people.count
        self._absent = bytearray(people.count)
        self._told_end = bytearray(people.count)
        self._left_numbers: set[int] = set()
        self._waiting_late: set[int] = set()
        self._comes: dict[int, list[int]] = defaultdict(list)
        self._due: dict[int, list[int]] = defaultdict(list)
        self._enters: dict[int, list[int]] = defaultdict(list)
        self._joined: list[int] = []
        self._closed: int | None = None  # tickets on the list
        self._drawn_at = 0
        self._late = 0  # numbers after the draw
        self._late_tokens = 0.0
        self._left = 0
        self._came_flags = bytearray(people.count + 2)
        self._came_lately = 0

    def play(self, progress: Progress | None = None) -> Diary:
        self._plan()
        for second in range(self.ends + 1):
            platform = self._inside.platform.step(second)
            self._lead(second, platform)
            self._arrive(second)
            self._inside.step(second)
            for visitor in self._enters.pop(second, ()):
                self._enter(second, visitor)
            self._look(second)
            self.diary.seconds = second
            if progress is not None and second % 60 == 0:
                progress(second, self.ends)
            if second > self.opens and not self._anything_left():
                break
        self.diary.never_in = len(self._waiting_late)
        self._sum_up()
        return self.diary

    def _anything_left(self) -> bool:
        return bool(self._comes or self._due or self._enters or self._inside.busy)

    # Coming.

    def _plan(self) -> None:
        """When each visitor comes."""
        random = self._random.random
        absent = self._scenario.manners.absent
        people = self._people
        for visitor in range(people.citizens):
            self._comes[self._when()].append(visitor)
            self._absent[visitor] = random() < absent
        for visitor in range(people.citizens, people.count):
            model = people.kinds[people.kind[visitor]]
            first = isinstance(model, BrokersModel) and model.comes == "first"
            self._comes[self._random.randrange(_FIRST) if first else self._when()].append(visitor)
        for kind in people.kind:
            self.diary.came[kind] += 1

    def _when(self) -> int:
        arrival, random = self._scenario.arrival, self._random.random
        if random() < arrival.before:
            place = random()
            return int(self.opens * (math.sqrt(place) if arrival.curve == "rush" else place))
        after = self._random.expovariate(_SLICE * SECOND / arrival.after)
        return min(self.ends, self.opens + int(after))

    def _arrive(self, second: int) -> None:
        """The redirect with the ticket, and the page that brings it back: the place is kept."""
        coming = self._comes.pop(second, None)
        if coming is None:
            return
        self.diary.arrivals[second] = len(coming)
        phase = self._told.phase
        if phase == OVER:
            return
        for visitor in coming:
            self._arrived[visitor] = second
            if self._closed is None:
                self._joined.append(visitor)
            else:
                self._late += 1
                self._number[visitor] = self._closed + self._late
        if phase == OPEN:
            for visitor in coming:
                self._told_of_number(second, visitor)
            return
        wait = without_number(self._told, second, phase)
        for visitor in coming:
            self._due[second + self._spread.of(wait)].append(visitor)

    # Looking.

    def _look(self, second: int) -> None:
        due = self._due.pop(second, None)
        if due is None:
            return
        self.diary.looks[second] = len(due)
        phase = self._told.phase
        if phase == OPEN:
            self._look_with_numbers(second, due)
        elif phase == OVER:
            for visitor in due:
                self._told_of_end(second, visitor)
        else:
            wait = without_number(self._told, second, phase)
            for visitor in due:
                self._due[second + self._spread.of(wait)].append(visitor)

    def _look_with_numbers(self, second: int, due: list[int]) -> None:
        """Nearly all looks are those of citizens who know that the places will not reach them."""
        absent, known, numbers = self._absent, self._told_end, self._number
        far, between = far_away(self._told)
        told_at, told_number = self.diary.told_at, self.diary.told_number
        for visitor in due:
            if absent[visitor]:
                continue
            number = numbers[visitor]
            if known[visitor] and number >= far:
                told_at.append(second)
                told_number.append(number)
                self._due[second + self._spread.of(between)].append(visitor)
            else:
                self._told_of_number(second, visitor)

    def _told_of_end(self, second: int, visitor: int) -> None:
        if visitor < self._people.citizens and not self._told_end[visitor]:
            self._told_end[visitor] = 1
            self.diary.end_told.append(second - self.opens)

    def _told_of_number(self, second: int, visitor: int) -> None:
        told, number = self._told, self._number[visitor]
        if number <= told.serving:
            self._called(second, visitor, number)
            return
        if visitor < self._people.citizens:
            self.diary.told_at.append(second)
            self.diary.told_number.append(number)
            if not self._told_end[visitor] and reach(told, number) == BEYOND:
                self._told_of_end(second, visitor)
                if self._random.random() < self._scenario.manners.leaves:
                    self._left += 1
                    self._left_numbers.add(number)
                    return
        wait = with_number(told, number)
        self._due[second + self._spread.of(wait)].append(visitor)

    def _called(self, second: int, visitor: int, number: int) -> None:
        """The page says that it is one's turn, and enters by itself or by a button."""
        office = self._people.office[visitor]
        if office != CITIZEN and self._inside.wanted[office] <= 0:
            return  # whom would it book for?
        if not self._turn(number):
            self._wait_again(second, visitor)
            return
        self.diary.heard.append(second - self.diary.called[number])
        if office == CITIZEN:
            mean = self._scenario.manners.reaction / SECOND
            reaction = 1 + int(self._random.expovariate(1 / mean))
        else:
            model = self._people.kinds[self._people.kind[visitor]]
            assert isinstance(model, BrokersModel)
            reaction = _BOT_REACTION + (model.handover // SECOND if model.sells else 0)
        self._enters[second + reaction].append(visitor)

    def _turn(self, number: int) -> bool:
        """As room.Room has it."""
        told = self._told
        if not 0 < number <= told.serving or told.phase != OPEN:
            return False
        return number > told.floor or self._late_tokens >= 1.0

    def _wait_again(self, second: int, visitor: int) -> None:
        if visitor < self._people.citizens and visitor not in self._waiting_late:
            self._waiting_late.add(visitor)
            self.diary.too_late += 1
        wait = with_number(self._told, 0)
        self._due[second + self._spread.of(wait)].append(visitor)

    def _enter(self, second: int, visitor: int) -> None:
        number = self._number[visitor]
        if not self._turn(number):
            self._wait_again(second, visitor)
            return
        if number <= self._told.floor:
            self._late_tokens -= 1.0
        self._waiting_late.discard(visitor)
        self._came_flags[number] = 1
        if number > self._conductor.record.floor:
            self._came_lately += 1
        kind = self._people.kind[visitor]
        self.diary.waits[kind].append(second - max(self.opens, self._arrived[visitor]))
        self._inside.enter(second, visitor)

    # Leading.

    def _lead(self, second: int, platform: Platform) -> None:
        """As control/opening.py does it: count, decide, tell."""
        conductor, wall = self._conductor, float(second)
        conductor.begin(wall)
        seen = self._seen()
        drawing = conductor.record.phase == DRAWING
        if drawing and self._closed is not None and second >= self._drawn_at:
            conductor.drawn(self._closed)
        before, floor = conductor.record.serving, conductor.record.floor
        conductor.step(wall, seen, platform)
        record = conductor.record
        if record.floor > floor:
            self._came_lately -= sum(self._came_flags[floor + 1 : record.floor + 1])
        if record.serving > before:
            self.diary.called.extend([second] * (record.serving - before))
        if record.phase == DRAWING and self._closed is None:
            self._close_the_list(second)
        self._told = told = conductor.told(wall, seen, version=second, then="")
        if told.phase == OPEN:
            self.diary.told[second] = told
        self._late_tokens = min(max(1.0, told.late), self._late_tokens + told.late)

    def _seen(self) -> Seen:
        inside = self._inside
        return Seen(
            joined=len(self._joined),
            late=self._late,
            came=self.diary.entered,
            came_lately=self._came_lately,
            inside=inside.inside,
            ended=inside.ended,
            booked=inside.booked,
            left=self._left,
        )

    def _close_the_list(self, second: int) -> None:
        self._closed = len(self._joined)
        self._drawn_at = second + max(1, self._scenario.room.draw // SECOND)
        found = order(self._scenario, self._people, self._groups, self._joined, self._random)
        for rank, visitor in enumerate(found.visitors, 1):
            self._number[visitor] = rank
        self.diary.chance = found.chance
        self.diary.called.append(NEVER)  # there is no number 0
        present = [visitor for visitor in found.visitors if not self._absent[visitor]]
        self.diary.best = self._inside.best(present)
        self.diary.ready = sum(visitor < self._people.citizens for visitor in present)

    def _sum_up(self) -> None:
        diary, people = self.diary, self._people
        diary.called_numbers = max(0, len(diary.called) - 1)
        diary.given_up = sum(number < len(diary.called) for number in self._left_numbers)
        for visitor in self._inside.booked_by:
            diary.groups[self._groups.at[people.place[visitor]].group] += 1
            in_draw = self._number[visitor] <= (self._closed or 0)
            diary.ready_booked += visitor < people.citizens and in_draw
