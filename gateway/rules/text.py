"""Text as an attacker may have dressed it, and as a platform may undress it.

A *form* is a chain of transforms, given by their names in order; `DEEP` is the one most rules look
at. All are linear in the length of what they are given.

A transform is *local* when it never lets one line reach into the next: what it makes of several
values joined by line feeds holds, line by line, what it makes of each. Only such a form may be made
of all values at once; see engine.py.

Sources: percent-encoding RFC 3986 and IIS' %uXXXX; overlong UTF-8 RFC 3629 §10; UTF-7 RFC 2152;
compatibility forms Unicode UAX #15.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from gateway.body_fields import unescaped

ROUNDS: Final = 3  # how often one may have been encoded on top of another
Form = tuple[str, ...]

_ESCAPE: Final = re.compile(r"%[0-9a-fA-F]{2}")
_IIS_ESCAPE: Final = re.compile(r"%[uU]([0-9a-fA-F]{4})")
_OVERLONG: Final = re.compile(rb"[\xc0\xc1]([\x80-\xbf])|\xe0[\x80-\x9f]([\x80-\xbf])")
_UTF7: Final = re.compile(r"[+ ](A[A-H][A-Za-z0-9+/]{1,254})-")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_INVISIBLE: Final = re.compile("[\x00\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS: Final = re.compile(r"[ \x01-\x09\x0b-\x1f\x7f-\xa0]+")
_SPACES: Final = re.compile(r"\s+")
_COMMENTS: Final = re.compile(r"/\*!?[0-9]{0,6}|\*/|<!--|-->")
_BLOCKS: Final = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_SLASHES: Final = re.compile(r"/+(?:\./+)*")
# Text in which this is not found, and which is in NFKC, is its own `deep`. (Also read by RE2.)
ODD: Final = (
    r"[%&\\\x00-\x08\x0b-\x1f\x7f]|\t|  |[+ ]A[A-H][A-Za-z0-9+/]+-|"
    "[\u0080-\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_ODD: Final = re.compile(ODD)
_JS_ESCAPE: Final = re.compile(r"\\(?:u\{?([0-9a-fA-F]{2,6})\}?|x([0-9a-fA-F]{2}))")


def decoded(raw: bytes) -> str:
    """UTF-8 as a lenient platform reads it: overlong sequences are the characters they hide."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _OVERLONG.sub(_short, raw).decode("utf-8", "replace")


def is_plain(raw: bytes) -> bool:
    """Whether `raw` is UTF-8 in NFKC."""
    if raw.isascii():
        return True
    try:
        return unicodedata.is_normalized("NFKC", raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def encoded(text: str) -> bytes:
    """For matching: what cannot be encoded is a question mark."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATES.sub("?", text).encode("utf-8")


def _short(found: re.Match[bytes]) -> bytes:
    raw = found.group()
    if len(raw) == 2:
        return bytes([(raw[0] & 1) << 6 | raw[1] & 0x3F])
    return chr((raw[1] & 0x1F) << 6 | raw[2] & 0x3F).encode()


# Transforms.


def percent_decode(text: str) -> str:
    """Repeatedly, ROUNDS times at most; %uXXXX too."""
    for _ in range(ROUNDS):
        if "%" not in text:
            return text
        before = text
        text = _IIS_ESCAPE.sub(_by_number, text)
        if _ESCAPE.search(text):
            text = decoded(unescaped(encoded(text)))
        if text == before:
            return text
    return text


def plus_decode(text: str) -> str:
    return text.replace("+", " ")


def html_decode(text: str) -> str:
    if "&" not in text:
        return text
    before = text
    for _ in range(ROUNDS):
        text = html.unescape(text)
        if text == before:
            return text
        before = text
    return text


def js_decode(text: str) -> str:
    r"""\x41, \u0041, \u{41}."""
    return _JS_ESCAPE.sub(_by_number, text) if "\\" in text else text


def utf7_decode(text: str) -> str:
    """What UTF-7 hides of ASCII; anything else is left."""
    return _UTF7.sub(_of_utf7, text) if "-" in text else text


def nfkc(text: str) -> str:
    """Compatibility forms made plain (full-width letters and the like)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def lowercase(text: str) -> str:
    return text.lower() if text.isascii() else text.casefold()


def visible(text: str) -> str:
    """Without NUL and characters of no width."""
    return _INVISIBLE.sub("", text)


def squeeze_blanks(text: str) -> str:
    """Blanks and control characters in a row are one blank, as SQL reads them; line feeds stay."""
    return _BLANKS.sub(" ", text)


def squeeze_space(text: str) -> str:
    """Whitespace of any kind in a row is one blank."""
    return _SPACES.sub(" ", text).strip()


def remove_comments(text: str) -> str:
    """SQL's and HTML's comment signs are blanks; /* … */ with what stands within."""
    if "*" not in text and "--" not in text:
        return text
    return _COMMENTS.sub(" ", _BLOCKS.sub(" ", text))


def remove_space(text: str) -> str:
    return _SPACES.sub("", text)


def normalise_path(text: str) -> str:
    """Backslashes as slashes, `//` and `/./` as one slash; `..` stays, to be seen."""
    return _SLASHES.sub("/", text.replace("\\", "/"))


def base64_decode(text: str) -> str:
    """Every run that is base64 of text, replaced by that text."""
    return _BASE64.sub(_of_base64, text)


def deep(text: str) -> str:
    """What `deep` stands for: all that decodes, and nothing that takes away."""
    if text.isascii() and not _ODD.search(text):
        return text
    text = percent_decode(html_decode(percent_decode(text)))
    text = js_decode(utf7_decode(text))
    return squeeze_blanks(visible(nfkc(text)))


def _by_number(found: re.Match[str]) -> str:
    number = int(next(group for group in found.groups() if group), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "?"


def _of_utf7(found: re.Match[str]) -> str:
    try:
        raw = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4))
    except binascii.Error:
        return found[0]
    raw = raw[: len(raw) & ~1]
    if not raw or any(raw[0::2]) or not raw[1::2].isascii() or min(raw[1::2]) < 0x20:
        return found[0]
    return raw[1::2].decode("ascii")


def _of_base64(found: re.Match[str]) -> str:
    text = found[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4))
        made = raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return found[0]
    return made if made.replace("\n", " ").replace("\r", " ").isprintable() else found[0]


class Transform:
    """`told`: one line for the reference. `local`: see the module's head. `odd`: an RE2 pattern;
    text in which it is not found, and which is in NFKC, stays as it is; "": nothing can be said."""

    __slots__ = ("apply", "local", "name", "odd", "told")

    def __init__(
        self, name: str, apply: Callable[[str], str], told: str, *, local: bool, odd: str = ""
    ) -> None:
        self.name = name
        self.apply = apply
        self.told = told
        self.local = local
        self.odd = odd


_DEEP_TOLD: Final = (
    "what decodes: percent (repeatedly, %uXXXX too), HTML entities, UTF-7, \\x41 and \\u0041, "
    "Unicode's NFKC; invisible characters removed, blanks in a row as one"
)
_ALL: Final = (
    Transform("deep", deep, _DEEP_TOLD, local=True, odd=ODD),
    Transform(
        "percent_decode", percent_decode, "%41 and %u0041, thrice at most", local=True, odd="%"
    ),
    Transform("plus_decode", plus_decode, "+ as a blank", local=True, odd=r"\+"),
    Transform("html_decode", html_decode, "&lt; and &#60;", local=True, odd="&"),
    Transform("js_decode", js_decode, "\\x41, \\u0041 and \\u{41}", local=True, odd=r"\\"),
    Transform(
        "utf7_decode", utf7_decode, "+ADw- as <", local=True, odd="[+ ]A[A-H][A-Za-z0-9+/]+-"
    ),
    Transform("nfkc", nfkc, "compatibility forms made plain: full-width letters", local=True),
    Transform("lowercase", lowercase, "in small letters", local=True),
    Transform("visible", visible, "without NUL and characters of no width", local=True, odd=ODD),
    Transform(
        "squeeze_blanks",
        squeeze_blanks,
        "blanks and control signs as one blank",
        local=True,
        odd=ODD,
    ),
    Transform("squeeze_space", squeeze_space, "whitespace in a row as one blank", local=False),
    Transform("remove_space", remove_space, "without whitespace", local=False),
    Transform(
        "remove_comments",
        remove_comments,
        "comments of SQL and HTML as blanks",
        local=False,
        odd=r"\*|--",
    ),
    Transform(
        "normalise_path",
        normalise_path,
        "\\ as /, // and /./ as /",
        local=True,
        odd=r"\\|//|/\./",
    ),
    Transform(
        "base64_decode",
        base64_decode,
        "base64 of text as that text",
        local=True,
        odd="[A-Za-z0-9+/_-]{16}",
    ),
)
TRANSFORMS: Final[dict[str, Transform]] = {one.name: one for one in _ALL}
RAW: Final[Form] = ()
DEEP: Final[Form] = ("deep",)


def in_form(text: str, form: Form) -> str:
    """`text` after the transforms of `form`, in order."""
    for name in form:
        text = TRANSFORMS[name].apply(text)
    return text


def is_local(form: Form) -> bool:
    return all(TRANSFORMS[name].local for name in form)


def odd(form: Form) -> str:
    """Text in which this RE2 pattern is not found, and which is in NFKC, is the same in `form`; "":
    nothing can be said."""
    patterns = [TRANSFORMS[name].odd for name in form]
    return "|".join(f"(?:{one})" for one in patterns) if patterns and all(patterns) else ""
