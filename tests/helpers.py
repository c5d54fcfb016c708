"""What tests are made of: a clock that is advanced, requests as values, sockets that only remember.

A `Scene` is the data plane with both ends in the test's hands: clients that send what the test
says, a platform that answers what the test says, and nothing in between but the code under test.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import h11

from gateway.address import Address, parse_address
from gateway.clock import SECOND, Clock
from gateway.decider import Decider
from gateway.http.backend import Backend
from gateway.http.bounds import Bounds
from gateway.http.challenge import Challenge
from gateway.http.client_address import ClientAddresses
from gateway.http.connections import Connections
from gateway.http.devices import Devices
from gateway.http.downstream import Downstream
from gateway.http.exchange import Exchange
from gateway.http.framing import Answers, Requests
from gateway.http.listener import Listener
from gateway.http.origin import Origin, PoolSettings
from gateway.http.own import Own
from gateway.http.plane import Plane, Recorder, Upgrades
from gateway.http.platform import Platform
from gateway.http.responses import Responses
from gateway.http.target import Targets
from gateway.http.upstream import Upstream
from gateway.prefixes import PrefixTable, parse_network
from gateway.request import NO_BODY, Request
from gateway.verdict import Action, Decision, Verdict

CLIENT = "198.51.100.7"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_RESPONSES = Responses()


class FakeClock(Clock):
    """Stands still until it is told to go on."""

    def __init__(self, now: int = 1_000 * SECOND, wall: float = 1_800_000_000.0) -> None:
        self._now = now
        self._wall = wall

    def advance(self, seconds: float) -> None:
        self._now += round(seconds * SECOND)
        self._wall += seconds

    def now(self) -> int:
        return self._now

    def wall(self) -> float:
        return self._wall


def address(text: str) -> Address:
    found = parse_address(text)
    assert found is not None, text
    return found


def a_request(
    *,
    method: str = "GET",
    path: str = "/",
    client: str = CLIENT,
    headers: Iterable[tuple[bytes, bytes]] = (),
    now: int = 1_000 * SECOND,
    query: bytes = b"",
    host: bytes = b"a.example",
    minor: int = 1,
) -> Request:
    """A request that was read and let in."""
    target = path.encode() + (b"?" + query if query else b"")
    request = Request(
        method.encode(),
        path,
        target,
        query,
        list(headers),
        [],
        host,
        minor,
        NO_BODY,
        -1,
        True,
        False,
        b"",
    )
    request.peer = request.client = address(client)
    request.now = now
    request.id = b"request-1"
    return request


def networks(*texts: str) -> PrefixTable[bool]:
    return PrefixTable((parse_network(text), True) for text in texts)


def a_refusal(action: Action = Action.BLOCK, rule: str = "rule", **more: Any) -> Verdict:
    return Verdict(action, rule, **more)


class FakeTransport(asyncio.Transport):
    """Remembers what was written; `clogged`: its peer does not read."""

    def __init__(self, peer: object = None) -> None:
        super().__init__()
        self.peer = peer
        self.protocol: Any = None
        self.written = bytearray()
        self.clogged = False
        self.reading = True
        self.eof_sent = False
        self.aborted = False
        self.lost = False
        self._closing = False
        self._stalled = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.peer if name == "peername" else default

    def write(self, data: bytes) -> None:  # type: ignore[override]
        if self.lost or self.aborted:
            return
        assert not self.eof_sent, "written behind the end"
        self.written += data
        if self.clogged and data and not self._stalled:
            self._stalled = True
            self.protocol.pause_writing()

    def unclog(self) -> None:
        self.clogged = False
        if self._stalled:
            self._stalled = False
            self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return 1 if self._stalled else 0

    def write_eof(self) -> None:
        self.eof_sent = True

    def can_write_eof(self) -> bool:
        return True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = self.aborted = True

    def lose(self, error: Exception | None = None) -> None:
        """The connection is no more."""
        if not self.lost:
            self._closing = self.lost = True
            self.protocol.connection_lost(error)

    @property
    def ended(self) -> bool:
        """Whether our side has said its last word."""
        return self._closing or self.eof_sent


class Heard(Recorder):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchanges: list[Exchange]) -> None:
        self.exchanges += exchanges


class FakeDecider(Decider):
    """Says what it is told to say."""

    def __init__(
        self, *, standing: Decision | None = None, decision: Decision | None = None
    ) -> None:
        self.standing = standing
        self.decision = decision
        self.admitted: list[str] = []
        self.decided: list[Request] = []

    def admit(self, client: Address) -> Decision | None:
        self.admitted.append(client.text)
        return self.standing

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        self.decided.append(request)
        return self.decision


class Client:
    """One connection of a client."""

    def __init__(self, scene: "Scene", peer: str) -> None:
        self.scene = scene
        self.transport = FakeTransport((peer, 40_000))
        self.protocol = Downstream(scene.listener)
        self.transport.protocol = self.protocol
        self.protocol.connection_made(self.transport)
        scene.run()

    def send(self, data: bytes) -> "Client":
        """Send `data` as one piece, and let everybody react."""
        if data and not self.transport.is_closing():
            self.protocol.data_received(data)
        self.scene.run()
        return self

    def send_by_byte(self, data: bytes) -> "Client":
        for at in range(len(data)):
            self.send(data[at : at + 1])
        return self

    def finish(self) -> None:
        """Say that nothing more will come (FIN)."""
        if not self.protocol.eof_received():
            self.transport.close()
        self.scene.run()

    def leave(self) -> None:
        """Reset the connection."""
        self.transport.lose(ConnectionResetError())
        self.scene.run()

    @property
    def sent(self) -> bytes:
        """All that was written to the client."""
        return bytes(self.transport.written)

    @property
    def statuses(self) -> list[int]:
        """The statuses of the answers, as h11 reads them when all requests were GET."""
        return [status for status, _, _ in read_answers(self.sent)]

    @property
    def closed(self) -> bool:
        return self.transport.ended


class PlatformEnd:
    """The platform's end of one connection."""

    def __init__(self, scene: "Scene", backend: Backend) -> None:
        self.scene = scene
        self.backend = backend
        self.transport = FakeTransport()
        self.protocol = Upstream(backend)
        self.transport.protocol = self.protocol
        self.protocol.connection_made(self.transport)

    def send(self, data: bytes) -> "PlatformEnd":
        if data and not self.transport.is_closing():
            self.protocol.data_received(data)
        self.scene.run()
        return self

    def send_by_byte(self, data: bytes) -> "PlatformEnd":
        for at in range(len(data)):
            self.send(data[at : at + 1])
        return self

    def finish(self) -> None:
        """FIN, as asyncio tells it."""
        if not self.transport.is_closing():
            self.protocol.eof_received()
            self.transport.lose()
        self.scene.run()

    def reset(self) -> None:
        self.transport.lose(ConnectionResetError())
        self.scene.run()

    @property
    def got(self) -> bytes:
        """All that reached the platform on this connection."""
        return bytes(self.transport.written)

    @property
    def closed(self) -> bool:
        return self.transport.is_closing()


class Scene:
    """A listener, its plane and a platform. `platform`: the platform's ends, as they were made.

    `dials` False: connections stay dialled until `connect` or `refuse`.
    """

    def __init__(
        self,
        *,
        decider: Decider | None = None,
        bounds: Bounds | None = None,
        trusted: Iterable[str] = (),
        underscore: str = "drop",
        upgrades: Upgrades | None = None,
        pool: PoolSettings | None = None,
        backends: int = 1,
        host: bytes = b"",
        retries: bool = True,
        dials: bool = True,
        devices: Devices | None = None,
        own: dict[str, Own] | None = None,
        challenge: Challenge | None = None,
        **listening: Any,
    ) -> None:
        self.clock = FakeClock()
        self.heard = Heard()
        self.plane = Plane(self.clock, [self.heard], b"test")
        self.decider = decider or FakeDecider()
        self.dials = dials
        self.devices = devices
        self.own = own
        self.challenge = challenge
        self.platform: list[PlatformEnd] = []
        self.dialled: list[Backend] = []
        self.clients: list[Client] = []
        settings = pool or PoolSettings()
        self.backends = [
            Backend(
                Origin(f"http://10.0.0.{n}:8000", address=f"10.0.0.{n}", port=8000, host=host),
                settings,
                self.clock,
                Answers(),
                self.plane.counts,
                self.dialled.append,
            )
            for n in range(1, backends + 1)
        ]
        self.bounds = bounds or Bounds()
        self.requests = Requests(
            Targets(),
            target_bytes=self.bounds.target_bytes,
            header_count=self.bounds.header_count,
            underscore=underscore,
        )
        self.trusted = networks(*trusted)
        self.upgrades = upgrades or Upgrades()
        self.shared = Platform(self.backends, self.clock, least_outstanding=False, retries=retries)
        self.configure()
        self.connections = Connections(self.plane)
        self.listener = Listener(self.plane, self.connections)
        self.listener.configure(**listening)

    def configure(self) -> None:
        """Swap in the parts as they now are: what a reload does."""
        self.plane.configure(
            decider=self.decider,
            requests=self.requests,
            clients=ClientAddresses(self.trusted),
            responses=_RESPONSES,
            platform=self.shared,
            bounds=self.bounds,
            upgrades=self.upgrades,
            devices=self.devices,
            own=self.own,
            challenge=self.challenge,
        )

    def client(self, peer: str = CLIENT) -> Client:
        one = Client(self, peer)
        self.clients.append(one)
        return one

    def run(self) -> None:
        """Connect what is dialled, tell who closed that it is closed, until nothing happens."""
        busy = True
        while busy:
            busy = False
            while self.dials and self.dialled:
                self.connect()
                busy = True
            for end in [*self.clients, *self.platform]:
                transport = end.transport
                if transport.is_closing() and not transport.lost:
                    transport.lose()
                    busy = True

    def connect(self) -> PlatformEnd:
        """The oldest connection that is dialled is made."""
        backend = self.dialled.pop(0)
        end = PlatformEnd(self, backend)
        self.platform.append(end)
        backend.connected(end.protocol)
        return end

    def refuse(self) -> None:
        """The oldest connection that is dialled is refused."""
        self.dialled.pop(0).unreachable()
        self.run()

    def advance(self, seconds: float) -> None:
        """Let time go by, and end what is over its time."""
        self.clock.advance(seconds)
        now = self.clock.now()
        self.connections.sweep(now)
        self.shared.sweep(now)
        self.run()

    @property
    def ended(self) -> list[Exchange]:
        """The exchanges that are over."""
        self.plane.flush()
        return self.heard.exchanges

    @property
    def faults(self) -> list[str]:
        """The faults and bounds that were counted, by name."""
        counts = self.plane.counts
        return sorted([*counts.faults, *counts.bounds])

    @property
    def forwarded(self) -> bytes:
        """All that reached the platform, on all its connections."""
        return b"".join(end.got for end in self.platform)


Read = tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes]


def read_requests(data: bytes) -> list[Read]:
    """The complete requests in `data`, as h11 reads them: method, target, headers, body.

    Raises h11.RemoteProtocolError where it finds none of its own.
    """
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    found: list[Read] = []
    head: h11.Request | None = None
    body = b""
    while True:
        event = server.next_event()
        if isinstance(event, h11.Request):
            head, body = event, b""
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = [(bytes(name), bytes(value)) for name, value in head.headers]
            found.append((bytes(head.method), bytes(head.target), headers, body))
            server.send(h11.Response(status_code=200, headers=[(b"content-length", b"0")]))
            server.send(h11.EndOfMessage())
            if server.our_state is not h11.DONE or server.their_state is not h11.DONE:
                return found
            server.start_next_cycle()
        else:
            return found


def read_answers(
    data: bytes, *, method: bytes = b"GET", ended: bool = True
) -> list[tuple[int, list[tuple[bytes, bytes]], bytes]]:
    """The complete final answers in `data` to requests of `method`, as h11 reads them."""
    found: list[tuple[int, list[tuple[bytes, bytes]], bytes]] = []
    while data:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method=method, target=b"/", headers=[(b"host", b"a")]))
        client.send(h11.EndOfMessage())
        client.receive_data(data)
        if ended:
            client.receive_data(b"")
        body = b""
        while True:
            event = client.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
                headers = [(bytes(name), bytes(value)) for name, value in event.headers]
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                found.append((status, headers, body))
                break
            elif event is h11.NEED_DATA:
                return found
        data = client.trailing_data[0]
    return found
