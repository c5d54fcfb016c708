"""Numbers that lie evenly spread, each as far from those before it as can be (Weyl's sequence)."""

from typing import Final

_STEP: Final = 0x9E3779B1  # 2^32 / golden ratio
_MASK: Final = 0xFFFFFFFF


class Evenly:
    """From 0 to 2^32 - 1: what spreads over a span those who would all come at once."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn: int = 0

    def next(self) -> int:
        self._turn = (self._turn + _STEP) & _MASK
        return self._turn
