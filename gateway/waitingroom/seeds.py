"""Where a draw's randomness comes from: what is promised before, revealed after, and refused.

Before the first ticket `opening.json` is published: the gateway's own commitment, each witness'
one, the round of a public beacon, the rules. After the list is closed and its digest is public,
all reveal, and

    commitment = SHA-256("dawr commit\\n" | "ROOM/OPENING\\n" | "NAME\\n" | seed)
    seed       = SHA-256("dawr seed\\n" | own seed | each witness' seed | beacon)

in the order of opening.json. Each witness' seed and the beacon are "+" and 32 bytes, or "-" where
there is none.
As long as one of them is unknown and unpredictable to who would cheat until the list is fixed, so
is the seed: a hash of all leaves none of them a way to cancel another (which a sum or xor would).

A commitment names its room, opening and maker: one that was made for another day, whose seed is
public by now, or for another's name, is no commitment of this one. The gateway's own has no name.

Who commits can still **withhold**. Whoever reveals last knows what would come of it, and may
choose between two draws, m of them together between 2^m (the "last revealer" of every
commit-reveal; so does an operator who pretends that a witness was late). A witness that withholds
is named in draw.json as missing. A beacon ends the choice: its round must come **after** the time
by which seeds are to be revealed, when nothing can be chosen any more. Hence a draw without the
beacon that was announced is refused: its value is public, and can be had by any telephone.

drand (https://docs.drand.love): a round's value is SHA-256 of its BLS signature, the same at each
of its servers; round = 1 + (time - genesis) / period. We check the hash, not the signature: that
needs the chain's public key and a pairing; anyone can compare the value with drand's own servers.

Times are seconds since 1970, and arguments.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from gateway.errors import OperatorError
from gateway.waitingroom.draw import MOST_WEIGHT

SEED: Final = 32
_VERSION: Final = 1
OWN: Final = ""  # the name of the gateway itself


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand network: `hash` as drand spells it, `genesis` and `period` in seconds."""

    hash: str
    genesis: int
    period: int

    def round_after(self, time: int) -> int:
        """The first round that is made public after `time`."""
        return max(1, 2 + (time - self.genesis) // self.period)

    def time_of(self, number: int) -> int:
        return self.genesis + (number - 1) * self.period


CHAINS: Final = {
    "quicknet": Chain(
        "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1692803367, 3
    ),
    "default": Chain(
        "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1595431050, 30
    ),
}


@dataclass(frozen=True, slots=True)
class Beacon:
    """A chain's round, named beforehand."""

    chain: Chain
    number: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What is promised before the first ticket. `witnesses`: (name, commitment), in order;
    `labels`: the commitment to the key of the groups' labels; `most_weight`: of a ticket;
    `rules`: whatever else is to be public, values of JSON."""

    room: str
    opening: str
    closes_at: int
    reveal_by: int
    commitment: bytes
    labels: bytes
    witnesses: tuple[tuple[str, bytes], ...] = ()
    beacon: Beacon | None = None
    most_weight: int = 1
    rules: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reveals:
    """What is known after the close: the own seed, witnesses' by name, the beacon's value of
    32 bytes, and its signature where that is at hand."""

    own: bytes
    witnesses: dict[str, bytes] = field(default_factory=dict)
    beacon: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Combined:
    seed: bytes
    missing: tuple[str, ...]  # witnesses that did not reveal


def commitment(room: str, opening: str, name: str, seed: bytes) -> bytes:
    """Of `name` (OWN: the gateway) for one opening. Raises OperatorError."""
    if len(seed) != SEED:
        raise OperatorError(f"a seed has {SEED} bytes, this one {len(seed)}")
    return sha256(f"dawr commit\n{room}/{opening}\n{name}\n".encode() + seed).digest()


def announce(opening: Opening) -> bytes:
    """The bytes of opening.json. Raises OperatorError for what cannot be promised."""
    names = [name for name, _ in opening.witnesses]
    _refuse_bad_names([opening.room, opening.opening, *names])
    if len(set(names)) != len(names):
        raise OperatorError("two witnesses have one name: each needs its own")
    given = [opening.commitment, opening.labels, *(made for _, made in opening.witnesses)]
    if any(len(made) != SEED for made in given):
        raise OperatorError(f"a commitment has {SEED} bytes: 64 hex digits")
    if len(set(given)) != len(given):
        raise OperatorError("two commitments are the same: somebody copied another's")
    if opening.reveal_by < opening.closes_at:
        raise OperatorError("seeds are revealed after the list is closed: reveal_by is too early")
    if not 1 <= opening.most_weight <= MOST_WEIGHT:
        raise OperatorError(f"a ticket's weight is from 1 to {MOST_WEIGHT}")
    beacon = opening.beacon
    if beacon is not None and beacon.chain.time_of(beacon.number) <= opening.reveal_by:
        raise OperatorError(
            f"the beacon's round {beacon.number} is public before seeds are to be revealed: who "
            f"reveals last could choose; name round "
            f"{beacon.chain.round_after(opening.reveal_by)} or a later one"
        )
    return canonical({
        "version": _VERSION,
        "room": opening.room,
        "opening": opening.opening,
        "closes_at": opening.closes_at,
        "reveal_by": opening.reveal_by,
        "commitment": opening.commitment.hex(),
        "labels": opening.labels.hex(),
        "witnesses": [{"name": name, "commitment": c.hex()} for name, c in opening.witnesses],
        "beacon": beacon and {
            "chain": beacon.chain.hash,
            "genesis": beacon.chain.genesis,
            "period": beacon.chain.period,
            "round": beacon.number,
        },
        "most_weight": opening.most_weight,
        "rules": opening.rules,
    })  # fmt: skip


def read_opening(raw: bytes) -> Opening:
    """What `announce` wrote. Raises OperatorError."""
    try:
        found = json.loads(raw)
        if found["version"] != _VERSION:
            raise OperatorError(f"opening.json has version {found['version']}: we know 1")
        beacon = found["beacon"]
        return Opening(
            found["room"],
            found["opening"],
            found["closes_at"],
            found["reveal_by"],
            bytes.fromhex(found["commitment"]),
            bytes.fromhex(found["labels"]),
            tuple((w["name"], bytes.fromhex(w["commitment"])) for w in found["witnesses"]),
            beacon
            and Beacon(
                Chain(beacon["chain"], beacon["genesis"], beacon["period"]), beacon["round"]
            ),
            found["most_weight"],
            found["rules"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OperatorError(f"opening.json is damaged: {error!r}") from None


def check_reveal(opening: Opening, name: str, seed: bytes) -> None:
    """Whether `name` (OWN: the gateway) promised this seed; for one as soon as it comes.
    Raises OperatorError."""
    promised = {OWN: opening.commitment, **dict(opening.witnesses)}
    if name not in promised:
        raise OperatorError(f'"{name}" is no witness of this opening: it committed to nothing')
    if commitment(opening.room, opening.opening, name, seed) != promised[name]:
        who = f'the witness "{name}"' if name else "the gateway"
        raise OperatorError(
            f"the seed of {who} is not the one it committed to for {opening.room}/{opening.opening}"
        )


def combine(opening: Opening, reveals: Reveals) -> Combined:
    """The seed of the draw. Raises OperatorError for whatever was not promised so."""
    check_reveal(opening, OWN, reveals.own)
    for name, seed in reveals.witnesses.items():
        check_reveal(opening, name, seed)
    _refuse_beacon(opening.beacon, reveals)
    parts = [b"dawr seed\n", reveals.own]
    parts += [_part(reveals.witnesses.get(name, b"")) for name, _ in opening.witnesses]
    parts.append(_part(reveals.beacon))
    missing = tuple(name for name, _ in opening.witnesses if name not in reveals.witnesses)
    return Combined(sha256(b"".join(parts)).digest(), missing)


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in one spelling, a line."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _part(seed: bytes) -> bytes:
    return b"+" + seed if seed else b"-"


def _refuse_bad_names(names: Iterable[str]) -> None:
    for name in names:
        if not name or len(name) > 64 or not name.isprintable() or "/" in name:
            raise OperatorError(
                f"{name!r} is no name: write 1 to 64 printable characters, no slash"
            )


def _refuse_beacon(announced: Beacon | None, reveals: Reveals) -> None:
    if announced is None:
        if reveals.beacon:
            raise OperatorError("no beacon was announced: its value cannot count")
        return
    if len(reveals.beacon) != SEED:
        raise OperatorError(
            f"the announced beacon's value is missing: it is `randomness`, 64 hex digits, in "
            f"https://api.drand.sh/{announced.chain.hash}/public/{announced.number}"
        )
    if reveals.signature and sha256(reveals.signature).digest() != reveals.beacon:
        raise OperatorError("the beacon's value is not the SHA-256 of the signature given with it")
