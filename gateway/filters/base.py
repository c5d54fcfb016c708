"""What a filter is.

A filter decides synchronously, from memory, and keeps no reference to a request. It is handed its
settings and its counters when the configuration loads; it imports nothing of the gateway but the
vocabulary.
"""

from mypy_extensions import mypyc_attr

from gateway.address import Address
from gateway.request import Request
from gateway.verdict import Verdict


@mypyc_attr(allow_interpreted_subclasses=True)
class Filter:
    """Looks at a request and says what is to become of it, or nothing.

    `kind`: its place in the order, and its name in log and metrics.
    `shadow`: what it says is counted and logged, and not done.
    `fails_closed`: should it raise, the request is refused instead of passed on.
    """

    def __init__(self, kind: str, *, shadow: bool = False, fails_closed: bool = False) -> None:
        self.kind = kind
        self.shadow = shadow
        self.fails_closed = fails_closed

    def check(self, request: Request) -> Verdict | None:
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class AddressFilter(Filter):
    """A filter of the client's address alone: asked once a connection, before any parsing."""

    def judge(self, client: Address) -> Verdict | None:
        raise NotImplementedError

    def check(self, request: Request) -> Verdict | None:
        return self.judge(request.client)


@mypyc_attr(allow_interpreted_subclasses=True)
class BodyFilter(Filter):
    """A filter that may have to see the beginning of a body.

    `check` is asked first, as of every filter; where `wants_body` then says so, the body is held,
    and `check_body` is asked before the platform gets anything.
    """

    def wants_body(self, request: Request) -> int:
        """How many bytes are to be held, at most; 0: it need not see this body."""
        raise NotImplementedError

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        """`body` is all of it where `whole`, else its beginning: there is more than was asked for,
        or no room to hold it."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class RateCounters:
    """Counters of how much each key has spent, which a limit is handed.

    The law: in any span of time t a key is granted at most burst + rate × t. What is refused spends
    nothing. Costs are whole numbers, times monotonic nanoseconds.
    """

    def take(self, key: int, now: int, cost: int = 1) -> int:
        """Spend `cost` of what `key` may spend; 0, or the nanoseconds until it would be granted."""
        raise NotImplementedError

    def wait(self, key: int, now: int, cost: int = 1) -> int:
        """What `take` would say; nothing is spent."""
        raise NotImplementedError

    def charge(self, key: int, cost: int, now: int) -> None:
        """Spend what is already gone: never refused. At most a burst is owed; more is let go."""
        raise NotImplementedError

    def give_back(self, key: int, cost: int, taken: int) -> None:
        """What was taken at `taken` was not used. Whatever time has restored of it meanwhile, or
        others were already told of, is not given a second time."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class HeldCounters:
    """Counters of how many are under way, which a limit is handed."""

    def enter(self, key: int, now: int) -> bool:
        """Whether one more may be under way; then it is counted."""
        raise NotImplementedError

    def leave(self, key: int) -> None:
        """One that had entered is over."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class RequestKey:
    """Under which key a limit counts a request."""

    def wants_body(self, request: Request) -> int:
        """How many bytes of the body are to be held for `of`; 0: it says nothing to the key."""
        return 0

    def of(self, request: Request, body: bytes | None) -> int:
        """`body`: all of it, or None where it is not known."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class PassCheck:
    """Who has lately met a challenge; as it stands here, nobody."""

    def grade(self, request: Request) -> int:
        """0: no pass; 1: for having waited; 2: for having solved. One MAC, or a look-up."""
        return 0

    def valid(self, request: Request) -> bool:
        """Whether a challenge would ask again what was already met."""
        return self.grade(request) > 0


@mypyc_attr(allow_interpreted_subclasses=True)
class Inspection:
    """A ruleset, which a filter is handed. A verdict in shadow is reported, and lets pass."""

    def wants_body(self, request: Request) -> int:
        """How many bytes of the body are to be held for `body`; 0: none."""
        raise NotImplementedError

    def head(self, request: Request) -> Verdict | None:
        raise NotImplementedError

    def body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        """As of filters: `whole` where `body` is all of it."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Entrance:
    """A waiting room, as its filter sees it."""

    def guards(self, request: Request) -> bool:
        """Whether what is asked for lies behind it."""
        raise NotImplementedError

    def check(self, request: Request) -> Verdict | None:
        """None for who may go in; else the verdict that sends them to wait."""
        raise NotImplementedError

    def wants_body(self, request: Request) -> int:
        """As of filters, for who may go in."""
        return 0

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        """As of filters."""
        return None
