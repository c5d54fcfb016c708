"""Those who were let in: how long they take, who books, who does not, and when a pass is over.

Who books takes the time of its kind; who only looks goes away at some moment of it, is counted out
when idle, and is over after the total time. A booking is sent on while a place is free for it
(room_book.lua); where the platform fails it is tried again, some seconds later.
"""

import math
from collections import defaultdict
from heapq import heappush, heapreplace
from random import Random
from typing import Final

from gateway.clock import SECOND
from gateway.simulation.diary import Diary
from gateway.simulation.people import CITIZEN, People
from gateway.simulation.platform import PlatformDay
from gateway.simulation.scenario import BrokersModel, Scenario

_AGAIN: Final = 5  # seconds until a failed booking is sent again
_FAILED: Final = 30.0  # seconds that the platform may take, until one gives up waiting


class Inside:
    """`wanted`: places that each office still has customers for."""

    def __init__(
        self,
        scenario: Scenario,
        people: People,
        wanted: list[int],
        random: Random,
        diary: Diary,
        opens: int,
    ) -> None:
        self._scenario = scenario
        self._people = people
        self._random = random
        self._diary = diary
        self._opens = opens
        self.platform = PlatformDay(scenario.platform, opens)
        self.wanted = wanted
        admit, manners = scenario.room.admit, scenario.manners
        self._idle, self._total = admit.idle // SECOND, max(1, admit.total // SECOND)
        self._log_takes = math.log(manners.takes / SECOND)
        self._latency = scenario.platform.requests * scenario.platform.latency / SECOND
        self.inside = 0
        self.ended = 0
        self.booked = 0
        self.booked_by: list[int] = []
        self._persons: set[int] = set()
        self._until: dict[int, int] = {}  # the second at which a pass is over
        self._rates: dict[int, float] = {}  # requests a second of each who is at it
        self._tries: dict[int, int] = {}
        self._slowed: set[int] = set()
        self._books: dict[int, list[int]] = defaultdict(list)
        self._goes: dict[int, list[int]] = defaultdict(list)
        self._idles: dict[int, list[int]] = defaultdict(list)
        self._ends: dict[int, list[int]] = defaultdict(list)

    @property
    def busy(self) -> bool:
        return bool(self._books or self._goes or self._idles or self._ends)

    def enter(self, second: int, visitor: int) -> None:
        diary = self._diary
        diary.entered += 1
        self.inside += 1
        diary.most_inside = max(diary.most_inside, self.inside)
        stay = self._stay(visitor)
        self._until[visitor] = second + self._total
        rate = self._scenario.platform.requests / stay
        self._rates[visitor] = rate
        self.platform.asks(rate)
        manners = self._scenario.manners
        if self._people.office[visitor] == CITIZEN and self._random.random() < manners.abandons:
            self._goes[second + 1 + int(stay * self._random.random())].append(visitor)
        else:
            self._books[second + stay].append(visitor)

    def _stay(self, visitor: int) -> int:
        """Whole seconds until the booking is sent."""
        if self._people.office[visitor] == CITIZEN:
            takes = self._random.lognormvariate(self._log_takes, self._scenario.manners.spread)
        else:
            model = self._people.kinds[self._people.kind[visitor]]
            assert isinstance(model, BrokersModel)
            takes = model.takes / SECOND
        return max(1, round(takes + self._latency))

    def step(self, second: int) -> None:
        for visitor in self._books.pop(second, ()):
            self._book(second, visitor)
        for visitor in self._goes.pop(second, ()):
            self._go(second, visitor)
        for visitor in self._idles.pop(second, ()):
            if visitor in self._until:
                self.inside -= 1
        for visitor in self._ends.pop(second, ()):
            if self._until.pop(visitor, None) is not None:
                self.ended += 1

    def _go(self, second: int, visitor: int) -> None:
        """Somebody closes the page, and the room learns of it by silence alone."""
        self._done_asking(visitor)
        until = self._until[visitor]
        idle = second + self._idle
        self._idles[max(second + 1, min(idle, until))].append(visitor)
        self._ends[max(second + 1, until)].append(visitor)

    def _done_asking(self, visitor: int) -> None:
        self.platform.asks(-self._rates.pop(visitor, 0.0))

    def _book(self, second: int, visitor: int) -> None:
        """The last request of a visit."""
        if second >= self._until[visitor]:
            self._diary.expired += visitor < self._people.citizens
            self._go(second, visitor)
            return
        if 1.0 <= self.platform.delay < _FAILED and visitor not in self._slowed:
            self._slowed.add(visitor)
            self._books[second + math.ceil(self.platform.delay)].append(visitor)
            return
        if self.booked >= self._scenario.places:
            self._diary.in_vain += visitor < self._people.citizens
            self._go(second, visitor)
            return
        if self._fails():
            self._try_again(second, visitor)
            return
        if not self._may(visitor):
            self._diary.refused += 1
            self._go(second, visitor)
            return
        self._booked(second, visitor)

    def _fails(self) -> bool:
        platform = self.platform
        errors = self._scenario.platform.errors
        down = not platform.up or platform.delay >= _FAILED
        return down or (errors > 0 and self._random.random() < errors)

    def _try_again(self, second: int, visitor: int) -> None:
        """A program tries until it is over."""
        tries = self._tries[visitor] = self._tries.get(visitor, 0) + 1
        if visitor < self._people.citizens and tries > self._scenario.manners.retries:
            self._diary.failed += 1
            self._go(second, visitor)
            return
        # People wait longer each time, as their browser takes its time to fail.
        self._books[second + _AGAIN * tries].append(visitor)

    def _may(self, visitor: int) -> bool:
        """Whether the booking is for whom the ticket is, who has not booked yet."""
        office = self._people.office[visitor]
        if office != CITIZEN and self.wanted[office] <= 0:
            return False
        if self._scenario.identity == "none":
            return True
        model = self._people.kinds[self._people.kind[visitor]]
        sold = isinstance(model, BrokersModel) and model.sells
        return not sold and self._people.person[visitor] not in self._persons

    def _booked(self, second: int, visitor: int) -> None:
        people, diary = self._people, self._diary
        self._done_asking(visitor)
        del self._until[visitor]
        self._tries.pop(visitor, None)
        self.inside -= 1
        self.ended += 1
        self.booked += 1
        self.booked_by.append(visitor)
        if self._scenario.identity == "bound":
            self._persons.add(people.person[visitor])
        if people.office[visitor] != CITIZEN:
            self.wanted[people.office[visitor]] -= 1
        diary.booked[people.kind[visitor]] += 1
        diary.taken_at.append(second)

    def best(self, present: list[int]) -> float:
        """Seconds from the opening in which the platform would have given all places, had everybody
        been ready at the door: never more than `active` inside, never more than `rate` a second."""
        admit = self._scenario.room.admit
        rate = admit.rate.events * SECOND / admit.rate.per
        inside: list[float] = []
        wanted = list(self.wanted)
        given, last = 0, 0.0
        for visitor in present:
            if given >= self._scenario.places:
                break
            office = self._people.office[visitor]
            if office != CITIZEN:
                if wanted[office] <= 0:
                    continue
                wanted[office] -= 1
            stay = float(self._stay(visitor))
            if stay >= self._total:
                continue  # who takes longer than one may be inside cannot book
            starts = given / rate
            if len(inside) < admit.active:
                heappush(inside, starts + stay)
                ends = starts + stay
            else:
                ends = max(starts, inside[0]) + stay
                heapreplace(inside, ends)
            given += 1
            last = max(last, ends)
        return last
