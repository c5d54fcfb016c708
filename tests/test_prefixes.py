"""Tables of networks: the narrowest that holds an address wins."""

from ipaddress import ip_address, ip_network

import pytest
from helpers import address
from hypothesis import given
from hypothesis import strategies as st

from gateway.prefixes import PrefixTable, parse_network


def table(*texts: str) -> PrefixTable[str]:
    return PrefixTable((parse_network(text), text) for text in texts)


NESTED = table(
    "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "10.255.0.0/16", "2001:db8::/32",
    "2001:db8:1::/48", "11.0.0.0/8",
)  # fmt: skip


@pytest.mark.parametrize(
    ("client", "network"),
    [
        pytest.param("9.255.255.255", None, id="one before"),
        pytest.param("10.0.0.0", "10.0.0.0/8", id="the first address"),
        pytest.param("10.1.0.0", "10.1.0.0/16", id="the first of a narrower one"),
        pytest.param("10.1.2.2", "10.1.2.0/24", id="narrower still"),
        pytest.param("10.1.2.3", "10.1.2.3", id="a single address"),
        pytest.param("10.1.2.4", "10.1.2.0/24", id="one behind it"),
        pytest.param("10.1.2.255", "10.1.2.0/24", id="the last of the /24"),
        pytest.param("10.1.3.0", "10.1.0.0/16", id="one behind the /24"),
        pytest.param("10.2.0.0", "10.0.0.0/8", id="one behind the /16"),
        pytest.param("10.255.255.255", "10.255.0.0/16", id="the last of two"),
        pytest.param("11.0.0.0", "11.0.0.0/8", id="one behind, in a neighbour"),
        pytest.param("12.0.0.0", None, id="one behind all"),
        pytest.param("::ffff:10.1.2.3", "10.1.2.3", id="IPv4 in IPv6 clothes"),
        pytest.param("2001:db8:1::", "2001:db8:1::/48", id="IPv6"),
        pytest.param("2001:db8:2::", "2001:db8::/32", id="IPv6, behind the /48"),
        pytest.param("2001:db9::", None, id="IPv6, behind all"),
        pytest.param("::a01:203", None, id="an IPv6 address of an IPv4 one's value"),
    ],
)
def test_the_narrowest_network_wins(client: str, network: str | None) -> None:
    assert NESTED.get(address(client)) == network


def test_of_equal_networks_the_first_stays() -> None:
    networks = [(parse_network("10.0.0.0/8"), "first"), (parse_network("10.0.0.0/8"), "second")]
    assert PrefixTable(networks).get(address("10.0.0.1")) == "first"


def test_everything_and_nothing() -> None:
    assert table().get(address("1.2.3.4")) is None
    assert table("0.0.0.0/0").get(address("255.255.255.255")) == "0.0.0.0/0"
    assert table("0.0.0.0/0").get(address("::1")) is None
    assert table("::/0").get(address("ffff::1")) == "::/0"


@pytest.mark.parametrize(
    ("text", "version", "length", "holds"),
    [
        ("192.0.2.1", 4, 32, "192.0.2.1"),
        (" 192.0.2.0/24 ", 4, 24, "192.0.2.255"),
        ("192.0.2.0/255.255.255.0", 4, 24, "192.0.2.255"),
        ("2001:db8::/32", 6, 32, "2001:db8:ffff::"),
        ("::ffff:192.0.2.0/120", 4, 24, "192.0.2.9"),
        ("64:ff9b::c000:200/120", 4, 24, "192.0.2.9"),
        ("64:ff9b::/96", 4, 0, "1.2.3.4"),
        ("2002:c000:200::/40", 4, 24, "192.0.2.9"),
        ("2002:c000:201::/48", 4, 32, "192.0.2.1"),
        ("2002:c000:201:5::/64", 4, 32, "192.0.2.1"),
        ("2002::/16", 4, 0, "1.2.3.4"),
        ("2002::/15", 6, 15, "2003::1"),
        ("64:ff9b::/32", 6, 32, "64:ff9b:1::1"),
        ("::/0", 6, 0, "2001:db8::1"),
    ],
)
def test_networks_are_read(text: str, version: int, length: int, holds: str) -> None:
    network = parse_network(text)
    assert (network.version, network.length) == (version, length)
    assert address(holds) in network
    bits = 32 if version == 4 else 128
    assert network.last - network.first == (1 << (bits - length)) - 1


@pytest.mark.parametrize("text", ["", "x", "192.0.2.1/24", "192.0.2.0/33", "2001:db8::1/32", "1/8"])
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_network(text)


SMALL = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(
    lambda t: str(ip_network((0xC0000200 | t[0], t[1]), strict=False))
)


@given(st.lists(SMALL, max_size=12), st.integers(0xC00001F0, 0xC0000310))
def test_a_table_says_what_a_walk_over_all_networks_says(texts: list[str], client: int) -> None:
    one = ip_address(client)
    around = [text for text in texts if one in ip_network(text)]
    narrowest = max(around, key=lambda text: ip_network(text).prefixlen, default=None)
    assert table(*texts).get(address(str(one))) == narrowest
