"""Limit how many requests of one key are under way at once: uploads, reports, long queries.

A request is under way from its decision until its exchange is over, however it ends; then its
place is free again, exactly once. Slow clients hold theirs for long: behind one carrier's address
that may be many people, so let the number fit them, or let the key be the device.
"""

from typing import Final

from gateway.filters.base import HeldCounters, PassCheck, RequestKey
from gateway.filters.limit import Limit, Match
from gateway.request import Observer, Request
from gateway.verdict import Action, Verdict

_RETRY_SECONDS: Final = 1  # nobody knows when another ends


class Place(Observer):
    """Held by a request until it is over."""

    __slots__ = ("_counters", "_held", "_key")

    def __init__(self, counters: HeldCounters, key: int) -> None:
        self._counters = counters
        self._key = key
        self._held: bool = True

    def ended(self, request: Request) -> None:
        if self._held:
            self._held = False
            self._counters.leave(self._key)


class ConcurrencyLimit(Limit):
    """As RateLimit, with `counters` of those under way."""

    def __init__(
        self,
        rule: str,
        counters: HeldCounters,
        *,
        key: RequestKey | None = None,
        match: Match | None = None,
        action: Action = Action.LIMIT,
        passes: PassCheck | None = None,
        shadow: bool = False,
        fails_closed: bool = False,
    ) -> None:
        super().__init__(rule, key=key, match=match, shadow=shadow, fails_closed=fails_closed)
        self._counters = counters
        self._passes = passes if action is Action.CHALLENGE else None
        seconds = _RETRY_SECONDS if action is Action.LIMIT else 0
        self._verdict = Verdict(action, rule, seconds, shadow=shadow)

    def _judge(self, request: Request, body: bytes | None, with_body: bool) -> Verdict | None:
        key = self._key_of(request, body)
        if self._counters.enter(key, request.now):
            request.watch(Place(self._counters, key))
            return None
        if self._passes is not None and self._passes.valid(request):
            return None
        self._others_give_back(request, body, with_body)
        return self._verdict
