"""Who is stopped: the narrowest that explains the evidence.

A pure function from what is known of a client to what is done, in this order:

1. A device whose own score reaches the threshold is blocked, wherever it comes from.
2. What its address did beyond those devices is looked at. Below the threshold: nothing more.
3. An address is *shared* if a list says so, or if enough of its devices behave and most of its
   requests were good. It is never blocked whole: who is new there gets a challenge; who was known
   before the trouble began goes on as before.
4. Any other address is blocked.
5. A network (/24, /48) is blocked when nearly all of many addresses seen in it misbehave; if shared
   addresses are among them, it gets the challenge.

A flooder can make devices at will: each costs it a page, and a device that just asks for pages and
strikes does not count as behaving. What it gains is a challenge instead of a block.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`strikes`: a score that is answered. An address is shared with `devices` that behave and
    this share of `good` requests. A network is widened to with `neighbours` seen in it of which
    the share `misbehaving` does."""

    strikes: float = 100.0
    devices: int = 3
    good: float = 0.5
    neighbours: int = 16
    misbehaving: float = 0.8


@dataclass(frozen=True, slots=True)
class Situation:
    """An address, as all workers saw it. `by_device`: scores of its struck devices, by their hex.

    `devices` and `struck` count the devices seen and those with a strike; `listed_shared`: the
    operator's word. `good` and `bad` are requests of late.
    """

    address: str
    score: float
    good: float = 0.0
    bad: float = 0.0
    lone: float = 0.0
    devices: float = 0.0
    struck: float = 0.0
    by_device: Mapping[str, float] = field(default_factory=dict)
    listed_shared: bool = False


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A network: how many addresses were seen in it, how many reached the threshold, and whether
    one of its addresses is shared."""

    prefix: str
    seen: float
    misbehaving: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be done: `measure` (block or challenge) to `scope` and `key`, and why so."""

    scope: str
    key: str
    measure: str
    why: str


_BLOCK: Final = "block"
_CHALLENGE: Final = "challenge"


def is_shared(situation: Situation, thresholds: Thresholds) -> bool:
    """Whether blocking the address would lock out others than who misbehaved."""
    if situation.listed_shared:
        return True
    behaving = situation.devices - situation.struck
    requests = situation.good + situation.bad
    return (
        round(behaving) >= thresholds.devices and situation.good >= thresholds.good * requests > 0
    )


def judge(situation: Situation, thresholds: Thresholds) -> list[Measure]:
    """What becomes of an address and its devices."""
    measures = [
        Measure("device", device, _BLOCK, "this device alone reached the threshold")
        for device, score in sorted(situation.by_device.items())
        if score >= thresholds.strikes
    ]
    blocked = {measure.key for measure in measures}
    rest = situation.score - sum(
        score for device, score in situation.by_device.items() if device in blocked
    )
    if rest < thresholds.strikes:
        return measures
    if is_shared(situation, thresholds):
        why = (
            "listed as shared"
            if situation.listed_shared
            else f"some {situation.devices - situation.struck:.0f} devices behave behind it"
        )  # fmt: skip
        return [*measures, Measure("address", situation.address, _CHALLENGE, why)]
    return [
        *measures,
        Measure("address", situation.address, _BLOCK, "nobody else is seen behind it"),
    ]


def widen(neighbourhood: Neighbourhood, thresholds: Thresholds) -> Measure | None:
    """Whether the whole network is stopped instead of its addresses."""
    seen = max(neighbourhood.seen, neighbourhood.misbehaving)
    if (
        neighbourhood.misbehaving < thresholds.neighbours
        or neighbourhood.misbehaving < thresholds.misbehaving * seen
    ):
        return None
    return Measure(
        "prefix",
        neighbourhood.prefix,
        _CHALLENGE if neighbourhood.shared else _BLOCK,
        f"{neighbourhood.misbehaving} of some {seen:.0f} addresses seen in it misbehave",
    )
