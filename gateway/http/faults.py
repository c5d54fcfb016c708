"""What can be wrong with the bytes of a message: one named value each, with the answer it gets.

`name` is what is logged and counted; `status` the answer to a client, where 0 means none: the
connection is closed. The same faults in the platform's answers are all a 502 to the client.
"""

from typing import Final


class Fault:
    """A named way to be wrong. `hint` tells an engineer what was found, in one sentence."""

    __slots__ = ("hint", "name", "status")

    def __init__(self, name: str, status: int, hint: str) -> None:
        self.name = name
        self.status = status
        self.hint = hint

    def __repr__(self) -> str:
        return f"Fault({self.name!r}, {self.status})"


REQUEST_LINE: Final = Fault(
    "request-line", 400, "The request line is not METHOD SP TARGET SP VERSION."
)
METHOD: Final = Fault("method", 400, "The method is not a word in upper case.")
METHOD_REFUSED: Final = Fault("method-refused", 405, "CONNECT, TRACE and PRI are not served.")
VERSION: Final = Fault("version", 505, "Only HTTP/1.0 and HTTP/1.1 are served.")
TARGET: Final = Fault("target", 400, "The target is not a path, or holds bytes no target may hold.")
TARGET_AMBIGUOUS: Final = Fault(
    "target-ambiguous", 400, "The path can be decoded in two ways, or climbs above the root."
)
TARGET_LONG: Final = Fault("target-bytes", 414, "The target is longer than bounds.target_bytes.")
HOST_MISSING: Final = Fault("host-missing", 400, "An HTTP/1.1 request must carry one Host.")
HOST: Final = Fault("host", 400, "Host is given twice, or is no host name with an optional port.")
HOST_DISAGREES: Final = Fault("host-disagrees", 400, "The absolute target and Host disagree.")
LINE_END: Final = Fault("line-end", 400, "A line ends in, or holds, a bare CR or LF.")
CONTROL_BYTE: Final = Fault("control-byte", 400, "A header holds NUL or another control byte.")
FOLDED: Final = Fault("folded-line", 400, "A header line is folded (obsolete in RFC 9112, 5.2).")
FIELD_NAME: Final = Fault("field-name", 400, "A header's name is empty or not a token.")
UNDERSCORE: Final = Fault("underscore", 400, "A header's name holds an underscore.")
REPEATED: Final = Fault("repeated-field", 400, "A header that may stand once stands twice.")
LENGTH: Final = Fault("content-length", 400, "Content-Length is not one plain decimal number.")
LENGTH_AND_CHUNKED: Final = Fault(
    "length-and-chunked", 400, "Content-Length and Transfer-Encoding in one message."
)
CODING: Final = Fault("transfer-encoding", 400, "Transfer-Encoding is not chunked, once.")
CODING_IN_1_0: Final = Fault("coding-in-1.0", 400, "Transfer-Encoding in an HTTP/1.0 message.")
NOMINATED: Final = Fault(
    "nominated-field", 400, "Connection names a header that is not the connection's to drop."
)
CHUNK: Final = Fault("chunk", 400, "A chunk's size line or its end is malformed.")
TRAILER: Final = Fault("trailer", 400, "A trailer field is malformed.")
EXPECT: Final = Fault("expect", 417, "Expect is something else than 100-continue.")
HEADER_BYTES: Final = Fault("header-bytes", 431, "The head is larger than bounds.header_bytes.")
HEADER_COUNT: Final = Fault("header-count", 431, "There are more than bounds.header_count headers.")
BODY_BYTES: Final = Fault("body-bytes", 413, "The body is larger than bounds.body_bytes.")
HEAD_TIME: Final = Fault("head-time", 408, "The head was not complete within bounds.head_time.")
BODY_RATE: Final = Fault("body-rate", 408, "The body came slower than bounds.body_rate.")
IDLE: Final = Fault("idle", 0, "The connection was idle for bounds.idle.")
SEND_STALL: Final = Fault("send-stall", 0, "The client read nothing for bounds.send_stall.")
CONNECTIONS: Final = Fault("connections", 503, "There are bounds.connections connections.")
CONNECTIONS_PER_CLIENT: Final = Fault(
    "connections-per-client", 429, "The client has bounds.connections_per_client connections."
)
REQUESTS_PER_CONNECTION: Final = Fault(
    "requests-per-connection", 0, "The connection has served bounds.requests_per_connection."
)
HELD_BODIES: Final = Fault(
    "held-bodies", 0, "Filters hold bounds.held_bodies; this body is decided on by its beginning."
)
PROXY_HEADER: Final = Fault("proxy-protocol", 0, "The PROXY protocol header is wrong or missing.")
# What the platform's answers can be wrong in beside the above; all are 502.
STATUS_LINE: Final = Fault("status-line", 502, "The platform's status line is malformed.")
UNASKED: Final = Fault("unasked-answer", 502, "The platform answered what nobody asked.")
EARLY_END: Final = Fault("early-end", 502, "The platform closed in the middle of its answer.")

BOUNDS: Final = frozenset(
    fault.name
    for fault in (
        TARGET_LONG,
        HEADER_BYTES,
        HEADER_COUNT,
        BODY_BYTES,
        HEAD_TIME,
        BODY_RATE,
        IDLE,
        SEND_STALL,
        CONNECTIONS,
        CONNECTIONS_PER_CLIENT,
        REQUESTS_PER_CONNECTION,
        HELD_BODIES,
    )
)
