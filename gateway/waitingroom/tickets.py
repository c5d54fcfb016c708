"""Tickets and passes: signed cookies that hold all a worker has to know, without a look-up.

A **ticket** is a place in one opening of one room. It belongs to the device whose cookie comes with
it; copied to another device it is worth nothing there. Before the draw it has no number. It lives
as long as its opening: closing the tab, losing the network, a new address change nothing.

A **pass** is the right of a ticket that was called to go in. It has an end, and a time after which
it ends unused; that one moves on with each use, by a new cookie when half of it is gone.

Nothing in them is secret, and nothing is about the person. What is published and shared of a ticket
is its hash, from which nobody makes a ticket.

Cookies that were checked are remembered (http/cookies.py).
"""

import os
from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import Final

from gateway.clock import Clock
from gateway.http.cookies import Checked, SignedCookie
from gateway.request import Request
from gateway.waitingroom.identity import NOBODY
from gateway.waitingroom.price import FREE

HASH: Final = 16  # bytes of a ticket's public hash
_ID: Final = 16
_TICKET: Final = 49  # bytes: tag 8, id 16, device 8, since 4, number 4, identity 8, paid 1
_PENDING: Final = 0x80  # in the byte of what was paid
_PASS: Final = 52  # bytes: tag 8, hash 16, device 8, number 4, ends 4, idle until 4, identity 8


def tag_of(room: str, opening: str) -> int:
    """By which a cookie is known to be of this opening of this room."""
    digest = blake2b(f"{room}/{opening}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def public_hash(ticket_id: bytes) -> bytes:
    """What stands for a ticket in the public list, and wherever it is shared."""
    return sha256(b"dawr ticket\n" + ticket_id).digest()[:HASH]


class Ticket:
    """`since`: the second since 1970 in which it was given out; `number` 0: not known yet;
    `identity`: whom it is for (identity.py), NOBODY where that is not asked, or not told yet;
    `paid`: for having joined (price.py); `pending`: that person's place is another device's, and
    the code that was sent is waited for."""

    __slots__ = ("device", "hash", "id", "identity", "number", "paid", "pending", "since", "tag")

    def __init__(
        self,
        tag: int,
        ticket_id: bytes,
        device: int,
        since: int,
        number: int,
        identity: bytes = NOBODY,
        paid: int = FREE,
        pending: bool = False,
    ) -> None:
        self.paid = paid
        self.pending = pending
        self.identity = identity
        self.tag = tag
        self.id = ticket_id
        self.device = device
        self.since = since
        self.number = number
        self.hash = public_hash(ticket_id)

    def numbered(self, number: int) -> "Ticket":
        return Ticket(self.tag, self.id, self.device, self.since, number, self.identity, self.paid)

    def bound(self, identity: bytes, *, pending: bool = False) -> "Ticket":
        return Ticket(self.tag, self.id, self.device, self.since, 0, identity, self.paid, pending)

    def on(self, ticket_id: bytes) -> "Ticket":
        """The place of the ticket with that id, on this ticket's device."""
        return Ticket(self.tag, ticket_id, self.device, self.since, 0, self.identity, self.paid)

    def having(self, paid: int) -> "Ticket":
        return Ticket(self.tag, self.id, self.device, self.since, self.number, self.identity, paid)


class Tickets:
    """Those of one room. `keys` as for `Signer`."""

    def __init__(self, keys: Sequence[bytes], clock: Clock, *, name: bytes) -> None:
        self._cookie = SignedCookie(b"ticket", keys, name=name, size=_TICKET)
        self._clock = clock
        self._known: Checked[Ticket] = Checked()

    def read(self, request: Request) -> Ticket | None:
        """The ticket of this device that a request brings, of whatever opening."""
        value = request.cookie(self._cookie.name)
        if value is None:
            return None
        found = self._known.get(value)
        if found is None:
            payload = self._cookie.read(value)
            if payload is None:
                return None
            found = Ticket(
                int.from_bytes(payload[:8], "big"),
                payload[8:24],
                int.from_bytes(payload[24:32], "big"),
                int.from_bytes(payload[32:36], "big"),
                int.from_bytes(payload[36:40], "big"),
                payload[40:48],
                payload[48] & ~_PENDING,
                payload[48] >= _PENDING,
            )
            self._known.keep(value, found)
        return found if found.device == request.device else None

    def new(self, tag: int, device: int, paid: int = FREE) -> Ticket:
        return Ticket(tag, os.urandom(_ID), device, int(self._clock.wall()), 0, NOBODY, paid)

    def line(self, request: Request, ticket: Ticket, seconds: int) -> bytes:
        """The Set-Cookie line; `seconds` until its opening is over."""
        payload = b"%b%b%b%b%b%b%b" % (
            ticket.tag.to_bytes(8, "big"),
            ticket.id,
            ticket.device.to_bytes(8, "big"),
            ticket.since.to_bytes(4, "big"),
            ticket.number.to_bytes(4, "big"),
            ticket.identity,
            bytes([ticket.paid | (_PENDING if ticket.pending else 0)]),
        )
        return self._cookie.line(request, payload, seconds)

    def gone(self, request: Request) -> bytes:
        """The Set-Cookie line that takes it away."""
        return self._cookie.gone(request)


class Pass:
    """`ends` and `idle_until` in seconds since 1970; `hash` is its ticket's."""

    __slots__ = ("device", "ends", "hash", "identity", "idle_until", "number", "tag")

    def __init__(
        self,
        tag: int,
        ticket: bytes,
        device: int,
        number: int,
        ends: int,
        idle_until: int,
        identity: bytes,
    ) -> None:
        self.identity = identity
        self.tag = tag
        self.hash = ticket
        self.device = device
        self.number = number
        self.ends = ends
        self.idle_until = idle_until


class RoomPasses:
    """Those of one room. `idle` and `total` in seconds."""

    def __init__(self, keys: Sequence[bytes], *, name: bytes, idle: int, total: int) -> None:
        self._cookie = SignedCookie(b"room-pass", keys, name=name, size=_PASS)
        self._idle = idle
        self._total = total
        self._known: Checked[Pass] = Checked()

    def read(self, request: Request, tag: int, wall: int) -> Pass | None:
        """The pass of this device for the opening of that tag, good at `wall`."""
        value = request.cookie(self._cookie.name)
        if value is None:
            return None
        found = self._known.get(value)
        if found is None:
            payload = self._cookie.read(value)
            if payload is None:
                return None
            found = Pass(
                int.from_bytes(payload[:8], "big"),
                payload[8:24],
                int.from_bytes(payload[24:32], "big"),
                int.from_bytes(payload[32:36], "big"),
                int.from_bytes(payload[36:40], "big"),
                int.from_bytes(payload[40:44], "big"),
                payload[44:],
            )
            self._known.keep(value, found)
        if found.device != request.device or found.tag != tag:
            return None
        return found if wall < found.ends and wall < found.idle_until else None

    def give(self, request: Request, ticket: Ticket, wall: int) -> bytes:
        """The Set-Cookie line with a ticket's pass, from now on."""
        return self._line(
            request,
            Pass(
                ticket.tag,
                ticket.hash,
                ticket.device,
                ticket.number,
                wall + self._total,
                0,
                ticket.identity,
            ),
            wall,
        )

    def renewed(self, request: Request, one: Pass, wall: int) -> bytes:
        """The Set-Cookie line that keeps a pass in use; b"" while there is no need."""
        left = one.idle_until - wall
        if 2 * left >= self._idle or one.idle_until >= one.ends:
            return b""
        return self._line(request, one, wall)

    def _line(self, request: Request, one: Pass, wall: int) -> bytes:
        payload = b"%b%b%b%b%b%b%b" % (
            one.tag.to_bytes(8, "big"),
            one.hash,
            one.device.to_bytes(8, "big"),
            one.number.to_bytes(4, "big"),
            one.ends.to_bytes(4, "big"),
            min(one.ends, wall + self._idle).to_bytes(4, "big"),
            one.identity,
        )
        return self._cookie.line(request, payload, one.ends - wall)

    def gone(self, request: Request) -> bytes:
        """The Set-Cookie line that takes it away."""
        return self._cookie.gone(request)
