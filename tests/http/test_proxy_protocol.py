"""The PROXY protocol's header, versions 1 and 2."""

import socket

import pytest

from gateway.http.proxy_protocol import read_proxy_header

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def v2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + len(body).to_bytes(2, "big") + body


def inet(source: str) -> bytes:
    return socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + b"\x9c\x40\x00\x50"


def inet6(source: str) -> bytes:
    packed = socket.inet_pton(socket.AF_INET6, source)
    return packed + socket.inet_pton(socket.AF_INET6, "::1") + b"\x9c\x40\x00\x50"


GOOD = {
    "v1, IPv4": (b"PROXY TCP4 203.0.113.9 192.0.2.1 40000 80\r\n", "203.0.113.9"),
    "v1, IPv6": (b"PROXY TCP6 2001:db8::9 ::1 40000 80\r\n", "2001:db8::9"),
    "v1, IPv4 in IPv6 clothes": (b"PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n", "203.0.113.9"),
    "v1, unknown": (b"PROXY UNKNOWN\r\n", None),
    "v1, unknown with more": (b"PROXY UNKNOWN ::1 ::1 1 2\r\n", None),
    "v1, the longest": (
        b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535".ljust(105, b" ") + b"\r\n",
        None,
    ),
    "v2, IPv4": (v2(0x21, 0x11, inet("203.0.113.9")), "203.0.113.9"),
    "v2, IPv6": (v2(0x21, 0x21, inet6("2001:db8::9")), "2001:db8::9"),
    "v2, IPv4 in IPv6 clothes": (v2(0x21, 0x21, inet6("::ffff:203.0.113.9")), "203.0.113.9"),
    "v2, with options": (v2(0x21, 0x11, inet("203.0.113.9") + b"\x20\x00\x01x"), "203.0.113.9"),
    "v2, local": (v2(0x20, 0x00, b""), None),
    "v2, local with an address": (v2(0x20, 0x11, inet("203.0.113.9")), None),
    "v2, unspecified": (v2(0x21, 0x00, b""), None),
    "v2, a Unix socket": (v2(0x21, 0x31, bytes(216)), None),
}
BAD = {
    "HTTP": b"GET / HTTP/1.1\r\n",
    "another word": b"PROXY4 ",
    "no space": b"PROXY\r\n",
    "lower case": b"proxy TCP4 203.0.113.9 192.0.2.1 1 2\r\n",
    "no family": b"PROXY \r\n",
    "an unknown family": b"PROXY TCP5 203.0.113.9 192.0.2.1 1 2\r\n",
    "UDP": b"PROXY UDP4 203.0.113.9 192.0.2.1 1 2\r\n",
    "the other family": b"PROXY TCP4 2001:db8::9 ::1 1 2\r\n",
    "the other family, too": b"PROXY TCP6 203.0.113.9 192.0.2.1 1 2\r\n",
    "no address": b"PROXY TCP4 example 192.0.2.1 1 2\r\n",
    "zeros in front": b"PROXY TCP4 203.0.113.009 192.0.2.1 1 2\r\n",
    "a word too few": b"PROXY TCP4 203.0.113.9 192.0.2.1 1\r\n",
    "a word too many": b"PROXY TCP4 203.0.113.9 192.0.2.1 1 2 3\r\n",
    "two spaces": b"PROXY TCP4  203.0.113.9 192.0.2.1 1 2\r\n",
    "a port beyond 65535": b"PROXY TCP4 203.0.113.9 192.0.2.1 65536 2\r\n",
    "a port with a sign": b"PROXY TCP4 203.0.113.9 192.0.2.1 -1 2\r\n",
    "a port in Arabic digits": "PROXY TCP4 203.0.113.9 192.0.2.1 ١ 2\r\n".encode(),
    "a line ended by LF": b"PROXY TCP4 203.0.113.9 192.0.2.1 1 2\n" + b"x" * 107,
    "a line too long": b"PROXY UNKNOWN".ljust(106, b" ") + b"\r\n",
    "v2, another version": v2(0x11, 0x11, inet("203.0.113.9")),
    "v2, an unknown command": v2(0x22, 0x11, inet("203.0.113.9")),
    "v2, too short for its family": v2(0x21, 0x11, inet("203.0.113.9")[:-1]),
    "v2, too short for IPv6": v2(0x21, 0x21, inet("203.0.113.9")),
    "v2, far too long": v2(0x21, 0x11, bytes(2049)),
}


@pytest.mark.parametrize(
    ("data", "peer"), [pytest.param(*entry, id=name) for name, entry in GOOD.items()]
)
@pytest.mark.parametrize("behind", [b"", b"GET / HTTP/1.1\r\n\r\n"])
def test_names_the_peer(data: bytes, peer: str | None, behind: bytes) -> None:
    header = read_proxy_header(data + behind)
    assert header is not None
    assert header.size == len(data)
    assert (header.peer and header.peer.text) == peer
    for at in range(len(data)):
        assert read_proxy_header(data[:at]) is None


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in BAD.items()])
def test_refuses_all_else(data: bytes) -> None:
    with pytest.raises(ValueError, match="PROXY"):
        read_proxy_header(data)
