"""The public list of an opening: who takes part, in one spelling, and its digest.

Which files an opening's folder holds, in the order in which they come:

    opening.json verify_draw.py    `publish_opening`, before the first ticket; never changed
    groups.txt list/*.txt          `close_list`, when nobody can join any more
    closed.json                    the last of these: from now on the list stands, and its digest
    ranks/*.txt ranks.bin          `drawing.draw_folder`, when the seeds are revealed
    draw.json                      the last of these: from now on the draw stands

Beside it, never published and mode 600: OPENING.seeds.json (drawing.py). Each file is whole or not
there: written under another name, synced, renamed. What stands is not replaced by another: that is
refused with OperatorError; the same once more is fine, so that whoever died in between goes on.
`published` says which file may be handed out at a moment.

groups.txt: "dawr list 1", "tickets N", "parts N"; then, sorted, "LABEL SHARE WIDER" for each wider
group and each group but those with a share of one and no wider group. SHARE is in thousandths, or
"all"; WIDER the label of the wider group, or "-". Labels are 16 hex digits and tell no address
(share.Labels).

list/PART.txt: "HASH LABEL WEIGHT" for each ticket, sorted by HASH, 32 hex digits. There are 1, 16
or 256 parts, by the first 0, 1 or 2 digits ("all" where it is one), so that a phone that looks up
its own ticket fetches some 5,000 lines at most, up to 1.28 million tickets.

digest = SHA-256 over opening.json, groups.txt and the parts in order, each preceded by its length
in 8 bytes, big-endian. Lines end in "\\n". closed.json: {"digest": hex, "tickets": N, "parts": N}.
"""

import json
import re
from binascii import hexlify, unhexlify
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.errors import OperatorError
from gateway.private_file import write_private
from gateway.waitingroom.draw import ALL, DEFAULT, MOST_WEIGHT, Group, Ticket
from gateway.waitingroom.seeds import Opening, announce, canonical, read_opening

# hash (16 bytes), label (8), share, weight; and where there is a wider group its label and share
Joined = tuple[bytes, bytes, int, int] | tuple[bytes, bytes, int, int, bytes, int]

OPENING: Final = "opening.json"
GROUPS: Final = "groups.txt"
CLOSED: Final = "closed.json"
DRAWN: Final = "draw.json"
VERIFIER: Final = "verify_draw.py"
_PART_LINES: Final = 5000
_VERSION: Final = 1
_OF_PART: Final = re.compile(r"(list|ranks)/(?:all|[0-9a-f]{1,2})\.txt")


@dataclass(frozen=True, slots=True)
class Listed:
    """A closed list, as `draw.draw` takes it."""

    opening: Opening
    digest: bytes
    parts: int
    tickets: list[Ticket]
    groups: dict[bytes, Group]
    wides: dict[bytes, int]


def publish_opening(folder: Path, opening: Opening) -> None:
    """Raises OperatorError, also where something else was promised already."""
    raw = announce(opening)
    path = folder / OPENING
    if path.exists() and path.read_bytes() != raw:
        raise OperatorError(
            f"{path} was published and cannot be changed; take another opening, as {folder.name}-2"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / VERIFIER, Path(__file__).with_name(VERIFIER).read_bytes(), durable=True)
    write_private(path, raw, durable=True)


def close_list(folder: Path, joined: Iterable[Joined]) -> bytes:
    """Write down who takes part; the digest, of 32 bytes. Raises OperatorError.

    A ticket that is given twice is listed once, by the least of its lines. Where two tickets of one
    group come with different shares, what is not the default goes before it, of that the greatest.
    """
    opening = _opening(folder)
    lines, groups, wides = _gathered(opening, joined)
    parts = parts_for(len(lines))
    header = f"dawr list {_VERSION}\ntickets {len(lines)}\nparts {parts}\n".encode()
    files = {GROUPS: header + _group_lines(groups, wides)}
    files |= {f"list/{name}.txt": raw for name, raw in split(lines, parts).items()}
    digest = digest_of([announce(opening), *files.values()])
    closed = canonical({
        "digest": digest.hex(), "tickets": len(lines), "parts": parts,
    })  # fmt: skip
    path = folder / CLOSED
    if path.exists():
        if path.read_bytes() != closed:
            raise OperatorError(f"{path} says that the list is closed: it cannot be changed now")
        return digest
    write_files(folder, "list", files)
    write_private(path, closed, durable=True)
    return digest


def read_list(folder: Path) -> Listed:
    """A closed list. Raises OperatorError, also where it is not what was closed."""
    opening = _opening(folder)
    closed = json.loads(_read(folder / CLOSED))
    parts = int(closed["parts"])
    groups_raw = _read(folder / GROUPS)
    texts = [_read(folder / f"list/{name}.txt") for name in part_names(parts)]
    digest = digest_of([announce(opening), groups_raw, *texts])
    if digest.hex() != closed["digest"]:
        raise OperatorError(f"the list in {folder} was changed after it was closed: wrong digest")
    groups = _read_groups(groups_raw)
    wides = {wide: groups[wide][0] for _, wide in groups.values() if wide}
    tickets = [
        (unhexlify(line[:32]), unhexlify(line[33:49]), int(line[50:]))
        for text in texts
        for line in text.splitlines()
    ]
    return Listed(opening, digest, parts, tickets, groups, wides)


def published(folder: Path, name: str) -> Path | None:
    """The file that may be handed out now under this name, or None: a fixed set of names."""
    if name in {OPENING, VERIFIER, CLOSED, DRAWN}:
        needed = name
    elif name == GROUPS:
        needed = CLOSED
    elif (found := _OF_PART.fullmatch(name)) is not None:
        needed = CLOSED if found[1] == "list" else DRAWN
    else:
        return None
    path = folder / name
    return path if (folder / needed).is_file() and path.is_file() else None


def parts_for(tickets: int) -> int:
    return 1 if tickets <= _PART_LINES else 16 if tickets <= 16 * _PART_LINES else 256


def part_names(parts: int) -> list[str]:
    """In order."""
    return {1: ["all"], 16: [f"{n:x}" for n in range(16)], 256: [f"{n:02x}" for n in range(256)]}[
        parts
    ]


def split(lines: list[bytes], parts: int) -> dict[str, bytes]:
    """Lines that begin with a hash, sorted, by part."""
    names = part_names(parts)
    if parts == 1:
        return {names[0]: b"".join(lines)}
    edges = [*(bisect_left(lines, name.encode()) for name in names), len(lines)]
    return {
        name: b"".join(lines[edges[number] : edges[number + 1]])
        for number, name in enumerate(names)
    }


def digest_of(files: Iterable[bytes]) -> bytes:
    state = sha256()
    for raw in files:
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state.digest()


def write_files(folder: Path, below: str, files: dict[str, bytes]) -> None:
    """All `files`, and nothing else in the folder `below`. Raises OSError."""
    (folder / below).mkdir(exist_ok=True)
    for left in (folder / below).iterdir():  # by who died in between
        if f"{below}/{left.name}" not in files:
            left.unlink()
    for name, raw in files.items():
        write_private(folder / name, raw, durable=True)


def _opening(folder: Path) -> Opening:
    return read_opening(_read(folder / OPENING))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from None


def _gathered(
    opening: Opening, joined: Iterable[Joined]
) -> tuple[list[bytes], dict[bytes, Group], dict[bytes, int]]:
    """Lines of the list, and what stands in groups.txt."""
    lines: list[bytes] = []
    groups: dict[bytes, Group] = {}
    wides: dict[bytes, int] = {}
    most = min(opening.most_weight, MOST_WEIGHT)
    for ticket in joined:
        label, share = ticket[1], min(max(1, ticket[2]), ALL)
        weight = min(max(1, ticket[3]), most)
        lines.append(b"%b %b %d\n" % (hexlify(ticket[0]), hexlify(label), weight))
        wide = b""
        if len(ticket) == 6 and ticket[4]:
            wide = ticket[4]
            wides[wide] = max(wides.get(wide, 1), min(ticket[5], ALL))
        if (share, wide) != DEFAULT:
            groups[label] = max(groups.get(label, (1, b"")), (share, wide))
    lines.sort()
    once = [line for line, before in zip(lines, [b"", *lines], strict=False)
            if line[:32] != before[:32]]  # fmt: skip
    return once, groups, wides


def _group_lines(groups: dict[bytes, Group], wides: dict[bytes, int]) -> bytes:
    if groups.keys() & wides.keys():
        raise ValueError("a group and a wider group have one label")
    said = groups | {label: (share, b"") for label, share in wides.items()}
    lines = [
        f"{label.hex()} {_share(share)} {wide.hex() or '-'}\n"
        for label, (share, wide) in sorted(said.items())
    ]
    return "".join(lines).encode()


def _share(share: int) -> str:
    return "all" if share == ALL else str(share)


def _read_groups(raw: bytes) -> dict[bytes, Group]:
    """Of groups and wider groups alike."""
    groups: dict[bytes, Group] = {}
    for line in raw.splitlines()[3:]:
        label, share, wide = line.split(b" ")
        number = ALL if share == b"all" else int(share)
        groups[unhexlify(label)] = (number, b"" if wide == b"-" else unhexlify(wide))
    return groups
