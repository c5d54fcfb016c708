"""Where a visitor wanted to go, kept by our pages until the way is free."""

from typing import Final

from gateway.request import OWN_PATHS

_LONGEST: Final = 2048  # bytes; a longer one leads to the front page
_PLAIN: Final = bytes(range(0x21, 0x7F))


def local(to: bytes) -> bytes:
    """`to` if it leads to a page of the platform; else the front page. What a browser could take
    for another host, or for a second header line, leads nowhere."""
    if (
        len(to) > _LONGEST
        or to[:1] != b"/"
        or to[:2] == b"//"
        or b"\\" in to
        or to.translate(None, _PLAIN)
        or to.startswith(OWN_PATHS.encode())
    ):
        return b"/"
    return to
