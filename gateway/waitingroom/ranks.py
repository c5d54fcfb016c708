"""What each worker asks when a ticket comes back after the draw: its rank, from a mapped file.

ranks.bin: 16 bytes of header, then a record of 20 bytes for each ticket, sorted: its hash, and its
rank as 4 bytes, big-endian. A look-up is a binary search, 20 steps among a million; the pages are
the kernel's, and shared by all workers: 20 MB for a million tickets, however many workers.

The file is never changed: a new one takes its place, and who mapped the old one goes on with that.
"""

import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.errors import OperatorError
from gateway.private_file import write_private

_MAGIC: Final = b"dawr ranks 1\n\0\0\0"
_HEADER: Final = 16
_HASH: Final = 16
_RECORD: Final = 20


def write_ranks(path: Path, order: Iterable[bytes]) -> None:
    """`order`: hashes by rank, each once. Raises OSError."""
    records = [hash_ + rank.to_bytes(4, "big") for rank, hash_ in enumerate(order, 1)]
    records.sort()
    write_private(path, _MAGIC + b"".join(records), durable=True)


class Ranks:
    """Of one opening. Raises OperatorError."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._map: mmap.mmap = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise OperatorError(f"{path} cannot be read: {error}") from None
        size = len(self._map) - _HEADER
        if self._map[:_HEADER] != _MAGIC or size % _RECORD != 0:
            raise OperatorError(f"{path} is no file of ranks, or was cut off")
        self._count: int = size // _RECORD

    def __len__(self) -> int:
        return self._count

    def of(self, hash_: bytes) -> int:
        """The rank, from 1; 0 of who was not in the draw."""
        data = self._map
        low = 0
        high = self._count
        while low < high:
            middle = (low + high) >> 1
            at = _HEADER + middle * _RECORD
            if data[at : at + _HASH] < hash_:
                low = middle + 1
            else:
                high = middle
        at = _HEADER + low * _RECORD
        if low == self._count or data[at : at + _HASH] != hash_:
            return 0
        return int.from_bytes(data[at + _HASH : at + _RECORD], "big")

    def close(self) -> None:
        self._map.close()
