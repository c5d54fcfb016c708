"""The help articles, as texts/articles.json has them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Article:
    """Texts are by language code; a blank line in `text` begins a paragraph."""

    id: str
    title: dict[str, str]
    text: dict[str, str]


ARTICLES: Final = tuple(
    Article(**fields)
    for fields in json.loads((Path(__file__).parent / "texts/articles.json").read_text("utf-8"))
)
BY_ID: Final = {article.id: article for article in ARTICLES}
