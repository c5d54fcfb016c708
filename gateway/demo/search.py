"""Search the branches and the help articles, in both languages at once.

Every word of the query must occur, in any order; Arabic is compared as fold.py tells.
"""

from dataclasses import dataclass
from typing import Final

from gateway.demo.articles import ARTICLES, Article
from gateway.demo.branches import BRANCHES, Branch
from gateway.demo.fold import fold, words

# Longer than any question; what is beyond it is not looked at.
MAX_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    branches: list[Branch]
    articles: list[Article]


def search(query: str) -> Found:
    """What carries every word of `query`; nothing for a query without words."""
    wanted = words(query[:MAX_QUERY])
    if not wanted:
        return Found([], [])
    return Found(
        [branch for branch, text in _BRANCH_TEXTS if all(word in text for word in wanted)],
        [article for article, text in _ARTICLE_TEXTS if all(word in text for word in wanted)],
    )


def _folded(*texts: dict[str, str]) -> str:
    return fold(" ".join(text for by_language in texts for text in by_language.values()))


_BRANCH_TEXTS: Final = [(one, _folded(one.name, one.address)) for one in BRANCHES]
_ARTICLE_TEXTS: Final = [(one, _folded(one.title, one.text)) for one in ARTICLES]
