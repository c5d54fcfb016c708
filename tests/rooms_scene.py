"""A room with its desk, in a worker's memory: told what the test says, asked what the test asks."""

from pathlib import Path

from helpers import FakeClock, a_request

from gateway.filters.flood import FloodState
from gateway.filters.room import RoomFilter
from gateway.http.altcha import Spent
from gateway.http.devices import Devices
from gateway.http.own import OwnAnswer
from gateway.request import Request
from gateway.state.batch import Batch, Learned
from gateway.verdict import Verdict
from gateway.waitingroom.answers import Answers
from gateway.waitingroom.desk import WaitingDesk
from gateway.waitingroom.door import Door
from gateway.waitingroom.groups import Groups
from gateway.waitingroom.guarded import Guarded
from gateway.waitingroom.identity import Identities
from gateway.waitingroom.page import WaitingPage
from gateway.waitingroom.place import Place
from gateway.waitingroom.price import Price
from gateway.waitingroom.ranks import Ranks, records_of, write_ranks
from gateway.waitingroom.room import Room
from gateway.waitingroom.share import Shares
from gateway.waitingroom.tickets import RoomPasses, Tickets, public_hash
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import OPEN, PREQUEUE

KEYS = [b"k" * 32]
OPENING = "2026-11-29"
WALL = 1_800_000_000.0
GROUPS = Groups(Shares([], {}, {}), KEYS[0], "passports", lambda _: 0)


class House:
    """`told` is what the leader tells next; `ask` gives the answer, or None where one may go in."""

    def __init__(self, *, name: str = "passports", keys: list[bytes] | None = None,
                 identities: Identities | None = None, always: bool = False) -> None:  # fmt: skip
        self.clock = FakeClock(wall=WALL)
        self.keys = keys or KEYS
        self.devices = Devices(self.keys, self.clock, name=b"dawr", max_age=10**7)
        self.ranks: Ranks | None = None
        self.level = FloodState()
        self.room = Room(
            name,
            tickets=Tickets(self.keys, self.clock, name=b"ticket"),
            passes=RoomPasses(self.keys, name=b"pass", idle=300, total=1200),
            groups=GROUPS,
            guarded=Guarded(("/booking/",), ("/booking/mine",), frozenset({b"GET", b"POST"}),
                            ((b"x-staff", b"yes"),)),
            clock=self.clock,
            open_ranks=lambda _: self.ranks,
            identities=identities,
            price=Price(self.keys, name, self.level, Spent(), always=always, elevated=20,
                        under_attack=100),
            booked=Answers(b"POST", "/booking/confirm", frozenset({201})),
            cancelled=Answers(b"POST", "/booking/cancel", frozenset({200})),
            leaves=("/booking/bye",),
        )  # fmt: skip
        page = WaitingPage(name)
        place = Place(self.room, page, 503, frozenset({b"https://app.example"}))
        self.desk = WaitingDesk({name: place}, self.devices)
        self.filter = RoomFilter([Door(self.room)])
        self.version = 0
        self.hear()

    def hear(
        self,
        *,
        ended: list[tuple[bytes, bytes]] | None = None,
        numbers: dict[bytes, int] | None = None,
        **told: object,
    ) -> Batch:
        """One tick of the exchange; what the worker handed over with it."""
        batch = self.room.take(2000)
        self.version += 1
        next_told = Told()
        values: dict[str, object] = {
            **self.room.told.as_data(),
            "version": self.version,
            "opening": OPENING,
            "ends": WALL + 20_000,
            **told,
        }
        if not self.room.opening and "phase" not in told:
            values |= {"phase": PREQUEUE, "opens": WALL + 600, "begins": WALL - 60}
        for key, value in values.items():
            setattr(next_told, key, value)
        count = self.room.ended_known + len(ended or [])
        self.room.learn(Learned(next_told.as_data(), ended or [], numbers or {}, count))
        return batch

    def request(self, path: str, jar: dict[bytes, bytes], **more: object) -> Request:
        headers = [(b"accept", more.pop("accept", b"text/html"))]
        headers += more.pop("headers", [])  # type: ignore[operator]
        if jar:
            headers.append((b"cookie", b"; ".join(b"%b=%b" % one for one in jar.items())))
        made = a_request(path=path, headers=headers, now=self.clock.now(), **more)  # type: ignore[arg-type]
        self.devices.read(made)
        return made

    def ask(self, path: str, jar: dict[bytes, bytes], **more: object) -> OwnAnswer | None:
        """As a connection would: the filter, then the desk. `jar` is changed by what is set."""
        body = more.pop("body", b"")
        request = self.request(path, jar, **more)
        if path.startswith("/.dawr/"):
            answer: OwnAnswer | None = self.desk.answer(request, body)  # type: ignore[arg-type]
        else:
            verdict: Verdict | None = self.filter.check(request)
            answer = None if verdict is None else self.desk.refusal(request, verdict)
        for line in (answer.fields if answer is not None else request.fields).split(b"\r\n"):
            if line.startswith(b"Set-Cookie: "):
                name, _, value = line[12:].partition(b";")[0].partition(b"=")
                jar[name] = value
        return answer

    def joined(self, client: str = "198.51.100.7") -> dict[bytes, bytes]:
        """A visitor whose ticket has come back once: its cookies."""
        jar: dict[bytes, bytes] = {}
        self.ask("/booking/", jar, client=client)
        self.ask("/.dawr/rooms/passports", jar, client=client)
        return jar

    def hash_of(self, jar: dict[bytes, bytes]) -> bytes:
        ticket = self.room.tickets.read(self.request("/", jar))
        assert ticket is not None
        assert ticket.hash == public_hash(ticket.id)
        return ticket.hash

    def draw(self, folder: Path, order: list[dict[bytes, bytes]]) -> None:
        """The lots are drawn, in that order."""
        write_ranks(folder / "ranks.bin", records_of([self.hash_of(jar) for jar in order]))
        self.ranks = Ranks(folder / "ranks.bin")
        self.hear(phase=OPEN, drawn=len(order), high=len(order))

    def inside(self, folder: Path) -> dict[bytes, bytes]:
        """A visitor who was called and went in."""
        jar = self.joined()
        self.draw(folder, [jar])
        self.hear(serving=1)
        self.ask("/booking/", jar)
        assert self.ask("/booking/", jar) is None
        return jar
