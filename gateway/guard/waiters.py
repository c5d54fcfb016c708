"""Who waits in a waiting room, told from who floods its page: so that an opening is no alarm.

In a pre-queue thousands come to one page within a minute, are sent on, fetch nothing else and ask
again and again. To the site's signals that is a flood in every respect. But who waits keeps the
cookie that the page sets, and asks seldom. So each worker excuses

- of each device (its signed cookie has come back) `LOOKS` in ten to twenty seconds;
- requests without a cookie, as long as they are no more than devices account for that came for the
  first time, with a cookie of this minute or the last: `_EACH` for each, and `_FEW` a second for
  whoever reads without cookies. It is asked over the last ten seconds, once a second.

What is excused is counted as waiting, and as nothing else. What is not is traffic like any other:
a flood of the page without cookies, or with a copied one, is met a second or two after it begins.
Cookies that are fetched one by one and used as seldom as a person's cannot be told from people, and
cost no more than they.

Memory: the looks of 32,768 devices in ten seconds, and in those before, and as many devices that
were new in this minute and the last; some 10 MiB. Of more, looks are excused and none is new.
"""

from typing import Final

from gateway.clock import SECOND

LOOKS: Final = 16  # a page whose number is on the way looks each two seconds
DEVICES: Final = 32_768
_SPAN: Final = 10
_MINUTE: Final = 60
_EACH: Final = 2.0
_FEW: Final = 20


class Waiters:
    """One worker's."""

    def __init__(self) -> None:
        self._looks: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._turned: int = 0
        self._young: set[int] = set()
        self._old_young: set[int] = set()
        self._young_turned: int = 0
        self._minute: int = 0  # of the newest cookie
        self._new: int = 0  # requests without a cookie in this second
        self._first: int = 0  # devices that came for the first time in it
        self._past: list[tuple[int, int]] = []
        self.flooded: bool = False  # by requests without a cookie

    def excused(self, device: int, since: int, now: int) -> bool:
        """Whether a look is one of somebody who waits; `device` 0: without a cookie; `since`: the
        minute since 1970 in which it was given."""
        if not device:
            self._new += 1
            return not self.flooded
        if now - self._turned >= _SPAN * SECOND:
            self._old, self._looks, self._turned = self._looks, {}, now
        self._minute = max(self._minute, since)
        if since >= self._minute - 1:
            self._see_young(device, now)
        count = self._looks.get(device, 0)
        if not count and len(self._looks) >= DEVICES:
            return True
        self._looks[device] = count + 1
        return count + self._old.get(device, 0) < LOOKS

    def _see_young(self, device: int, now: int) -> None:
        if now - self._young_turned >= _MINUTE * SECOND:
            self._old_young, self._young, self._young_turned = self._young, set(), now
        if device in self._young or device in self._old_young or len(self._young) >= DEVICES:
            return
        self._young.add(device)
        self._first += 1

    def second(self) -> None:
        """Another second is over."""
        self._past.append((self._new, self._first))
        self._past = self._past[-_SPAN:]
        self._new = self._first = 0
        new = sum([one[0] for one in self._past])
        first = sum([one[1] for one in self._past])
        self.flooded = new > _EACH * first + _FEW * len(self._past)
