"""One request and what became of it: what is logged, counted and explained."""

from gateway.address import Address
from gateway.http.faults import Fault
from gateway.request import Request
from gateway.verdict import Decision


class Failure:
    """Why the platform gave no answer: `name` for the log, `status` for the client.

    `retry_after` in seconds; 0: the usual ones, where there is a use in coming back.
    """

    __slots__ = ("counts", "name", "retry_after", "status")

    def __init__(
        self, name: str, status: int, *, counts: bool = True, retry_after: int = 0
    ) -> None:
        self.name = name
        self.status = status
        self.retry_after = retry_after
        self.counts = counts  # against the backend, towards its ejection


class Exchange:
    """A request, the decision on it, its answer and its times (monotonic nanoseconds, 0: never).

    `request` is None where nothing was parsed (a blocked connection, bytes that are no request);
    then `line` holds the beginning of what came. `status` 0: closed without an answer; 499: the
    client left before the answer was complete.
    """

    __slots__ = (
        "answer_started",
        "backend",
        "body_received",
        "body_sent",
        "client",
        "decision",
        "ended",
        "failure",
        "fault",
        "handed_over",
        "line",
        "own",
        "peer",
        "redirected",
        "request",
        "retries",
        "started",
        "status",
        "unread_id",
    )

    def __init__(self, peer: Address, started: int) -> None:
        self.peer = peer
        self.client = peer
        self.started = started  # the head was complete
        self.handed_over: int = 0  # a backend's connection had it
        self.answer_started: int = 0
        self.ended: int = 0
        self.request: Request | None = None
        self.line: bytes = b""
        self.unread_id: bytes = b""  # the request's id where there is no request
        self.decision: Decision | None = None
        self.fault: Fault | None = None
        self.failure: Failure | None = None
        self.redirected: bool = False
        self.own: str = ""  # the name of our own path that answered
        self.status: int = 0
        self.body_received: int = 0
        self.body_sent: int = 0
        self.backend: str = ""
        self.retries: int = 0

    @property
    def id(self) -> bytes:
        return self.unread_id if self.request is None else self.request.id
