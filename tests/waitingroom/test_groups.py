"""What the shared state keeps of a ticket: its group, and what teaches, under a veil."""

import pytest
from helpers import address

from gateway.prefixes import parse_network
from gateway.waitingroom.groups import (
    NO_HOLDER,
    SIZE,
    Groups,
    holder_in,
    source_in,
    unpack,
    veiled,
)
from gateway.waitingroom.share import (
    AUTO,
    EACH,
    NO_SOURCE,
    TOGETHER,
    Entry,
    Shares,
    first_of,
    key_of_address,
    unlisted,
)

SECRET = b"s" * 32
TICKET, OTHER = b"t" * 16, b"u" * 16
TODAY, TOMORROW = "2026-11-29", "2026-11-30"
LISTED = [
    (parse_network("10.0.0.0/8"), Entry("carriers", AUTO)),
    (parse_network("2001:db8::/32"), Entry("more", AUTO)),
    (parse_network("192.0.2.0/24"), Entry("school", EACH, 40_000)),
    (parse_network("198.18.0.0/15"), Entry("hosting", TOGETHER, 4000)),
]


def groups(secret: bytes = SECRET, room: str = "passports") -> Groups:
    return Groups(Shares(LISTED, {}, {}), secret, room, lambda _: 0)


@pytest.mark.parametrize(
    ("client", "first", "is_unlisted"),
    [
        pytest.param("203.0.113.7", "203.0.113.7", True, id="an address"),
        pytest.param("2a00:1:2:3::9", "2a00:1:2:3::", True, id="of IPv6 its /64"),
        pytest.param("10.1.2.3", "10.1.2.3", False, id="listed auto"),
        pytest.param("2001:db8:1:2::9", "2001:db8:1:2::", False, id="the same in IPv6"),
        pytest.param("192.0.2.7", None, False, id="listed with a number: nothing to learn"),
        pytest.param("198.18.0.1", None, False, id="together"),
    ],
)
def test_from_where_it_teaches(client: str, first: str | None, is_unlisted: bool) -> None:
    group = groups().of(address(client), TODAY, TICKET)
    assert len(group) == SIZE
    source = source_in(group, TICKET, SECRET)
    found = first_of(source)
    assert (found and found.text) == first
    assert unlisted(source) == (key_of_address(address(client)) if is_unlisted else b"")


def test_the_veil_hides_who_came_from_one_network() -> None:
    one, other = (groups().of(address("203.0.113.7"), TODAY, who) for who in (TICKET, OTHER))
    assert unpack(one) == unpack(other), "one group"
    assert one[25:34] != other[25:34]
    assert source_in(one, TICKET, b"x" * 32) != source_in(one, TICKET, SECRET)
    assert veiled(veiled(NO_SOURCE, TICKET, SECRET), TICKET, SECRET) == NO_SOURCE


def test_a_person_is_public_for_a_day_and_known_for_longer() -> None:
    made = groups()
    today = made.of_person(b"identity", TODAY, TICKET, b"identity")
    tomorrow = made.of_person(b"identity", TOMORROW, OTHER, b"identity")
    assert unpack(today)[0] != unpack(tomorrow)[0] != b"identity"
    assert holder_in(today) == holder_in(tomorrow) == b"identity"
    assert source_in(today, TICKET, SECRET) == NO_SOURCE


def test_a_device_is_known_from_day_to_day_and_in_no_other_room() -> None:
    made = groups()
    assert made.holder_of(7) == groups().holder_of(7)
    others = {
        groups(b"x" * 32).holder_of(7),
        groups(room="instant").holder_of(7),
        made.holder_of(8),
    }
    assert len(others - {made.holder_of(7)}) == 3
    assert made.holder_of(0) == NO_HOLDER


def test_what_an_earlier_version_kept_teaches_nothing() -> None:
    old = groups().of(address("203.0.113.7"), TODAY, TICKET)[:25]
    assert unpack(old)[1] == 1000
    assert (source_in(old, TICKET, SECRET), holder_in(old)) == (NO_SOURCE, NO_HOLDER)
