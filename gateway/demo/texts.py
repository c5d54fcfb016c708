"""What the site says, in Arabic and in English: one catalogue a language, with the same keys."""

import json
from datetime import date
from pathlib import Path
from typing import Final

# The first is what is spoken to those who ask for nothing we have.
LANGUAGES: Final = ("ar", "en")
DIRECTIONS: Final = {"ar": "rtl", "en": "ltr"}
_FOLDER: Final = Path(__file__).parent / "texts"


class Texts:
    """One language's texts; called with a key it answers the text."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.direction = DIRECTIONS[language]
        self.catalogue: dict[str, str] = json.loads(
            (_FOLDER / f"{language}.json").read_text("utf-8")
        )

    def __call__(self, key: str, **values: object) -> str:
        """Raises KeyError for a key that is in no catalogue: that is our mistake."""
        text = self.catalogue[key]
        return text.format(**values) if values else text

    def day(self, day: date) -> str:
        """The date in words, such as "Sunday 8 November 2026"."""
        weekday = self.catalogue[f"weekday.{day.weekday()}"]
        month = self.catalogue[f"month.{day.month}"]
        return f"{weekday} {day.day} {month} {day.year}"


TEXTS: Final = {language: Texts(language) for language in LANGUAGES}


def choose_language(asked: str | None, remembered: str | None, accepted: str | None) -> str:
    """What the address asks for, else what the cookie remembers, else what the browser accepts."""
    for language in (asked, remembered):
        if language in TEXTS:
            return language
    return _best_accepted(accepted or "")


def _best_accepted(header: str) -> str:
    """The language of Accept-Language with the highest weight (RFC 9110, 12.5.4)."""
    best, best_weight = LANGUAGES[0], 0.0
    for part in header.split(","):
        tag, _, weight_text = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(weight_text)
        if language in TEXTS and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
