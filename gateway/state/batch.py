"""What a worker hands over of a waiting room, and what it learns: the words of room.lua."""

from typing import Any, Final

from mypy_extensions import mypyc_attr

JOIN: Final = 58  # bytes: hash 16, group 42
ENTRY: Final = 24  # number 4, hash 16, seconds 4
BOOKING: Final = 24  # hash 16, one of its own 8
MOVE: Final = 16  # the beginning of a hash 8, device 8
LEAVER: Final = 20  # number 4, hash 16


class Batch:
    """What one tick hands over: packed as room.lua has it."""

    __slots__ = (
        "bookings", "cancelled", "entries", "failed", "highest", "joins", "leavers", "moves",
        "seen", "unknown",
    )  # fmt: skip

    def __init__(self) -> None:
        self.joins: list[bytes] = []
        self.entries: list[bytes] = []
        self.seen: list[bytes] = []
        self.bookings: list[bytes] = []
        self.leavers: list[bytes] = []
        self.cancelled: list[bytes] = []
        self.failed: list[bytes] = []
        self.unknown: list[bytes] = []
        self.moves: list[bytes] = []
        self.highest: int = 0


class Learned:
    """What a tick answers. `told`: what the leader tells, if it is news; `ended`: kinds (b, l, x)
    and hashes of passes that are over, or m and a move, `ended_count` of all; `numbers` by hash."""

    __slots__ = ("ended", "ended_count", "numbers", "told")

    def __init__(
        self,
        told: dict[str, Any] | None,
        ended: list[tuple[bytes, bytes]],
        numbers: dict[bytes, int],
        ended_count: int,
    ) -> None:
        self.told = told
        self.ended = ended
        self.numbers = numbers
        self.ended_count = ended_count


@mypyc_attr(allow_interpreted_subclasses=True)
class Counter:
    """A worker's side of one room, as the exchange asks it. `opening` "" before it was told of one;
    `version` of what it was told; `ended_known` passes whose end it knows."""

    def __init__(self, name: str, *, books_once: bool) -> None:
        self.name = name
        self.books_once = books_once
        self.opening: str = ""
        self.version: int = 0
        self.ended_known: int = 0

    def take(self, most: int) -> Batch:
        """What is to be told, at most so many of each; it is kept until `learn`."""
        raise NotImplementedError

    def learn(self, learned: Learned) -> None:
        """The batch that was taken is told; and this is the answer."""
        raise NotImplementedError

    def failed(self) -> None:
        """The batch may not have been told: it is taken again."""
        raise NotImplementedError
