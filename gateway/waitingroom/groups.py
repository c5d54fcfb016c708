"""By which network a ticket is drawn, in the 42 bytes that the shared state keeps of it.

Label of the group 8, its share 4, label of a wider group 8 (zeros: none), its share 4, weight 1;
then what teaches for the next openings (history.py, carry.py): where it came from 9, veiled, and
who holds it 8 (zeros: not asked). The labels are the opening's own, so that days cannot be linked
by them (share.py). A **veil** is keyed and another for each ticket: who has the shared state, or
the public list, and not the gateway's secret, does not learn from which network a ticket is.

Networks that were looked up are remembered: 65,536 of them, some 12 MiB; then all are forgotten.
"""

import struct
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from gateway.address import Address
from gateway.waitingroom.draw import ONE
from gateway.waitingroom.share import NO_SOURCE, SOURCE, Labels, Shares

_GROUP: Final = struct.Struct(">8sI8sIB")
_PLACE: Final = 25
SIZE: Final = 42
NO_WIDE: Final = bytes(8)
HOLDER: Final = 8
NO_HOLDER: Final = bytes(HOLDER)
_REMEMBERED: Final = 65_536


class Groups:
    """Of one room. `operator_of`: a client's AS number, 0 where it is not known."""

    def __init__(
        self,
        shares: Shares,
        secret: bytes,
        room: str,
        operator_of: Callable[[Address], int],
    ) -> None:
        self._shares = shares
        self._secret = secret
        self._room = room
        self._operator_of = operator_of
        self._labels = Labels(secret, room, "")
        self._opening: str = ""
        self._known: dict[int, bytes] = {}

    def of(self, client: Address, opening: str, ticket: bytes, holder: bytes = NO_HOLDER) -> bytes:
        """Of a ticket that joins from there; `ticket`: its hash."""
        self._turn_to(opening)
        found = self._known.get(client.key)
        if found is None:
            place = self._shares.of(client, self._operator_of(client))
            wide = self._labels.of(place.wide) if place.wide else NO_WIDE
            found = _GROUP.pack(
                self._labels.of(place.group), place.share, wide, place.wide_share, 1
            )
            found += place.source
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[client.key] = found
        return found[:_PLACE] + veiled(found[_PLACE:], ticket, self._secret) + holder

    def of_person(self, identity: bytes, opening: str, ticket: bytes, holder: bytes) -> bytes:
        """Of a ticket that is bound to a person: all of one are worth one, from wherever."""
        self._turn_to(opening)
        label = self._labels.of(b"i" + identity)
        place = _GROUP.pack(label, ONE, NO_WIDE, 0, 1)
        return place + veiled(NO_SOURCE, ticket, self._secret) + holder

    def holder_of(self, device: int) -> bytes:
        """The same on all days, while the gateway has this secret and the device its cookie."""
        if not device:
            return NO_HOLDER
        tag = self._room.encode() + b"\n" + device.to_bytes(8, "big")
        return blake2b(tag, key=self._secret, digest_size=HOLDER, person=b"dawr holder").digest()

    def _turn_to(self, opening: str) -> None:
        if opening != self._opening:
            self._opening = opening
            self._labels = Labels(self._secret, self._room, opening)
            self._known = {}


def unpack(group: bytes) -> tuple[bytes, int, bytes, int, int]:
    """Label, share, wider label (b"": none), its share, weight."""
    label, share, wide, wide_share, weight = _GROUP.unpack(group[:_PLACE])
    return label, share, b"" if wide == NO_WIDE else wide, wide_share, weight


def holder_in(group: bytes) -> bytes:
    """Who holds the ticket; NO_HOLDER where that was not asked, or not known."""
    return group[_PLACE + SOURCE : SIZE] if len(group) == SIZE else NO_HOLDER


def source_in(group: bytes, ticket: bytes, secret: bytes) -> bytes:
    """From where the ticket joined (share.py); NO_SOURCE where that teaches nothing."""
    if len(group) != SIZE:  # by a gateway of an earlier version
        return NO_SOURCE
    return veiled(group[_PLACE : _PLACE + SOURCE], ticket, secret)


def veiled(source: bytes, ticket: bytes, secret: bytes) -> bytes:
    """A source under a ticket's veil; and, of one that is veiled, the source."""
    veil = blake2b(ticket, key=secret, digest_size=SOURCE, person=b"dawr source").digest()
    mixed = int.from_bytes(source, "big") ^ int.from_bytes(veil, "big")
    return mixed.to_bytes(SOURCE, "big")
