"""The hard limits of the data plane."""

from gateway.clock import SECOND

_KIB = 1024


class Bounds:
    """Hard limits on what a client, or the platform, may make us hold; bytes and nanoseconds.

    What happens at each stands in `gateway.http.faults`, under the same name.
    """

    __slots__ = (
        "body_bytes",
        "body_grace",
        "body_rate",
        "connections",
        "connections_per_client",
        "head_time",
        "header_bytes",
        "header_count",
        "held_bodies",
        "idle",
        "requests_per_connection",
        "response_header_bytes",
        "send_stall",
        "target_bytes",
        "tunnel_idle",
    )

    def __init__(
        self,
        *,
        header_bytes: int = 32 * _KIB,
        header_count: int = 100,
        target_bytes: int = 8 * _KIB,
        body_bytes: int = 100 * _KIB * _KIB,
        head_time: int = 10 * SECOND,
        body_rate: int = _KIB,
        body_grace: int = 10 * SECOND,
        idle: int = 75 * SECOND,
        send_stall: int = 60 * SECOND,
        tunnel_idle: int = 600 * SECOND,
        requests_per_connection: int = 10_000,
        connections_per_client: int = 2_000,
        connections: int = 20_000,
        response_header_bytes: int = 64 * _KIB,
        held_bodies: int = 64 * _KIB * _KIB,
    ) -> None:
        self.header_bytes = header_bytes
        self.header_count = header_count
        self.target_bytes = target_bytes
        self.body_bytes = body_bytes
        self.head_time = head_time
        self.body_rate = body_rate  # bytes a second
        self.body_grace = body_grace
        self.idle = idle
        self.send_stall = send_stall
        self.tunnel_idle = tunnel_idle
        self.requests_per_connection = requests_per_connection
        self.connections_per_client = connections_per_client
        self.connections = connections
        self.response_header_bytes = response_header_bytes
        self.held_bodies = held_bodies  # in all, of bodies that a filter has to see first
