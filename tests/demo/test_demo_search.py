"""The search, and what it takes for the same word."""

import pytest

from gateway.demo.fold import fold
from gateway.demo.search import search


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("إلغاء", "الغاء", id="alef with hamza below"),
        pytest.param("أحمد", "احمد", id="alef with hamza above"),
        pytest.param("آذار", "اذار", id="alef with madda"),
        pytest.param("ا\u0653ذار", "اذار", id="madda as a mark of its own"),
        pytest.param("مُحَمَّد", "محمد", id="diacritics"),
        pytest.param("حلـــب", "حلب", id="tatweel"),
        pytest.param("موسى", "موسي", id="alef maqsura"),
        pytest.param("اللاذقية", "اللاذقيه", id="ta marbuta"),
        pytest.param("ﻼ", "لا", id="a presentation form"),
        pytest.param("HOMS", "homs", id="case"),
        pytest.param("Alép", "alep", id="accents"),
    ],
)
def test_takes_spellings_for_the_same_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_keeps_different_words_apart() -> None:
    assert fold("حلب") != fold("حمص")


@pytest.mark.parametrize(
    ("query", "branches", "articles"),
    [
        pytest.param("دمشق", ["damascus"], [], id="a branch by its Arabic name"),
        pytest.param("aleppo", ["aleppo"], [], id="a branch by its English name"),
        pytest.param("الغاء المَوعد", [], ["cancel"], id="two words, spelled freely"),
        pytest.param("photo 5 mib", [], ["photo"], id="an article by its text"),
        pytest.param("photo aleppo", [], [], id="every word must occur"),
        pytest.param("", [], [], id="nothing asked"),
        pytest.param("ـَّ", [], [], id="only marks"),
        pytest.param("zzz", [], [], id="nothing found"),
    ],
)
def test_finds(query: str, branches: list[str], articles: list[str]) -> None:
    found = search(query)
    assert [branch.id for branch in found.branches] == branches
    assert [article.id for article in found.articles] == articles


async def test_the_page_shows_the_query_as_text(serve) -> None:
    client = await serve()
    answer = await client.get("/search", params={"q": '"><script>alert(1)</script>'})
    assert answer.status == 200
    page = await answer.text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


async def test_the_page_links_what_is_found(serve) -> None:
    client = await serve()
    page = await (await client.get("/search", params={"q": "الوثائق"})).text()
    assert 'href="/help/documents"' in page
