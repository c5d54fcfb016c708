"""Files of ours that nobody else is to read: whole or not at all, mode 600."""

import os
from pathlib import Path


def write_private(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Put `data` in the place of what `path` holds, at once; `durable`: it outlives a power cut.
    Raises OSError: then what was there stays."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # one that was left behind, with whatever mode
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    new.replace(path)
