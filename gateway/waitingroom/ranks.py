"""What each worker asks when a ticket comes back after the draw: its rank, from a mapped file.

ranks.bin: 16 bytes of header; for each of the 65,536 beginnings of two bytes how many records are
before it, and their number, of 4 bytes each, big-endian; then for each ticket a record of 20 bytes,
sorted: its hash, and its rank as 4 bytes. A look-up reads where its beginning is, and searches
there: some 15 records among a million. 1.5 to 2.5 microseconds. The pages are the kernel's, shared
by all workers: 20 MB for a million tickets, however many workers.

The file is never changed: a new one takes its place, and who mapped the old one goes on with that.
"""

import mmap
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Final

from gateway.errors import OperatorError
from gateway.private_file import write_private

FILE: Final = "ranks.bin"
_MAGIC: Final = b"dawr ranks 1\n\0\0\0"
_INDEX: Final = 16
_BEGINNINGS: Final = 65_536
_RECORDS: Final = _INDEX + 4 * (_BEGINNINGS + 1)
_HASH: Final = 16
_RECORD: Final = 20


def records_of(order: Iterable[bytes]) -> list[bytes]:
    """Hash and rank in a piece, sorted. `order`: hashes by rank, each once."""
    return sorted([hash_ + rank.to_bytes(4, "big") for rank, hash_ in enumerate(order, 1)])


def write_ranks(path: Path, records: list[bytes]) -> None:
    """Raises OSError."""
    counts = [0] * (_BEGINNINGS + 1)
    for record in records:
        counts[(record[0] << 8 | record[1]) + 1] += 1
    starts = b"".join([start.to_bytes(4, "big") for start in accumulate(counts)])
    write_private(path, _MAGIC + starts + b"".join(records), durable=True)


class Ranks:
    """Of one opening. Raises OperatorError."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._map: mmap.mmap = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise OperatorError(f"{path} cannot be read: {error}") from None
        self._count: int = int.from_bytes(self._map[_RECORDS - 4 : _RECORDS], "big")
        whole = len(self._map) == _RECORDS + self._count * _RECORD
        if self._map[:_INDEX] != _MAGIC or not whole:
            raise OperatorError(f"{path} is no file of ranks, or was cut off")

    def __len__(self) -> int:
        return self._count

    def of(self, hash_: bytes) -> int:
        """The rank, from 1; 0 of who was not in the draw."""
        if len(hash_) != _HASH:
            return 0
        data = self._map
        at = _INDEX + 4 * (hash_[0] << 8 | hash_[1])
        bounds = data[at : at + 8]
        found = _RECORDS + _RECORD * int.from_bytes(bounds[:4], "big")
        end = _RECORDS + _RECORD * int.from_bytes(bounds[4:], "big")
        while True:
            found = data.find(hash_, found, end)
            if found < 0:
                return 0
            if (found - _RECORDS) % _RECORD == 0:
                return int.from_bytes(data[found + _HASH : found + _RECORD], "big")
            found += 1  # it stands across two records: no ticket's

    def close(self) -> None:
        self._map.close()
