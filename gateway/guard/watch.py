"""What a worker sees of misbehaviour: each finished exchange, turned into strikes.

Fed in batches behind the path. What we refused for a block, a challenge, a waiting room or
maintenance is not looked at: a ban must not lead to the next ban. A limit that was exceeded is a
strike, because that was the client's doing; the platform's failures are nobody's strike.
"""

from collections.abc import Mapping
from typing import Final

from gateway.guard.facts import Facts
from gateway.guard.profiles import Profiles
from gateway.http.exchange import Exchange
from gateway.http.faults import BOUNDS
from gateway.http.plane import Recorder
from gateway.request import LOGIN_FAILED
from gateway.verdict import Action

_SLOW: Final = frozenset({"head-time", "body-rate"})
_NO_STRIKE: Final = frozenset(
    {"send-stall", "idle", "connections", "connections-per-client", "requests-per-connection"}
)
_STATUSES: Final = {401: "denied", 403: "denied", 404: "not_found", 410: "not_found"}
_ASKED_FOR: Final = frozenset({Action.LIMIT, Action.BLOCK, Action.DROP})
_BLOCKED: Final = "block"
_RULES: Final = "rules"
_LIMITS: Final = "rate-limit"


class Watch(Recorder):
    """Feeds `profiles` with strikes and good requests, `facts` with everything."""

    def __init__(self, profiles: Profiles, facts: Facts) -> None:
        self.profiles = profiles
        self.facts = facts
        self._weights: dict[str, float] = {}
        self._honeypots: tuple[str, ...] = ()
        self.strikes: dict[str, int] = {}  # how many, by kind

    def configure(self, weights: Mapping[str, float], honeypots: tuple[str, ...]) -> None:
        """`weights`: strikes by kind; `honeypots`: prefixes of paths."""
        self._weights = dict(weights)
        self._honeypots = honeypots

    def record(self, exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            self._see(exchange)

    def _see(self, exchange: Exchange) -> None:
        decision = exchange.decision
        if decision is not None and decision.filter == _BLOCKED:
            self.facts.see_refused(exchange)  # the cheapest: whoever floods us is here most of all
            return
        kind = self._kind(exchange)
        if kind == _NOTHING:
            self.facts.see(exchange, False)
            return
        new = False
        request = exchange.request
        device = 0 if request is None else request.device
        weight = self._weights.get(kind, 0.0) if kind else 0.0
        if weight > 0:
            self.strikes[kind] = self.strikes.get(kind, 0) + 1
            new = self.profiles.strike(
                exchange.client, device, kind, weight, exchange.ended, exchange.id
            )
        elif not kind:
            new = self.profiles.seen(exchange.client, device, exchange.ended)
        self.facts.see(exchange, new)

    def _kind(self, exchange: Exchange) -> str:
        """The kind of strike; "" for a good request, _NOTHING for what says nothing."""
        fault = exchange.fault
        if fault is not None:
            if fault.name in _NO_STRIKE or fault.status >= 500:
                return _NOTHING
            if fault.name in _SLOW:
                return "slow"
            return "oversized" if fault.name in BOUNDS else "malformed"
        decision = exchange.decision
        if decision is not None and decision.verdict is not None:
            action = decision.verdict.action
            if action is not Action.ALLOW:
                if action in _ASKED_FOR and decision.filter == _LIMITS:
                    return "limit"
                return "rule" if action in _ASKED_FOR and decision.filter == _RULES else _NOTHING
            return _NOTHING  # on the allow list: nothing it does counts
        if exchange.failure is not None or exchange.redirected or exchange.own:
            return _NOTHING
        request = exchange.request
        kind = _STATUSES.get(exchange.status, "")
        if request is not None and self._honeypots and request.path.startswith(self._honeypots):
            kind = "honeypot"
        if not kind and request is not None and request.login == LOGIN_FAILED:
            kind = "denied"  # the platform said so by a redirect, or by whatever the settings name
        if kind and request is not None and request.header(b"sec-fetch-site") == b"cross-site":
            return _NOTHING  # a page elsewhere made the visitor's browser ask for that
        return kind


_NOTHING: Final = "-"
