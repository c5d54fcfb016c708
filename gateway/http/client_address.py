"""Whom a request is for: the peer, or whom a chain of trusted hops names.

The chain is read from the right, the end that the nearest hop wrote, and only as far as each hop is
listed as trusted; what stands left of the first stranger is the stranger's own story. At most 32
hops are followed. A hop that is no address ends the walk at the hop before it.
"""

import re
from typing import Final

from gateway.address import Address, parse_address
from gateway.http.fields import plain_host
from gateway.prefixes import PrefixTable
from gateway.request import Request

_HOPS: Final = 32
_REMEMBERED: Final = 16384  # addresses, some 4 MiB
_WITH_PORT: Final = re.compile(r"\[([^\]]*)\](?::\d+)?|([0-9.]+):\d+")
_PAIR: Final = re.compile(rb'\s*([A-Za-z]+)=(?:"([^"\\]*)"|([^\s";,]*))\s*')
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:+/=-]{8,128}")


class ClientAddresses:
    """Reads `X-Forwarded-For` or `Forwarded` from trusted hops.

    `header` is the one header that hops are known to write, in lower case, or b"" for none: a hop
    that writes one of them passes the other on as a client sent it.
    """

    def __init__(
        self,
        trusted: PrefixTable[bool],
        *,
        header: bytes = b"x-forwarded-for",
        keep_id: bool = True,
    ) -> None:
        self._trusted = trusted
        self._header = header
        self._keep_id = keep_id
        self._known: dict[str, Address | None] = {}

    @property
    def guards(self) -> bool:
        """Whether any hop is listed."""
        return self._trusted.size > 0

    def trusts(self, peer: Address) -> bool:
        return self._trusted.get(peer) is not None

    def read(self, request: Request) -> None:
        """Fill `client`, `secure`, `id` and `forwarded_host` of a request from a trusted peer."""
        chain: list[str] = []
        for name, value in request.headers:
            if name == self._header:
                chain += self._hops(value)
            elif name == b"x-forwarded-proto":
                request.secure = value.lower() == b"https"
            elif name == b"x-forwarded-host":
                request.forwarded_host = plain_host(value) or b""
            elif name == b"x-request-id" and self._keep_id and _REQUEST_ID.fullmatch(value):
                request.id = value
        request.client = self._walk(request.peer, chain)

    def _walk(self, peer: Address, chain: list[str]) -> Address:
        client = peer
        for hop in chain[: -_HOPS - 1 : -1]:
            address = self._parse(hop)
            if address is None:
                break
            client = address
            if self._trusted.get(address) is None:
                break
        return client

    def _hops(self, value: bytes) -> list[str]:
        hops = value.split(b",")
        if self._header == b"forwarded":
            return [_forwarded_for(hop) for hop in hops]
        return [hop.strip().decode("latin-1") for hop in hops]

    def _parse(self, hop: str) -> Address | None:
        if hop in self._known:
            return self._known[hop]
        match = _WITH_PORT.fullmatch(hop)
        address = parse_address((match[1] or match[2]) if match else hop)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        if len(hop) <= 64:
            self._known[hop] = address
        return address


def _forwarded_for(element: bytes) -> str:
    """The address in one element of `Forwarded` (RFC 7239, 4); "" where there is none."""
    for part in element.split(b";"):
        match = _PAIR.fullmatch(part)
        if match is not None and match[1].lower() == b"for":
            found: bytes = match[2] or match[3] or b""
            return found.decode("latin-1")
    return ""
