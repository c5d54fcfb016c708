"""The listening sockets: one for each address and worker, held by the supervisor.

Each worker has a socket of its own (SO_REUSEPORT), so that the kernel spreads connections. The
supervisor keeps them open: when a worker dies, what waits in its queue waits for the next one.
"""

import socket
from typing import Final

from gateway.errors import OperatorError
from gateway.settings.network import Endpoint

_BACKLOG: Final = 4096  # the kernel caps it at net.core.somaxconn


class Listening:
    """The sockets of one address, by worker's number."""

    def __init__(self, endpoint: Endpoint, workers: int) -> None:
        self.endpoint = endpoint
        self._family, self._address = _resolved(endpoint)
        self._sockets: list[socket.socket] = []
        if self._address[1]:
            _refuse_shared(self._family, self._address, endpoint)
        self.resize(workers)

    @property
    def text(self) -> str:
        """HOST:PORT, with the port that port 0 became."""
        return str(Endpoint(host=self.endpoint.host, port=self._address[1]))

    def of(self, worker: int) -> socket.socket:
        return self._sockets[worker]

    def resize(self, workers: int) -> None:
        while len(self._sockets) < workers:
            sock = _open(self._family, self._address, self.endpoint, shared=True)
            self._address = sock.getsockname()
            self._sockets.append(sock)
        for sock in self._sockets[workers:]:
            sock.close()
        del self._sockets[workers:]

    def close(self) -> None:
        self.resize(0)


def open_alone(endpoint: Endpoint) -> socket.socket:
    """A listening socket that is nobody else's."""
    family, address = _resolved(endpoint)
    return _open(family, address, endpoint, shared=False)


def _resolved(endpoint: Endpoint) -> tuple[int, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(
            endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise OperatorError(f"listen: {endpoint}: the host is unknown: {error.strerror}") from None
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def _refuse_shared(family: int, address: tuple[str, int], endpoint: Endpoint) -> None:
    """SO_REUSEPORT would let two gateways of one user share an address, each unaware."""
    _open(family, address, endpoint, shared=False).close()


def _open(
    family: int, address: tuple[str, int], endpoint: Endpoint, *, shared: bool
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        hint = ""
        if isinstance(error, PermissionError):
            hint = "; ports below 1024 need CAP_NET_BIND_SERVICE (docs/operations.md)"
        raise OperatorError(f"cannot listen on {endpoint}: {error.strerror}{hint}") from None
    return sock
