"""The booking day of `bench.opening`: who comes, where from and when, out of numbers and a seed.

Seconds are counted from the opening moment. Addresses lie all over 127.16.0.0 to 127.95.255.255.
"""

import dataclasses
import json
import math
import random
from dataclasses import dataclass
from typing import Final, Self

OWN: Final = 0  # a citizen with an address of their own
CARRIER: Final = 1  # one behind a shared network
BROKER: Final = 2  # a broker's bot
KINDS: Final = ("own", "carrier", "broker")

BEST: Final = "best"  # the platform alone, asked by as many at once as it can serve
DIRECT: Final = "direct"  # no waiting: all ask for the form at the opening
FIRST: Final = "first"  # a room, first come first served
DRAW: Final = "draw"  # a room with a pre-queue and a draw

CELLS: Final = 20  # branches of the demo platform times days that it offers
_FIRST_ADDRESS: Final = 16 << 16
_LAST_ADDRESS: Final = 96 << 16
_WHOLE: Final = 20_000  # citizens, for whom the other numbers are


@dataclass(frozen=True)
class Day:
    """`behind`: the share of the citizens who sit behind the `carriers`' addresses. Each of the
    `offices` has `addresses`, and `bots` at each.

    `prequeue` and `seconds` (from the opening to the end of the run) are short, and so is what a
    person takes. `absent`: the share that waits and does not come when called; `closing`: that
    closes the browser for a while; `late`: that comes when the draw is over."""

    citizens: int = _WHOLE
    carriers: int = 64
    offices: int = 100
    places: int = 2000
    behind: float = 0.6
    addresses: int = 3
    bots: int = 40
    prequeue: float = 40.0
    seconds: float = 150.0
    absent: float = 0.1
    closing: float = 0.05
    late: float = 0.05
    seed: int = 1

    def scaled(self, citizens: int) -> Self:
        """The same day with so many citizens; places in whole cells."""
        share = citizens / _WHOLE
        return dataclasses.replace(
            self,
            citizens=citizens,
            carriers=max(1, round(self.carriers * share)),
            offices=max(1, round(self.offices * share)),
            places=max(1, round(self.places * share / CELLS)) * CELLS,
        )

    @property
    def customers(self) -> int:
        """Of the brokers: each bot has one."""
        return self.offices * self.addresses * self.bots

    @property
    def shared(self) -> int:
        return round(self.citizens * self.behind)

    @property
    def people(self) -> int:
        return self.citizens + self.customers

    def cell(self, surplus: float = 1.0) -> int:
        """Places of the platform in one branch on one day."""
        return math.ceil(self.places * surplus / CELLS - 1e-9)

    def kind_of(self, number: int) -> int:
        if number >= self.citizens:
            return BROKER
        return CARRIER if number < self.shared else OWN

    def networks(self) -> list[str]:
        """The carriers' addresses."""
        return self._addresses()[: self.carriers]

    def sources(self) -> list[str]:
        """The address of each visitor, by number: carriers' citizens, the others, bots."""
        found = self._addresses()
        own = self.carriers + self.citizens - self.shared
        return [
            *(found[n % self.carriers] for n in range(self.shared)),
            *found[self.carriers : own],
            *(found[own + n // self.bots] for n in range(self.customers)),
        ]

    def _addresses(self) -> list[str]:
        count = self.carriers + self.citizens - self.shared + self.offices * self.addresses
        numbers = random.Random(self.seed).sample(range(_FIRST_ADDRESS, _LAST_ADDRESS), count)
        return [f"127.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in numbers]

    def comes(self, kind: int, mode: str, chance: random.Random) -> float:
        """When somebody comes. Bots are first wherever being first is worth something."""
        if mode == DRAW:
            if kind == BROKER:
                return -self.prequeue + chance.uniform(1.0, 5.0)
            if chance.random() < self.late:
                return chance.uniform(5.0, 25.0)
            return -self.prequeue + chance.uniform(1.0, self.prequeue - 1.0)
        if kind == BROKER:
            return chance.uniform(0.0, 0.5)
        return 0.5 + chance.expovariate(1 / 5.0)

    def as_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        return cls(**json.loads(text))
