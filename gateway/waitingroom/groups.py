"""By which network a ticket is drawn, in the 25 bytes that the shared state keeps of it.

Label of the group 8, its share 4, label of a wider group 8 (zeros: none), its share 4, weight 1.
The labels are the opening's own, so that days cannot be linked by them (share.py).

Networks that were looked up are remembered: 65,536 of them, some 12 MiB; then all are forgotten.
"""

import struct
from collections.abc import Callable
from typing import Final

from gateway.address import Address
from gateway.waitingroom.draw import ONE
from gateway.waitingroom.share import Labels, Shares

_GROUP: Final = struct.Struct(">8sI8sIB")
SIZE: Final = 25
NO_WIDE: Final = bytes(8)
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

    def of(self, client: Address, opening: str) -> bytes:
        """Of a ticket that joins from there."""
        if opening != self._opening:
            self._opening = opening
            self._labels = Labels(self._secret, self._room, opening)
            self._known = {}
        found = self._known.get(client.key)
        if found is None:
            place = self._shares.of(client, self._operator_of(client))
            wide = self._labels.of(place.wide) if place.wide else NO_WIDE
            found = _GROUP.pack(
                self._labels.of(place.group), place.share, wide, place.wide_share, 1
            )
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[client.key] = found
        return found


def of_identity(identity: bytes) -> bytes:
    """Of a ticket that is bound to a person: all tickets of one are worth one, from wherever."""
    return _GROUP.pack(identity, ONE, NO_WIDE, 0, 1)


def unpack(group: bytes) -> tuple[bytes, int, bytes, int, int]:
    """Label, share, wider label (b"": none), its share, weight."""
    label, share, wide, wide_share, weight = _GROUP.unpack(group)
    return label, share, b"" if wide == NO_WIDE else wide, wide_share, weight
