"""What past openings taught: for how many people each network stands, by the rules of share.py.

An opening teaches one thing of a network: how many tickets that were drawn from there have booked.
Each ticket is another device's. Late comers teach nothing (bots are first there), nor do who was
stopped by the guard, nor rooms that bind tickets to persons (there no network counts), nor rooms
without openings. Of networks that are not listed only those with two bookings or more are kept: one
is what any address may book, and whose it was is nobody's business.

An opening's **chance** is that of one person with a whole share to have booked: bookings / people
that all groups stood for. Taken from the bookings, not from the places: so it does not matter that
some are called and do not come.

**One opening alone moves nothing.** The openings kept stand in up to `BLOCKS` runs of one length;
what counts is the median run's rate of bookings, if that is less than the mean's (a median of
means: Nemirovsky and Yudin, 1983). Forty bookings of a broker on one day, or in one week, are
forgotten. And a network that is not listed is believed after `BLOCKS` openings, and up to `most`
people: a broker's office and a café look alike; what is larger is for the operator to list, who is
told of it (`gateway room shares`).

Frozen before an opening's first ticket, and the same at all gateways: `Known`. Its digest is in
opening.json, the shares that it gave in the public list.

Who floods from behind a carrier must not be able to shrink its share by being stopped: where more
than a tenth of a listed group's bookings were, the opening teaches nothing of it, neither bookings
nor exposure (`unsure`). A network that is not listed is charged with the exposure all the same.

Bounds: `NETWORKS` of an opening that are not listed, those with the most bookings; some 60 bytes
each, and 250 KiB an opening; `OPENINGS` in all.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.share import CERTAIN, ENOUGH, of_listed, of_unknown

NETWORKS: Final = 4096
OPENINGS: Final = 200
BLOCKS: Final = 5
_TWO: Final = 2  # bookings in one opening, from which a network that is not listed is kept
_TENTH: Final = 10
ENTRY: Final = b"e"  # begins the key of what is listed (share.key_of_entry)


class Taught:
    """What one opening taught: its end (seconds since 1970), its chance in millionths, tickets that
    booked by the key of their group; how many tickets were drawn, how many of those that booked
    were stopped; `unsure`: groups of which it teaches nothing, for many there were stopped."""

    __slots__ = ("booked", "chance", "drawn", "ended", "stopped", "unsure")

    def __init__(
        self,
        ended: float,
        chance: int,
        booked: Mapping[bytes, int],
        *,
        drawn: int = 0,
        stopped: int = 0,
        unsure: Iterable[bytes] = (),
    ) -> None:
        self.ended = ended
        self.chance = chance
        self.booked = dict(booked)
        self.drawn = drawn
        self.stopped = stopped
        self.unsure = frozenset(unsure)

    def as_data(self) -> dict[str, Any]:
        return {
            "ended": self.ended,
            "chance": self.chance,
            "booked": {key.hex(): number for key, number in sorted(self.booked.items())},
            "drawn": self.drawn,
            "stopped": self.stopped,
            "unsure": sorted([key.hex() for key in self.unsure]),
        }

    @staticmethod
    def of(data: Mapping[str, Any]) -> "Taught":
        """Raises ValueError, KeyError, TypeError for what is none."""
        booked = {bytes.fromhex(key): int(number) for key, number in data["booked"].items()}
        return Taught(
            float(data["ended"]), int(data["chance"]), booked,
            drawn=int(data["drawn"]), stopped=int(data["stopped"]),
            unsure=[bytes.fromhex(key) for key in data["unsure"]],
        )  # fmt: skip


def kept(booked: Mapping[bytes, int]) -> dict[bytes, int]:
    """What is written down of an opening's bookings by group."""
    found = {key: number for key, number in booked.items() if key[:1] == ENTRY}
    others = [(-number, key) for key, number in booked.items()
              if key[:1] != ENTRY and number >= _TWO]  # fmt: skip
    for number, key in sorted(others)[:NETWORKS]:
        found[key] = -number
    return found


def unsure(booked: Mapping[bytes, int], stopped: Mapping[bytes, int]) -> list[bytes]:
    """Listed groups of which more than a tenth were stopped."""
    return [
        key
        for key, number in stopped.items()
        if key[:1] == ENTRY and _TENTH * number > number + booked.get(key, 0)
    ]


def learned(openings: Sequence[Taught], most: int = ALL) -> dict[bytes, int]:
    """Shares by group, in thousandths; `openings` from the oldest, `most` of who is not listed.
    Who has no more than the default is left out."""
    found: dict[bytes, int] = {}
    seen = Counter([key for one in openings for key in one.booked])
    for key in sorted(seen):
        if key[:1] != ENTRY and seen[key] <= BLOCKS // 2:
            continue  # the median of its runs is nothing
        days = [one for one in openings if one.chance > 0 and key not in one.unsure]
        blocks = _blocks(days)
        exposures = [sum([one.chance for one in block]) for block in blocks]
        runs = [sum([one.booked.get(key, 0) for one in block]) for block in blocks]
        bookings, exposure = steady(runs, exposures), sum(exposures)
        if key[:1] == ENTRY:
            share = of_listed(bookings, exposure, _oldest(days, key))
            if share != ALL:
                found[key] = share
        elif len(blocks) == BLOCKS:
            share = min(of_unknown(bookings, exposure), most)
            if share > ONE:
                found[key] = share
    return found


def steady(runs: Sequence[int], exposures: Sequence[int]) -> int:
    """The bookings that count: all, or as many as the median run's rate gives, if that is less."""
    rates = sorted([(run * CERTAIN // exposure, run, exposure)
                    for run, exposure in zip(runs, exposures, strict=True)])  # fmt: skip
    if not rates:
        return 0
    _, run, exposure = rates[(len(rates) - 1) // 2]
    return min(sum(runs), run * sum(exposures) // exposure)


def _blocks(days: Sequence[Taught]) -> list[Sequence[Taught]]:
    count = min(BLOCKS, len(days))
    return [days[len(days) * n // count : len(days) * (n + 1) // count] for n in range(count)]


def _oldest(days: Iterable[Taught], key: bytes) -> tuple[int, int]:
    bookings = exposure = 0
    for one in days:
        bookings, exposure = bookings + one.booked.get(key, 0), exposure + one.chance
        if bookings >= ENOUGH:
            return bookings, exposure
    return 0, 0


class Known:
    """What holds for one opening: `shares` by group, learned from so many `openings`; those of
    `past`, from the newest, of which who lost carries weight over: `each` a day, at most `most`."""

    __slots__ = ("each", "most", "openings", "past", "shares")

    def __init__(
        self,
        shares: Mapping[bytes, int],
        openings: int,
        past: Sequence[str] = (),
        each: int = 0,
        most: int = 1,
    ) -> None:
        self.shares = dict(shares)
        self.openings = openings
        self.past = tuple(past)
        self.each = each
        self.most = most

    def as_bytes(self) -> bytes:
        """One spelling."""
        return json.dumps({
            "shares": {key.hex(): share for key, share in self.shares.items()},
            "openings": self.openings,
            "past": self.past,
            "each": self.each,
            "most": self.most,
        }, sort_keys=True, separators=(",", ":")).encode()  # fmt: skip

    @staticmethod
    def of(raw: bytes) -> "Known":
        said = json.loads(raw)
        shares = {bytes.fromhex(key): int(share) for key, share in said["shares"].items()}
        return Known(shares, said["openings"], said["past"], said["each"], said["most"])

    @property
    def digest(self) -> str:
        return sha256(b"dawr known\n" + self.as_bytes()).hexdigest()
