"""Internet addresses as integers, parsed once.

An IPv4 address dressed as IPv6 (v4-mapped ::ffff:0:0/96, NAT64 64:ff9b::/96 of RFC 6052, 6to4
2002::/16 of RFC 3056) is unwrapped first, so that it meets the same lists and counters as itself.

`key` is what counters are keyed by: the whole IPv4 address, or the /64 of an IPv6 one, because a
subscriber is handed a /64 and may use any address in it. `exact` is for tables of single addresses:
1.2.3.4 and ::102:304 have one value, and are two.
"""

import socket
from typing import Final

_MAPPED: Final = bytes(10) + b"\xff\xff"
_NAT64: Final = bytes.fromhex("0064ff9b") + bytes(8)
_SIX_TO_FOUR: Final = b"\x20\x02"
_KEY6: Final = 1 << 64  # sets the keys of IPv6 networks apart from those of IPv4
_EXACT6: Final = 1 << 128


class Address:
    """An address: `version` 4 or 6, `value` as an integer, `key` for counters, `text` canonical."""

    __slots__ = ("exact", "key", "text", "value", "version")

    def __init__(self, version: int, value: int, text: str) -> None:
        self.version = version
        self.value = value
        self.text = text
        self.key: int = value if version == 4 else _KEY6 | (value >> 64)
        self.exact: int = value if version == 4 else _EXACT6 | value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Address)
            and self.value == other.value
            and self.version == other.version
        )

    def __hash__(self) -> int:
        return hash((self.version, self.value))

    def __repr__(self) -> str:
        return f"Address({self.text!r})"


NOWHERE: Final = Address(4, 0, "0.0.0.0")  # noqa: S104 - a peer without one: a Unix socket


def parse_address(text: str) -> Address | None:
    """The address that `text` spells, or None. No port, no brackets; a zone (%eth0) is dropped."""
    try:
        if ":" not in text:
            packed = socket.inet_pton(socket.AF_INET, text)
            return Address(4, int.from_bytes(packed, "big"), text)
        packed = socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    inner = _unwrapped(packed)
    if inner is not None:
        return Address(4, int.from_bytes(inner, "big"), socket.inet_ntop(socket.AF_INET, inner))
    return Address(6, int.from_bytes(packed, "big"), socket.inet_ntop(socket.AF_INET6, packed))


def _unwrapped(packed: bytes) -> bytes | None:
    if packed[:12] == _MAPPED or packed[:12] == _NAT64:
        return packed[12:]
    if packed[:2] == _SIX_TO_FOUR:
        return packed[2:6]
    return None
