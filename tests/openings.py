"""An opening of the waiting room as files: groups of every kind, two witnesses, a beacon."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.drawing import draw_folder, write_reveals
from gateway.waitingroom.listing import Joined, close_list, digest_of, part_names, publish_opening
from gateway.waitingroom.seeds import CHAINS, OWN, Beacon, Opening, Reveals, commitment

ROOM, DAY = "passports", "2026-11-25"
CLOSES, REVEAL = 1_795_000_000, 1_795_000_060
SEEDS: Final = {OWN: b"o" * 32, "bar association": b"b" * 32, "Radio": b"r" * 32}
QUICKNET = CHAINS["quicknet"]
SIGNATURE = b"a signature"
VALUE = sha256(SIGNATURE).digest()


def made(name: str, room: str = ROOM, day: str = DAY) -> bytes:
    return commitment(room, day, name, SEEDS[name])


OPENING = Opening(
    ROOM, DAY, CLOSES, REVEAL, made(OWN), sha256(b"labels").digest(),
    (("bar association", made("bar association")), ("Radio", made("Radio"))),
    Beacon(QUICKNET, QUICKNET.round_after(REVEAL)), 4, {"unknown address": 1000},
)  # fmt: skip
REVEALS = Reveals(
    SEEDS[OWN], {name: seed for name, seed in SEEDS.items() if name}, VALUE, SIGNATURE
)


def ticket(name: str) -> bytes:
    return sha256(b"ticket" + name.encode()).digest()[:16]


def label(name: str) -> bytes:
    return sha256(b"label" + name.encode()).digest()[:8]


def crowd(people: int = 40) -> list[Joined]:
    """A carrier's, a school's, bots at an address, /64s of a /48, and `people` alone."""
    found: list[Joined] = []
    for n in range(people):
        found.append((ticket(f"alone {n}"), label(f"{n}"), ONE, 1 + n % 3))
        found.append((ticket(f"carrier {n}"), label("carrier"), ALL, 1))
    for n in range(12):
        found.append((ticket(f"bot {n}"), label("bots"), ONE, 1))
        found.append((ticket(f"pupil {n}"), label("school"), 5500, 2))
        found.append((ticket(f"v6 {n}"), label(f"64 {n}"), ONE, 1, label("48"), 4 * ONE))
    return found


def opened(folder: Path, opening: Opening = OPENING) -> Path:
    write_reveals(folder, Reveals(REVEALS.own))
    publish_opening(folder, opening)
    return folder


def drawn(
    folder: Path,
    joined: list[Joined] | None = None,
    opening: Opening = OPENING,
    reveals: Reveals = REVEALS,
) -> Path:
    """All that is published in the end."""
    opened(folder, opening)
    close_list(folder, crowd() if joined is None else joined)
    draw_folder(folder, reveals)
    return folder


def with_seed(seed: bytes, opening: Opening = OPENING) -> Opening:
    """The same, promised by who has another seed."""
    return replace(opening, commitment=commitment(ROOM, opening.opening, OWN, seed))


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    after = change(before)
    assert after != before, "the edit did nothing"
    path.write_text(after)


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def digest_again(folder: Path) -> bytes:
    """After an edit of the list: the digest that it has now, written wherever one stands."""
    parts = json.loads((folder / "closed.json").read_text())["parts"]
    names = ["opening.json", "groups.txt", *(f"list/{name}.txt" for name in part_names(parts))]
    digest = digest_of([(folder / name).read_bytes() for name in names])
    for name in ("closed.json", "draw.json"):
        edit_json(folder / name, digest=digest.hex())
    return digest
