"""Read what a booking form says.

One table of checks serves the HTML form and the JSON. A national number is taken exactly as
written, eleven digits 0-9: spaces or other digits are a mistake, and not a second spelling of the
same person.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from gateway.demo.bookings import Wish
from gateway.demo.branches import BY_ID

FIELDS: Final = ("branch", "date", "full_name", "national_id", "phone")
# Longer than the longest name, and far from what would make a page heavy.
MAX_VALUE: Final = 200

_NATIONAL_ID: Final = re.compile(r"[0-9]{11}")
_PHONE: Final = re.compile(r"\+?[0-9]{7,15}")
_PHONE_GAPS: Final = str.maketrans("", "", " -()\u00a0\u200e\u202a\u202c")
_UNWRITABLE: Final = frozenset({"Cc", "Cs"})  # control characters, halves of surrogate pairs


class Mistakes(dict[str, str]):
    """The key of the message, by field."""


def read_wish(given: Mapping[str, object], days: Sequence[date]) -> Wish | Mistakes:
    """What is asked for, or every mistake at once."""
    values: dict[str, str] = {}
    mistakes = Mistakes()
    for field in FIELDS:
        text = text_of(given.get(field))
        if not text.strip():
            mistakes[field] = "error.missing"
        elif (value := _CHECKS[field](text)) is None:
            mistakes[field] = f"error.{field}"
        else:
            values[field] = value
    offered = {day.isoformat(): day for day in days}
    if "date" in values and values["date"] not in offered:
        mistakes["date"] = "error.date"
    if mistakes:
        return mistakes
    return Wish(
        branch=values["branch"],
        day=offered[values["date"]],
        full_name=values["full_name"],
        national_id=values["national_id"],
        phone=values["phone"],
    )


def text_of(value: object) -> str:
    """A text that can be stored and shown; all else (a file, a number) counts as nothing."""
    if not isinstance(value, str):
        return ""
    return value if not any(unicodedata.category(one) in _UNWRITABLE for one in value) else ""


def _branch(text: str) -> str | None:
    return text if text in BY_ID else None


def _name(text: str) -> str | None:
    """Any script; at least two words, for a given name and a family's."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    written = len(name) <= 100 and sum(one.isalpha() for one in name) >= 3
    return name if written and " " in name else None


def _national_id(text: str) -> str | None:
    return text if _NATIONAL_ID.fullmatch(text) else None


def _phone(text: str) -> str | None:
    digits = text.translate(_PHONE_GAPS)
    return digits if _PHONE.fullmatch(digits) else None


_CHECKS: Final[dict[str, Callable[[str], str | None]]] = {
    "branch": _branch,
    "date": str,
    "full_name": _name,
    "national_id": _national_id,
    "phone": _phone,
}
