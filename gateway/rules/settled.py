"""Whether the files of a folder have changed, and stay as they are for a moment.

An editor that writes in two steps, or a copy of twenty files, is taken up once, when it is over.
"""

from pathlib import Path

Signature = tuple[tuple[str, int, int, int], ...]


def signature(folder: Path) -> Signature:
    """Every file beneath `folder`: its path, time of change, size and inode."""
    found = []
    try:
        for path in folder.rglob("*"):
            if path.is_file():
                at = path.stat()
                found.append((str(path), at.st_mtime_ns, at.st_size, at.st_ino))
    except OSError:
        return ()  # it changes at this moment: look again
    return tuple(sorted(found))


class Settled:
    """Told what a folder looks like, again and again, beginning with what is in force."""

    def __init__(self, now: Signature) -> None:
        self._taken = now
        self._last = now

    def change(self, now: Signature) -> bool:
        """Whether `now` differs from what was last taken up, and has been so for one look."""
        same = now == self._last
        self._last = now
        if not same or now == self._taken:
            return False
        self._taken = now
        return True
