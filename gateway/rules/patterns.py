"""Many patterns over one text at once: RE2, in time linear in the text whatever stands in it.

A set that runs out of memory says of every text that nothing matches. So each set has one pattern
more, which matches everything: a search that does not find that one has failed, and is told as such
(`search` returns None). At load a set is tried on texts that use up its memory if anything does.
"""

import re
from typing import Final

import re2

MEMORY: Final = 64 << 20  # bytes of one set: its program, and what it remembers of texts
ONE_MEMORY: Final = 8 << 20  # of a single pattern
_FLAGS: Final = re.compile(r"(?<!\\)\(\?[a-zA-OQ-Z-]")
_BACK: Final = re.compile(r"\\[1-9]")
_TRIALS: Final = (
    b"",
    bytes(range(256)) * 8,
    b"select * from x where a='1' or 1=1 -- <script>alert(1)</script> ../../etc/passwd " * 50,
    "عبد الله — O'Brien, 14 شارع بغداد; ＜ſ＞ ".encode() * 50,
)


class PatternError(ValueError):
    """A pattern that RE2 refuses; the text says why."""


def _options(memory: int, *, case_sensitive: bool = False) -> "re2.Options":
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    options.dot_nl = True  # a line feed hides nothing
    options.case_sensitive = case_sensitive
    return options


def check(pattern: str) -> None:
    """Raises PatternError where `pattern` is none that can be used."""
    try:
        re2.compile(pattern, _options(ONE_MEMORY))
    except re2.error as error:
        raise PatternError(_reason(error, pattern)) from None
    if _FLAGS.search(pattern):
        raise PatternError("flags such as (?i) cannot be used: write case_sensitive: true, or [Aa]")
    if "\\A" in pattern or "\\z" in pattern or "\\C" in pattern:
        raise PatternError("\\A, \\z and \\C cannot be used: write ^ and $")


class Pattern:
    """One pattern, searched in one text."""

    __slots__ = ("_search",)

    def __init__(self, pattern: str, *, case_sensitive: bool = False) -> None:
        check(pattern)
        compiled = re2.compile(pattern, _options(ONE_MEMORY, case_sensitive=case_sensitive))
        self._search = compiled.search

    def matches(self, text: str) -> bool:
        return self._search(text) is not None

    def found(self, text: str) -> tuple[int, int] | None:
        """Where it first matches."""
        match = self._search(text)
        return None if match is None else match.span()


class PatternSet:
    """`patterns`, without regard to case, each line of a text for itself (`^` and `$` are a line's
    ends): what matches a line matches the text. Raises PatternError if they do not fit in MEMORY.
    """

    def __init__(self, patterns: list[str]) -> None:
        self.size = len(patterns)
        self._set = re2.Set.SearchSet(_options(MEMORY))
        for pattern in patterns:
            self._set.Add(f"(?m:{pattern})")
        self._set.Add("")
        if not self._compiles() or any(self.search(text) is None for text in _TRIALS):
            raise PatternError(
                f"these {self.size} patterns together need more than {MEMORY >> 20} MiB: make "
                "them shorter, above all counted repetitions such as .{1,200}"
            )

    def _compiles(self) -> bool:
        try:
            self._set.Compile()
        except re2.error:
            return False
        return True

    def search(self, text: bytes) -> list[int] | None:
        """The numbers of those that match somewhere in `text`; None: the search failed."""
        found: list[int] | None = self._set.Match(text)
        if not found:
            return None
        if len(found) == 1:
            return _NOTHING if found[0] == self.size else None
        if self.size not in found:
            return None
        return sorted(number for number in found if number != self.size)


_NOTHING: Final[list[int]] = []


def _reason(error: Exception, pattern: str) -> str:
    told = error.args[0] if error.args else "it is wrong"
    text = told.decode() if isinstance(told, bytes) else str(told)
    hint = ""
    if "(?" in text or "perl operator" in text:
        hint = "; RE2 has no look-ahead or look-behind: use `all` with `not` instead"
    elif _BACK.search(pattern):
        hint = "; RE2 has no back-references"
    return f"RE2 refuses {pattern!r}: {text}{hint}"
