"""For how many people a network stands in the draw: its share, listed or learned.

A group is an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber is handed. Its
share is one, as of one person, unless something is known:

    each       every address of the network has this share (a school, a ministry's own offices)
    together   every address one, all of them together this share (hosting, where nobody lives)
    all        as many as come: no cap, the network is one group
    auto       the same until there is history enough, then what is learned (carriers)

The /64s of one /48 are also a wider group with a share of its own: one line is often handed a /56
or /48, which is 256 or 65,536 /64s. A mobile carrier hands each phone a /64, and has to be listed.

What is learned. A day's **chance** is what a person who took part with a whole share could expect:
places / all people that the groups stood for (`chance`). Over the days kept, a network's honest
bookings are about its people x the sum of chances, its **exposure**: bookings / exposure estimates
its people. Days without a draw, on which whoever came got a place, count with a chance of one.

The trap: a network with a share of s reproduces it. Whoever sends a thousand tickets from there
books as s honest people do, and an estimate that is as often above s as below it, taken as the next
share, is a random walk that only growth survives. Therefore

- who is not listed gets the **lower bound** L / exposure with L = b - 2 sqrt(b), about the 97.7 %
  one-sided bound of a Poisson count, on the careful side for small b; and at least one. To seem
  two people, an address must book so often that one person would hardly ever; having done so once
  it is expected to lose it again, for at a share of s the expected L / exposure is below s. So a
  broker at a share of one stays there (tests: sixty days, three hundred addresses), and grows only
  by bookings that no share limited: on days without a draw, in rounds beyond the first. Those are
  what honest people behind an unlisted address grow by, too: **by drawn bookings alone nobody
  unlisted grows. A shared network that is to be believed from the first day has to be listed.**
- who is listed `auto` gets 1.5 x L / exposure. The same trap closes the other way there: a lower
  bound alone of what a cap let through would shrink a carrier a little each day until it is locked
  out. From 36 bookings on 1.5 L >= b, so that the cap is above the people who came until now and
  does not bind them; until then there is no cap. 1.5 also lets honest demand grow by half within
  the days kept.
- with bots behind a carrier that slack is a way to grow. It is bounded by twice the people that the
  oldest days kept prove (`oldest`), and by the operator's `most`. Within these bounds nothing here
  tells a broker behind a carrier from a citizen there: only an identity does.

Honest bookings are those that no broker's case holds; who counts them hands in numbers.

**Weight.** Who came and lost on the last days may have more than one draw: 1 + `each` x days lost,
at most `most` (carry.py). It is public, in the list. Brokers come every day and have the greatest
weight always: without identities it gives them up to `most` times a newcomer's chance, per share.
So it is 1 unless set.

All are whole numbers, shares in thousandths, chances in millionths: gateways that share their state
come to the same. A look-up: 1.5 to 3 microseconds; one for each ticket that joins.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b, sha256
from ipaddress import IPv4Address, IPv6Address
from math import isqrt
from typing import Final

from gateway.address import Address, parse_address
from gateway.prefixes import Network, PrefixTable
from gateway.waitingroom.draw import ALL, MOST_WEIGHT, ONE, people

EACH: Final = 0
TOGETHER: Final = 1
EVERYONE: Final = 2
AUTO: Final = 3

CERTAIN: Final = 1_000_000  # a chance of one
_SLACK: Final = 1500  # thousandths
ENOUGH: Final = 36  # bookings: the least b with 1.5 (b - 2 sqrt(b)) >= b
_GROWTH: Final = 2
_WIDE6: Final = 4 * ONE
SOURCE: Final = 9  # bytes: 4 or 6 (not listed), D or F (listed `auto`), and the address, or its /64
NO_SOURCE: Final = bytes(SOURCE)


class Entry:
    """What is listed of some networks: `name`, how (EACH ...), `share`, and at `most` how much is
    learned. A TOGETHER's addresses have a share of one each."""

    __slots__ = ("how", "most", "name", "share")

    def __init__(self, name: str, how: int, share: int = ONE, most: int = ALL) -> None:
        if share < 1 or most < 1:
            raise ValueError("a share is at least one thousandth")
        self.name = name
        self.how = how
        self.share = min(share, ALL)
        self.most = min(most, ALL)


class Membership:
    """What a ticket belongs to: keys and shares of its group and of a wider one (b"": none).
    `source`: from where it teaches what to learn, in SOURCE bytes."""

    __slots__ = ("group", "share", "source", "wide", "wide_share")

    def __init__(
        self,
        group: bytes,
        share: int,
        wide: bytes = b"",
        wide_share: int = 0,
        source: bytes = NO_SOURCE,
    ) -> None:
        self.group = group
        self.share = share
        self.wide = wide
        self.wide_share = wide_share
        self.source = source


class Shares:
    """The table of one opening. `operators`: entries by AS number; a network's goes before it.
    `learned`: shares by group key, from `of_unknown` and `of_listed`. `wide6`: of a /48."""

    def __init__(
        self,
        networks: Iterable[tuple[Network, Entry]],
        operators: Mapping[int, Entry],
        learned: Mapping[bytes, int],
        wide6: int = _WIDE6,
    ) -> None:
        self._networks: PrefixTable[Entry] = PrefixTable(networks)
        self._operators = dict(operators)
        self._learned = dict(learned)
        self._wide6 = wide6

    def of(self, address: Address, operator: int = 0) -> Membership:
        """Of who comes from there; `operator`: its AS number, 0 if unknown."""
        entry = self._networks.get(address)
        if entry is None and operator:
            entry = self._operators.get(operator)
        if entry is None:
            return self._unlisted(address)
        if entry.how == EACH:
            return Membership(key_of_address(address), entry.share)
        key = key_of_entry(entry.name)
        if entry.how == TOGETHER:
            return Membership(key_of_address(address), ONE, key, entry.share)
        if entry.how == AUTO:
            source = source_of(address, listed=True)
            return Membership(key, min(self._learned.get(key, ALL), entry.most), source=source)
        return Membership(key, ALL)

    def _unlisted(self, address: Address) -> Membership:
        key = key_of_address(address)
        share = self._learned.get(key, ONE)
        source = source_of(address, listed=False)
        if address.version == 4:
            return Membership(key, share, source=source)
        wide = b"w" + (address.value >> 80).to_bytes(6, "big")
        wide_share = max(self._wide6, self._learned.get(wide, ONE))
        return Membership(key, share, wide, wide_share, source)


def key_of_address(address: Address) -> bytes:
    """Of the group of a single address, for history and labels."""
    if address.version == 4:
        return b"4" + address.value.to_bytes(4, "big")
    return b"6" + (address.value >> 64).to_bytes(8, "big")


def key_of_entry(name: str) -> bytes:
    return b"e" + name.encode()


def source_of(address: Address, *, listed: bool) -> bytes:
    """From where a ticket joined."""
    key = key_of_address(address)
    if listed:
        key = bytes([key[0] + 16]) + key[1:]
    return key.ljust(SOURCE, b"\0")


def unlisted(source: bytes) -> bytes:
    """The group's key of a source that is not listed; b"" of any other."""
    if source[:1] == b"4":
        return source[:5]
    return source if source[:1] == b"6" else b""


def first_of(source: bytes) -> Address | None:
    """The address that a source names, of a /64 the first; None where it names none."""
    if source[:1] in {b"4", b"D"}:
        return parse_address(str(IPv4Address(source[1:5])))
    if source[:1] in {b"6", b"F"}:
        return parse_address(str(IPv6Address(source[1:9] + bytes(8))))
    return None


class Labels:
    """Names of groups for the public list, eight bytes each: the same network has the same one
    within an opening, and another in the next, so that days cannot be linked. Who has not the
    gateway's `secret` (16 to 64 bytes) cannot find the address by trying all.

    `commitment` is published beforehand: an auditor who is shown the key in confidence can then
    check that a list's labels are those of the addresses in the access log.
    """

    def __init__(self, secret: bytes, room: str, opening: str) -> None:
        tag = f"{room}/{opening}".encode()
        self.key: bytes = blake2b(tag, key=secret, digest_size=32, person=b"dawr labels").digest()
        self.commitment: bytes = sha256(b"dawr labels\n" + self.key).digest()

    def of(self, group: bytes) -> bytes:
        return blake2b(group, key=self.key, digest_size=8).digest()


def least(bookings: int) -> int:
    """The lower bound L of what `bookings` prove, in thousandths: b - 2 sqrt(b), not below 0."""
    return max(0, bookings * 1000 - isqrt(4_000_000 * bookings))


def of_unknown(bookings: int, exposure: int) -> int:
    """The share of who is not listed. `exposure`: the sum of its days' chances, in millionths."""
    if exposure <= 0:
        return ONE
    return max(ONE, min(least(bookings) * CERTAIN // exposure, ALL))


def of_listed(bookings: int, exposure: int, oldest: tuple[int, int] = (0, 0)) -> int:
    """The share of who is listed `auto`, by the days kept. `oldest`: bookings and exposure of the
    first of them, as many as hold ENOUGH bookings or more."""
    if bookings < ENOUGH or exposure <= 0:
        return ALL
    share = least(bookings) * _SLACK // 1000 * CERTAIN // exposure
    if oldest[0] >= ENOUGH and oldest[1] > 0:
        share = min(share, _GROWTH * ONE * oldest[0] * CERTAIN // oldest[1])
    return max(ONE, min(share, ALL))


def chance(
    places: int,
    sizes: Mapping[bytes, int],
    groups: Mapping[bytes, tuple[int, bytes]],
    wides: Mapping[bytes, int],
) -> int:
    """Of one person with a whole share on a day, in millionths; `sizes`: tickets by label."""
    held = people(sizes, groups, wides)
    thousandths = sum([ONE * over // under for over, under in held.values()])
    thousandths += ONE * (len(sizes) - len(held))
    return CERTAIN if thousandths <= places * ONE else places * ONE * CERTAIN // thousandths


def weight(days_lost: int, most: int, each: int = 1) -> int:
    """Of a ticket whose holder came and lost on `days_lost` of the last days; `each`: of a day."""
    return max(1, min(1 + each * days_lost, most, MOST_WEIGHT))
