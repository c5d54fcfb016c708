"""What somebody may have meant to write."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean "…"?)`, or what there is; nothing where nothing is known."""
    names = list(known)
    close = difflib.get_close_matches(word, names, 1, 0.5)
    if close:
        return f' (did you mean "{close[0]}"?)'
    return f" (there are: {', '.join(sorted(names))})" if names else ""
