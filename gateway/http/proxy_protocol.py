"""The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt, 2020/03/05).

A listener that expects it gets it from every connection, or closes: guessing would let a client
speak it. The header says who the peer is; what it says of TLS (v2's PP2_TYPE_SSL) is not read.
"""

from typing import Final

from gateway.address import Address, parse_address

_SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_V1_BYTES: Final = 107  # with CRLF, by the specification
_V2_BYTES: Final = 16 + 2048  # more than any set of options we have seen
_LOCAL: Final = 0x20
_PROXY: Final = 0x21


class ProxyHeader:
    """A header read: its length in bytes, and the peer it names (None: the sender speaks for
    itself, as in its own health checks)."""

    __slots__ = ("peer", "size")

    def __init__(self, size: int, peer: Address | None) -> None:
        self.size = size
        self.peer = peer


def read_proxy_header(data: bytes) -> ProxyHeader | None:
    """The header that `data` begins with; None: more bytes are needed.

    Raises ValueError where it can only be malformed.
    """
    if data.startswith(_SIGNATURE):
        return _version_2(data)
    if data.startswith(b"PROXY "):
        return _version_1(data)
    if _SIGNATURE.startswith(data) or b"PROXY ".startswith(data):
        return None
    raise ValueError("no PROXY protocol header")


def _version_1(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, _V1_BYTES)
    if end < 0:
        if len(data) >= _V1_BYTES:
            raise ValueError("a PROXY line without an end")
        return None
    words = data[:end].decode("latin-1").split(" ")
    if words[1] == "UNKNOWN":
        return ProxyHeader(end + 2, None)
    if len(words) != 6 or words[1] not in {"TCP4", "TCP6"} or not _ports(words[4:]):
        raise ValueError("a malformed PROXY line")
    peer = parse_address(words[2])
    if peer is None or (":" in words[2]) != (words[1] == "TCP6"):
        raise ValueError("a PROXY line without an address")
    return ProxyHeader(end + 2, peer)


def _ports(words: list[str]) -> bool:
    return all(word.isascii() and word.isdigit() and int(word) <= 65535 for word in words)


def _version_2(data: bytes) -> ProxyHeader | None:
    if len(data) < 16:
        return None
    command, family = data[12], data[13]
    size = 16 + int.from_bytes(data[14:16], "big")
    if command not in {_LOCAL, _PROXY} or size > _V2_BYTES:
        raise ValueError("a malformed PROXY header, version 2")
    if len(data) < size:
        return None
    if command == _LOCAL:
        return ProxyHeader(size, None)
    width = {0x11: 4, 0x21: 16}.get(family)
    if width is None:
        return ProxyHeader(size, None)
    if size < 16 + 2 * width + 4:
        raise ValueError("a PROXY header, version 2, that is too short")
    return ProxyHeader(size, _packed(data[16 : 16 + width]))


def _packed(octets: bytes) -> Address | None:
    if len(octets) == 4:
        return parse_address(".".join(str(octet) for octet in octets))
    return parse_address(":".join(octets[i : i + 2].hex() for i in range(0, 16, 2)))
