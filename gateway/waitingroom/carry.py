"""Weight for who came and lost: from the lists of the last openings, to one ticket of each holder.

A holder is a person where tickets are bound to one, and else a device, both as a keyed hash that
stays the same over these days (groups.py, identity.py). **Lost** has who was drawn and not called;
who was called and did not come had the chance. Who has **won** (booked) counts from there anew.

The law: however many tickets a holder has, one carries weight, the least by its hash: a device's
cookie that is copied to forty programs is worth one.

Memory: a list is eight bytes a holder, 8 MiB for a million; it is gone after the days that count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gateway.waitingroom.groups import HOLDER, NO_HOLDER
from gateway.waitingroom.share import weight

Lists = tuple[bytes, bytes]  # who lost and who won on a day, packed


def packed(holders: Iterable[bytes]) -> bytes:
    return b"".join(sorted(set(holders) - {NO_HOLDER}))


def weights(
    tickets: Iterable[tuple[bytes, bytes]], past: Sequence[Lists], *, each: int, most: int
) -> dict[bytes, int]:
    """Weights above one, by ticket. `tickets`: hash and holder; `past`: from the newest."""
    least: dict[bytes, bytes] = {}
    for ticket, holder in tickets:
        if holder != NO_HOLDER and (holder not in least or ticket < least[holder]):
            least[holder] = ticket
    lost = days_lost(least, past)
    return {least[holder]: weight(days, most, each) for holder, days in lost.items()}


def days_lost(holders: Mapping[bytes, bytes], past: Sequence[Lists]) -> Counter[bytes]:
    """On how many days since they won each of `holders` has lost."""
    found: Counter[bytes] = Counter()
    settled: set[bytes] = set()
    for lost, won in past:
        settled.update(_among(holders, won))
        found.update([one for one in _among(holders, lost) if one not in settled])
    return found


def _among(holders: Mapping[bytes, bytes], listed: bytes) -> list[bytes]:
    cut = (listed[at : at + HOLDER] for at in range(0, len(listed), HOLDER))
    return [one for one in cut if one in holders]
