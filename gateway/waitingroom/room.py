"""A room as one worker has it: who may go in, and what everybody else is told.

All is decided from memory: what the leader told last (told.py), the request's cookies (tickets.py),
and the ranks of the draw. What it learns about tickets is handed over with the next tick
(state/rooms.py).

The law: a ticket counts once its cookie has come back, so that who keeps no cookie holds no place
and costs no memory. It is sent on with each look until the draw, so that a shared state that lost
its last second has it again; its number travels in the cookie itself.

Memory, each bounded: what is to be handed over, at most `_UNTOLD` tickets while the shared state is
away (some 40 MiB); numbers of late comers that have not fetched them, `_NUMBERS`; the hashes of
passes that are over, one for each person who was inside (`_ENDED`), and as many places that have
moved to another device.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.clock import SECOND, Clock
from gateway.request import Observer, Request
from gateway.state.batch import Batch, Counter, Learned
from gateway.verdict import Action, Verdict
from gateway.waitingroom.answers import NO, READ, UNKNOWN, YES, Answers, Reading
from gateway.waitingroom.groups import NO_HOLDER, Groups
from gateway.waitingroom.guarded import Guarded
from gateway.waitingroom.identity import NOBODY, WRONG, Identities
from gateway.waitingroom.price import DUE, FREE, WAITED, Price
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.tickets import HASH, Pass, RoomPasses, Ticket, Tickets, tag_of
from gateway.waitingroom.told import Told, told_from
from gateway.waitingroom.view import OPEN

_UNTOLD: Final = 200_000
_NUMBERS: Final = 65_536
_ENDED: Final = 1_000_000
_SEEN_AGAIN: Final = 5  # seconds until a pass in use is told of again
_AWAY_AFTER: Final = 3 * SECOND  # without an exchange; then new tickets are told so

Settle = Callable[[int], None]
Reserve = Callable[["Room", bytes, int], Awaitable[str]]
Hold = Callable[["Room", bytes, bytes, bytes], Awaitable[bytes]]
TakeOver = Callable[["Room", bytes, bytes, bytes], Awaitable[bytes]]
Confirm = Callable[["Room", Ticket, str], Awaitable[str]]
BOOKED: Final = b"b"
LEFT: Final = b"l"
EXPIRED: Final = b"x"
MOVED: Final = b"m"
ANOTHER: Final = "another"  # why a booking is refused: it is for another person than the ticket


class Room(Counter):
    """`open_ranks`: the ranks of an opening's draw, once they are there. `total` seconds that one
    may be inside, `grace` to come in when called."""

    def __init__(
        self,
        name: str,
        *,
        tickets: Tickets,
        passes: RoomPasses,
        groups: Groups,
        guarded: Guarded,
        clock: Clock,
        open_ranks: Callable[[str], Ranks | None],
        identities: Identities | None = None,
        price: Price | None = None,
        booked: Answers | None = None,
        cancelled: Answers | None = None,
        leaves: tuple[str, ...] = (),
        grace: int = 180,
        total: int = 1200,
        books_once: bool = True,
        workers: int = 1,
        carries: bool = False,
    ) -> None:
        super().__init__(name, books_once=books_once)
        self.tickets = tickets
        self.passes = passes
        self.guarded = guarded
        self.told = Told()
        self.tag: int = 0
        self.ranks: Ranks | None = None
        self.verdict = Verdict(Action.WAIT, name)
        self.deferred = Verdict(Action.DEFER, name)
        self.for_another = Verdict(Action.WAIT, name, reason=ANOTHER)
        self.grace = grace  # seconds to come in when called
        self.identities = identities
        self.code_key: bytes = b""  # of the codes that are sent
        self.price = price
        self._open_ranks = open_ranks
        self._groups = groups
        self._clock = clock
        self._booked = booked
        self._cancelled = cancelled
        self._leaves = leaves
        self._total = total
        self._workers = workers
        self._carries = carries
        self._watched = Watched(self)
        self._heard: int = 0  # monotonic, when the exchange last worked
        self._wall_offset: int = 0  # nanoseconds from the monotonic clock to the wall's
        self._nothing_to_tell()
        self._moves: list[bytes] = []
        self._live: dict[bytes, int] = {}  # of places that have moved: the device they are on
        self.reserve: Reserve | None = None  # given by who exchanges
        self.hold: Hold | None = None
        self.take_over: TakeOver | None = None
        self.confirm: Confirm | None = None  # given by who can have a code sent
        self._sent: Batch | None = None
        self._numbers: dict[bytes, int] = {}
        self._highest: int = 0
        self._late: float = 0.0
        self.ended: dict[bytes, bytes] = {}
        self.revoked: frozenset[int] = frozenset()
        self.let_go: int = 0  # tickets for which there was no room in what is handed over
        self.joining: dict[str, int] = {}  # what became of those who joined, and how often
        self.sync_clock()

    def _nothing_to_tell(self) -> None:
        self._joins: dict[bytes, bytes] = {}
        self._entries: dict[bytes, int] = {}
        self._seen: dict[bytes, int] = {}
        self._seen_at: dict[bytes, int] = {}
        self._bookings: list[bytes] = []
        self._leavers: dict[bytes, int] = {}
        self._cancellations: list[bytes] = []
        self._failed: list[bytes] = []
        self._unknown: list[bytes] = []

    def count(self, happened: str) -> None:
        """`happened` from a fixed list: solved, waited, failed, …"""
        self.joining[happened] = self.joining.get(happened, 0) + 1

    # Times.

    def sync_clock(self) -> None:
        self._wall_offset = int(self._clock.wall() * SECOND) - self._clock.now()

    def wall(self, request: Request) -> int:
        """Whole seconds since 1970 at which the request came."""
        return (request.now + self._wall_offset) // SECOND

    def away(self, now: int) -> bool:
        """Whether the shared state has not been heard of for a while."""
        return now - self._heard > _AWAY_AFTER

    # Who may go in.

    def pass_of(self, request: Request) -> Pass | None:
        """The pass that a request brings, if it is good now."""
        found = self.passes.read(request, self.tag, self.wall(request))
        if found is None or found.hash in self.ended or found.number in self.revoked:
            return None
        return None if self.elsewhere(found.hash, found.device) else found

    def go_in(self, request: Request, one: Pass) -> None:
        """Somebody inside asks for something."""
        wall = self.wall(request)
        if wall - self._seen_at.get(one.hash, 0) >= _SEEN_AGAIN:
            if len(self._seen_at) >= _NUMBERS:
                self._seen_at.clear()
            self._seen_at[one.hash] = wall
            self._seen[one.hash] = wall
        request.fields += self.passes.renewed(request, one, wall)
        self.watch(request)

    def watch(self, request: Request) -> None:
        """Of a cancellation and a goodbye the answer is to be heard."""
        if self._cancelled is not None and self._cancelled.asked(request):
            self._cancelled.prepare(request)
            request.watch(self._watched)
        elif self._leaves and request.path.startswith(self._leaves):
            request.watch(self._watched)

    def answered(self, request: Request, status: int) -> None:
        """The platform has answered what `watch` was about."""
        if self._cancelled is not None and self._cancelled.asked(request):
            outcome = self._cancelled.judge(request, status)
            if outcome == READ:
                request.tap = Reading(self._cancelled, request, self._gave_back)
            else:
                self._gave_back(outcome)
            return
        one = self.pass_of(request)
        if one is not None and status < 400:
            self.leave(one.hash, one.number)
            request.fields += self.passes.gone(request)

    def _gave_back(self, outcome: int) -> None:
        if outcome == YES:
            self._cancellations.append(os.urandom(8))

    # Bookings.

    def books(self, request: Request) -> bool:
        """Whether it is the request by which somebody takes a place."""
        return self._booked is not None and self._booked.asked(request)

    def booking(self, request: Request) -> "Booking":
        """One that is to be reserved."""
        if self._booked is not None:
            self._booked.prepare(request)
        one = self.pass_of(request)
        if one is None:
            return Booking(self, bytes(HASH) + os.urandom(8))
        # What is the same for all bookings of a pass, or of a person, is granted once.
        return Booking(self, one.hash + (one.identity if self.books_once else os.urandom(8)))

    def booked(self, request: Request, item: bytes, status: int, settle: Settle) -> None:
        """The platform has answered a booking; `settle` hears what that meant."""
        outcome = NO if self._booked is None else self._booked.judge(request, status)
        if self._booked is not None and outcome == READ:
            request.tap = Reading(self._booked, request, settle)
        else:
            settle(outcome)

    def settle(self, request: Request, item: bytes, outcome: int) -> None:
        """What became of a booking is known, or that nobody knows it."""
        if outcome == UNKNOWN:
            self._unknown.append(item)
            return
        if outcome == NO:
            self._failed.append(item)
            return
        self._bookings.append(item)
        if self.books_once and item[:HASH] != bytes(HASH):
            self._end(item[:HASH], BOOKED)
            request.fields += self.passes.gone(request)

    # Tickets.

    def ticket_of(self, request: Request) -> Ticket | None:
        """The ticket for this opening that a request brings."""
        found = self.tickets.read(request)
        return found if found is not None and found.tag == self.tag else None

    def new_ticket(self, device: int) -> Ticket:
        """For who has none."""
        return self.tickets.new(
            self.tag, device, FREE if self.price is None else self.price.asked()
        )

    def owes(self, ticket: Ticket) -> bool:
        """Whether the price of joining is due, before it counts."""
        return ticket.paid == DUE and self.price is not None

    def asks(self, ticket: Ticket) -> bool:
        """Whether it has to be said whom the ticket is for, before it counts."""
        return self.identities is not None and (ticket.identity == NOBODY or ticket.pending)

    def bound(self, ticket: Ticket, text: str) -> Ticket:
        """The ticket of the person with that number, to be asked after `fault`."""
        if self.identities is None:
            return ticket
        return ticket.bound(self.identities.of(text, self.opening))

    @property
    def has_sessions(self) -> bool:
        """Whether the platform's session says whom a ticket is for."""
        return self.identities is not None and self.identities.sessions is not None

    def by_session(self, request: Request, ticket: Ticket) -> Ticket | None:
        """The ticket of whom the platform's session is for; None where it is for nobody."""
        if self.identities is None:
            return None
        identity = self.identities.of_session(request, self.opening)
        return None if identity == NOBODY else ticket.bound(identity)

    def fault(self, text: str) -> str:
        """What is wrong with a number that somebody wrote, or ""."""
        if self.identities is None:
            return WRONG
        before = self.identities.failed
        why = self.identities.fault(text)
        if self.identities.failed != before:
            self.count("check_failed")
        return why

    def elsewhere(self, ticket_hash: bytes, device: int) -> bool:
        """Whether a place goes on on another device of its holder's."""
        return bool(self._live) and self._live.get(ticket_hash[:8], device) != device

    def move(self, ticket: Ticket) -> None:
        """A place goes on here; where else it was it pauses."""
        beginning = ticket.hash[:8]
        if beginning in self._live or len(self._live) < _ENDED:
            self._live[beginning] = ticket.device
        self._moves.append(beginning + ticket.device.to_bytes(8, "big"))

    def number_of(self, request: Request, ticket: Ticket) -> int:
        """The ticket's number; 0 while it has none. The ticket is told of where that is needed."""
        if ticket.number:
            return ticket.number
        if ticket.hash in self.ended or self.asks(ticket) or self.owes(ticket):
            return 0
        if self.told.drawn and self.ranks is not None:
            number = self.ranks.of(ticket.hash)
            if number:
                return number
        number = self._numbers.get(ticket.hash, 0)
        if not number:
            self._join(request, ticket)
        return number

    def _join(self, request: Request, ticket: Ticket) -> None:
        if ticket.hash in self._joins:
            return
        if len(self._joins) >= _UNTOLD:
            self.let_go += 1  # it comes again with the next look
            return
        groups, opening = self._groups, self.opening
        if self.identities is not None and ticket.paid != WAITED:
            holder = ticket.identity if self._carries else NO_HOLDER
            made = groups.of_person(ticket.identity, opening, ticket.hash, holder)
        else:
            holder = groups.holder_of(ticket.device) if self._carries else NO_HOLDER
            made = groups.of(request.client, opening, ticket.hash, holder)
        self._joins[ticket.hash] = made

    def turn(self, number: int) -> bool:
        """Whether who has that number may go in now."""
        told = self.told
        if not 0 < number <= told.serving or told.phase != OPEN or number in self.revoked:
            return False
        return number > told.floor or self._late >= 1.0

    def enter(self, request: Request, ticket: Ticket) -> bytes:
        """The Set-Cookie lines for who goes in; to be asked after `turn`."""
        if ticket.number <= self.told.floor:
            self._late -= 1.0
        self._entries[ticket.hash] = ticket.number
        return self.passes.give(request, ticket, self.wall(request))

    def leave(self, ticket: bytes, number: int) -> None:
        """Somebody is done, inside or waiting."""
        self._leavers[ticket] = number
        self._joins.pop(ticket, None)
        self._end(ticket, LEFT)

    def _end(self, ticket: bytes, kind: bytes) -> None:
        if len(self.ended) < _ENDED:
            self.ended[ticket] = kind

    def numbered(self, ticket: Ticket, number: int) -> Ticket:
        """The same ticket, with its number."""
        self._highest = max(self._highest, number)
        self._numbers.pop(ticket.hash, None)
        return ticket.numbered(number)

    # The exchange.

    def take(self, most: int) -> Batch:
        batch = self._sent or Batch()
        self._sent = batch
        for _ in range(min(most - len(batch.joins), len(self._joins))):
            hash_ = next(iter(self._joins))
            batch.joins.append(hash_ + self._joins.pop(hash_))
        total = self._total.to_bytes(4, "big")
        batch.entries += [n.to_bytes(4, "big") + one + total for one, n in self._entries.items()]
        batch.seen += list(self._seen)
        batch.bookings += self._bookings
        batch.leavers += [n.to_bytes(4, "big") + one for one, n in self._leavers.items()]
        batch.cancelled += self._cancellations
        batch.failed += self._failed
        batch.unknown += self._unknown
        batch.moves += self._moves
        self._moves = []
        batch.highest = self._highest
        self._entries, self._seen, self._leavers = {}, {}, {}
        self._bookings, self._cancellations, self._failed, self._unknown = [], [], [], []
        return batch

    def failed(self) -> None:
        """What was taken is taken again, with whatever has come since."""

    def learn(self, learned: Learned) -> None:
        self._sent = None
        self._heard = self._clock.now()
        self.sync_clock()
        if learned.ended_count < self.ended_known:
            self.ended_known = 0  # it was lost there: read it from the beginning
        else:
            for kind, hash_ in learned.ended:
                if kind != MOVED:
                    self._end(hash_, kind)
                elif hash_[:8] in self._live or len(self._live) < _ENDED:
                    self._live[hash_[:8]] = int.from_bytes(hash_[8:], "big")
            self.ended_known = learned.ended_count
        if len(self._numbers) + len(learned.numbers) > _NUMBERS:
            self._numbers.clear()  # each is asked for again with the next look
        self._numbers.update(learned.numbers)
        if learned.told is not None:
            self._take_up(told_from(learned.told))
        told = self.told
        if told.drawn and self.ranks is None:
            self.ranks = self._open_ranks(self.opening)
        self._late = min(
            max(1.0, told.late / self._workers), self._late + told.late / self._workers / 10
        )

    def follow(self, before: "Room") -> None:
        """Go on where the same room was under other settings."""
        self.opening, self.version, self.tag = before.opening, before.version, before.tag
        self.told, self.ranks, self.revoked = before.told, before.ranks, before.revoked
        self.ended, self.ended_known = before.ended, before.ended_known
        self.joining = before.joining
        self._heard = before._heard
        self.let_go = before.let_go
        self._joins, self._entries, self._seen = before._joins, before._entries, before._seen
        self._bookings, self._leavers = before._bookings, before._leavers
        self._cancellations = before._cancellations
        self._failed, self._unknown = before._failed, before._unknown
        self._live, self._moves = before._live, before._moves
        self._sent, self._numbers = before._sent, before._numbers
        self._highest, self._late = before._highest, before._late

    def _take_up(self, told: Told) -> None:
        if told.opening != self.opening:
            self.opening = told.opening
            self.tag = tag_of(self.name, told.opening)
            self.ended_known = 0
            self.ranks = None
            self._highest = 0
            self._joins, self._numbers, self.ended, self._seen_at = {}, {}, {}, {}
            self._live, self._moves = {}, []
        self.told = told
        self.version = told.version
        self.revoked = frozenset(told.revoked)


class Booking(Observer):
    """A booking under way, with its reserved place."""

    def __init__(self, room: Room, item: bytes) -> None:
        self.item = item
        self._room = room
        self._settled: bool = False

    def answered(self, request: Request, status: int) -> None:
        self._room.booked(
            request, self.item, status, lambda outcome: self._settle(request, outcome)
        )

    def ended(self, request: Request) -> None:
        if not self._settled:
            self._settle(request, UNKNOWN)

    def _settle(self, request: Request, outcome: int) -> None:
        self._settled = True
        self._room.settle(request, self.item, outcome)


class Watched(Observer):
    """Tells its room what the platform answered to a cancellation or a goodbye."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def answered(self, request: Request, status: int) -> None:
        self._room.answered(request, status)
