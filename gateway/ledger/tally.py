"""Plain numbers of a worker about finished requests; the control process adds the workers up."""

from bisect import bisect_left
from typing import Final

from gateway.clock import SECOND
from gateway.http.exchange import Exchange
from gateway.verdict import Action

LATENCY_BOUNDS: Final[tuple[float, ...]] = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
LAG_BOUNDS: Final[tuple[float, ...]] = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Histogram:
    """Counts of values, in seconds, by upper bounds; the last count is of what lies beyond all."""

    __slots__ = ("_nanoseconds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._nanoseconds = [int(bound * SECOND) for bound in bounds]
        self.counts = [0] * (len(bounds) + 1)
        self.total: int = 0  # nanoseconds

    def add(self, nanoseconds: int) -> None:
        self.counts[bisect_left(self._nanoseconds, nanoseconds)] += 1
        self.total += nanoseconds


Outcome = tuple[str, str, str]


def outcome(exchange: Exchange) -> Outcome:
    """What became of a request: the decision's name, the filter and the rule behind it.

    forward | block, limit, … (a filter's action) | refuse (bytes, or a bound) | error (of the
    platform) | redirect | own (a path of ours).
    """
    decision = exchange.decision
    if exchange.failure is not None:
        return "error", "", exchange.failure.name
    if decision is not None and decision.verdict is not None:
        verdict = decision.verdict
        name = "forward" if verdict.action is Action.ALLOW else verdict.action.value
        return name, decision.filter, verdict.rule
    if exchange.fault is not None:
        return "refuse", "", exchange.fault.name
    if exchange.own:
        return "own", "", exchange.own
    return ("redirect" if exchange.redirected else "forward"), "", ""


class Tally:
    """Requests by outcome and status class, what shadowed filters would have done, times.

    Every label is a name out of the configuration or of a fixed list: clients cannot make it grow.
    """

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, str, str], int] = {}
        self.shadowed: dict[tuple[str, str], int] = {}
        self.total = Histogram(LATENCY_BOUNDS)
        self.platform = Histogram(LATENCY_BOUNDS)
        self.own = Histogram(LATENCY_BOUNDS)

    def add(self, exchange: Exchange, became: Outcome) -> None:
        """Count an exchange that became what `outcome` says."""
        key = (became[0], became[1], became[2], _CLASSES[exchange.status // 100])
        self.requests[key] = self.requests.get(key, 0) + 1
        if exchange.decision is not None:
            for name, verdict in exchange.decision.shadowed:
                shadow = (name, verdict.rule)
                self.shadowed[shadow] = self.shadowed.get(shadow, 0) + 1
        if exchange.answer_started:
            self.total.add(exchange.ended - exchange.started)
            self.platform.add(exchange.answer_started - exchange.handed_over)
            self.own.add(exchange.handed_over - exchange.started)


_CLASSES: Final = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
