"""What is watched of the whole site each second, and on what scale it is compared.

A volume is compared as a logarithm (busy days are a factor), a share as the arcsine of its root
(whose sampling variance is 1 / 4n wherever it lies), a latency as a logarithm. What a second's
number is by mere chance is known from how many it was taken over.

Whoever counts keeps to this: `requests` is all that arrived, also what we refused; errors are the
platform's answers, never ours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from math import asin, exp, log, log2, sin, sqrt
from typing import Final


@dataclass(slots=True)
class Observation:
    """One second of the whole site; of all workers together."""

    requests: int = 0
    new_clients: int = 0  # never seen, or not for a day
    answers: int = 0  # of the platform
    client_errors: int = 0  # its 4xx
    server_errors: int = 0  # its 5xx, and its silences
    refused: int = 0  # by us
    visitors: int = 0  # clients that asked for a page of late
    without_assets: int = 0  # of those, who fetched none of its assets
    entropy: float = 0.0  # bits, of the targets of the last `entropy_of` requests
    entropy_of: int = 0
    latency: float = 0.0  # seconds: the mean of the platform's answers' first bytes
    challenged: int = 0  # challenges that ended
    challenges_failed: int = 0


class Sort(Enum):
    """What a signal is about; the level hangs on it."""

    VOLUME = "volume"  # how much: raises to ELEVATED at most, and blocks nobody
    BEHAVIOUR = "behaviour"  # how clients act
    PLATFORM = "platform"  # how the platform fares
    OURS = "ours"  # what we do ourselves: raises, but never keeps us raised


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """`to` the scale of comparison (a value, taken over n) and `back`; `chance`: the variance, on
    it, of one second's number taken over n, around a forecast."""

    to: Callable[[float, int], float]
    back: Callable[[float], float]
    chance: Callable[[float, int], float]


COUNT: Final = Scale(
    lambda x, _: log(x + 1),
    lambda y: max(0.0, exp(y) - 1),
    lambda y, _: exp(-max(y, 0.0)),  # Poisson's: 1 / mean
)
SHARE: Final = Scale(
    # Anscombe's 3/8: without, the usual second of few requests would have no error at all.
    lambda x, n: asin(sqrt(min(1.0, max(0.0, (x * n + 0.375) / (n + 0.75))))),
    lambda y: sin(min(1.5708, max(0.0, y))) ** 2,
    lambda _, n: 0.25 / (n + 0.5),
)
BITS: Final = Scale(
    lambda x, _: x,
    lambda y: max(0.0, y),
    lambda _, n: 2.0 / max(n, 1),
)
SECONDS: Final = Scale(
    lambda x, _: log(x + 0.001),
    lambda y: max(0.0, exp(y) - 0.001),
    lambda _, n: 1.0 / max(n, 1),  # latencies have fat tails
)


@dataclass(frozen=True, slots=True)
class Signal:
    """`spread`: how far two days may lie apart, on its scale, before any is known; also what today
    may be off the usual day. `least`: of how many it must be taken. `muted`: is not judged in an
    opening that is not known yet."""

    name: str
    sort: Sort
    scale: Scale
    read: Callable[[Observation], tuple[float, int]]  # its value, and of how many
    spread: float
    least: int = 1
    two_sided: bool = False
    muted: bool = False


def _share(part: int, whole: int) -> tuple[float, int]:
    return (part / whole if whole else 0.0), whole


# An opening is many people, many of them new, on one page: these three are muted until it is known.
SIGNALS: Final = (
    Signal("requests", Sort.VOLUME, COUNT, lambda o: (o.requests, 1), 0.4, 0, muted=True),
    Signal("new-clients", Sort.VOLUME, COUNT, lambda o: (o.new_clients, 1), 0.4, 0, muted=True),
    Signal(
        "client-errors",
        Sort.BEHAVIOUR,
        SHARE,
        lambda o: _share(o.client_errors, o.answers),
        0.08,
        20,
    ),
    Signal(
        "without-assets",
        Sort.BEHAVIOUR,
        SHARE,
        lambda o: _share(o.without_assets, o.visitors),
        0.08,
        20,
    ),
    Signal(
        "path-entropy",
        Sort.BEHAVIOUR,
        BITS,
        lambda o: (o.entropy, o.entropy_of),
        0.5,
        50,
        two_sided=True,
        muted=True,
    ),
    Signal(
        "failed-challenges",
        Sort.BEHAVIOUR,
        SHARE,
        lambda o: _share(o.challenges_failed, o.challenged),
        0.15,
        20,
    ),
    Signal(
        "server-errors",
        Sort.PLATFORM,
        SHARE,
        lambda o: _share(o.server_errors, o.answers),
        0.08,
        20,
    ),
    Signal("latency", Sort.PLATFORM, SECONDS, lambda o: (o.latency, o.answers), 0.3, 3),
    Signal("refused", Sort.OURS, SHARE, lambda o: _share(o.refused, o.requests), 0.08, 20),
)


def path_entropy(counts: Iterable[int]) -> float:
    """Bits of surprise in where a request goes, from how many went to each target; corrected for
    few (Miller 1955), else a quiet minute would look like an aim."""
    seen = [count for count in counts if count > 0]
    total = sum(seen)
    if total == 0:
        return 0.0
    plain = -sum(count / total * log2(count / total) for count in seen)
    return plain + (len(seen) - 1) / (2 * total) / log(2)
