"""Limits out of settings, and their counters, which outlive a reload."""

from gateway.building.filters import paths
from gateway.clock import SECOND
from gateway.filters.rate_limit import Match, RateLimit
from gateway.settings.models import LimitModel, Settings
from gateway.state.gcra import Gcra


class Counters:
    """What outlives a reload: the counters of each limit, by its name."""

    def __init__(self) -> None:
        self.tables: dict[str, Gcra] = {}

    def of(self, limit: LimitModel, now: int) -> Gcra:
        """The counters of `limit`, with its present numbers; what was spent stays spent."""
        burst = burst_of(limit)
        table = self.tables.get(limit.name)
        if table is None:
            table = Gcra(events=limit.rate.events, per=limit.rate.per, burst=burst)
            self.tables[limit.name] = table
        else:
            table.configure(events=limit.rate.events, per=limit.rate.per, burst=burst, now=now)
        return table


def burst_of(limit: LimitModel) -> int:
    return limit.burst if limit.burst is not None else max(1, limit.rate.events)


def rate_limit(limit: LimitModel, table: Gcra, settings: Settings) -> RateLimit:
    burst = burst_of(limit)
    restored = burst * limit.rate.per / limit.rate.events / SECOND
    methods = frozenset(method.encode() for method in limit.match.methods)
    prefixes = paths(limit.match.paths, settings)
    return RateLimit(
        limit.name,
        table,
        burst=burst,
        window=max(1, round(restored)),
        match=Match(methods, prefixes) if methods or prefixes else None,
        shadow=limit.shadow,
        fails_closed=limit.on_error == "refuse",
    )
