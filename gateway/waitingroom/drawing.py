"""The draw of a closed list, in a process of its own.

`python -m gateway.waitingroom.drawing FOLDER`: FOLDER holds opening.json, groups.txt, list/ and
closed.json (listing.py says what comes when). Beside it lies FOLDER.seeds.json, mode 600: {"own":
hex, "witnesses": {name: hex}, "beacon": hex, "signature": hex}. It is written with the own seed
alone before the opening is published, and again with what was revealed. This module asks no clock:
start it when `reveal_by` is past.

Written are ranks/ ("HASH RANK" a line, split as the list is), ranks.bin, and last draw.json. The
same seeds give the same bytes, however often and wherever: each gateway may draw by itself. Once
draw.json stands, other seeds are refused: a second draw would be a choice.

Exit status 0, or 1 with a sentence on the standard error.
"""

import gc
import json
import sys
from binascii import hexlify
from pathlib import Path
from typing import Any

from gateway.errors import OperatorError
from gateway.private_file import write_private
from gateway.waitingroom.draw import draw
from gateway.waitingroom.listing import DRAWN, Listed, read_list, split, write_files
from gateway.waitingroom.ranks import FILE as RANKS
from gateway.waitingroom.ranks import write_ranks
from gateway.waitingroom.seeds import Combined, Reveals, canonical, combine


def seeds_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.seeds.json")


def write_reveals(folder: Path, reveals: Reveals) -> None:
    """Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    raw = canonical({
        "own": reveals.own.hex(),
        "witnesses": {name: seed.hex() for name, seed in reveals.witnesses.items()},
        "beacon": reveals.beacon.hex(),
        "signature": reveals.signature.hex(),
    })  # fmt: skip
    write_private(seeds_file(folder), raw, durable=True)


def read_reveals(folder: Path) -> Reveals:
    """Raises OperatorError."""
    path = seeds_file(folder)
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        return Reveals(
            bytes.fromhex(found["own"]),
            {name: bytes.fromhex(seed) for name, seed in found["witnesses"].items()},
            bytes.fromhex(found["beacon"]),
            bytes.fromhex(found["signature"]),
        )
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperatorError(f"{path} is damaged: {error!r}") from None


def draw_folder(folder: Path, reveals: Reveals) -> int:
    """Draw; how many tickets there were. Raises OperatorError and OSError."""
    listed = read_list(folder)
    combined = combine(listed.opening, reveals)
    proof = canonical(_proof(listed, reveals, combined))
    path = folder / DRAWN
    if path.exists() and path.read_bytes() != proof:
        raise OperatorError(f"{path} was drawn with other seeds: there is no second draw")
    order = draw(combined.seed, listed.digest, listed.tickets, listed.groups, listed.wides)
    rank_of = {hash_: rank for rank, hash_ in enumerate(order, 1)}
    hashes = [hash_ for hash_, _, _ in listed.tickets]  # sorted, as the list is
    lines = [b"%b %d\n" % (hexlify(hash_), rank_of[hash_]) for hash_ in hashes]
    parts = split(lines, listed.parts)
    write_files(folder, "ranks", {f"ranks/{name}.txt": raw for name, raw in parts.items()})
    records = [hash_ + rank_of[hash_].to_bytes(4, "big") for hash_ in hashes]
    write_ranks(folder / RANKS, records)
    write_private(path, proof, durable=True)
    return len(order)


def _proof(listed: Listed, reveals: Reveals, combined: Combined) -> dict[str, Any]:
    """draw.json."""
    return {
        "digest": listed.digest.hex(),
        "tickets": len(listed.tickets),
        "parts": listed.parts,
        "own_seed": reveals.own.hex(),
        "witnesses": {
            name: reveals.witnesses[name].hex() if name in reveals.witnesses else None
            for name, _ in listed.opening.witnesses
        },
        "missing": list(combined.missing),
        "beacon": reveals.beacon.hex() or None,
        "signature": reveals.signature.hex() or None,
        "seed": combined.seed.hex(),
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m gateway.waitingroom.drawing FOLDER\n")
        return 1
    folder = Path(arguments[0])
    gc.disable()  # a million tuples, no circles: looking for them costs a third more
    try:
        drawn = draw_folder(folder, read_reveals(folder))
    except (OperatorError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{drawn} tickets drawn\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
