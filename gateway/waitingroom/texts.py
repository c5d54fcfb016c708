"""The languages of the waiting page, read and checked at load: no hole shows at the opening.

A language is a JSON file: its code, its name in itself, its direction, what stands between
thousands, how it counts, its months and days (Monday first), and the texts. Arabic and English lie
in pages/; the operator may give others of the same form, and own texts in place of single ones.

Some texts depend on how the room gives out its numbers, so that each is true where it is said: a
key that ends in `_queue` or `_always` takes the place of the plain one in such a room.

How a language counts: a list of [form, modulus, lowest, highest]; the first whose range holds the
number (or, where the modulus is not 0, its remainder) names the form; no line: "other". That is
enough for every language's whole numbers in Unicode's CLDR.
"""

import difflib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from gateway.errors import OperatorError

PROVIDED: Final = ("ar", "en")
OTHER: Final = "other"
_N: Final = ("n",)
_RANGE: Final = ("low", "high")
_MOST: Final = ("high",)
# Texts whose form depends on a number, and the marks each has to carry where it says the number.
COUNTED: Final[dict[str, tuple[str, ...]]] = {
    "people": _N,
    "seats": _N,
    "seconds": _N,
    "minutes": _N,
    "hours": _N,
    "days": _N,
    "minutes_range": _RANGE,
    "minutes_most": _MOST,
    "minutes_about": _MOST,
    "hours_range": _RANGE,
    "hours_most": _MOST,
    "hours_about": _MOST,
}
# Marks of all others; those that have none are not named here.
MARKED: Final[dict[str, tuple[str, ...]]] = {
    "at": ("at",),
    "at_next": ("at",),
    "date": ("day", "date", "month", "time"),
    "and": ("a", "b"),
    "within": ("span",),
    "entering": ("span",),
    "pause": ("span",),
    "checked": ("time",),
}
# How a room gives out numbers: by lot, in the order of coming once it has opened, or all the time.
DRAW: Final = "draw"
QUEUE: Final = "queue"
ALWAYS: Final = "always"
WAYS: Final = (DRAW, QUEUE, ALWAYS)
# What only a draw has is said as this, where a room that draws none should ever be in it.
_UNDRAWN: Final[dict[str, str]] = {"prequeue": "nonumber", "drawing": "nonumber"}
_MARK: Final = re.compile(r"\{([^{}]*)\}")
_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_KEYS: Final = ("language", "name", "direction", "thousands", "plural", "months", "days", "texts")
_MORE: Final = ("numerals",)
_LONGEST: Final = 1000  # characters of one text
_LATIN: Final = "0123456789"


class Language:
    """One that was checked. `rules`: (form, modulus, lowest, highest)."""

    def __init__(
        self, said: Mapping[str, Any], own: Mapping[str, Any], way: str, *, own_numerals: bool
    ) -> None:
        self.code: str = said["language"]
        self.name: str = said["name"]
        self.direction: str = said["direction"]
        numerals = said.get("numerals") if own_numerals else None
        self.digits: str = numerals["digits"] if numerals else _LATIN
        self.thousands: str = numerals["thousands"] if numerals else said["thousands"]
        self.rules: list[tuple[str, int, int, int]] = [
            (str(form), int(modulus), int(low), int(high))
            for form, modulus, low, high in said["plural"]
        ]
        self.months: list[str] = list(said["months"])
        self.days: list[str] = list(said["days"])
        texts = _of_way(said["texts"], own, way)
        self.texts: dict[str, str] = {k: v for k, v in texts.items() if k not in COUNTED}
        self.counted: dict[str, dict[str, str]] = {k: texts[k] for k in COUNTED}


def _of_way(ours: Mapping[str, Any], own: Mapping[str, Any], way: str) -> dict[str, Any]:
    """The texts of a room that gives its numbers out in that way; what the operator wrote, for the
    way or for all, goes before what we did."""
    found = {key: text for key, text in ours.items() if _way_of(key) == DRAW}
    if way != DRAW:
        for state, like in _UNDRAWN.items():
            found |= {f"{state}_{part}": ours[f"{like}_{part}"] for part in ("head", "text")}
    found |= {key.removesuffix(f"_{way}"): ours[key] for key in ours if _way_of(key) == way != DRAW}
    found |= {key: text for key, text in own.items() if _way_of(key) == DRAW}
    return found | {
        key.removesuffix(f"_{way}"): own[key] for key in own if _way_of(key) == way != DRAW
    }


def _way_of(key: str) -> str:
    return next((way for way in (QUEUE, ALWAYS) if key.endswith(f"_{way}")), DRAW)


def provided(code: str) -> str:
    """The file of a language that comes with us."""
    return (files("gateway.waitingroom") / "pages" / f"{code}.json").read_text("utf-8")


def load(
    text: str,
    where: str,
    own: Mapping[str, str | Mapping[str, str]] | None = None,
    digits: str = "latn",
    way: str = DRAW,
) -> Language:
    """The language that the file `text` holds; `where` it is, for messages. `own`: the operator's
    texts in place of the file's. `digits`: "latn", or "arab" for the language's own numerals.
    `way`: one of WAYS.

    Raises OperatorError with every fault that was found, one a line.
    """
    try:
        said = json.loads(text)
    except ValueError as fault:
        raise OperatorError(f"{where}: not JSON: {fault}") from None
    if not isinstance(said, dict):
        raise OperatorError(f"{where}: must be an object with the keys {', '.join(_KEYS)}")
    faults = [*_frame(said), *_rules(said.get("plural"))]
    if digits not in {"latn", "arab"}:
        faults.append(f'digits: "latn" or "arab", not {digits!r}')
    if not faults:
        forms = [*dict.fromkeys(rule[0] for rule in said["plural"]), OTHER]
        faults = _texts(said["texts"], forms, whole=True)
        if not faults and own:
            faults = [f"own texts: {one}" for one in _texts(own, forms, whole=False)]
    if faults:
        raise OperatorError("\n".join(f"{where}: {fault}" for fault in faults))
    return Language(said, own or {}, way, own_numerals=digits == "arab")


def _frame(said: Mapping[str, Any]) -> list[str]:
    """Faults in all but the texts and the plural's rules."""
    faults = [*_unknown(said, (*_KEYS, *_MORE))]
    faults += [f"{key}: is missing" for key in _KEYS if key not in said]
    code, name, direction = said.get("language"), said.get("name"), said.get("direction")
    if "language" in said and not (isinstance(code, str) and _CODE.fullmatch(code)):
        faults.append(f'language: a code like "ku" or "pt-BR" (BCP 47), not {code!r}')
    if "name" in said and not (isinstance(name, str) and 0 < len(name) <= 40):
        faults.append("name: what the language calls itself, of at most 40 characters")
    if "direction" in said and direction not in {"ltr", "rtl"}:
        faults.append(f'direction: "ltr" or "rtl", not {direction!r}')
    if "thousands" in said and not _short(said["thousands"]):
        faults.append('thousands: what stands between thousands, like "," (or "")')
    numerals = said.get("numerals")
    if numerals is not None and not (
        isinstance(numerals, dict)
        and set(numerals) == {"digits", "thousands"}
        and isinstance(numerals["digits"], str)
        and len(set(numerals["digits"])) == len(numerals["digits"]) == 10
        and _short(numerals["thousands"])
    ):
        faults.append('numerals: {"digits": ten different characters from nought, "thousands": …}')
    for key, count in (("months", 12), ("days", 7)):
        names = said.get(key)
        if key in said and not (
            isinstance(names, list)
            and len(names) == count
            and all(isinstance(one, str) and 0 < len(one) <= 40 for one in names)
        ):
            faults.append(f"{key}: a list of {count} names")
    if "texts" in said and not isinstance(said["texts"], dict):
        faults.append("texts: an object of texts by key")
    return faults


def _short(text: object) -> bool:
    return isinstance(text, str) and len(text) <= 2


def _rules(rules: object) -> list[str]:
    if rules is None:
        return []  # told as missing
    right = isinstance(rules, list) and all(
        isinstance(rule, list)
        and len(rule) == 4
        and isinstance(rule[0], str)
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in rule[1:])
        and rule[2] <= rule[3]
        for rule in rules
    )
    if right:
        return []
    return ['plural: a list of [form, modulus or 0, lowest, highest], like [["one", 0, 1, 1]]']


def _texts(texts: Mapping[str, object], forms: list[str], *, whole: bool) -> list[str]:
    known = _known()
    faults = _unknown(texts, known, "texts.")
    if whole:
        faults += [f"texts.{key}: is missing" for key in known if key not in texts]
    for key, text in texts.items():
        if key in COUNTED:
            faults += _counted(key, text, forms)
        elif key in known:
            faults += _plain(key, text, MARKED.get(key, ()))
    return faults


def _known() -> tuple[str, ...]:
    """Every key of a text, in the order of our own English file, which a test holds complete."""
    return tuple(json.loads(provided("en"))["texts"])


def _counted(key: str, text: object, forms: list[str]) -> list[str]:
    if not isinstance(text, Mapping):
        return [f"texts.{key}: a text for each of {', '.join(forms)}"]
    faults = [f'texts.{key}: the form "{form}" is missing' for form in forms if form not in text]
    faults += [
        f'texts.{key}: no form "{form}" in this language; it has {", ".join(forms)}'
        for form in text
        if form not in forms
    ]
    for form, one in text.items():
        # Languages may say "a minute" for one, and a word of their own for two.
        wanted = COUNTED[key] if form == OTHER else ()
        faults += _plain(f"{key}.{form}", one, COUNTED[key], wanted)
    return faults


def _plain(
    key: str, text: object, marks: tuple[str, ...], wanted: tuple[str, ...] | None = None
) -> list[str]:
    """`marks` it may carry; `wanted`: those it must (all, where not told)."""
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        return [f"texts.{key}: a text of 1 to {_LONGEST} characters"]
    found = _MARK.findall(text)
    allowed = ", ".join(f"{{{mark}}}" for mark in marks) or "none"
    faults = [
        f"texts.{key}: unknown mark {{{mark}}}; it may have: {allowed}"
        for mark in found
        if mark not in marks
    ]
    faults += [
        f"texts.{key}: the mark {{{mark}}} is missing"
        for mark in (marks if wanted is None else wanted)
        if mark not in found
    ]
    if "{" in _MARK.sub("", text) or "}" in _MARK.sub("", text):
        faults.append(f"texts.{key}: a brace that opens or closes no mark")
    if any(ord(one) < 0x20 for one in text):
        faults.append(f"texts.{key}: control characters (line breaks too) cannot stand in it")
    return faults


def _unknown(said: Mapping[str, object], known: tuple[str, ...], prefix: str = "") -> list[str]:
    faults = []
    for key in said:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            faults.append(f"{prefix}{key}: unknown key{hint}")
    return faults
