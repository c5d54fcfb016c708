"""All connections of a worker: how many there may be, and what is over its time."""

from gateway.address import Address
from gateway.http.faults import CONNECTIONS, CONNECTIONS_PER_CLIENT, Fault
from gateway.http.plane import Plane
from gateway.http.upstream import Sink


class Connections:
    """Counts connections, in all and by client (the address' key).

    Beyond a bound a connection is told so, and lingers for two seconds; a sixteenth more than
    `bounds.connections` may be open for that. Beyond, they are closed unanswered (`full`).
    Memory: some 100 bytes for each client with an open connection.
    """

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._open: set[Sink] = set()
        self._by_client: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        most = self._plane.bounds.connections
        return len(self._open) > most + most // 16 + 16

    def opened(self, connection: Sink, peer: Address) -> Fault | None:
        """Count a new connection; what to tell it, if it is one too many."""
        self._plane.counts.accepted += 1
        self._open.add(connection)
        if len(self._open) > self._plane.bounds.connections:
            self._count(peer.key)
            return CONNECTIONS
        return self._count(peer.key)

    def renamed(self, old: Address, new: Address) -> Fault | None:
        """The connection is another client's than its socket said."""
        self._discount(old.key)
        return self._count(new.key)

    def closed(self, connection: Sink, peer: Address) -> None:
        if connection in self._open:
            self._open.discard(connection)
            self._discount(peer.key)

    def idle(self) -> int:
        """How many are between two requests."""
        return sum([not connection.in_exchange for connection in self._open])

    def sweep(self, now: int) -> None:
        """End what is over its time."""
        for connection in [c for c in self._open if 0 < c.deadline <= now]:
            connection.expired(now)

    def drain(self) -> None:
        """End what is between two requests; the others end with their answers."""
        for connection in list(self._open):
            connection.close_if_idle()

    def _count(self, key: int) -> Fault | None:
        count = self._by_client.get(key, 0) + 1
        self._by_client[key] = count
        return CONNECTIONS_PER_CLIENT if count > self._plane.bounds.connections_per_client else None

    def _discount(self, key: int) -> None:
        count = self._by_client.get(key, 0) - 1
        if count > 0:
            self._by_client[key] = count
        else:
            self._by_client.pop(key, None)
