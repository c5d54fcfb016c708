"""For how many people a network stands: what is listed, what is learned, what a label tells."""

import hashlib
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.address import Address, parse_address
from gateway.prefixes import parse_network
from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.share import (
    AUTO,
    CERTAIN,
    EACH,
    ENOUGH,
    EVERYONE,
    TOGETHER,
    Entry,
    Labels,
    Shares,
    chance,
    key_of_address,
    key_of_entry,
    least,
    of_listed,
    of_unknown,
    weight,
)

SECRET = b"s" * 32


def address(text: str) -> Address:
    found = parse_address(text)
    assert found is not None
    return found


ENTRIES = {
    "192.0.2.0/24": Entry("a school", EACH, 30 * ONE),
    "198.51.100.0/24": Entry("hosting", TOGETHER, 5 * ONE),
    "2001:db8:ffff::/48": Entry("hosting", TOGETHER, 5 * ONE),
    "100.64.0.0/10": Entry("a carrier", AUTO),
    "2001:db8:1::/48": Entry("a carrier", AUTO),
    "10.0.0.0/8": Entry("the ministry", EVERYONE),
    "10.9.0.0/16": Entry("a small carrier", AUTO, most=90 * ONE),
}
OPERATORS = {64500: Entry("another carrier", AUTO), 64501: Entry("a data centre", TOGETHER, ONE)}
HOSTED, HOSTED6 = b"4\xc6\x33\x64\x09", b"6" + bytes.fromhex("20010db8ffff0001")
ALONE = b"4\xcb\x00\x71\x07"
HOME, HOME_WIDE = key_of_address(address("2001:db8:2:3::")), b"w" + bytes.fromhex("20010db80002")


def shares(learned: dict[bytes, int] | None = None) -> Shares:
    networks = [(parse_network(text), entry) for text, entry in ENTRIES.items()]
    return Shares(networks, OPERATORS, learned or {})


E = key_of_entry


@pytest.mark.parametrize(
    ("who", "operator", "group", "share", "wide", "wide_share"),
    [
        pytest.param("203.0.113.7", 0, ALONE, ONE, b"", 0, id="an unknown address"),
        pytest.param("203.0.113.7", 7, ALONE, ONE, b"", 0, id="unknown operator"),
        pytest.param("192.0.2.0", 0, b"4\xc0\x00\x02\x00", 30 * ONE, b"", 0, id="a school"),
        pytest.param("198.51.100.9", 0, HOSTED, ONE, E("hosting"), 5 * ONE, id="hosting"),
        pytest.param("2001:db8:ffff:1::9", 0, HOSTED6, ONE, E("hosting"),
                     5 * ONE, id="the same hosting's IPv6"),
        pytest.param("100.64.0.1", 0, E("a carrier"), ALL, b"", 0, id="a carrier, new"),
        pytest.param("2001:db8:1:7::1", 0, E("a carrier"), ALL, b"", 0, id="the carrier's IPv6"),
        pytest.param("10.9.255.255", 0, E("a small carrier"), 90 * ONE, b"", 0, id="at most"),
        pytest.param("10.10.0.0", 0, E("the ministry"), ALL, b"", 0, id="as many as come"),
        pytest.param("203.0.113.7", 64500, E("another carrier"), ALL, b"", 0, id="by AS number"),
        pytest.param("10.10.0.0", 64501, E("the ministry"), ALL, b"", 0, id="a network first"),
        pytest.param("203.0.113.7", 64501, ALONE, ONE, E("a data centre"), ONE,
                     id="a data centre, all together one"),
        pytest.param("2001:db8:2:3::4", 0, HOME, ONE, HOME_WIDE, 4 * ONE, id="a /64, and its /48"),
        pytest.param("2001:db8:2:3:ffff::", 0, HOME, ONE, HOME_WIDE, 4 * ONE, id="its neighbour"),
        pytest.param("::ffff:100.64.0.1", 0, E("a carrier"), ALL, b"", 0, id="v4 in IPv6 clothes"),
    ],
)  # fmt: skip
def test_what_an_address_belongs_to(
    who: str, operator: int, group: bytes, share: int, wide: bytes, wide_share: int
) -> None:
    found = shares().of(address(who), operator)
    assert (found.group, found.share) == (group, share)
    assert (found.wide, found.wide_share) == (wide, wide_share)


@pytest.mark.parametrize(
    ("who", "learned", "share", "wide_share"),
    [
        pytest.param("203.0.113.7", {ALONE: 2500}, 2500, 0, id="an address"),
        pytest.param("100.64.0.1", {E("a carrier"): 60 * ONE}, 60 * ONE, 0, id="a carrier"),
        pytest.param("10.9.0.1", {E("a small carrier"): 91 * ONE}, 90 * ONE, 0, id="not beyond"),
        pytest.param("10.9.0.1", {E("a small carrier"): 89 * ONE}, 89 * ONE, 0, id="below"),
        pytest.param("2001:db8:2:3::4", {HOME: 3000}, 3000, 4 * ONE, id="a /64"),
        pytest.param("2001:db8:2:3::4", {HOME_WIDE: 9000}, ONE, 9000, id="a /48"),
        pytest.param("2001:db8:2:3::4", {HOME_WIDE: 3000}, ONE, 4 * ONE, id="a /48, never less"),
        pytest.param("198.51.100.9", {E("hosting"): 99 * ONE}, ONE, 5 * ONE, id="hosting: never"),
    ],
)  # fmt: skip
def test_what_was_learned_counts(
    who: str, learned: dict[bytes, int], share: int, wide_share: int
) -> None:
    found = shares(learned).of(address(who))
    assert (found.share, found.wide_share) == (share, wide_share)


@pytest.mark.parametrize("share", [pytest.param(0, id="none"), pytest.param(-1, id="less")])
def test_no_entry_locks_out(share: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        Entry("x", EACH, share)


@pytest.mark.parametrize(
    ("bookings", "exposure", "share"),
    [
        pytest.param(0, 2 * CERTAIN, ONE, id="none: one, as everybody"),
        pytest.param(5, 0, ONE, id="no day to measure by"),
        pytest.param(7, 2 * CERTAIN, ONE, id="seven where two were due: may be luck"),
        pytest.param(8, 2 * CERTAIN, 1172, id="eight where two were due: hardly"),
        pytest.param(100, 2 * CERTAIN, 40 * ONE, id="a hundred: forty at least"),
        pytest.param(25, 1, ALL, id="never beyond all"),
    ],
)
def test_who_is_not_listed_gets_what_is_proved(bookings: int, exposure: int, share: int) -> None:
    assert of_unknown(bookings, exposure) == share


@pytest.mark.parametrize(
    ("bookings", "exposure", "oldest", "share"),
    [
        pytest.param(0, 0, (0, 0), ALL, id="no history"),
        pytest.param(ENOUGH - 1, CERTAIN, (0, 0), ALL, id="one less than enough"),
        pytest.param(ENOUGH, CERTAIN, (0, 0), 36 * ONE, id="just enough: all who came"),
        pytest.param(100, CERTAIN, (0, 0), 120 * ONE, id="a hundred: and a fifth more"),
        pytest.param(10_000, CERTAIN, (0, 0), 14_700 * ONE, id="many: nearly half more"),
        pytest.param(10_000, CERTAIN, (40, CERTAIN), 80 * ONE, id="twice what it was at first"),
        pytest.param(10_000, CERTAIN, (35, CERTAIN), 14_700 * ONE, id="too little at first to say"),
    ],
)
def test_who_is_listed_gets_room(
    bookings: int, exposure: int, oldest: tuple[int, int], share: int
) -> None:
    assert of_listed(bookings, exposure, oldest) == share


@given(st.integers(ENOUGH, 10**7), st.integers(1, 100 * CERTAIN))
def test_the_room_is_never_less_than_those_who_came(bookings: int, exposure: int) -> None:
    people = ONE * bookings * CERTAIN // exposure
    assert of_listed(bookings, exposure) >= min(people, ALL) - 2 * ONE * CERTAIN // exposure - 1


@given(st.integers(0, 10**9))
def test_the_bound_is_the_one_that_is_written(bookings: int) -> None:
    assert least(bookings) == pytest.approx(
        max(0.0, 1000 * (bookings - 2 * sqrt(bookings))), abs=1.001
    )


def poisson(random: Random, mean: float) -> int:
    count, time = 0, random.expovariate(1)
    while time < mean:
        count, time = count + 1, time + random.expovariate(1)
    return count


def last_shares(share: float, *, bots: float, days: int, kept: int) -> list[int]:
    """Of 300 unlisted addresses after `days`, each with more bots than it will ever have share, at
    a chance of a tenth; every booking of theirs passes for an honest one."""
    random = Random(7)
    found = []
    for _ in range(300):
        own, booked = int(share * ONE), []
        for _ in range(days):
            booked.append(poisson(random, 0.1 * min(own / ONE, bots)))
            own = of_unknown(sum(booked[-kept:]), len(booked[-kept:]) * CERTAIN // 10)
        found.append(own)
    return found


def test_bots_at_a_share_of_one_stay_there() -> None:
    found = last_shares(1, bots=40, days=60, kept=28)
    assert sum(found) / len(found) < 1.05 * ONE
    assert max(found) < 3 * ONE


def test_who_came_to_more_by_luck_loses_it_again() -> None:
    found = last_shares(5, bots=40, days=120, kept=28)
    assert sum(found) / len(found) < 1.05 * ONE


def test_days_without_a_draw_let_an_honest_house_grow() -> None:
    """Twenty people a day get what they came for: on such days nothing stood in their way."""
    assert of_unknown(20 * 10, 10 * CERTAIN) > 17 * ONE


def test_the_chance_of_a_day() -> None:
    sizes = {b"carrier": 60, b"bots": 40} | {b"%d" % n: 1 for n in range(39)}
    groups = {b"carrier": (ALL, b"")}
    assert chance(10, sizes, groups, {}) == CERTAIN // 10  # 60 + 1 + 39 people
    assert chance(100, sizes, groups, {}) == CERTAIN
    assert chance(101, sizes, groups, {}) == CERTAIN
    assert chance(0, sizes, groups, {}) == 0


@pytest.mark.parametrize(
    ("days", "most", "expected"),
    [
        pytest.param(0, 4, 1, id="new"),
        pytest.param(2, 4, 3, id="lost twice"),
        pytest.param(3, 4, 4, id="at the most"),
        pytest.param(4, 4, 4, id="beyond it"),
        pytest.param(9, 1, 1, id="switched off"),
        pytest.param(99, 99, 16, id="never beyond sixteen"),
        pytest.param(3, 0, 1, id="never none"),
    ],
)
def test_weight(days: int, most: int, expected: int) -> None:
    assert weight(days, most) == expected


def test_a_label_is_one_network_s_within_an_opening_and_another_in_the_next() -> None:
    group = key_of_address(address("203.0.113.7"))
    today = Labels(SECRET, "passports", "2026-11-25")
    assert today.of(group) == Labels(SECRET, "passports", "2026-11-25").of(group)
    others = [
        Labels(SECRET, "passports", "2026-11-26"),
        Labels(SECRET, "instant", "2026-11-25"),
        Labels(b"t" * 32, "passports", "2026-11-25"),
    ]
    assert len({today.of(group), *(other.of(group) for other in others)}) == 4
    assert len(today.of(group)) == 8
    assert today.of(key_of_address(address("203.0.113.8"))) != today.of(group)


def test_the_key_of_labels_is_what_was_committed_to() -> None:
    labels = Labels(SECRET, "passports", "2026-11-25")
    assert labels.commitment == hashlib.sha256(b"dawr labels\n" + labels.key).digest()
    assert SECRET not in labels.key
