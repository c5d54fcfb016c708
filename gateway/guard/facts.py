"""What a worker counts of the whole site, for the guard's conclusions: fed behind the path.

Paths and queries are known by Python's own hash, which is another in each process: two workers may
count one of them twice, which only matters where there are few.

Everything a client can make grow is bounded: 2,000 targets a second (the rest are one), 512 heavy
clients, distinct clients and queries of 2,000 targets each, 32,768 visitors. At most some 6 MiB,
and of logins 1 MiB more.
"""

from collections.abc import Callable
from typing import Final, TypedDict

from gateway.address import Address
from gateway.clock import SECOND
from gateway.guard.logins import AccountFacts, LoginClient, Logins
from gateway.guard.waiters import Waiters
from gateway.http.exchange import Exchange
from gateway.state.distinct import DistinctBy
from gateway.state.heavy_hitters import HeavyHitters
from gateway.verdict import Action

TARGETS: Final = 2_000
VISITORS: Final = 32_768
NETWORKS: Final = 2_000
WINDOW: Final = 10 * SECOND
_HASH: Final = (1 << 60) - 1
_ROOM: Final = "room"  # the filter that sends people to wait
_ROOMS: Final = frozenset({"rooms", "draw"})  # and our own paths that they look at
_OTHERS: Final = "(others)"
_TOP: Final = 20
_CLIENTS: Final = 50
_KNOCKING: Final = 400
_PAGE: Final = 1
_ASSET: Final = 2
_SETTLED: Final = 3 * SECOND  # until a page's assets should have been asked for
_ASSETS: Final = frozenset(
    {"css", "js", "mjs", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "woff", "woff2",
     "ttf", "json", "map"}
)  # fmt: skip


Place = Callable[[Address], tuple[str, int]]  # country and AS number


class TargetFacts(TypedDict):
    """`clients` and `queries` are HyperLogLog registers of the last ten to twenty seconds;
    `visitors` came to it for a page, `without_assets` of them asked for nothing else."""

    requests: int
    clients: bytes
    queries: bytes
    visitors: int
    without_assets: int


class ClientFacts(TypedDict):
    requests: float
    errors: float
    error_targets: bytes
    faults: float


class SecondFacts(TypedDict):
    """Since the last time they were taken; `top_*` of the last seconds."""

    requests: int
    waiting: int  # requests of who waits in a room, which count as nothing else (waiters.py)
    refused: int
    new_clients: int
    answers: int
    client_errors: int
    server_errors: int
    latency: float  # seconds, of all answers together
    visitors: int
    without_assets: int
    knocking: dict[int, float]  # blocked addresses that go on, requests with a half-life of 5 s
    refused_by: dict[int, int]  # by AS number, where there is a database
    targets: dict[str, int]
    statuses: dict[int, int]
    logins: int
    login_failures: int
    login_accounts: bytes  # registers of those at which somebody failed
    top_targets: dict[str, TargetFacts]
    top_clients: dict[int, ClientFacts]
    top_logins: dict[int, LoginClient]  # of clients, by key
    top_accounts: dict[int, AccountFacts]


class _Visitor:
    __slots__ = ("asset", "at", "target")

    def __init__(self, at: int, target: str) -> None:
        self.at = at  # of its page
        self.target = target
        self.asset: bool = False


class Facts:
    """One worker's."""

    def __init__(self, *, seed: int) -> None:
        self._clients = HeavyHitters(512, half_life=5 * SECOND)
        self._errors = HeavyHitters(512, half_life=5 * SECOND)
        self._knocks = HeavyHitters(512, half_life=5 * SECOND)
        self._faults = HeavyHitters(512, half_life=5 * SECOND)
        self._target_clients = DistinctBy(TARGETS, span=WINDOW, seed=seed)
        self._target_queries = DistinctBy(TARGETS, span=WINDOW, seed=seed)
        self._error_targets = DistinctBy(TARGETS, span=WINDOW, seed=seed)
        self.logins = Logins(seed=seed)
        self._visitors: dict[int, _Visitor] = {}
        self._old_visitors: dict[int, _Visitor] = {}
        self._turned: int = 0
        self.place: Place | None = None
        self._waiters = Waiters()
        self._begin()

    def _begin(self) -> None:
        self.requests: int = 0
        self.waiting: int = 0
        self.refused: int = 0
        self.new_clients: int = 0
        self.answers: int = 0
        self.client_errors: int = 0
        self.server_errors: int = 0
        self.latency: int = 0
        self._refused_by: dict[int, int] = {}
        self._targets: dict[str, int] = {}
        self._statuses: dict[int, int] = {}

    def see_refused(self, exchange: Exchange) -> None:
        """A request of somebody who is blocked: nothing more is to be known of it."""
        self.requests += 1
        self._knocks.add(exchange.client.key, 1.0, exchange.ended)
        self._refused(exchange)

    def _refused(self, exchange: Exchange) -> None:
        self.refused += 1
        if self.place is not None:
            number = self.place(exchange.client)[1]
            count = self._refused_by.get(number, 0)
            if count or len(self._refused_by) < NETWORKS:
                self._refused_by[number] = count + 1

    def see(self, exchange: Exchange, new: bool) -> None:
        """`new`: its client was not known."""
        now = exchange.ended
        key = exchange.client.key
        request = exchange.request
        if (
            request is not None
            and _waits(exchange)
            and self._waiters.excused(request.device, request.device_since, now)
        ):
            self.waiting += 1
            return
        self.requests += 1
        self.new_clients += new
        self._clients.add(key, 1.0, now)
        status = exchange.status
        self._statuses[status] = self._statuses.get(status, 0) + 1
        if exchange.fault is not None:
            self._faults.add(key, 1.0, now)
        decision = exchange.decision
        verdict = None if decision is None else decision.verdict
        if verdict is not None and verdict.action is not Action.ALLOW:
            self._refused(exchange)
        if exchange.answer_started:
            self._answered(exchange, key, status, now)
        elif exchange.failure is not None:
            self.answers += 1
            self.server_errors += 1
        if exchange.request is not None:
            self._asked(exchange, key, now)

    def _answered(self, exchange: Exchange, key: int, status: int, now: int) -> None:
        self.answers += 1
        self.latency += exchange.answer_started - exchange.handed_over
        if status >= 500:
            self.server_errors += 1
        elif status >= 400:
            self.client_errors += 1
            self._errors.add(key, 1.0, now)
            request = exchange.request
            if request is not None:
                self._error_targets.add(key, hash(request.path) & _HASH, now)

    def _asked(self, exchange: Exchange, key: int, now: int) -> None:
        request = exchange.request
        if request is None:
            return
        path = request.path
        count = self._targets.get(path, 0)
        if count == 0 and len(self._targets) >= TARGETS:
            path = _OTHERS
            count = self._targets.get(path, 0)
        self._targets[path] = count + 1
        who = request.device or key
        if path is not _OTHERS:
            name = hash(path) & _HASH
            self._target_clients.add(name, who, now)
            if request.query:
                self._target_queries.add(name, hash(request.query) & _HASH, now)
        if exchange.answer_started:
            self.logins.see(request, key, exchange.status, now)
        if is_asset(path):
            visitor = self._visitors.get(who) or self._old_visitors.get(who)
            if visitor is not None:
                visitor.asset = True
        elif request.method == b"GET" and who not in self._visitors:
            self._visit(who, path, now)

    def _visit(self, who: int, path: str, now: int) -> None:
        if now - self._turned >= WINDOW or len(self._visitors) >= VISITORS // 2:
            self._old_visitors = self._visitors
            self._visitors = {}
            self._turned = now
        known = self._old_visitors.pop(who, None)
        self._visitors[who] = _Visitor(now, path) if known is None else known

    def take(self, now: int) -> SecondFacts:
        """All that was counted since the last time."""
        self._waiters.second()
        visits: dict[str, list[int]] = {}
        visitors = without = 0
        for generation in (self._visitors, self._old_visitors):
            for visitor in generation.values():
                if now - visitor.at < _SETTLED:
                    continue
                lone = 0 if visitor.asset else 1
                visitors += 1
                without += lone
                of_target = visits.setdefault(visitor.target, [0, 0])
                of_target[0] += 1
                of_target[1] += lone
        tried, failed = self.logins.take()
        told: SecondFacts = {
            "requests": self.requests,
            "waiting": self.waiting,
            "refused": self.refused,
            "new_clients": self.new_clients,
            "answers": self.answers,
            "client_errors": self.client_errors,
            "server_errors": self.server_errors,
            "latency": self.latency / SECOND,
            "visitors": visitors,
            "without_assets": without,
            "knocking": {int(k): n for k, n, _ in self._knocks.top(_KNOCKING, now)},
            "refused_by": self._refused_by,
            "targets": self._targets,
            "statuses": self._statuses,
            "logins": tried,
            "login_failures": failed,
            "login_accounts": self.logins.accounts(now),
            "top_targets": self._top_targets(visits, now),
            "top_clients": self._top_clients(now),
            "top_logins": self.logins.clients(now),
            "top_accounts": self.logins.top_accounts(now),
        }
        self._begin()
        return told

    def _top_targets(self, visits: dict[str, list[int]], now: int) -> dict[str, TargetFacts]:
        found: dict[str, TargetFacts] = {}
        order: Callable[[str], int] = self._targets.__getitem__
        for path in sorted(self._targets, key=order, reverse=True)[:_TOP]:
            name = hash(path) & _HASH
            seen = visits.get(path, [0, 0])
            found[path] = {
                "requests": self._targets[path],
                "clients": self._target_clients.export(name, now),
                "queries": self._target_queries.export(name, now),
                "visitors": seen[0],
                "without_assets": seen[1],
            }
        return found

    def _top_clients(self, now: int) -> dict[int, ClientFacts]:
        errors = {key: count for key, count, _ in self._errors.top(_CLIENTS, now)}
        faults = {key: count for key, count, _ in self._faults.top(_CLIENTS, now)}
        requests = {key: count for key, count, _ in self._clients.top(_CLIENTS, now)}
        return {
            int(key): {
                "requests": requests.get(key, errors.get(key, 0.0)),
                "errors": errors.get(key, 0.0),
                "error_targets": self._error_targets.export(key, now),
                "faults": faults.get(key, 0.0),
            }
            for key in {**requests, **errors, **faults}
            if isinstance(key, int)
        }


def _waits(exchange: Exchange) -> bool:
    """Whether it is a look at a waiting room, or was sent to one."""
    if exchange.own:
        return exchange.own in _ROOMS
    decision = exchange.decision
    return decision is not None and decision.filter == _ROOM and decision.verdict is not None


def is_asset(path: str) -> bool:
    """Whether a path is one of those that a browser fetches by itself for a page."""
    dot = path.rfind(".")
    return dot > path.rfind("/") and path[dot + 1 :].lower() in _ASSETS
