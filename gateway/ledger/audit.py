"""The audit trail: who changed what, when. One JSON line a change, in `audit.log` of the state
folder, written through to the disk before anybody is told that it is done.

Nothing is ever taken out of it; rotate it as you must keep it (deploy/logrotate).
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import Clock


class Audit:
    """`path` is made at the first entry."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def write(self, who: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """One line for each entry: when, who, and what it holds. Raises OSError."""
        at = round(self._clock.wall(), 3)
        lines = bytearray()  # a bulk is some 400 bytes an entry, and nothing else beside it
        for entry in entries:
            lines += orjson.dumps({"time": at, "who": who, **entry})
            lines += b"\n"
        if not lines:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o640), "ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def find_block(path: Path, code: str) -> dict[str, Any] | None:
    """The latest entry in the trail that added the block with that code."""
    wanted = b'"code":"' + code.encode() + b'"'
    found: bytes | None = None
    try:
        with path.open("rb") as file:
            for line in file:
                if wanted in line and b'"what":"block"' in line:
                    found = line
    except FileNotFoundError:
        return None
    return None if found is None else orjson.loads(found)
