"""Addresses: parsed once, unwrapped, keyed."""

import pytest
from helpers import address

from gateway.address import NOWHERE, parse_address


@pytest.mark.parametrize(
    ("text", "version", "canonical"),
    [
        ("192.0.2.1", 4, "192.0.2.1"),
        ("0.0.0.0", 4, "0.0.0.0"),
        ("255.255.255.255", 4, "255.255.255.255"),
        ("2001:DB8:0:0::1", 6, "2001:db8::1"),
        ("::", 6, "::"),
        ("::1", 6, "::1"),
        ("fe80::1%eth0", 6, "fe80::1"),
        ("::ffff:192.0.2.1", 4, "192.0.2.1"),
        ("::ffff:c000:201", 4, "192.0.2.1"),
        ("64:ff9b::192.0.2.1", 4, "192.0.2.1"),
        ("64:ff9b::c000:201", 4, "192.0.2.1"),
        ("2002:c000:201::", 4, "192.0.2.1"),
        ("2002:c000:201:1:2:3:4:5", 4, "192.0.2.1"),
        ("64:ff9b:1::192.0.2.1", 6, "64:ff9b:1::c000:201"),
        ("::192.0.2.1", 6, "::192.0.2.1"),
        ("2003:c000:201::", 6, "2003:c000:201::"),
    ],
)
def test_an_address_is_read_and_unwrapped(text: str, version: int, canonical: str) -> None:
    read = address(text)
    assert (read.version, read.text) == (version, canonical)
    assert read == address(canonical)
    assert hash(read) == hash(address(canonical))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "example", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.2.01", "0x7f.0.0.1",
        "1", "192.0.2.1:80", "192.0.2.1/32", " 192.0.2.1", "192.0.2.1\n", "192.0.2.1\x00",
        "١٩٢.0.2.1", "[::1]", "::1]", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3", "::1/128", "::1\x00", "%", ":%",
    ],
)  # fmt: skip
def test_all_else_is_no_address(text: str) -> None:
    assert parse_address(text) is None


def test_an_ipv6_subscriber_is_a_64_and_an_ipv4_one_an_address() -> None:
    assert address("2001:db8::1").key == address("2001:db8::ffff:0:0:1").key
    assert address("2001:db8::1").key != address("2001:db8:0:1::1").key
    assert address("192.0.2.1").key != address("192.0.2.2").key


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.2.3.4", "::102:304"), ("0.0.0.1", "::1"), ("0.0.0.0", "::"), ("0.0.0.1", "0:0:0:1::")],
)
def test_ipv4_and_ipv6_never_share_a_key(one: str, other: str) -> None:
    assert address(one) != address(other)
    assert address(one).key != address(other).key
    assert address(one).exact != address(other).exact


def test_exact_keys_tell_the_addresses_of_a_64_apart() -> None:
    assert address("2001:db8::1").exact != address("2001:db8::2").exact


def test_nowhere_is_an_address() -> None:
    assert address("0.0.0.0") == NOWHERE
    assert NOWHERE != "0.0.0.0"
