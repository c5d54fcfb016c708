"""The book of blocks: what is in force, who was blocked before, for how long the next time.

Pure: it is told the time, and says what changed; who keeps it in the shared state and tells the
workers is control/blocks.py. Memory: some 1.2 KiB a block with its evidence; at most 200,000.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.address import parse_address
from gateway.guard.block import Block
from gateway.guard.profiles import prefix_text

BOUND: Final = 200_000


class Full(Exception):  # noqa: N818 - a state of the book, told to whoever adds
    """The book holds as many blocks as it may."""


class Past:
    """How often somebody was blocked, and until when last (seconds since 1970)."""

    __slots__ = ("offences", "until")

    def __init__(self, offences: int, until: float) -> None:
        self.offences = offences
        self.until = until


class Book:
    """`ladder`: seconds of the first, second, … block; the last holds for all that follow.
    `forgive`: seconds without a block after which the ladder begins anew."""

    def __init__(self, ladder: Sequence[float], *, forgive: float) -> None:
        self.configure(ladder, forgive=forgive)
        self._by_code: dict[str, Block] = {}
        self._by_whom: dict[tuple[str, str], Block] = {}
        self._within: dict[str, int] = {}
        self.past: dict[tuple[str, str], Past] = {}

    def configure(self, ladder: Sequence[float], *, forgive: float) -> None:
        self._ladder = list(ladder)
        self._forgive = forgive

    def __len__(self) -> int:
        return len(self._by_code)

    def all(self) -> list[Block]:
        return list(self._by_code.values())

    def find(self, code: str) -> Block | None:
        return self._by_code.get(code)

    def of(self, scope: str, key: str) -> Block | None:
        return self._by_whom.get((scope, key))

    def next_step(self, scope: str, key: str, now: float) -> tuple[int, float]:
        """Which offence a block now would be, and when it would end."""
        past = self.past.get((scope, key))
        offence = 1
        if past is not None and now - past.until < self._forgive:
            offence = past.offences + 1
        return offence, now + self._ladder[min(offence, len(self._ladder)) - 1]

    def put(self, block: Block) -> Block | None:
        """Take a block in; the one whose place it took. Raises Full."""
        old = self._by_whom.get(block.whom)
        if old is None and len(self._by_code) >= BOUND:
            raise Full
        if old is not None:
            del self._by_code[old.code]
        self._by_code[block.code] = block
        self._by_whom[block.whom] = block
        if old is None:
            self._count(block, 1)
        if block.by == "guard" and block.until is not None and not block.shadow:
            self.past[block.whom] = Past(block.offence, block.until)
        return old

    def remove(self, code: str) -> Block | None:
        block = self._by_code.pop(code, None)
        if block is not None:
            self._by_whom.pop(block.whom, None)
            self._count(block, -1)
        return block

    def count_within(self, prefix: str) -> int:
        """How many addresses of that /24 or /48 are blocked one by one."""
        return self._within.get(prefix, 0)

    def _count(self, block: Block, more: int) -> None:
        # Of IPv6 a subscriber is a /64, spelt as a network.
        text = block.key.removesuffix("/64") if ":" in block.key else block.key
        address = parse_address(text) if block.scope in {"address", "prefix"} else None
        if address is None or block.measure != "block" or block.shadow:
            return
        prefix = prefix_text(address)
        count = self._within.get(prefix, 0) + more
        if count > 0:
            self._within[prefix] = count
        else:
            self._within.pop(prefix, None)

    def pardon(self, block: Block) -> None:
        """It was a mistake: it does not count for the next one."""
        past = self.past.get(block.whom)
        if past is not None:
            past.offences -= 1
            if past.offences <= 0:
                del self.past[block.whom]

    def expire(self, now: float) -> list[Block]:
        """Drop what has ended, and the past of who has long behaved."""
        ended = [
            one for one in self._by_code.values() if one.until is not None and one.until <= now
        ]
        for block in ended:
            self.remove(block.code)
        forgiven = [who for who, past in self.past.items() if now - past.until >= self._forgive]
        for who in forgiven:
            del self.past[who]
        return ended

    def replace(self, blocks: Iterable[Block]) -> None:
        """Hold these and no others."""
        self._by_code.clear()
        self._by_whom.clear()
        self._within.clear()
        for block in blocks:
            self.put(block)

    def count_by(self) -> dict[tuple[str, str, str], int]:
        """How many there are by scope, measure and reason."""
        counts: dict[tuple[str, str, str], int] = {}
        for block in self._by_code.values():
            kind = (block.scope, block.measure, block.reason)
            counts[kind] = counts.get(kind, 0) + 1
        return counts


Told = tuple[str, str, str, str, str, float | None, float, bool]


def as_told(block: Block) -> Told:
    """What workers need of a block: code, scope, key, measure, reason, until and since when, and
    whether it is in shadow."""
    return (
        block.code,
        block.scope,
        block.key,
        block.measure,
        block.reason,
        block.until,
        block.since,
        block.shadow,
    )
