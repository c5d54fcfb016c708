"""An accent that can be read on both grounds, or a clear refusal; images that browsers show."""

import base64
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import OperatorError
from gateway.waitingroom.theme import ACCENT, DARK, ENOUGH, LIGHT, accents, contrast, data_url

ON_DARK = "#0b1410"  # what stands on the accent on dark screens (waiting.css)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@given(st.integers(0, 0xFFFFFF))
def test_an_accent_is_readable_everywhere_or_refused(number: int) -> None:
    colour = f"#{number:06x}"
    try:
        light, dark = accents(colour)
    except OperatorError as fault:
        assert contrast(colour, LIGHT) < ENOUGH
        better = re.findall(r'"(#[0-9a-f]{6})"', str(fault))[-1]
        light, dark = accents(better)
    for ground in (LIGHT, "#ffffff", "#f4f5f3"):
        assert contrast(light, ground) >= ENOUGH
    for ground in (DARK, "#1e2522", "#151a18", ON_DARK):
        assert contrast(dark, ground) >= ENOUGH


def test_a_pale_accent_is_refused_with_a_darker_one() -> None:
    with pytest.raises(OperatorError) as caught:
        accents("#7FC97F")
    assert str(caught.value) == (
        'accent: "#7fc97f" has a contrast of 1.8 to 1 against the page\'s ground, and text needs '
        '4.5 (WCAG 2.2, 1.4.3); "#4b774b" is the same colour, dark enough'
    )


@pytest.mark.parametrize("colour", ["", "green", "#fff", "#12345g", "#1234567", "#000000}*{"])
def test_what_is_no_colour(colour: str) -> None:
    with pytest.raises(OperatorError, match=r'accent: a colour like "#1f6f54"'):
        accents(colour)


def test_ours_is_good() -> None:
    assert accents(ACCENT)[0] == ACCENT


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF....WEBP", "image/webp"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<svg/>', "image/svg+xml"),
    ],
)
def test_an_image_becomes_a_url(image: bytes, kind: str) -> None:
    beginning, _, data = data_url(image).partition(",")
    assert beginning == f"data:{kind};base64"
    assert base64.b64decode(data) == image


@pytest.mark.parametrize("image", [b"BM", b"<html>", b"x" * 2000 + b"<svg", b"RIFF....WAVE"])
def test_what_is_no_image(image: bytes) -> None:
    with pytest.raises(OperatorError, match="logo: not an image"):
        data_url(image)


# What is written on which ground: by the rule that gives the colour, on light screens and on dark.
GROUNDS = {"page": ("#f4f5f3", "#151a18"), "card": ("#ffffff", "#1e2522"),
           "big": ("#eef2ee", "#29332e"), "note": ("#fdf6e3", "#332b14"),
           "accent": accents(ACCENT)}  # fmt: skip
WRITTEN = {
    "text": ("#1d2521", "#e4e9e6", "page card big"),
    "small": ("#4d5a54", "#b3beb8", "page card big"),
    "note": ("#3d3110", "#f3e6bd", "note"),
    "accent": (*accents(ACCENT), "page card big"),
    "button": ("#ffffff", "#0b1410", "accent"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_everything_that_is_written_can_be_read_on_both_screens(name: str) -> None:
    light, dark, grounds = WRITTEN[name]
    for ground in grounds.split():
        assert contrast(light, GROUNDS[ground][0]) >= ENOUGH, f"{name} on {ground}, light"
        assert contrast(dark, GROUNDS[ground][1]) >= ENOUGH, f"{name} on {ground}, dark"


def test_those_are_all_the_colours_that_the_style_has() -> None:
    """A new one has to be put on its ground above."""
    style = (files("gateway.waitingroom") / "pages" / "waiting.css").read_text("utf-8")
    light, _, dark = style.partition("@media (prefers-color-scheme:dark)")
    known = {"$accent": GROUNDS["accent"][0], "$dark": GROUNDS["accent"][1], "#fff": "#ffffff"}
    for at, text in enumerate((light, dark)):
        for what, table in (("color", [one[at] for one in WRITTEN.values()]),
                            ("background", [one[at] for one in GROUNDS.values()])):  # fmt: skip
            said = re.findall(rf"[{{;]{what}:(#\w+|\$\w+)", text)
            assert {known.get(one, one) for one in said} <= set(table), what
