"""Are we the outage? Signs that what is refused are citizens, and not attackers.

- **refusals up, answers down**: a fifth or more of all requests is refused while the platform gives
  less than half of the good answers that are usual, though it is well. An attack adds requests; it
  does not take the usual ones away.
- **one network**: one AS makes up over two fifths of all refusals, of a thousand or more: the
  citizens of a carrier look like that (so does one hoster's botnet: look who it is).
- **challenges that most pass**: of a hundred or more challenges that were answered, nine in ten
  were met. Bots fail or do not try; people pass.

A sign must hold for half a minute. Pure: one call a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOLDS: Final = 30  # seconds
SIGNS: Final[tuple[str, ...]] = ("refusals-up", "one-network", "challenges-passed")


@dataclass(frozen=True, slots=True)
class Minute:
    """What the last minute held. `usual` good answers are expected in it, 0: not known;
    `by_network`: refusals by AS number; `passed` of `answered` challenges were met."""

    requests: int = 0
    refused: int = 0
    good: int = 0
    failed: int = 0
    usual: float = 0.0
    by_network: Mapping[int, int] | None = None
    answered: int = 0
    passed: int = 0


def signs_in(minute: Minute) -> set[str]:
    """The signs that one minute shows."""
    found: set[str] = set()
    well = minute.failed <= 0.1 * (minute.good + minute.failed)
    if (
        minute.requests >= 100
        and minute.refused >= 0.2 * minute.requests
        and minute.good < 0.5 * minute.usual
        and well
    ):
        found.add("refusals-up")
    networks = minute.by_network or {}
    known = {number: count for number, count in networks.items() if number}
    if known and minute.refused >= 1000 and max(known.values()) > 0.4 * minute.refused:
        found.add("one-network")
    if minute.answered >= 100 and minute.passed >= 0.9 * minute.answered:
        found.add("challenges-passed")
    return found


class Lockout:
    """Which signs have been there for long enough."""

    def __init__(self) -> None:
        self._since = dict.fromkeys(SIGNS, 0)

    def second(self, minute: Minute) -> list[str]:
        """The signs that hold."""
        now = signs_in(minute)
        for sign in SIGNS:
            self._since[sign] = self._since[sign] + 1 if sign in now else 0
        return [sign for sign in SIGNS if self._since[sign] >= HOLDS]
