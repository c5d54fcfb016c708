"""A filter's verdict, and the chain's decision made of verdicts.

Verdicts are built when the configuration loads; on a request's path they are only passed around.
"""

from enum import Enum


class Action(Enum):
    """What is to become of a request."""

    ALLOW = "allow"  # forward it; no later filter is asked
    BLOCK = "block"  # 403
    LIMIT = "limit"  # 429
    WAIT = "wait"  # to the waiting room
    SHED = "shed"  # 503: the platform cannot serve all, and others go first
    CHALLENGE = "challenge"
    MAINTENANCE = "maintenance"  # 503, announced by the operator
    DROP = "drop"  # close without an answer
    DEFER = "defer"  # the filter must learn something first


class Verdict:
    """What one filter says of a request.

    `rule` names the entry in the configuration that spoke (a list's file, a limit's name).
    `retry_after_seconds` is 0 where coming back later does not help.
    `fields` are ready header lines for the answer, such as `RateLimit`.
    `code` is that of a block, by which staff find it; then `reason` is its kind, and `until` the
    monotonic nanoseconds at which it ends, 0 if by hand alone. Without a code, `reason` names an
    answer of its own, where there is one.
    `found_in` and `found`: the field in which a rule found something, and what, masked.
    """

    __slots__ = (
        "action",
        "code",
        "fields",
        "found",
        "found_in",
        "reason",
        "retry_after_seconds",
        "rule",
        "shadow",
        "until",
    )

    def __init__(
        self,
        action: Action,
        rule: str,
        retry_after_seconds: int = 0,
        fields: bytes = b"",
        *,
        shadow: bool = False,
        code: str = "",
        reason: str = "",
        until: int = 0,
        found_in: str = "",
        found: str = "",
    ) -> None:
        self.action = action
        self.rule = rule
        self.retry_after_seconds = retry_after_seconds
        self.fields = fields
        self.shadow = shadow
        self.code = code
        self.reason = reason
        self.until = until
        self.found_in = found_in
        self.found = found

    def __repr__(self) -> str:
        return f"Verdict({self.action.name}, {self.rule!r})"


class Decision:
    """What the chain decided: `verdict` of `filter`, and what shadowed filters would have done.

    `verdict` is None for a request that is forwarded although a shadowed filter spoke.
    """

    __slots__ = ("filter", "shadowed", "verdict")

    def __init__(
        self,
        filter: str,
        verdict: Verdict | None,
        shadowed: tuple[tuple[str, Verdict], ...] = (),
    ) -> None:
        self.filter = filter
        self.verdict = verdict
        self.shadowed = shadowed

    @property
    def action(self) -> Action:
        return Action.ALLOW if self.verdict is None else self.verdict.action

    def __repr__(self) -> str:
        return f"Decision({self.filter!r}, {self.verdict!r}, shadowed={self.shadowed!r})"
