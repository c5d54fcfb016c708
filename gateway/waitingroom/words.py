"""Numbers, spans of time and dates in one language, as HTML.

Every number stands in a <bdi>, for it must not reorder the Arabic around it. Roundings are honest:
the lower end of a range is rounded down and the upper end up. pages/waiting.js says the same in the
browser; a test holds them together.
"""

import html
import re
from datetime import date
from typing import Final

from gateway.waitingroom.texts import OTHER, Language

_MARKS: Final = re.compile(r"\{(\w+)\}")
_ALONE: Final = frozenset({"n", "low", "high"})  # numbers, and not phrases: they are isolated
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY_MINUTES: Final = 1440
_DAY_HOURS: Final = 24
_FINE: Final = 600  # seconds; up to here a range is told by minutes, then by fives
_COARSE: Final = 7200  # from here by hours
_AT: Final = 16  # bytes of a date and time


class Phrase:
    """A text between whose pieces stand the values of its marks."""

    __slots__ = ("marks", "pieces")

    def __init__(self, text: str) -> None:
        parts = _MARKS.split(text)
        self.marks: list[str] = parts[1::2]
        pieces = [html.escape(part, quote=False) for part in parts[0::2]]
        for at in range(len(self.marks)):
            if self.marks[at] in _ALONE:
                pieces[at] += "<bdi>"
                pieces[at + 1] = "</bdi>" + pieces[at + 1]
        self.pieces: list[bytes] = [piece.encode() for piece in pieces]

    def one(self, value: bytes) -> bytes:
        """With the same value for each of its marks, however many there are."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return value.join(self.pieces)

    def two(self, name: str, first: bytes, second: bytes) -> bytes:
        """`first` for the marks of this name, `second` for all others."""
        said = self.pieces[0]
        for at in range(len(self.marks)):
            said += (first if self.marks[at] == name else second) + self.pieces[at + 1]
        return said


class Words:
    """What `language` calls things."""

    def __init__(self, language: Language) -> None:
        self._rules = language.rules
        self._comma: str = language.thousands
        self._own: list[bytes] = []
        if language.digits != "0123456789":
            self._own = [digit.encode() for digit in language.digits]
        self._counted: dict[str, dict[str, Phrase]] = {
            key: {form: Phrase(text) for form, text in forms.items()}
            for key, forms in language.counted.items()
        }
        self._and = Phrase(language.texts["and"])
        self._date: str = language.texts["date"]
        self._days: list[str] = language.days
        self._months: list[str] = language.months
        self._last_at: bytes = b""
        self._last_date: bytes = b""

    def number(self, number: int) -> bytes:
        """With its thousands apart."""
        if number < 1000:
            return self.numerals(b"%d" % number)
        text = f"{number:,}"
        if self._comma != ",":
            return self.numerals(text.encode().replace(b",", self._comma.encode()))
        return self.numerals(text.encode())

    def numerals(self, text: bytes) -> bytes:
        """`text` with its digits in this language's."""
        for digit in range(len(self._own)):
            text = text.replace(b"%d" % digit, self._own[digit])
        return text

    def form(self, number: int) -> str:
        """The plural form that goes with it."""
        for form, modulus, low, high in self._rules:
            if low <= (number % modulus if modulus else number) <= high:
                return form
        return OTHER

    def counted(self, key: str, number: int) -> bytes:
        """So many of them: `key` is people, seats, seconds, minutes, hours or days."""
        return self._counted[key][self.form(number)].one(self.number(number))

    def span(self, seconds: int) -> bytes:
        """A length of time in its two largest units, rounded up: nobody comes too early."""
        if seconds < _MINUTE:
            return self.counted("seconds", seconds)
        minutes = -(-seconds // _MINUTE)
        if minutes < _MINUTE:
            return self.counted("minutes", minutes)
        if minutes < _DAY_MINUTES:
            return self._both("hours", minutes // _MINUTE, "minutes", minutes % _MINUTE)
        hours = -(-seconds // _HOUR)
        return self._both("days", hours // _DAY_HOURS, "hours", hours % _DAY_HOURS)

    def time_left(self, seconds: int) -> bytes:
        """A time to do something in, rounded down to minutes where it has any."""
        return self.span(seconds if seconds < _MINUTE else seconds // _MINUTE * _MINUTE)

    def _both(self, large: str, many: int, small: str, few: int) -> bytes:
        first = self.counted(large, many)
        return self._and.two("a", first, self.counted(small, few)) if few else first

    def wait(self, low: int, high: int) -> bytes:
        """A range of waiting, of seconds."""
        if high > _COARSE:
            unit, step, name = _HOUR, 1, "hours"
        else:
            unit, step, name = _MINUTE, 1 if high <= _FINE else 5, "minutes"
        size = unit * step
        least = low // size * step
        most = max(1, -(-high // size) * step)
        forms = self._counted
        if least <= 0:
            return forms[name + "_most"][self.form(most)].one(self.number(most))
        if least >= most:
            return forms[name + "_about"][self.form(most)].one(self.number(most))
        phrase = forms[name + "_range"][self.form(most)]
        return phrase.two("low", self.number(least), self.number(most))

    def moment(self, at: bytes) -> bytes:
        """A local time like b"2026-11-25 08:00" as people say it; as it is, where it is no time."""
        if at != self._last_at:
            self._last_date = self._said(at)
            self._last_at = at
        return self._last_date

    def _said(self, at: bytes) -> bytes:
        text = at.decode("ascii", "replace")
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return html.escape(text, quote=False).encode()
        if len(at) != _AT:
            return html.escape(text, quote=False).encode()
        said = (
            self._date.replace("{day}", self._days[day.weekday()])
            .replace("{month}", self._months[day.month - 1])
            .replace("{date}", str(day.day))
            .replace("{time}", text[11:])
        )
        return self.numerals(html.escape(said, quote=False).encode())
