"""The draw: who is when in turn, as a pure function of a seed and a list that all may see.

    h_i(ticket) = SHA-256(seed | list's digest | ticket's hash | i)             i: one byte
    k_i(ticket) = how many tickets of its group have a smaller h_i              k: 0, 1, 2, ...
    v_i(ticket) = the last 8 bytes of h_i / 2^64                                v: within [0, 1)
    key(ticket) = the smallest (k_i + v_i) / s_i  for i = 0 .. weight - 1
    rank        = place in the order of (key, ticket's hash), from 1

`s` is how many people a group stands for: its share, but never more than its tickets, and where the
shares of the groups within a wider group add up to more than the wider one's, all of them reduced
in proportion. `s_i` is `s`, times the part of the group's tickets whose weight is above i; only
those take part in draw i.

Why so. This is fair queueing with lots for arrival times (Demers, Keshav, Shenker, "Analysis and
Simulation of a Fair Queueing Algorithm", 1989): the first s tickets of a group are spread evenly
over the first round [0, 1), the next s over [1, 2), and so on. For any t a group has at least
floor(t s) and at most ceil(t s) keys below t, as far as it has tickets. So

- n tickets with a share of n have each the chance of one ticket alone: k is uniform on 0 .. n-1
  and v is independent of it, so that (k + v) / n is uniform on [0, 1), as v / 1 is;
- 40 tickets with a share of one have together the chance of one: v decides, whoever has k = 0.
  That is why v must not be the number by which k was counted: the best of 40 would have a v of
  about 1/41, which is a won place, and 2 honest tickets with a share of 2 nearly twice the chance;
- a share beyond a group's size would put it before single tickets; hence never more than its size;
- more share never makes a key greater: a ticket's rank can only gain by its group's share;
- weight w is w independent draws whose best counts: a chance of 1 - (1 - p)^w for who would have
  p, alone or in a group; it does not multiply what a group is worth beyond its mean weight.

All is exact: keys are integers, floor(2^64 (k + v) / s_i); nothing depends on a machine's floats.
Equal keys (one in 2^64) are told apart by the hash. The order of the input does not matter.

The list is fixed before the seed is known (seeds.py), as in RFC 3797 (Eastlake, "Publicly
Verifiable Nominations Committee Random Selection"), from which also comes: hash a canonical text,
publish the very algorithm, leave nothing to whoever runs it.

Shares are in thousandths. Memory: some 350 bytes a ticket while it runs; `python -m bench.draw`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import gcd
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hashlib import _Hash

Ticket = tuple[bytes, bytes, int]  # hash (16 bytes), label of its group (8), weight
Group = tuple[int, bytes]  # share, label of the wider group or b""
Fraction = tuple[int, int]

ONE: Final = 1000  # the share of one person
ALL: Final = (1 << 32) - 1  # a share beyond any group's size: no cap
MOST_WEIGHT: Final = 16
DEFAULT: Final[Group] = (ONE, b"")  # a group of which nothing is said

_INDEX: Final = [bytes([index]) for index in range(MOST_WEIGHT)]
# A key and a hash in one piece, so that sorting compares bytes. A key has at most 192 bits: 64 and
# 22 of k, by 2^32 tickets at most and shares of a thousandth, twice, at least.
_KEY: Final = 24
_ROUND: Final = 1 << 64
_ALONE: Final = bytes(16)  # before a v: k is 0, s is one


def draw(
    seed: bytes,
    digest: bytes,
    tickets: Sequence[Ticket],
    groups: Mapping[bytes, Group],
    wides: Mapping[bytes, int],
) -> list[bytes]:
    """The tickets' hashes in the order of their ranks. `seed` and `digest` are 32 bytes each;
    `groups` may leave out who has a share of one and no wider group; `wides`: wider groups' shares.

    Raises ValueError for a ticket that is listed twice, and a weight or share out of bounds.
    """
    order = [key[_KEY:] for key in _sorted(seed, digest, tickets, groups, wides)]
    if len(set(order)) != len(tickets):
        raise ValueError("a ticket is listed twice")
    return order


def keys(
    seed: bytes,
    digest: bytes,
    tickets: Sequence[Ticket],
    groups: Mapping[bytes, Group],
    wides: Mapping[bytes, int],
) -> list[tuple[int, bytes]]:
    """(key, hash) of all, in the order of their ranks. See `draw`."""
    return [
        (int.from_bytes(key[:_KEY], "big"), key[_KEY:])
        for key in _sorted(seed, digest, tickets, groups, wides)
    ]


def people(
    sizes: Mapping[bytes, int], groups: Mapping[bytes, Group], wides: Mapping[bytes, int]
) -> dict[bytes, Fraction]:
    """For how many people (`s` above) each group stands of which something is said, as (over,
    under); any other stands for one. `sizes`: of all groups, in tickets. Raises ValueError."""
    own: dict[bytes, int] = {}
    sums: dict[bytes, int] = {}
    for label, (share, wide) in groups.items():
        if share < 1 or (wide and wides[wide] < 1):
            raise ValueError("a share is at least one thousandth")
        if label in sizes:
            own[label] = min(share, ONE * sizes[label])
            if wide:
                sums[wide] = sums.get(wide, 0) + own[label]
    held: dict[bytes, Fraction] = {}
    for label, share in own.items():
        wide = groups[label][1]
        if wide and sums[wide] > wides[wide]:
            held[label] = (share * wides[wide], ONE * sums[wide])
        else:
            held[label] = (share, ONE)
    return held


def _sorted(
    seed: bytes,
    digest: bytes,
    tickets: Sequence[Ticket],
    groups: Mapping[bytes, Group],
    wides: Mapping[bytes, int],
) -> list[bytes]:
    """Keys, each with its ticket's hash behind it."""
    sizes = Counter([label for _, label, _ in tickets])
    held = people(sizes, groups, wides)
    base = sha256(seed + digest)
    found: list[bytes] = []
    members: dict[bytes, list[tuple[bytes, int]]] = {}
    for hash_, label, weight in tickets:
        if not 1 <= weight <= MOST_WEIGHT:
            raise ValueError(f"a weight is from 1 to {MOST_WEIGHT}, not {weight}")
        if weight > 1 or sizes[label] > 1:
            own = members.get(label)
            if own is None:
                members[label] = own = []
            own.append((hash_, weight))
            continue
        lot = base.copy()
        lot.update(hash_ + b"\0")
        v = lot.digest()[24:]
        own_held = held.get(label)
        if own_held is None:
            found.append(_ALONE + v + hash_)
        else:
            key = int.from_bytes(v, "big") * own_held[1] // own_held[0]
            found.append(key.to_bytes(_KEY, "big") + hash_)
    for label, own in members.items():
        found += _keys(base, own, held.get(label, (1, 1)))
    found.sort()
    return found


def _keys(base: "_Hash", own: list[tuple[bytes, int]], held: Fraction) -> list[bytes]:
    """Of a group's tickets, each with its hash behind it."""
    best: dict[bytes, int] = {}
    index = 0
    taking_part = [hash_ for hash_, _ in own]
    while taking_part:
        lots = []
        for hash_ in taking_part:
            lot = base.copy()
            lot.update(hash_ + _INDEX[index])
            lots.append(lot.digest() + hash_)
        lots.sort()
        # (k + v) / (s * taking part / all)
        over, under = held[1] * len(own), held[0] * len(taking_part)
        common = gcd(over, under)
        over, under = over // common, under // common
        before = 0
        for piece in lots:
            key = (before + int.from_bytes(piece[24:32], "big")) * over // under
            before += _ROUND
            hash_ = piece[32:]
            if index == 0 or key < best[hash_]:
                best[hash_] = key
        index += 1
        taking_part = [hash_ for hash_, weight in own if weight > index]
    return [key.to_bytes(_KEY, "big") + hash_ for hash_, key in best.items()]
