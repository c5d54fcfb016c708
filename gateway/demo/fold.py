"""Make Arabic spellings of one word equal, for the search.

Diacritics and tatweel go; the forms of alef become one, as do ya and alef maqsura, ha and ta
marbuta; Latin letters lose their case and accents.
"""

import unicodedata
from typing import Final

_TATWEEL: Final = "\u0640"
_UNIFIED: Final = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ة": "ه",
        "ؤ": "و",
        "ئ": "ي",
        _TATWEEL: None,
    }
)


def fold(text: str) -> str:
    """`text` as the search compares it."""
    # Hamza and madda above a letter are combining marks once taken apart; put them together first,
    # so that the table sees one letter.
    unified = unicodedata.normalize("NFKC", text).translate(_UNIFIED)
    apart = unicodedata.normalize("NFKD", unified.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The folded words of a query."""
    return fold(text).split()
