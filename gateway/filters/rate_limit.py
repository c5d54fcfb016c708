"""Limit how fast one client may ask: the generic cell rate algorithm (ITU-T I.371, annex A).

The law: in any span of time t a key is granted at most burst + rate × t requests. What is refused
spends nothing. The verdicts, with `Retry-After` and the `RateLimit` fields (draft-ietf-httpapi-
ratelimit-headers-10), are built at load, one for each second that one may have to wait.

A thousand citizens behind one carrier's address share its limit: `burst` and `rate` are to be set
for the largest such address, or the limit left in shadow until it is known (docs/operations.md).
"""

from typing import Final

from gateway.clock import SECOND
from gateway.filters.base import Filter, RateCounters
from gateway.request import Request
from gateway.verdict import Action, Verdict

_LONGEST: Final = 3600  # seconds to wait that have a verdict of their own


class Match:
    """Which requests are counted: methods (empty: all) and prefixes of paths (empty: all)."""

    __slots__ = ("methods", "paths")

    def __init__(
        self, methods: frozenset[bytes] = frozenset(), paths: tuple[str, ...] = ()
    ) -> None:
        self.methods = methods
        self.paths = paths

    def fits(self, request: Request) -> bool:
        return (not self.methods or request.method in self.methods) and (
            not self.paths or request.path.startswith(self.paths)
        )


class RateLimit(Filter):
    """One limit: `rule` is its name, `burst` what may come at once, `window` the seconds in which
    a spent burst is whole again."""

    def __init__(
        self,
        rule: str,
        counters: RateCounters,
        *,
        burst: int,
        window: int,
        match: Match | None = None,
        shadow: bool = False,
        fails_closed: bool = False,
    ) -> None:
        super().__init__("rate-limit", shadow=shadow, fails_closed=fails_closed)
        self._counters = counters
        self._match = match
        self._verdicts = [
            Verdict(
                Action.LIMIT,
                rule,
                seconds,
                b'RateLimit-Policy: "%b";q=%d;w=%d\r\nRateLimit: "%b";r=0;t=%d\r\n'
                % (rule.encode(), burst, window, rule.encode(), seconds),
                shadow=shadow,
            )
            for seconds in range(1, min(window, _LONGEST) + 2)
        ]

    def check(self, request: Request) -> Verdict | None:
        if self._match is not None and not self._match.fits(request):
            return None
        wait = self._counters.take(request.client.key, request.now)
        if wait == 0:
            return None
        return self._verdicts[min((wait - 1) // SECOND, len(self._verdicts) - 1)]
