"""Who got a place, and what it was like: figures out of what the visitors of `bench.cast` tell."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bench.day import BROKER, CARRIER, OWN, Day
from bench.figures import percentile
from bench.visitors import ABSENT, AWAY, EXPIRED, LOST, TURNED_BACK

_SLACK: Final = 1.5  # seconds: a leader's step, and half a second between two looks at it
_SERVED: Final = frozenset({200, 201, 409})
NEVER: Final = float("inf")


class Person(NamedTuple):
    """Times in seconds from the opening, None: never."""

    kind: int
    came: float | None
    inside: float | None
    booked: float | None
    over: float | None
    number: int
    flags: int
    refusals: int


class Look(NamedTuple):
    """What the room's leader told at one moment."""

    at: float
    phase: str
    serving: int
    waiting: int
    inside: int
    booked: int
    factor: float


@dataclass
class Outcome:
    """One defence on one day. `taken`: places that the platform says are taken, `cpu`: seconds by
    process, `looks` in the order of time."""

    day: Day
    people: list[Person]
    pages: list[tuple[float, int, int, float]]
    refusals: Counter[str]
    polls: Counter[int]
    said: list[tuple[float, int, int, int, str]]
    taken: int
    cpu: dict[str, float] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    early: int = 0
    starved: int = 0
    driver: float = 0.0

    @classmethod
    def of(cls, day: Day, told: list[dict[str, Any]], taken: int) -> "Outcome":
        """Out of what each part of the cast told."""
        polls: Counter[int] = Counter()
        refusals: Counter[str] = Counter()
        for part in told:
            polls.update({int(second): count for second, count in part["polls"].items()})
            refusals.update(part["refusals"])
        return cls(
            day,
            [Person(*one) for part in told for one in part["people"]],
            [tuple(one) for part in told for one in part["pages"]],
            refusals,
            polls,
            [tuple(one) for part in told for one in part["said"]],
            taken,
            early=sum(part["early"] for part in told),
            starved=sum(part["starved"] for part in told),
            driver=sum(part["driver"] for part in told),
        )

    # Who got a place.

    def of_kind(self, *kinds: int) -> list[Person]:
        return [one for one in self.people if one.kind in kinds]

    def chance(self, *kinds: int) -> float:
        """Of one of them to get a place, in %."""
        of = self.of_kind(*kinds)
        return sum(one.booked is not None for one in of) / max(1, len(of)) * 100

    def share(self, *kinds: int) -> float:
        """Of the places taken, in %."""
        booked = [one for one in self.people if one.booked is not None]
        return sum(one.kind in kinds for one in booked) / max(1, len(booked)) * 100

    def ratio(self) -> float:
        """Chance with an own address over that behind a carrier."""
        own, carrier = self.chance(OWN), self.chance(CARRIER)
        return own / carrier if carrier else NEVER if own else 1.0

    def advantage(self) -> float:
        """Bookings of a broker for each customer over a citizen's chance."""
        bots, citizens = self.chance(BROKER), self.chance(OWN, CARRIER)
        return bots / citizens if citizens else NEVER if bots else 1.0

    def wrongly(self) -> float:
        """Citizens that were sent away or not answered at least once, in %."""
        of = self.of_kind(OWN, CARRIER)
        return sum(one.refusals > 0 for one in of) / max(1, len(of)) * 100

    def flagged(self, flag: int) -> int:
        return sum(bool(one.flags & flag) for one in self.people)

    # How it went.

    def last_place(self) -> float:
        """When the last place was taken."""
        return max((one.booked for one in self.people if one.booked is not None), default=NEVER)

    def over_at(self) -> float:
        """When it was over: by the leader's word, or with the last place."""
        return next((look.at for look in self.looks if look.phase == "over"), self.last_place())

    def told_over(self, share: float) -> float:
        """Within how many seconds from then that share of those without a place knew."""
        over = self.over_at()
        waited = [
            max(0.0, one.over - over) if one.over is not None else NEVER
            for one in self.people
            if one.booked is None and not one.flags & ABSENT and one.came is not None
        ]
        return percentile(sorted(waited), share) if waited else 0.0

    def busiest(self) -> float:
        """Requests that the platform answered in its busiest second."""
        seconds = Counter(
            int((at + took) // 1) for at, _, status, took in self.pages if status in _SERVED
        )
        return float(max(seconds.values(), default=0))

    def errors(self) -> float:
        """Of the requests for the platform: not answered, or with an error of its own, in %."""
        wrong = sum(status <= 0 or status >= 500 for _, _, status, _ in self.pages)
        return wrong / max(1, len(self.pages)) * 100

    def p99(self) -> float:
        """Milliseconds, of the pages that came."""
        took = sorted(took for _, _, status, took in self.pages if status in _SERVED)
        return percentile(took, 0.99) * 1000 if took else NEVER

    # What was told.

    def called_at(self, number: int) -> float:
        """When it was the number's turn; NEVER if it never was."""
        at = bisect_left(self.looks, number, key=lambda look: look.serving)
        return self.looks[at].at if at < len(self.looks) else NEVER

    def told_waits(self) -> list[tuple[float, int, int, str]]:
        """What came (NEVER: not called), low, high, reach; of each time somebody was told."""
        return [
            (self.called_at(number) - at, low, high, reach)
            for at, number, low, high, reach in self.said
        ]

    def ranges_right(self) -> float:
        """Of the ranges told to people who were called in the end: those that held it, in %."""
        told = [one for one in self.told_waits() if one[1] >= 0 and one[0] < NEVER]
        right = sum(low - _SLACK <= came <= high + _SLACK for came, low, high, _ in told)
        return right / len(told) * 100 if told else 100.0

    def ranges_in_vain(self) -> float:
        """Of the ranges told: those whose number was never called, in %."""
        told = [one for one in self.told_waits() if one[1] >= 0 and one[3] != "beyond"]
        return sum(one[0] == NEVER for one in told) / len(told) * 100 if told else 0.0

    def reached(self, reach: str) -> float:
        """Of the times that was told: those whose number was called, in %."""
        told = [came for came, _, _, one in self.told_waits() if one == reach]
        return sum(came < NEVER for came in told) / len(told) * 100 if told else NEVER

    def polls_mean(self) -> float:
        """A second, from the opening until it was over."""
        end = self.over_at()
        during = [n for second, n in self.polls.items() if 0 <= second < end]
        return sum(during) / max(1.0, min(end, self.day.seconds))

    def polls_most(self) -> float:
        """In any ten seconds, a second."""
        return max(
            (sum(self.polls[second + n] for n in range(10)) / 10 for second in list(self.polls)),
            default=0.0,
        )

    def figures(self) -> dict[str, float]:
        return {
            "citizens": self.share(OWN, CARRIER),
            "brokers": self.share(BROKER),
            "own": self.chance(OWN),
            "carrier": self.chance(CARRIER),
            "ratio": self.ratio(),
            "customer": self.chance(BROKER),
            "advantage": self.advantage(),
            "wrongly": self.wrongly(),
            "taken": float(self.taken),
            "last": self.last_place(),
            "busiest": self.busiest(),
            "errors": self.errors(),
            "p99": self.p99(),
            "over_p50": self.told_over(0.5),
            "over_p99": self.told_over(0.99),
            "over_all": self.told_over(1.0),
            "polls": self.polls_mean(),
            "polls_most": self.polls_most(),
            "early": float(self.early),
            "right": self.ranges_right(),
            "vain": self.ranges_in_vain(),
            "likely": self.reached("likely"),
            "unsure": self.reached("unsure"),
            "beyond": self.reached("beyond"),
            "lost": float(self.flagged(LOST)),
            "away": float(self.flagged(AWAY)),
            "turned_back": float(self.flagged(TURNED_BACK)),
            "expired": float(self.flagged(EXPIRED)),
            "driver": self.driver,
        }
