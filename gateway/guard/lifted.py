"""Who stands on a feed and was lifted all the same: held off until no feed lists it any more.

An operator lifts a block because it is wrong; that the feed is read again ten minutes later must
not undo it. To block somebody by hand ends it. Where several gateways share the state they share
this too, but each has its own readings: one whose feed never held an entry does not take it for
dropped. What nobody's reading held for `FORGOTTEN` is forgotten.
"""

from collections.abc import Iterable
from typing import Final

FORGOTTEN: Final = 30 * 86_400.0  # seconds
Whom = tuple[str, str]  # scope and key


class Lifted:
    """Times are seconds since 1970."""

    def __init__(self) -> None:
        self.since: dict[Whom, float] = {}
        self._listed: dict[str, set[Whom]] = {}  # by feed, of its last reading, of those above

    def __contains__(self, whom: Whom) -> bool:
        return whom in self.since

    def hold(self, whom: Whom, feeds: Iterable[str], since: float) -> None:
        """Lifted, and listed by these feeds just now."""
        self.since[whom] = since
        for name in feeds:
            self._listed.setdefault(name, set()).add(whom)

    def release(self, whom: Whom) -> bool:
        """The next reading counts again; whether it was held off."""
        for listed in self._listed.values():
            listed.discard(whom)
        return self.since.pop(whom, None) is not None

    def clear(self) -> None:
        """Forget who, but not what was read."""
        self.since.clear()

    def feeds(self, whom: Whom) -> list[str]:
        """Those that list it and are held off."""
        return sorted(name for name, listed in self._listed.items() if whom in listed)

    def read(self, name: str, listed: Iterable[Whom], now: float) -> list[Whom]:
        """A feed was read; who is released because none lists it any more."""
        before = self._listed.get(name, set())
        self._listed[name] = {whom for whom in listed if whom in self.since}
        gone = {
            whom
            for whom, since in self.since.items()
            if (whom in before or now - since >= FORGOTTEN) and not self.feeds(whom)
        }
        for whom in gone:
            del self.since[whom]
        return sorted(gone)
