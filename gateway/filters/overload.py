"""Who goes first while the platform cannot serve all, and who is turned away at once.

The law: nothing is looked at while nobody waits for the platform; then this is one comparison.
While some wait, requests are told apart by rank, and the queue before the backend serves higher
ranks first (http/queue.py). While every backend is pressed crawlers are turned away here, before
they take a place; while the queues are half full as well, so is what a page can do without. An
ordinary request never is: whether it is served the queue decides.

Ranks (request.py): CRAWLER by a word in the first 256 bytes of User-Agent, which is a courtesy to
those who name themselves and no defence; LESSER by path; ORDINARY; KNOWN by our device cookie, so
that in the first second of a flood, before its senders are blocked, those who came earlier go
before them; HOLDER, of a pass, is set by whoever checks passes, who is asked before (order.py), by
writing `request.rank`, and stays.

A carrier's thousand citizens lose nothing here by having one address: no rank knows addresses.
"""

from typing import Final

from gateway.filters.base import Filter
from gateway.pressure import LATEST, Pressure
from gateway.request import CRAWLER, KNOWN, LESSER, ORDINARY, Request
from gateway.verdict import Action, Verdict

_RULES: Final[dict[int, str]] = {CRAWLER: "crawler", LESSER: "lesser"}
_AGENT_BYTES: Final = 256


class Overload(Filter):
    """`crawlers` in lower case; `lesser` as paths are matched."""

    def __init__(
        self,
        pressure: Pressure,
        *,
        crawlers: tuple[bytes, ...] = (),
        lesser: tuple[str, ...] = (),
        shadow: bool = False,
    ) -> None:
        super().__init__("overload", shadow=shadow)
        self._pressure = pressure
        self._crawlers = crawlers
        self._lesser = lesser
        self._verdicts: dict[int, list[Verdict]] = {
            rank: [
                Verdict(Action.SHED, rule, seconds, b"", shadow=shadow)
                for seconds in range(LATEST + 1)
            ]
            for rank, rule in _RULES.items()
        }

    def check(self, request: Request) -> Verdict | None:
        pressure = self._pressure
        if pressure.waiting == 0:
            return None
        rank = request.rank
        if rank == ORDINARY:
            rank = self._rank(request)
            if not self.shadow:
                request.rank = rank
        if rank >= ORDINARY or pressure.pressed < pressure.backends:
            return None
        if rank == LESSER and pressure.waiting * 2 < pressure.room:
            return None
        if not self.shadow:
            pressure.turned_away += 1
        return self._verdicts[rank][pressure.retry_after()]

    def _rank(self, request: Request) -> int:
        if self._lesser and request.path.startswith(self._lesser):
            return LESSER
        agent = request.header(b"user-agent")
        if agent is not None:
            lowered = agent[:_AGENT_BYTES].lower()
            for word in self._crawlers:
                if word in lowered:
                    return CRAWLER
        return KNOWN if request.device else ORDINARY
