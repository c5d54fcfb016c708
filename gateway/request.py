"""A request as the gateway understood it: what filters see, and nothing a socket is needed for."""

from typing import Final

from mypy_extensions import mypyc_attr

from gateway.address import NOWHERE, Address

OWN_PATHS: Final = "/.dawr/"  # what begins so is ours to answer, and never the platform's
NO_HEADERS: Final[list[tuple[bytes, bytes]]] = []
NO_BODY: Final = 0
SIZED: Final = 1
CHUNKED: Final = 2

# What is served first, and shed last, when the platform cannot serve all: the higher rank.
CRAWLER: Final = 0
LESSER: Final = 1  # what a page can do without for a while
ORDINARY: Final = 2
KNOWN: Final = 3  # with a device cookie of ours: whoever has been here before
HOLDER: Final = 4  # of a pass: whoever has been let in has waited already
RANKS: Final = 5
RANK_NAMES: Final[tuple[str, ...]] = ("crawler", "lesser", "ordinary", "known", "holder")

# Whether it is somebody signing in.
LOGIN_TRIED: Final = 1
LOGIN_FAILED: Final = 2


@mypyc_attr(allow_interpreted_subclasses=True)
class Observer:
    """Who let a request pass and wants to hear how it goes on."""

    def answered(self, request: "Request", status: int) -> None:
        """The platform's answer has begun; never called for an answer of our own."""

    def ended(self, request: "Request") -> None:
        """It is over, however it ended; called once."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Tap:
    """Reads the body of an answer as it goes by to the client; it can hold nothing back."""

    def feed(self, data: bytes) -> None:
        """The next bytes, without their framing."""

    def end(self) -> None:
        """That was all; not called where the answer broke off."""


class Request:
    """One request's head. Who received it sets `peer`, `client`, `now`, `id`, `secure`, `device`.

    method    as sent, b"GET"
    path      normalised, decoded, matched by every filter; folded where the settings say so
    target    what the platform is sent: the normalised path, percent-encoded, and the query
    query     raw, without the question mark
    headers   (name in lower case, value) in the order received
    pieces    header lines written anew, for the platform: end-to-end ones, without Host
    host      the Host field (or the authority of an absolute target), lower case, with its port
    peer      the socket's other end
    client    whom it is for: the peer, or whom trusted hops say
    now       monotonic nanoseconds at which the head was complete
    id        ours, or a trusted hop's
    secure    whether it reached us, or our trusted hop, over TLS
    body      NO_BODY, SIZED (content_length bytes) or CHUNKED
    device    the number in the client's device cookie, 0 without a valid one
    device_since  the minute since 1970 in which it got that cookie, or 0
    rank      CRAWLER, LESSER, ORDINARY, KNOWN or HOLDER; told apart while the platform is pressed
    login     0, LOGIN_TRIED, or LOGIN_FAILED once the platform has said so
    account   a keyed hash of the account that a login is for, 0 where it is not known
    redirected_to   the Location of the answer to a login, else b""
    fields    header lines of ours that go with the platform's answer
    observers who wants to hear how it goes on, or None
    answered  the headers of the platform's answer, once it has begun and there are observers
    tap       reads the answer's body; set by an observer when the answer has begun
    """

    __slots__ = (
        "account",
        "answered",
        "body",
        "client",
        "content_length",
        "device",
        "device_since",
        "expects_continue",
        "fields",
        "forwarded_host",
        "headers",
        "host",
        "id",
        "keep_alive",
        "login",
        "method",
        "minor",
        "now",
        "observers",
        "path",
        "peer",
        "pieces",
        "query",
        "rank",
        "redirected_to",
        "secure",
        "tap",
        "target",
        "upgrade",
    )

    def __init__(
        self,
        method: bytes,
        path: str,
        target: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        pieces: list[bytes],
        host: bytes,
        minor: int,
        body: int,
        content_length: int,
        keep_alive: bool,
        expects_continue: bool,
        upgrade: bytes,
    ) -> None:
        self.method = method
        self.path = path
        self.target = target
        self.query = query
        self.headers = headers
        self.pieces = pieces
        self.host = host
        self.minor = minor  # HTTP/1.minor
        self.body = body
        self.content_length = content_length
        self.keep_alive = keep_alive
        self.expects_continue = expects_continue
        self.upgrade = upgrade  # the protocol asked for, lower case, or b""
        self.peer: Address = NOWHERE
        self.client: Address = NOWHERE
        self.now: int = 0
        self.id: bytes = b""
        self.secure: bool = False
        self.forwarded_host: bytes = b""  # what a trusted hop was asked for, else b""
        self.device: int = 0
        self.device_since: int = 0
        self.rank: int = ORDINARY
        self.login: int = 0
        self.account: int = 0
        self.redirected_to: bytes = b""
        self.fields: bytes = b""
        self.observers: list[Observer] | None = None
        self.answered: list[tuple[bytes, bytes]] = NO_HEADERS
        self.tap: Tap | None = None

    def watch(self, observer: Observer) -> None:
        """Have `observer` told how the request goes on."""
        if self.observers is None:
            self.observers = [observer]
        else:
            self.observers.append(observer)

    def cookie(self, name: bytes) -> bytes | None:
        """The value of the first cookie of that name, without quotes around it."""
        wanted = name + b"="
        for own, value in self.headers:
            if own == b"cookie" and wanted in value:
                for pair in value.split(b";"):
                    pair = pair.strip()  # noqa: PLW2901 - the same pair
                    if pair.startswith(wanted):
                        return pair[len(wanted) :].strip(b'"')
        return None

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header, by its name in lower case."""
        for own, value in self.headers:
            if own == name:
                return value
        return None
