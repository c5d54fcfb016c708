"""A site's seconds, made up: a day's shape with busy and quiet days, restless minutes, and attacks.

People come by the clock on the wall: little at night, most before noon, less and later on days of
rest; each day is busier or quieter as a whole, each minute too, and requests within a second come
as they come (more unevenly than Poisson's). At the opening ten times the usual come within half a
minute, many of them new, all to one page. Crawlers, who fetch no assets, are there day and night.
"""

import random
from collections.abc import Callable
from datetime import datetime
from math import exp, pi, sin, sqrt
from typing import Final

from gateway.guard.signals import Observation

NOON: Final = 150.0  # requests a second on a working day
NIGHT: Final = 4.0
Attack = Callable[
    [Observation, random.Random, int], None
]  # changes a second, so long after it began


class Site:
    """`opening`: the second of the day at which it opens on working days, or None."""

    def __init__(
        self, seed: int, *, opening: int | None = None, rest: frozenset[int] = frozenset({4, 5})
    ) -> None:
        self._random = random.Random(seed)
        self._opening = opening
        self._rest = rest
        self._day = -1
        self._busy = 1.0
        self._late = 0.0
        self._peak = 1.0
        self._careless = 1.0
        self._restless = 0.0
        self.growth = 1.0

    def second(self, local: datetime, attack: Attack | None = None, since: int = 0) -> Observation:
        """What one second brings."""
        self._turn(local)
        dice = self._random
        self._restless += -self._restless / 90 + dice.gauss(0, 0.013)  # a tenth, for minutes
        usual = self.growth * self._busy * exp(self._restless) * self._shape(local)
        peak = self.growth * self._peak * self._rush(local)
        made = self._observation(usual, peak)
        if attack is not None:
            attack(made, dice, since)
        return made

    def _turn(self, local: datetime) -> None:
        if local.day != self._day:
            dice = self._random
            self._day = local.day
            self._busy = exp(dice.gauss(0, 0.1))
            self._peak = exp(dice.gauss(0, 0.3))
            self._late = dice.uniform(-5, 10)
            self._careless = exp(dice.gauss(0, 0.15))

    def _shape(self, local: datetime) -> float:
        hour = local.hour + local.minute / 60 + local.second / 3600
        rest = local.weekday() in self._rest
        wake = 9.0 if rest else 6.0
        day = max(0.0, sin(pi * (hour - wake) / (23.5 - wake))) if hour > wake else 0.0
        return NIGHT + NOON * (0.45 if rest else 1.0) * day**0.8

    def _rush(self, local: datetime) -> float:
        if self._opening is None or local.weekday() in self._rest:
            return 0.0
        second = local.hour * 3600 + local.minute * 60 + local.second
        since = second - self._opening - self._late
        if since < -300:
            return 0.0
        if since < 0:
            return 150 * exp(since / 60)  # who reloads until it opens
        return (150 + 1350 * (1 - exp(-since / 10))) * exp(-since / 240)

    def _observation(self, usual: float, peak: float) -> Observation:
        dice = self._random
        requests = count(dice, usual + peak, 1.5)
        crowd = peak / (usual + peak)
        crawlers = min(2.0, usual)
        visitors = count(dice, (usual + peak) / 2, 1.0)
        load = (usual + peak) / (10 * NOON)
        n = max(requests, 1)
        return Observation(
            requests=requests,
            new_clients=count(dice, 0.02 * usual + 0.04 * peak, 1.3),
            answers=requests,
            client_errors=part(dice, requests, 0.03 * self._careless),
            server_errors=part(dice, requests, 0.002 + 0.01 * max(0.0, load - 0.7)),
            refused=part(dice, requests, 0.004 * self._careless),
            visitors=visitors,
            without_assets=part(dice, visitors, 0.05 + 0.9 * crawlers / (usual + peak + 1)),
            entropy=6.0 - 3.5 * crowd + dice.gauss(0, 0.1) - 0.3 * (usual < 20),
            entropy_of=min(1000, 10 * n),
            latency=0.06 * (1 + load**2) * exp(dice.gauss(0, 0.6 / sqrt(n)) + dice.gauss(0, 0.1)),
        )


def count(dice: random.Random, mean: float, uneven: float) -> int:
    """A number of independent events, `uneven` times as scattered as Poisson's."""
    if mean > 15:
        return max(0, round(dice.gauss(mean, sqrt(mean * uneven))))
    limit, product, found = exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        found += 1
    return found


def part(dice: random.Random, whole: int, share: float) -> int:
    """How many of `whole` are of a kind that makes up `share`."""
    mean = whole * min(1.0, share)
    return min(whole, count(dice, mean, max(0.05, 1 - share)))


# Attacks, as they change a second of the site.


def flood_from_few(requests: int) -> Attack:
    """Some few machines ask for one page, again and again."""

    def attack(o: Observation, dice: random.Random, _: int) -> None:
        more = count(dice, requests, 1.0)
        _aim(o, more)
        o.visitors += 40
        o.without_assets += 40

    return attack


def distributed_flood(requests: int, *, clients: int = 2000) -> Attack:
    """Thousands of new addresses ask for one page, and for nothing that it needs."""

    def attack(o: Observation, dice: random.Random, since: int) -> None:
        more = count(dice, requests, 1.0)
        _aim(o, more)
        o.new_clients += count(dice, clients / 10 if since < 10 else clients / 200, 1.0)
        o.visitors += min(more, clients)
        o.without_assets += min(more, clients)
        o.latency *= 1 + more / 1000

    return attack


def _aim(o: Observation, more: int) -> None:
    """`more` requests, all for one target."""
    share = more / max(1, o.requests + more)
    o.requests += more
    o.answers += more
    o.entropy *= 1 - share


def error_scan(requests: int) -> Attack:
    """A scanner tries paths that are not there."""

    def attack(o: Observation, dice: random.Random, _: int) -> None:
        more = count(dice, requests, 1.0)
        share = more / max(1, o.requests + more)
        o.requests += more
        o.answers += more
        o.client_errors += part(dice, more, 0.95)
        o.entropy += 3 * share
        o.visitors += 1
        o.without_assets += 1

    return attack


def slow_platform(factor: float) -> Attack:
    """The platform answers late; nobody does anything."""

    def attack(o: Observation, _dice: random.Random, _since: int) -> None:
        o.latency *= factor

    return attack


def failing_platform(share: float) -> Attack:
    """The platform answers with errors; nobody does anything."""

    def attack(o: Observation, dice: random.Random, _: int) -> None:
        o.server_errors = part(dice, o.answers, share)

    return attack


def popular(factor: float) -> Attack:
    """The news speaks of the site: more people, who behave as people do."""

    def attack(o: Observation, dice: random.Random, _: int) -> None:
        o.requests = count(dice, o.requests * factor, 1.0)
        o.answers = o.requests
        o.new_clients = count(dice, o.new_clients * factor * 2, 1.0)
        for name in ("client_errors", "server_errors", "refused", "visitors", "without_assets"):
            setattr(o, name, count(dice, getattr(o, name) * factor, 0.1))
        o.entropy -= 0.5

    return attack
