"""Header lines: what each means to us, and the memory of lines seen before.

A line is checked once and remembered whole: browsers, carriers' proxies and the platform send the
same lines over and over, so that a known line costs one dictionary look-up. Lines that carry
secrets are never remembered.
"""

import re
from enum import IntEnum
from typing import Final

from gateway.address import parse_address
from gateway.http.faults import CONTROL_BYTE, FIELD_NAME, FOLDED, HOST, LINE_END, UNDERSCORE, Fault


class Kind(IntEnum):
    """What becomes of a header on its way through."""

    PLAIN = 0  # passed on
    SECRET = 1  # passed on, never remembered
    DROPPED = 2  # hop-by-hop, or ours to write
    HOST = 3
    LENGTH = 4
    CODING = 5
    CONNECTION = 6
    UPGRADE = 7
    EXPECT = 8
    SINGLE = 9  # passed on, may stand once
    FORWARDED = 10  # read from trusted hops, written anew


PLAIN: Final = 0
SECRET: Final = 1
DROPPED: Final = 2

_HOP_BY_HOP: Final = (
    b"keep-alive",
    b"proxy-connection",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"http2-settings",
)
# Names platforms take a client's address or scheme from. What a client sends in them is a lie.
CLIENT_CLAIMS: Final = (
    b"x-real-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-originating-ip",
    b"x-remote-ip",
    b"x-remote-addr",
    b"client-ip",
    b"true-client-ip",
    b"cf-connecting-ip",
    b"fastly-client-ip",
    b"x-forwarded",
    b"x-forwarded-by",
    b"x-forwarded-server",
    b"x-forwarded-port",
    b"x-forwarded-scheme",
    b"x-forwarded-ssl",
    b"x-original-forwarded-for",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-url-scheme",
    b"x-override-url",
    b"x-original-host",
    b"x-host",
    b"x-scheme",
    b"x-forwarded-prefix",
    b"x-forwarded-path",
    b"x-forwarded-uri",
    b"forwarded-for",
    b"remote-addr",
    b"proxy-client-ip",
    b"wl-proxy-client-ip",
    b"x-proxyuser-ip",
    b"x-envoy-external-address",
    b"x-azure-clientip",
    b"x-appengine-user-ip",
    b"fly-client-ip",
    b"incap-client-ip",
    b"x-sucuri-clientip",
    b"akamai-client-ip",
    b"x-coming-from",
    b"x-vercel-forwarded-for",
    b"x-real-port",
    b"proxy",  # CGI hands it on as HTTP_PROXY (CVE-2016-5385)
    b"front-end-https",
)
REQUEST_KINDS: Final[dict[bytes, int]] = {
    **dict.fromkeys(_HOP_BY_HOP, int(Kind.DROPPED)),
    **dict.fromkeys(CLIENT_CLAIMS, int(Kind.DROPPED)),
    b"host": int(Kind.HOST),
    b"content-length": int(Kind.LENGTH),
    b"transfer-encoding": int(Kind.CODING),
    b"connection": int(Kind.CONNECTION),
    b"upgrade": int(Kind.UPGRADE),
    b"expect": int(Kind.EXPECT),
    b"content-type": int(Kind.SINGLE),
    b"cookie": int(Kind.SECRET),
    b"authorization": int(Kind.SECRET),
    b"x-forwarded-for": int(Kind.FORWARDED),
    b"x-forwarded-proto": int(Kind.FORWARDED),
    b"x-forwarded-host": int(Kind.FORWARDED),
    b"forwarded": int(Kind.FORWARDED),
    b"x-request-id": int(Kind.FORWARDED),
}
RESPONSE_KINDS: Final[dict[bytes, int]] = {
    **dict.fromkeys(_HOP_BY_HOP, int(Kind.DROPPED)),
    b"proxy-authenticate": int(Kind.PLAIN),
    b"content-length": int(Kind.LENGTH),
    b"transfer-encoding": int(Kind.CODING),
    b"connection": int(Kind.CONNECTION),
    b"upgrade": int(Kind.UPGRADE),
    b"set-cookie": int(Kind.SECRET),
    b"x-request-id": int(Kind.DROPPED),
}
# What a trailer may not bring in behind everybody's back (RFC 9110, 6.5.1).
NOT_IN_TRAILERS: Final = frozenset(
    {
        *REQUEST_KINDS,
        *RESPONSE_KINDS,
        b"trailer",
        b"content-encoding",
        b"content-range",
        b"cache-control",
        b"age",
        b"expires",
        b"date",
        b"location",
        b"retry-after",
        b"vary",
        b"warning",
        b"max-forwards",
        b"pragma",
        b"range",
        b"www-authenticate",
    }
)
# End-to-end whatever Connection says: dropping one changes what the request means.
NEVER_NOMINATED: Final = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
        b"cookie",
        b"authorization",
        b"origin",
        b"referer",
        b"expect",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"forwarded",
        b"x-request-id",
        b"cache-control",
        b"set-cookie",
        b"location",
    }
)

_TOKEN: Final = b"!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN_OR_UNDERSCORE: Final = _TOKEN + b"_"
_VALUE: Final = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_HOST: Final = re.compile(
    rb"([a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?|\[([0-9a-f:.]{2,45})\])(?::([0-9]{0,5}))?"
)


def is_token(text: bytes) -> bool:
    """Whether `text` is a token (RFC 9110, 5.6.2)."""
    return bool(text) and not text.translate(None, _TOKEN_OR_UNDERSCORE)


def plain_host(text: bytes) -> bytes | None:
    """A host name or address with an optional port, made plain: lower case, a port without leading
    zeros, no colon without a port (RFC 3986, 6.2.3); None for all else."""
    match = _HOST.fullmatch(text.lower())
    if match is None:
        return None
    host: bytes = match[1]
    if match[2] is not None and parse_address(match[2].decode("ascii")) is None:
        return None
    if not match[3]:
        return host
    port = int(match[3])
    return b"%b:%d" % (host, port) if 0 < port <= 65535 else None


class Field:
    """A header line understood: `pair` of name in lower case and value, `piece` to pass on."""

    __slots__ = ("kind", "pair", "piece")

    def __init__(self, kind: int, pair: tuple[bytes, bytes], piece: bytes) -> None:
        self.kind = kind
        self.pair = pair
        self.piece = piece


class Fields:
    """Reads header lines of one direction.

    `underscore`: "pass", "drop" or "refuse" names with one; servers of the CGI kind read `A_B` as
    `A-B`, and so would let a client write a header that we believe to be ours.
    At most `remembered` lines of 256 bytes and less are kept (some 3 MiB); then all are forgotten.
    """

    def __init__(
        self, kinds: dict[bytes, int], *, underscore: str = "drop", remembered: int = 4096
    ) -> None:
        self._kinds = kinds
        self._underscore = underscore
        self._remembered = remembered
        self.known: dict[bytes, Field] = {}

    def read(self, line: bytes) -> Field | Fault:
        """A line that is not in `known`, understood or refused."""
        name, colon, value = line.partition(b":")
        if not colon or name.translate(None, _TOKEN):
            if line[:1] in {b" ", b"\t"}:
                return FOLDED
            if not colon or not is_token(name):
                return _why_not(line)
            if self._underscore == "refuse":
                return UNDERSCORE
        elif not name:
            return FIELD_NAME
        value = value.strip(b" \t")
        if value.translate(None, _VALUE):
            return _why_not(line)
        lower = name.lower()
        kind = self._kinds.get(lower, PLAIN)
        if self._underscore == "drop" and b"_" in name:
            kind = DROPPED
        if kind == Kind.HOST:
            host = plain_host(value)
            if host is None:
                return HOST
            value = host
        field = Field(kind, (lower, value), b"%b: %b\r\n" % (name, value))
        if kind != SECRET and len(line) <= 256:
            if len(self.known) >= self._remembered:
                self.known.clear()
            self.known[line] = field
        return field


def _why_not(line: bytes) -> Fault:
    if b"\n" in line or b"\r" in line:
        return LINE_END
    if line.translate(None, _VALUE):
        return CONTROL_BYTE
    return FIELD_NAME
