"""Ask the rules of the ruleset: of the head, and where one of them reads bodies, of the body's
beginning before the platform gets any of it.

What the rules are is their own affair (gateway/rules/); this filter is handed an `Inspection`.
"""

from gateway.filters.base import BodyFilter, Inspection
from gateway.request import Request
from gateway.verdict import Verdict


class Rules(BodyFilter):
    def __init__(
        self, rules: Inspection, *, shadow: bool = False, fails_closed: bool = False
    ) -> None:
        super().__init__("rules", shadow=shadow, fails_closed=fails_closed)
        self._rules = rules

    def check(self, request: Request) -> Verdict | None:
        return self._rules.head(request)

    def wants_body(self, request: Request) -> int:
        return self._rules.wants_body(request)

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        return self._rules.body(request, body, whole)
