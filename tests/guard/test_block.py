"""Blocks as values: whom they name, their codes, and what is wrong with what was written."""

import pytest

from gateway.guard.block import Block, block_of, new_code, read_code, read_whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        pytest.param("203.0.113.7", ("address", "203.0.113.7"), id="an address"),
        pytest.param(" 203.0.113.7\n", ("address", "203.0.113.7"), id="with space around"),
        pytest.param("::ffff:203.0.113.7", ("address", "203.0.113.7"), id="IPv6 clothes"),
        pytest.param(
            "2001:DB8::1", ("prefix", "2001:db8::/64"), id="an IPv6 address: its subscriber"
        ),
        pytest.param("203.0.113.0/24", ("prefix", "203.0.113.0/24"), id="a network"),
        pytest.param("203.0.113.7/32", ("address", "203.0.113.7"), id="a network of one"),
        pytest.param("2001:db8::/48", ("prefix", "2001:db8::/48"), id="an IPv6 network"),
        pytest.param("2001:db8::/64", ("prefix", "2001:db8::/64"), id="a subscriber's network"),
        pytest.param("AS64496", ("asn", "AS64496"), id="an AS"),
        pytest.param("as64496", ("asn", "AS64496"), id="an AS in small letters"),
        pytest.param("SY", ("country", "SY"), id="a country"),
        pytest.param("device:0123456789ABCDEF", ("device", "0123456789abcdef"), id="a device"),
        pytest.param("0123456789abcdef", ("device", "0123456789abcdef"), id="a bare device"),
    ],
)
def test_whom_a_text_names(text: str, whom: tuple[str, str]) -> None:
    assert read_whom(text) == whom


@pytest.mark.parametrize(
    "text",
    ["", "sy", "SYR", "AS0", "AS4294967296", "203.0.113.256", "203.0.113.7/24", "device:12",
     "example.com", "2001::/15", "8.0.0.0/7", "0.0.0.0/0"],
)  # fmt: skip
def test_nobody_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"write an address|much of the internet"):
        read_whom(text)


def test_codes_are_read_as_people_write_them() -> None:
    code = new_code()
    assert read_code(code) == code
    assert read_code(f" {code.lower().replace('-', ' ')} ") == code
    assert read_code("O1IL-UUUU") == "0111-VVVV"
    assert [read_code(text) for text in ("", "1234-567", "1234-56789", "1234-567*")] == [None] * 4
    assert len({new_code() for _ in range(200)}) == 200


def test_a_block_travels_as_data() -> None:
    block = Block(
        "address", "203.0.113.7", reason="flood", since=1.0, until=2.0, by="guard",
        evidence={"score": 3}, offence=2, note="n",
    )  # fmt: skip
    assert block_of(block.as_data()) == block


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param([], "keys and values", id="a list"),
        pytest.param({"key": "203.0.113.7", "wyh": 1}, "unknown key 'wyh'", id="a typo"),
        pytest.param({}, "nobody that can be blocked", id="nobody"),
        pytest.param({"key": "SY", "scope": "asn"}, "no asn but a key", id="a scope"),
        pytest.param({"key": "SY", "reason": "x"}, "reason 'x' is not one of", id="reason"),
        pytest.param({"key": "SY", "measure": "x"}, "measure 'x' is not one of", id="measure"),
        pytest.param({"key": "SY", "code": "1"}, "'1' is no code", id="code"),
        pytest.param({"key": "SY", "until": "1h"}, "until must be seconds", id="until"),
        pytest.param({"key": "SY", "until": True}, "until must be seconds", id="a bool"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        block_of(data)
