"""How long and how often is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

GIB: Final = 1024**3
QUICK_TRANSFER: Final = 128 * 1024**2


@dataclass(frozen=True)
class Plan:
    """`seconds` of load a round; `rounds`, in each of which all peers take their turn."""

    seconds: float = 4
    rounds: int = 5
    connections: int = 20_000
    transfer_bytes: int = GIB
    say: Callable[[str], None] = print

    @property
    def short(self) -> float:
        """Seconds of those scenarios that have many rows."""
        return max(1.0, self.seconds / 2)
