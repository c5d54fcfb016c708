"""The operator's colour and logo, checked at load.

Contrast is that of WCAG 2.2 (1.4.3): 4.5 to 1 for text. The one colour given is for light screens;
the one for dark screens is made of it, as little lightened as is enough.
"""

import base64
import re
from typing import Final

from gateway.errors import OperatorError

ACCENT: Final = "#1f6f54"
LIGHT: Final = "#eef2ee"  # the darkest ground that stands behind the accent on light screens
DARK: Final = "#29332e"  # the lightest on dark screens
ENOUGH: Final = 4.5
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS: Final = 100
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"\xff\xd8\xff", "jpeg"),
)


def accents(colour: str) -> tuple[str, str]:
    """The accent on light screens and on dark ones. Raises OperatorError where it is no colour, or
    too pale to be read."""
    if not _COLOUR.fullmatch(colour):
        raise OperatorError(f'accent: a colour like "{ACCENT}", not {colour!r}')
    colour = colour.lower()
    if contrast(colour, LIGHT) < ENOUGH:
        raise OperatorError(
            f'accent: "{colour}" has a contrast of {contrast(colour, LIGHT):.1f} to 1 against the '
            f"page's ground, and text needs {ENOUGH} (WCAG 2.2, 1.4.3); "
            f'"{_readable(colour, "#000000", LIGHT)}" is the same colour, dark enough'
        )
    return colour, _readable(colour, "#ffffff", DARK)


def contrast(one: str, other: str) -> float:
    """Of two colours like "#1f6f54": 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def data_url(image: bytes) -> str:
    """The image as a URL that holds it. Raises OperatorError for what is no image we know."""
    return f"data:image/{_kind(image)};base64,{base64.b64encode(image).decode()}"


def _kind(image: bytes) -> str:
    for beginning, kind in _KINDS:
        if image.startswith(beginning):
            return kind
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return "webp"
    if b"<svg" in image[:1024]:
        return "svg+xml"
    raise OperatorError("logo: not an image that browsers show: give PNG, SVG, WebP, GIF or JPEG")


def _readable(colour: str, towards: str, ground: str) -> str:
    """`colour`, as little nearer to `towards` as makes it readable on `ground`."""
    start, end = _parts(colour), _parts(towards)
    for step in range(_STEPS + 1):
        mixed = [round(a + (b - a) * step / _STEPS) for a, b in zip(start, end, strict=True)]
        found = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(found, ground) >= ENOUGH:
            return found
    return towards


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    """Relative luminance, by WCAG's definition."""
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
