"""Who takes part in `bench.attack`, and where from: all of it follows from the numbers and a seed.

Addresses lie all over 127.16.0.0 to 127.95.255.255, nearly each in a /24 of its own, as a botnet's
and a country's do.
"""

import dataclasses
import json
import random
from dataclasses import dataclass
from typing import Final, Self

# Paths of the platform and the milliseconds of one of its servers that each takes.
COSTS: Final = {"/search": 100.0, "/apply": 40.0, "/static/": 2.0, "/": 20.0}
EXPENSIVE: Final = "/search"
LARGE: Final = "/large"  # 1 MiB
FLOOD_MARK: Final = b"x-bench-flood"  # by which the platform counts; no peer looks at it
_FIRST: Final = 16 << 16
_LAST: Final = 96 << 16


@dataclass(frozen=True)
class Scene:
    """`shared` citizens sit behind `shared_addresses`, as do the `hidden` of the flooders, one
    behind each. `think`: seconds between a citizen's pages, from half to one and a half of it.

    The gateway dates a device's cookie by the minute, and knows it from before a block if its
    minute is earlier. People have had theirs for days, these for seconds: so that they are known,
    the flood begins `on_the_minute`, and they came in the one before."""

    citizens: int = 2000
    shared: int = 1200
    shared_addresses: int = 20
    flooders: int = 300
    hidden: int = 20
    connections: int = 12  # of each flooder: those of two browsers
    servers: int = 32
    think: float = 12.0
    calm: float = 20.0
    flood: float = 30.0
    after: float = 15.0
    seed: int = 1
    on_the_minute: bool = True  # the flood begins with one, see `bench.encounter`

    @property
    def seconds(self) -> float:
        return self.calm + self.flood + self.after

    def as_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        return cls(**json.loads(text))

    def sources_of_citizens(self) -> list[str]:
        """An address for each; the first `shared` share theirs."""
        common, own, _ = self._addresses()
        return [common[n % len(common)] for n in range(self.shared)] + own

    def sources_of_flooders(self) -> list[str]:
        """An address for each; the first `hidden` have one of the shared."""
        common, _, others = self._addresses()
        return [common[n % len(common)] for n in range(self.hidden)] + others

    def _addresses(self) -> tuple[list[str], list[str], list[str]]:
        own = self.citizens - self.shared
        others = self.flooders - self.hidden
        numbers = random.Random(self.seed).sample(
            range(_FIRST, _LAST), self.shared_addresses + own + others
        )
        texts = [f"127.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in numbers]
        return (
            texts[: self.shared_addresses],
            texts[self.shared_addresses : self.shared_addresses + own],
            texts[self.shared_addresses + own :],
        )
