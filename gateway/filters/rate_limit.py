"""Limit how fast one key may ask, or how often the platform may answer it in one way.

The law is that of its counters (state/gcra.py, state/sliding_window.py): in any span of time t a
key is granted at most burst + rate × t. What is refused spends nothing. All is dated by when the
request's head was complete. The verdicts, with `Retry-After` and the `RateLimit` fields
(draft-ietf-httpapi-ratelimit-headers-10), are built at load, one for each second to wait.

What only the answer shows (a failed login, a page that does not exist) is charged when the
platform's answer begins, and never for answers of our own; then the next request is refused.
Requests that are under way by then have passed: the counters hold at most a burst of debt for them.

A thousand citizens behind one carrier's address share its limit: `burst` and `rate` are to be set
for the largest such address, or the limit left in shadow until it is known (docs/operations.md).
"""

from typing import Final

from gateway.clock import SECOND
from gateway.filters.base import PassCheck, RateCounters, RequestKey
from gateway.filters.limit import Limit, Match
from gateway.request import Observer, Request
from gateway.verdict import Action, Verdict

_LONGEST: Final = 3600  # seconds to wait that have a verdict of their own
_SPREAD: Final = 0x9E37_79B9_7F4A_7C15  # of a status over a key's 64 bits; 2^64 / golden ratio
_WORD: Final = 0xFFFF_FFFF_FFFF_FFFF


class Costs:
    """What an exchange costs. `cost`, or that of the first of `requests` that fits; in the end, if
    the platform's status is in `answers`, what stands there.

    `counted`: only answers of these statuses are counted, and nothing before; empty: requests are.
    `apart`: each of them under a key of its own.
    """

    __slots__ = ("answers", "apart", "cost", "counted", "requests", "watches")

    def __init__(
        self,
        cost: int = 1,
        requests: tuple[tuple[Match, int], ...] = (),
        answers: dict[int, int] | None = None,
        counted: frozenset[int] = frozenset(),
        *,
        apart: bool = False,
    ) -> None:
        self.cost = cost
        self.requests = requests
        self.answers: dict[int, int] = answers or {}
        self.counted = counted
        self.apart = apart
        self.watches: bool = bool(self.answers or counted)

    def of(self, request: Request) -> int:
        for match, cost in self.requests:
            if match.fits(request):
                return cost
        return self.cost


class Receipt(Observer):
    """What a request has spent under `key`, kept until its answer is known."""

    __slots__ = ("_cost", "_key", "_limit")

    def __init__(self, limit: "RateLimit", key: int, cost: int) -> None:
        self._limit = limit
        self._key = key
        self._cost = cost

    def answered(self, request: Request, status: int) -> None:
        self._limit.settle(self._key, self._cost, status, request.now)


class RateLimit(Limit):
    """`burst` is what may come at once, `window` the seconds in which a spent burst is whole again.

    `action` is LIMIT, BLOCK or CHALLENGE. Who has passed a challenge, as `passes` knows, is not
    challenged, and spends nothing while above the limit.
    """

    def __init__(
        self,
        rule: str,
        counters: RateCounters,
        *,
        burst: int,
        window: int,
        key: RequestKey | None = None,
        match: Match | None = None,
        costs: Costs | None = None,
        action: Action = Action.LIMIT,
        passes: PassCheck | None = None,
        shadow: bool = False,
        fails_closed: bool = False,
    ) -> None:
        super().__init__(rule, key=key, match=match, shadow=shadow, fails_closed=fails_closed)
        self._counters = counters
        self._costs = costs
        self._passes = passes if action is Action.CHALLENGE else None
        self._verdicts = [
            Verdict(action, rule, seconds, _fields(rule, burst, window, seconds), shadow=shadow)
            for seconds in range(1, min(window, _LONGEST) + 2)
        ]
        if action is not Action.LIMIT:
            self._verdicts = [Verdict(action, rule, shadow=shadow)]

    def check(self, request: Request) -> Verdict | None:
        if self._key is not None or self._costs is not None:
            return super().check(request)
        # The plain limit of a client's requests: all that most requests ever meet.
        if self._match is not None and not self._match.fits(request):
            return None
        wait = self._counters.take(request.client.key, request.now)
        if wait == 0:
            return None
        return self._refuse(request, None, False, wait)

    def settle(self, key: int, paid: int, status: int, now: int) -> None:
        """The answer to a request that has `paid` is known."""
        costs = self._costs
        if costs is None:
            return
        if costs.counted and status not in costs.counted:
            return
        owed = costs.answers.get(status, costs.cost if costs.counted else paid)
        if costs.apart:
            key = _key_of_status(key, status)
        if owed > paid:
            self._counters.charge(key, owed - paid, now)
        elif owed < paid:
            self._counters.give_back(key, paid - owed, now)

    def _judge(self, request: Request, body: bytes | None, with_body: bool) -> Verdict | None:
        key = self._key_of(request, body)
        costs = self._costs
        if costs is None:
            wait = self._counters.take(key, request.now)
        else:
            cost = 0 if costs.counted else costs.of(request)
            wait = self._ask(costs, key, cost, request.now)
            if wait == 0 and costs.watches:
                request.watch(Receipt(self, key, cost))
        return None if wait == 0 else self._refuse(request, body, with_body, wait)

    def _ask(self, costs: Costs, key: int, cost: int, now: int) -> int:
        if costs.apart:
            waits = [
                self._counters.wait(_key_of_status(key, status), now) for status in costs.counted
            ]
            return max(waits)
        if cost == 0:  # it costs only by its answer: there must be room for one
            return self._counters.wait(key, now)
        return self._counters.take(key, now, cost)

    def _refuse(
        self, request: Request, body: bytes | None, with_body: bool, wait: int
    ) -> Verdict | None:
        if self._passes is not None and self._passes.valid(request):
            return None
        if self._peers:
            self._others_give_back(request, body, with_body)
        return self._verdicts[min((wait - 1) // SECOND, len(self._verdicts) - 1)]

    def _give_back(self, request: Request, body: bytes | None) -> None:
        costs = self._costs
        cost = 1
        if costs is not None:
            cost = 0 if costs.counted else costs.of(request)
        if cost:
            self._counters.give_back(self._key_of(request, body), cost, request.now)


def _key_of_status(key: int, status: int) -> int:
    return (key ^ (status * _SPREAD)) & _WORD


def _fields(rule: str, burst: int, window: int, seconds: int) -> bytes:
    return b'RateLimit-Policy: "%b";q=%d;w=%d\r\nRateLimit: "%b";r=0;t=%d\r\n' % (
        rule.encode(),
        burst,
        window,
        rule.encode(),
        seconds,
    )
