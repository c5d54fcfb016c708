"""The page's templates, filled at load with all that does not depend on the visitor.

For each language and state there is a sheet: ready text, between whose pieces a visitor's values
stand. What comes before the first value (style, script, words: nine tenths) is compressed once; the
rest is compressed for each answer, with what went before as its dictionary.

Memory: some 75 KiB a sheet, 3 MiB for a room in two languages, 4 where it asks for an identity; a
fifth of a second at load.
"""

import html
import json
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any, Final

from gateway.http.contact import shown_contact
from gateway.waitingroom.states import ANSWERED, OF_IDENTITY, OVER_AND_AGAIN, SHOWS, STEPS
from gateway.waitingroom.texts import COUNTED, Language
from gateway.waitingroom.view import REACHES
from gateway.waitingroom.words import Phrase, Words

# A visitor's values, in the order in which the page hands them over.
VALUES: Final[tuple[str, ...]] = (
    "number", "clock", "at", "reach", "within", "pause", "before", "wait", "places", "waiting",
    "message", "message_language", "ticket", "draw", "to", "to_query", "auto", "request", "view",
)  # fmt: skip
HIDDEN: Final = b" hidden"
# What hides a line: that its state does not have it, or that this value has nothing to say.
_LINES: Final[dict[str, str]] = {
    "steps": "", "number": "number", "clock": "clock", "first": "", "reach": "reach", "at": "at",
    "join": "", "here": "", "signin": "", "pause": "pause", "enter": "", "within": "within",
    "before": "before",
    "wait": "",
    "places": "places", "waiting": "waiting", "message": "message", "sound": "", "check": "",
    "itself": "", "about": "", "keep": "", "proof": "draw", "ticket": "ticket", "leave": "",
}  # fmt: skip
_EVERYWHERE: Final = ("message", "ticket")
_DRAWS: Final = ("steps", "proof")  # only where there are draws
# What only a room has that asks whom a place is for stands between these.
_FORMS: Final = '<form id="join"'
_AFTER: Final = '<form id="enter"'
_STEPS: Final = ("come", "draw", "wait", "book")
# What the script says too.
_SPOKEN: Final = (
    "soon", "wait_unknown", "reach_likely", "reach_unsure", "at", "at_next", "date", "and",
    "within", "entering", "checked", "check", "rejoin", *COUNTED,
)  # fmt: skip
# A small compressor is cheap to copy, and its dictionary holds the words that the rest repeats.
_WINDOW: Final = 13
_MEMORY: Final = 5
_GZIP: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952


class Sheet:
    """`slots` stand between `pieces`: the index of a value, or, below nought, -1 - index of the
    value without which a line is hidden."""

    __slots__ = ("crc", "pieces", "ready", "rest", "size", "slots")

    def __init__(self, text: str) -> None:
        parts = text.split("\x00")
        self.pieces: list[bytes] = [part.encode() for part in parts[0::2]]
        self.slots: list[int] = [
            VALUES.index(name[2:]) if name[0] == "s" else -1 - VALUES.index(name[2:])
            for name in parts[1::2]
        ]
        head = self.pieces[0]
        first = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.ready: bytes = _GZIP + first.compress(head) + first.flush(zlib.Z_SYNC_FLUSH)
        self.rest: Any = zlib.compressobj(
            1, zlib.DEFLATED, -_WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, head[-(1 << _WINDOW) :]
        )
        self.crc: int = zlib.crc32(head)
        self.size: int = len(head)


class Tongue:
    """A room's page in one language: its sheets by state, and what depends on the view."""

    __slots__ = (
        "at", "at_next", "auto", "code", "message", "pause", "reaches", "said", "sheets", "unknown",
        "within", "words",
    )  # fmt: skip

    def __init__(self, spoken: Language, sheets: dict[str, Sheet], path: str) -> None:
        texts = spoken.texts
        self.code: str = spoken.code
        self.words = Words(spoken)
        self.sheets = sheets
        self.at = Phrase(texts["at"])
        self.at_next = Phrase(texts["at_next"])
        self.within = Phrase(texts["within"])
        self.pause = Phrase(texts["pause"])
        self.unknown: bytes = _text(texts["wait_unknown"]).encode()
        self.reaches: list[bytes] = [
            _text(texts.get("reach_" + reach, "")).encode() for reach in REACHES
        ]
        # Without and with looking by itself: what stands before and after the way back.
        link = f'<a href="{path}?lang={spoken.code}'
        self.auto: list[tuple[bytes, bytes]] = [
            (
                f"{_text(texts[said])} {link}{more}".encode(),
                f'">{_text(texts[label])}</a>'.encode(),
            )
            for said, label, more in (
                ("nojs", "auto_on", "&amp;auto=1"),
                ("auto_text", "auto_off", ""),
            )
        ]
        # The operator's message that was told last, and what it is here.
        self.message: dict[str, str] = {}
        self.said: tuple[bytes, bytes] = (b"", b"")


class Dress:
    """What a room's pages have in common. `image` is a URL; `title` and `contact` by language."""

    def __init__(
        self,
        path: str,
        *,
        accent: tuple[str, str],
        image: str,
        title: Mapping[str, str],
        contact: Mapping[str, str],
        draws: bool,
        asks: bool,
        sign_in: str,
    ) -> None:
        self._sign_in = html.escape(sign_in)
        pages = files("gateway.waitingroom") / "pages"
        page = (pages / "waiting.html").read_text("utf-8")
        if not asks:
            page = page.partition(_FORMS)[0] + _AFTER + page.partition(_AFTER)[2]
        self._template = Template(page)
        style = Template((pages / "waiting.css").read_text("utf-8"))
        self.style = style.substitute(accent=accent[0], dark=accent[1]).replace("\n", "")
        self.script = _without_remarks((pages / "waiting.js").read_text("utf-8"))
        self._path = path
        self._image = image
        self._title = title
        self._contact = contact
        self._shows = {
            state: [line for line in lines if draws or line not in _DRAWS]
            for state, lines in SHOWS.items()
            if asks or state not in OF_IDENTITY
        }

    def tongue(self, spoken: Language, languages: Sequence[Language]) -> Tongue:
        """The page in the language `spoken`, with links to itself in the other `languages`."""
        title = self._title.get(spoken.code) or spoken.texts["title"]
        fixed = {
            **{key: _text(text) for key, text in spoken.texts.items()},
            "language": spoken.code,
            "direction": spoken.direction,
            "style": self.style,
            "script": self.script,
            "words": self._words(spoken, title),
            "title": _text(title),
            "path": self._path,
            "sign_in": self._sign_in,
            "logo": f'<img src="{self._image}" alt="">' if self._image else "",
            "links": self._links(spoken, languages),
            "contact": shown_contact(self._contact.get(spoken.code, "")),
        }
        sheets = {
            state: Sheet(self._template.substitute(fixed, **self._of_state(state, spoken)))
            for state in self._shows
        }
        return Tongue(spoken, sheets, self._path)

    def _of_state(self, state: str, spoken: Language) -> dict[str, str]:
        """The texts of a state, and a mark for each value that it shows."""
        shows = (*self._shows[state], *_EVERYWHERE)
        texts = spoken.texts
        found = {
            "state": state,
            "head": _text(texts[state + "_head"]),
            "text": _text(texts[state + "_text"]),
            **_asked(texts, code=state in {"code", "miscoded"}),
            # By it one comes back who has waited for want of JavaScript.
            "more": "&amp;wait=1" if state == "work" else "",
            "check_label": _text(texts["rejoin" if state in OVER_AND_AGAIN else "check"]),
            "step_list": _steps(texts, STEPS.get(state, 0)),
        }
        for value in VALUES:
            shown = value in shows or value not in _LINES
            found["s_" + value] = f"\x00s_{value}\x00" if shown else ""
        for line, value in _LINES.items():
            found["h_" + line] = HIDDEN.decode()
            if line in shows:
                found["h_" + line] = f"\x00h_{value}\x00" if value else ""
        return found

    def _links(self, spoken: Language, languages: Sequence[Language]) -> str:
        links = "".join(
            f'<a lang="{one.code}" hreflang="{one.code}" dir="{one.direction}" '
            f'href="{self._path}?lang={one.code}\x00s_to_query\x00">{_text(one.name)}</a>'
            for one in languages
            if one is not spoken
        )
        label = html.escape(spoken.texts["languages"])
        return f'<nav aria-label="{label}">{links}</nav>' if links else ""

    def _words(self, spoken: Language, title: str) -> str:
        """What the script needs to say the same as we do."""
        states = [state for state in self._shows if state not in ANSWERED]
        keys = [*_SPOKEN, *(f"{state}_{part}" for state in states for part in ("head", "text"))]
        said = {
            "language": spoken.code,
            "path": self._path,
            "title": title,
            "digits": "" if spoken.digits == "0123456789" else spoken.digits,
            "thousands": spoken.thousands,
            "plural": spoken.rules,
            "months": spoken.months,
            "days": spoken.days,
            "shows": self._shows,
            "step": STEPS,
            "texts": {key: spoken.texts.get(key) or spoken.counted[key] for key in keys},
        }
        return in_script(json.dumps(said, ensure_ascii=False, separators=(",", ":")))


def in_script(text: str) -> str:
    """JSON that can stand in a script: no < in it opens or closes anything."""
    return text.replace("<", "\\u003c")


def _asked(texts: Mapping[str, str], *, code: bool) -> dict[str, str]:
    """The form that asks for a number, or for the code that was sent."""
    again = (
        f'<button name="again" value="1" formnovalidate>{_text(texts["another_number"])}</button>'
    )
    return {
        "said_name": "code" if code else "identity",
        "said_label": _text(texts["code" if code else "identity"]),
        "said_kind": "one-time-code" if code else "off",
        "said_button": _text(texts["confirm" if code else "join"]),
        "said_again": again if code else "",
    }


def _steps(texts: Mapping[str, str], current: int) -> str:
    marks = [
        f' class="{"done" if at < current else ""}" '
        f'aria-current="{"step" if at == current else "false"}"'
        for at in range(1, len(_STEPS) + 1)
    ]
    return "".join(
        f"<li{mark}>{_text(texts['step_' + name])}</li>"
        for mark, name in zip(marks, _STEPS, strict=True)
    )


def _text(said: str) -> str:
    return html.escape(said)


def _without_remarks(script: str) -> str:
    """The script without what is there for readers: it goes out each time."""
    lines = []
    remark = False
    for line in script.splitlines():
        text = line.strip()
        remark = remark or text.startswith("/*")
        if text and not remark:
            lines.append(text.partition("  // ")[0])
        if remark and text.endswith("*/"):
            remark = False
    return "\n".join(lines)
