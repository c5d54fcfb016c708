"""Where a backend is, and how its connections are to be treated."""

import ssl

from gateway.clock import MILLISECOND, SECOND


class PoolSettings:
    """Bounds and times of each backend's pool; nanoseconds, 0 ejection_failures: never eject.

    `adaptive`: the number of requests under way is learnt, from `floor` to `connections`, and the
    queue kept short (`tolerance` in concurrency.py, `queue_target` in queue.py); `shadow`: learnt
    and told, but not done.
    """

    __slots__ = (
        "adaptive",
        "body_idle",
        "connect",
        "connections",
        "ejection_failures",
        "ejection_time",
        "first_byte",
        "floor",
        "pooled_idle",
        "queue_target",
        "response_header_bytes",
        "retries",
        "shadow",
        "tolerance",
        "waiting",
    )

    def __init__(
        self,
        *,
        connections: int = 256,
        waiting: int = 1024,
        pooled_idle: int = 30 * SECOND,
        connect: int = 2 * SECOND,
        first_byte: int = 30 * SECOND,
        body_idle: int = 60 * SECOND,
        ejection_failures: int = 5,
        ejection_time: int = 10 * SECOND,
        retries: bool = True,
        response_header_bytes: int = 64 * 1024,
        adaptive: bool = True,
        shadow: bool = False,
        floor: int = 4,
        tolerance: float = 1.5,
        queue_target: int = 100 * MILLISECOND,
    ) -> None:
        self.connections = connections
        self.waiting = waiting
        self.pooled_idle = pooled_idle
        self.connect = connect
        self.first_byte = first_byte
        self.body_idle = body_idle
        self.ejection_failures = ejection_failures
        self.ejection_time = ejection_time
        self.retries = retries
        self.response_header_bytes = response_header_bytes
        self.adaptive = adaptive
        self.shadow = shadow
        self.floor = floor
        self.tolerance = tolerance
        self.queue_target = queue_target


class Origin:
    """Where a backend is reached: a host and port, or the path of a Unix socket; TLS or not.

    `host` is what to send as Host, or b"" to keep the client's; `authority` stands in where an
    HTTP/1.0 client sent none.
    """

    __slots__ = ("address", "authority", "host", "path", "port", "server_name", "tls", "url")

    def __init__(
        self,
        url: str,
        *,
        address: str = "",
        port: int = 0,
        path: str = "",
        host: bytes = b"",
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
    ) -> None:
        self.url = url
        self.address = address
        self.port = port
        self.path = path
        self.host = host
        self.tls = tls
        self.server_name = server_name
        name = f"[{address}]" if ":" in address else address
        self.authority = f"{name}:{port}".encode() if address else b"localhost"
