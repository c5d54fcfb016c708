"""Limits out of settings, and their counters, which outlive a reload."""

from collections.abc import Callable

from gateway.address import Address
from gateway.building.filters import paths
from gateway.clock import SECOND
from gateway.filters import keys
from gateway.filters.base import BodyFilter, PassCheck, RequestKey
from gateway.filters.concurrency_limit import ConcurrencyLimit
from gateway.filters.limit import Field, Limit, Match
from gateway.filters.logins import Logins, Outcome
from gateway.filters.rate_limit import Costs, RateLimit
from gateway.settings.limits import CostModel, LimitModel, MatchModel, read_part
from gateway.settings.models import Settings
from gateway.settings.units import Rate
from gateway.state.concurrency import Concurrency
from gateway.state.exchange import Table
from gateway.state.gcra import Gcra
from gateway.state.sliding_window import SlidingWindow
from gateway.verdict import Action

PlaceOf = Callable[[Address], tuple[str, int]]
_ACTIONS = {
    "limit": Action.LIMIT,
    "challenge": Action.CHALLENGE,
    "block": Action.BLOCK,
    "log": Action.LIMIT,
}


class Counters:
    """What outlives a reload: the counters of each limit, by its name."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self._keys: dict[str, str] = {}

    def of(self, limit: LimitModel, now: int) -> Table:
        """The counters of `limit`, with its present numbers; what was spent stays spent.

        With another key or algorithm it is another limit, and begins with nothing spent.
        """
        spelt = _spelt(limit)
        table = self.tables.get(limit.name)
        if self._keys.get(limit.name) != spelt:
            table = None
        self._keys[limit.name] = spelt
        self.tables[limit.name] = made = _configured(table, limit, now)
        return made

    def keep_only(self, limits: list[LimitModel]) -> None:
        """Those of limits that are no more are dropped."""
        names = {limit.name for limit in limits}
        self.tables = {name: table for name, table in self.tables.items() if name in names}
        self._keys = {name: key for name, key in self._keys.items() if name in names}


def tighten(settings: Settings, counters: Counters, level: int, now: int) -> None:
    """The numbers of a level (0 calm, 1 elevated, 2 under attack); what was spent stays spent."""
    for limit in settings.limits:
        if limit.elevated is not None or limit.under_attack is not None:
            counters.of(limit.at_level(level), now)


def _spelt(limit: LimitModel) -> str:
    return " ".join(limit.key)


def _configured(table: Table | None, limit: LimitModel, now: int) -> Table:
    rate = limit.rate
    if rate is None:
        most = limit.concurrent or 1
        if isinstance(table, Concurrency):
            table.configure(most=most)
            return table
        return Concurrency(most=most)
    if limit.algorithm == "sliding_window":
        if isinstance(table, SlidingWindow):
            table.configure(events=rate.events, per=rate.per, now=now)
            return table
        return SlidingWindow(events=rate.events, per=rate.per)
    if isinstance(table, Gcra):
        table.configure(events=rate.events, per=rate.per, burst=limit.at_once, now=now)
        return table
    return Gcra(events=rate.events, per=rate.per, burst=limit.at_once)


def limits(
    settings: Settings, counters: Counters, passes: PassCheck, place: PlaceOf | None, now: int
) -> list[Limit]:
    """All limits in the order in which they are asked: those in shadow last, so that they see what
    the others let pass. Those by rules are not among them."""
    counters.keep_only(settings.limits)
    made = [
        _limit(limit, counters.of(limit, now), settings, passes, place)
        for limit in settings.limits
        if not limit.by_rules
    ]
    ordered = sorted(made, key=lambda one: one.shadow)
    for one in ordered:
        one.stand_among(ordered)
    return ordered


def limits_by_rules(
    settings: Settings, counters: Counters, passes: PassCheck, place: PlaceOf | None, now: int
) -> dict[str, BodyFilter]:
    """The limits that rules alone hand requests to, by name."""
    return {
        limit.name: _limit(limit, counters.of(limit, now), settings, passes, place)
        for limit in settings.limits
        if limit.by_rules
    }


def _limit(
    limit: LimitModel,
    table: Table,
    settings: Settings,
    passes: PassCheck,
    place: PlaceOf | None,
) -> Limit:
    match = _match(limit.match, settings)
    key = _key(limit, place)
    action = _ACTIONS[limit.action]
    fails_closed = limit.on_error == "refuse"
    if isinstance(table, Concurrency):
        return ConcurrencyLimit(
            limit.name,
            table,
            key=key,
            match=match,
            action=action,
            passes=passes,
            shadow=limit.shadowed,
            fails_closed=fails_closed,
        )
    return RateLimit(
        limit.name,
        table,
        burst=limit.at_once,
        window=_window(limit, limit.rate),
        key=key,
        match=match,
        costs=_costs(limit, settings),
        action=action,
        passes=passes,
        shadow=limit.shadowed,
        fails_closed=fails_closed,
    )


def logins(settings: Settings, secrets: list[bytes]) -> list[Logins]:
    """What tells logins, and the accounts they are for."""
    return [
        Logins(
            paths(one.paths, settings),
            keys.AccountKey(
                secrets[0], [_part(text, None) for text in one.account], body_bytes=one.body
            ),
            Outcome(
                frozenset(one.failed),
                frozenset(path.lower().rstrip("/") or "/" for path in one.back),
            ),
        )
        for one in settings.flood.logins
    ]


def _window(limit: LimitModel, rate: Rate | None) -> int:
    """Seconds in which a spent burst is whole again."""
    if rate is None:
        return 1
    if limit.algorithm == "sliding_window":
        return max(1, round(rate.per / SECOND))
    return max(1, round(limit.at_once * rate.per / rate.events / SECOND))


def _match(model: MatchModel | CostModel, settings: Settings) -> Match | None:
    methods = frozenset(method.encode() for method in model.methods)
    prefixes = paths(model.paths, settings)
    headers: tuple[Field, ...] = ()
    if isinstance(model, MatchModel):
        headers = tuple(_header(name, wanted) for name, wanted in model.headers.items())
    if not methods and not prefixes and not headers:
        return None
    return Match(methods, prefixes, headers)


def _header(name: str, wanted: bool | str) -> Field:
    if isinstance(wanted, bool):
        return name.encode(), None, wanted
    return name.encode(), wanted.encode(), True


def _costs(limit: LimitModel, settings: Settings) -> Costs | None:
    """None where each request costs one."""
    requests = tuple(
        (match, one.cost) for one in limit.costs if (match := _match(one, settings)) is not None
    )
    answers: dict[int, int] = {}
    for one in limit.costs:
        for status in one.status:
            answers.setdefault(status, one.cost)
    if not requests and not answers and not limit.match.status and limit.cost == 1:
        return None
    return Costs(
        limit.cost,
        requests,
        answers,
        frozenset(limit.match.status),
        apart="status" in limit.key,
    )


def _key(limit: LimitModel, place: PlaceOf | None) -> RequestKey | None:
    """None for the client's address alone: a number as it stands, never hashed."""
    if limit.key == ["client"]:
        return None
    parts = [_part(text, place) for text in limit.key if text != "status"]
    return keys.CompositeKey(f"{limit.name} {_spelt(limit)}", parts, body_bytes=limit.body)


def _part(text: str, place: PlaceOf | None) -> keys.KeyPart:
    read = read_part(text)
    place = place or _nowhere
    makers: dict[str, Callable[[], keys.KeyPart]] = {
        "client": keys.ClientPart,
        "prefix": lambda: keys.PrefixPart(read.four, read.six),
        "asn": lambda: keys.AsnPart(place),
        "country": lambda: keys.CountryPart(place),
        "device": keys.DevicePart,
        "path": keys.PathPart,
        "header": lambda: keys.HeaderPart(read.name.lower().encode()),
        "cookie": lambda: keys.CookiePart(read.name.encode()),
        "query": lambda: keys.QueryPart(read.name),
        "form": lambda: keys.FormPart(read.name),
        "json": lambda: keys.JsonPart(tuple(read.name.split("."))),
    }
    return makers[read.kind]()


def _nowhere(client: Address) -> tuple[str, int]:
    return "", 0
