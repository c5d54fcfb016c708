"""The decision: filters asked in order, until one speaks.

Whoever says ALLOW ends the asking; a shadowed verdict is noted and passed over. A filter that
raises is passed over, or refuses, by its setting; it is counted, and told once a minute.
"""

import logging
from typing import Final

from gateway.address import Address
from gateway.clock import SECOND, Clock
from gateway.decider import Decider
from gateway.filters.base import AddressFilter, BodyFilter, Filter
from gateway.filters.order import in_order
from gateway.request import Request
from gateway.verdict import Action, Decision, Verdict

_log: Final = logging.getLogger("dawr.chain")
_TOLD_AGAIN: Final = 60 * SECOND
BROKEN: Final = "filter-error"  # the rule of a refusal because a filter raised
_REMEMBERED: Final = 16_384  # clients behind trusted hops; some 4 MiB


class Errors:
    """How often each filter raised, and when it was last told."""

    def __init__(self, clock: Clock) -> None:
        self.by_filter: dict[str, int] = {}
        self.count: int = 0
        self._clock = clock
        self._told: dict[str, int] = {}

    def note(self, kind: str) -> None:
        """To be called where the exception is being handled."""
        self.count += 1
        self.by_filter[kind] = self.by_filter.get(kind, 0) + 1
        now = self._clock.now()
        if now - self._told.get(kind, -_TOLD_AGAIN) >= _TOLD_AGAIN:
            self._told[kind] = now
            _log.exception("filter %s failed (%d times so far)", kind, self.by_filter[kind])


class Chain(Decider):
    """`filters` in any order; they are asked in that of filters/order.py."""

    def __init__(self, filters: list[Filter], errors: Errors) -> None:
        ordered = in_order(filters)
        self.filters = ordered
        self._of_address = [one for one in ordered if isinstance(one, AddressFilter)]
        self._of_request = [one for one in ordered if not isinstance(one, AddressFilter)]
        self._of_body = [one for one in ordered if isinstance(one, BodyFilter)]
        self._errors = errors
        self._broken: dict[str, Verdict] = {
            one.kind: Verdict(Action.BLOCK, BROKEN) for one in ordered if one.fails_closed
        }
        self._known: dict[int, Decision | None] = {}

    def admit(self, client: Address) -> Decision | None:
        if not self._of_address:
            return None
        # Not by key: a list may hold a single address of a /64.
        known = self._known.get(client.exact, _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        raised = self._errors.count
        decision = self._admit(client)
        if self._errors.count == raised:  # what a broken filter led to is not for long
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[client.exact] = decision
        return decision

    def _admit(self, client: Address) -> Decision | None:
        shadowed: list[tuple[str, Verdict]] = []
        for one in self._of_address:
            try:
                verdict = one.judge(client)
            except Exception:
                self._errors.note(one.kind)
                verdict = self._broken.get(one.kind)
            if verdict is None:
                continue
            if verdict.shadow or one.shadow:
                shadowed.append((one.kind, verdict))
            else:
                return Decision(one.kind, verdict, tuple(shadowed))
        return Decision("", None, tuple(shadowed)) if shadowed else None

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        shadowed: tuple[tuple[str, Verdict], ...] = () if standing is None else standing.shadowed
        for one in self._of_request:
            try:
                verdict = one.check(request)
            except Exception:
                self._errors.note(one.kind)
                verdict = self._broken.get(one.kind)
            if verdict is None:
                continue
            if verdict.shadow or one.shadow:
                shadowed = (*shadowed, (one.kind, verdict))
            else:
                return Decision(one.kind, verdict, shadowed)
        return Decision("", None, shadowed) if shadowed else None

    def wants_body(self, request: Request) -> int:
        most = 0
        for one in self._of_body:
            try:
                most = max(most, one.wants_body(request))
            except Exception:
                self._errors.note(one.kind)
        return most

    def decide_body(
        self, request: Request, body: bytes, whole: bool, decided: Decision | None
    ) -> Decision | None:
        shadowed: tuple[tuple[str, Verdict], ...] = () if decided is None else decided.shadowed
        for one in self._of_body:
            try:
                wanted = one.wants_body(request)
                verdict = None
                if wanted:
                    verdict = one.check_body(request, body[:wanted], whole and len(body) <= wanted)
            except Exception:
                self._errors.note(one.kind)
                verdict = self._broken.get(one.kind)
            if verdict is None:
                continue
            if verdict.shadow or one.shadow:
                shadowed = (*shadowed, (one.kind, verdict))
            else:
                return Decision(one.kind, verdict, shadowed)
        return Decision("", None, shadowed) if shadowed else None

    def answered(self, request: Request, status: int) -> None:
        for one in request.observers or ():
            try:
                one.answered(request, status)
            except Exception:
                self._errors.note("observer")

    def passed_by(self, request: Request, data: bytes, *, done: bool) -> None:
        tap = request.tap
        if tap is None:
            return
        try:
            tap.feed(data)
            if done:
                tap.end()
        except Exception:
            request.tap = None
            self._errors.note("observer")

    def ended(self, request: Request) -> None:
        for one in request.observers or ():
            try:
                one.ended(request)
            except Exception:
                self._errors.note("observer")

    def forget(self) -> None:
        self._known.clear()


_UNKNOWN: Final = Decision("", None)
