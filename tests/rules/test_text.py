"""Text undressed: what each transform does, and the laws the search relies on."""

import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.text import (
    TRANSFORMS,
    decoded,
    deep,
    encoded,
    in_form,
    is_plain,
    odd,
    unescaped,
)

# Pieces in which encodings are begun, ended, and put on top of one another.
PIECES = st.sampled_from(
    ["%", "%2", "%27", "%2527", "%u0027", "&", "&lt;", "&#60;", "&amp;", "lt;", "+", " ", "  ",
     "+ADw-", "ADw-", "-", "\\", "\\x3c", "\\u003c", "/*", "*/", "--", "\t", "\x00", "\u200b", "＜",
     "ﷺ", "é", "e\u0301", "a", "Z", "0", "'", "//", "/./", "QUJDREVGR0hJSktMTU5P", "\u00a0", "\x85"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("dressed", "plain"),
    [
        pytest.param("%27 or 1=1", "' or 1=1", id="percent"),
        pytest.param("%252527", "'", id="percent, three times"),
        pytest.param("%u0027", "'", id="IIS"),
        pytest.param("&lt;script&#62;", "<script>", id="HTML"),
        pytest.param("&amp;lt;", "<", id="HTML twice"),
        pytest.param("%26lt;", "<", id="HTML in percent"),
        pytest.param("&#37;27", "'", id="percent in HTML"),
        pytest.param("+ADw-script+AD4-", "<script>", id="UTF-7"),
        pytest.param("＜ｓｃｒｉｐｔ＞", "<script>", id="full width"),
        pytest.param("scr\u200bipt", "script", id="zero width"),
        pytest.param("a\x00b", "ab", id="a null"),
        pytest.param("\\x3cimg\\u{3e}", "<img>", id="JavaScript"),
        pytest.param("a \t\u00a0 b", "a b", id="blanks"),
        pytest.param("a\nb", "a\nb", id="a line feed stays"),
        pytest.param("100% sure & 5%zz", "100% sure & 5%zz", id="what begins no escape"),
        pytest.param("عبد الله — O'Brien", "عبد الله — O'Brien", id="ordinary text"),
    ],
)
def test_deep_undresses(dressed: str, plain: str) -> None:
    assert deep(dressed) == plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xc0\xaf", "/"),
        (b"\xc1\x81", "A"),
        (b"\xe0\x80\xaf", "/"),
        ("عبد".encode(), "عبد"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_overlong_utf8_is_what_it_hides(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("remove_comments", "un/**/ion sel/* x */ect", "un ion sel ect"),
        ("remove_comments", "/*!50000union*/ select", " union  select"),
        ("remove_space", "a b\n\tc", "abc"),
        ("squeeze_space", " a \n\t b ", "a b"),
        ("normalise_path", r"..\..//etc/./passwd", "../../etc/passwd"),
        (
            "base64_decode",
            "x PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg== y",
            "x <script>alert(1)</script> y",
        ),
        ("base64_decode", "b1946ac92492d2347c6235b4d2611184", "b1946ac92492d2347c6235b4d2611184"),
        ("lowercase", "STRASSE ẞ", "strasse ss"),
        ("plus_decode", "a+b", "a b"),
    ],
)
def test_transforms(name: str, text: str, made: str) -> None:
    assert in_form(text, (name,)) == made


@given(st.binary(max_size=60) | st.text(max_size=30).map(lambda t: quote(t).encode()))
def test_unescaped_is_what_urllib_says(raw: bytes) -> None:
    assert unescaped(raw) == unquote_to_bytes(raw)


LOCAL = sorted(name for name, one in TRANSFORMS.items() if one.local)


@pytest.mark.parametrize("name", LOCAL)
@given(values=st.lists(TEXTS, min_size=1, max_size=4))
def test_what_is_local_keeps_lines_apart(name: str, values: list[str]) -> None:
    joined = in_form("\n".join(values), (name,))
    assert joined == "\n".join(in_form(value, (name,)) for value in values)


@pytest.mark.parametrize("name", sorted(name for name, one in TRANSFORMS.items() if one.odd))
@given(text=TEXTS)
def test_text_that_is_not_odd_stays_as_it_is(name: str, text: str) -> None:
    form = (name,)
    pattern = odd(form)
    if not re.search(pattern, text) and is_plain(encoded(text)):
        assert in_form(text, form) == text
