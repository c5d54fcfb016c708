"""The catalogues, the languages, and which of them a visitor gets."""

import re
from datetime import date
from pathlib import Path

import pytest

import gateway.demo
from gateway.demo.articles import ARTICLES
from gateway.demo.branches import BRANCHES
from gateway.demo.texts import LANGUAGES, TEXTS, choose_language

_TEMPLATES = Path(gateway.demo.__file__).parent / "templates"


def test_every_catalogue_has_the_same_keys() -> None:
    assert TEXTS["ar"].catalogue.keys() == TEXTS["en"].catalogue.keys()


def test_every_text_takes_the_same_values() -> None:
    def blanks(language: str) -> dict[str, set[str]]:
        catalogue = TEXTS[language].catalogue
        return {key: set(re.findall(r"\{\w*\}", text)) for key, text in catalogue.items()}

    assert blanks("ar") == blanks("en")


def test_no_text_is_empty() -> None:
    empty = [
        (language, key)
        for language in LANGUAGES
        for key, text in TEXTS[language].catalogue.items()
        if not text.strip()
    ]
    assert empty == []


def test_every_key_in_a_template_is_in_the_catalogues() -> None:
    used = {
        key
        for template in _TEMPLATES.glob("*.html")
        for key in re.findall(r"\bt\(\"([a-z0-9_.]+[a-z0-9_])\"", template.read_text("utf-8"))
    }
    assert len(used) > 40
    assert used <= TEXTS["ar"].catalogue.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_branches_and_articles_speak_every_language(language: str) -> None:
    assert all(branch.name[language] and branch.address[language] for branch in BRANCHES)
    assert all(article.title[language] and article.text[language] for article in ARTICLES)


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "expected"),
    [
        pytest.param(None, None, None, "ar", id="Arabic first"),
        pytest.param(None, None, "en-US,en;q=0.9", "en", id="what the browser accepts"),
        pytest.param(None, None, "ar;q=0.3,en;q=0.8", "en", id="the higher weight"),
        pytest.param(None, None, "fr,en;q=0.4,ar;q=0.4", "en", id="the first of equal weights"),
        pytest.param(None, None, "fr, de", "ar", id="none that we have"),
        pytest.param(None, None, "en;q=0", "ar", id="a weight of zero is a refusal"),
        pytest.param(None, None, "en;q=high,;;,", "ar", id="nonsense"),
        pytest.param(None, "en", "ar", "en", id="the cookie before the browser"),
        pytest.param("ar", "en", "en", "ar", id="the address before the cookie"),
        pytest.param("xx", "en", "ar", "en", id="a language we lack is not asked for"),
    ],
)
def test_chooses_the_language(
    asked: str | None, remembered: str | None, accepted: str | None, expected: str
) -> None:
    assert choose_language(asked, remembered, accepted) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ar", "الأحد 29 تشرين الثاني 2026"), ("en", "Sunday 29 November 2026")],
)
def test_says_a_date_in_words(language: str, expected: str) -> None:
    assert TEXTS[language].day(date(2026, 11, 29)) == expected
