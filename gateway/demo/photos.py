"""Photos in the database. What a photo is, its first bytes say, not its name."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Final

MAX_PHOTO_BYTES: Final = 5 * 1024 * 1024
# Two hundred megabytes at the worst; past the bound the oldest goes.
MAX_PHOTOS: Final = 40

_MAGIC: Final = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """`kind` is its media type."""

    kind: str
    image: bytes


def kind_of(image: bytes) -> str | None:
    """The media type of what is taken; None for all else."""
    return next((kind for magic, kind in _MAGIC.items() if image.startswith(magic)), None)


def new_id() -> str:
    """Not to be guessed: who has the address may see the photo."""
    return secrets.token_urlsafe(16)


def keep(db: sqlite3.Connection, id: str, photo: Photo) -> None:
    db.execute(
        "INSERT INTO photos (id, kind, image) VALUES (?, ?, ?)", (id, photo.kind, photo.image)
    )
    db.execute(
        "DELETE FROM photos WHERE number <= (SELECT max(number) FROM photos) - ?", (MAX_PHOTOS,)
    )


def find(db: sqlite3.Connection, id: str) -> Photo | None:
    row = db.execute("SELECT kind, image FROM photos WHERE id = ?", (id,)).fetchone()
    return None if row is None else Photo(*row)
