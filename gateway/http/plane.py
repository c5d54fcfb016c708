"""What all connections of a worker share. A reload swaps its parts; connections stay."""

from typing import Final

from mypy_extensions import mypyc_attr

from gateway.clock import Clock
from gateway.decider import Decider
from gateway.http.altcha import Spent
from gateway.http.bounds import Bounds
from gateway.http.challenge import NAME, Challenge
from gateway.http.client_address import ClientAddresses
from gateway.http.counts import Counts
from gateway.http.devices import Devices
from gateway.http.exchange import Exchange
from gateway.http.framing import Requests
from gateway.http.own import Desk, Own
from gateway.http.platform import Platform
from gateway.http.responses import Responses
from gateway.http.sessions import Sessions

_LOW: Final[list[bytes]] = [b"%03x" % number for number in range(4096)]
_BATCH = 64  # finished exchanges told at once: some 0.3 ms of work


@mypyc_attr(allow_interpreted_subclasses=True)
class Recorder:
    """Who is told what became of requests."""

    def record(self, exchanges: list[Exchange]) -> None:
        """Count and log finished exchanges, in the order they ended."""
        raise NotImplementedError


class Upgrades:
    """Which requests may switch protocols: paths by prefix, protocols in lower case."""

    __slots__ = ("paths", "protocols")

    def __init__(self, paths: tuple[str, ...] = (), protocols: tuple[bytes, ...] = ()) -> None:
        self.paths = paths
        self.protocols = protocols


class Plane:
    """The parts that connections ask. `epoch` counts the changes to who is let in.

    `own` answers for the paths of ours, by their first part; `devices` None: no device cookies;
    `challenge` None: nobody is challenged; `desk` None: nobody waits.
    """

    __slots__ = (
        "_done",
        "_high",
        "_ids",
        "_prefix",
        "_recorders",
        "bounds",
        "challenge",
        "clients",
        "clock",
        "counts",
        "decider",
        "desk",
        "devices",
        "draining",
        "epoch",
        "own",
        "platform",
        "requests",
        "responses",
        "sessions",
        "spent",
        "upgrades",
    )

    def __init__(self, clock: Clock, recorders: list[Recorder], id_prefix: bytes) -> None:
        self.clock = clock
        self.counts = Counts()
        self.draining: bool = False
        self.epoch: int = 0
        self.decider: Decider
        self.requests: Requests
        self.clients: ClientAddresses
        self.responses: Responses
        self.platform: Platform
        self.bounds: Bounds = Bounds()
        self.upgrades: Upgrades = Upgrades()
        self.devices: Devices | None = None
        self.own: dict[str, Own] = {}
        self._recorders = recorders
        self.challenge: Challenge | None = None
        self.desk: Desk | None = None
        self.sessions: list[Sessions] = []
        self.spent = Spent()  # outlives a reload, or all that was spent could be spent again
        self._done: list[Exchange] = []
        self._prefix = id_prefix
        self._ids: int = 0
        self._high: bytes = b""  # an id but for its last three digits

    def configure(
        self,
        *,
        decider: Decider,
        requests: Requests,
        clients: ClientAddresses,
        responses: Responses,
        platform: Platform,
        bounds: Bounds,
        upgrades: Upgrades,
        devices: Devices | None = None,
        own: dict[str, Own] | None = None,
        challenge: Challenge | None = None,
        desk: Desk | None = None,
        sessions: list[Sessions] | None = None,
    ) -> None:
        """Swap in a whole new set of parts, between two events and so at once."""
        self.decider = decider
        self.requests = requests
        self.clients = clients
        self.responses = responses
        self.platform = platform
        self.bounds = bounds
        self.upgrades = upgrades
        self.devices = devices
        self.own = own or {}
        if challenge is not None:
            self.own = {**self.own, NAME: challenge}
            if self.challenge is not None:
                challenge.under_attack = self.challenge.under_attack
        self.challenge = challenge
        self.desk = desk
        self.sessions = sessions or []
        if desk is not None:
            self.own = {**self.own, desk.name: desk}
        self.epoch += 1

    def admit_anew(self) -> None:
        """Whom the decider admits has changed: open connections ask again."""
        self.decider.forget()
        self.epoch += 1

    def next_id(self) -> bytes:
        """A new request id: the process' random prefix, and a number."""
        self._ids += 1
        low = self._ids & 0xFFF
        if low == 0 or not self._high:
            self._high = b"%b%05x" % (self._prefix, self._ids >> 12)
        return self._high + _LOW[low]

    def ended(self, exchange: Exchange) -> None:
        """An exchange is over: it is told with the next batch."""
        self._done.append(exchange)
        if len(self._done) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Tell what is over; called each tick."""
        if self._done:
            done = self._done
            self._done = []
            for recorder in self._recorders:
                recorder.record(done)
