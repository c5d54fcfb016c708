"""What the connections of one listening address share."""

from gateway.http.connections import Connections
from gateway.http.plane import Plane


class Listener:
    """`tls`: it speaks TLS; `redirect_port`: it only sends to https on that port (0: it serves);
    `proxy_protocol`: each connection begins with the PROXY protocol's header."""

    __slots__ = ("connections", "plane", "proxy_protocol", "redirect_port", "tls")

    def __init__(self, plane: Plane, connections: Connections) -> None:
        self.plane = plane
        self.connections = connections
        self.configure()

    def configure(
        self, *, tls: bool = False, redirect_port: int = 0, proxy_protocol: bool = False
    ) -> None:
        """Other settings; connections that are open go on by the new ones."""
        self.tls: bool = tls
        self.redirect_port: int = redirect_port
        self.proxy_protocol: bool = proxy_protocol
