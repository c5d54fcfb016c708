"""What a room remembers of its openings: for how many people a network stands, and who lost.

All of it is in the shared state, so that each gateway comes to the same list. What an opening
teaches is counted from its tickets and bookings when it is over, and written under its id if
nothing stands there: whoever dies in between, or comes with it again, loses nothing and counts
nothing twice. What holds for an opening (`Known`) is fixed before its first ticket.

`rooms/ROOM/history.json` of the state folder holds a copy of what was learned, by which a shared
state that was lost has it again with the next opening. Who lost has no copy: then all begin anew.

Bounds: history.py and carry.py.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.address import Address
from gateway.building.rooms import draw_folder
from gateway.clock import SECOND, Clock
from gateway.guard.book import Book
from gateway.prefixes import PrefixTable, parse_network
from gateway.private_file import write_private
from gateway.settings.draws import NetworkShare, share_name
from gateway.settings.rooms import RoomModel
from gateway.state.rooms import RoomLead
from gateway.waitingroom import carry
from gateway.waitingroom.draw import ONE
from gateway.waitingroom.groups import holder_in, source_in, unpack
from gateway.waitingroom.history import ENTRY, OPENINGS, Known, Taught, kept, learned, unsure
from gateway.waitingroom.listing import Joined
from gateway.waitingroom.ranks import FILE as RANKS
from gateway.waitingroom.ranks import Ranks
from gateway.waitingroom.schedule import ALWAYS
from gateway.waitingroom.share import Labels, chance, first_of, key_of_entry, unlisted

_log: Final = logging.getLogger("dawr.rooms")
_KNOWN: Final = "known"
_LOST: Final = "lost"
_WON: Final = "won"
_FILE: Final = "history.json"
_DAY: Final = 86_400
_SCOPES: Final = frozenset({"address", "prefix"})

Tickets = Sequence[tuple[bytes, bytes]]  # hash, and its group as it is kept
Stopped = Callable[[float], Callable[[Address], bool]]  # since a moment: whether this address was


class Memory:
    """Of one room. `secrets`: the first keys labels and veils; `stopped`: whom the guard has
    blocked since a moment."""

    def __init__(
        self,
        model: RoomModel,
        lead: RoomLead,
        state_folder: Path,
        secrets: list[bytes],
        clock: Clock,
        stopped: Stopped,
    ) -> None:
        self._model = model
        self._lead = lead
        self._state_folder = state_folder
        self._secret = secrets[0]
        self._clock = clock
        self._stopped = stopped
        self._file = draw_folder(state_folder, model.name, _FILE)

    # Before an opening.

    async def known(self, opening: str) -> Known:
        """What holds for it: as it was fixed first."""
        fixed = await self._lead.kept(opening, _KNOWN)
        if fixed is None:
            made = self._make_known(await self._restored())
            fixed = await self._lead.secret(opening, _KNOWN, made.as_bytes())
        return Known.of(fixed)

    def _make_known(self, history: Mapping[str, Taught]) -> Known:
        learn, terms = self._model.draw.learn, self._model.draw.carry
        now = self._clock.wall()
        shares: dict[bytes, int] = {}
        teaching: list[Taught] = []
        if learn is not None:
            teaching = _recent(history.values(), now - learn.keep / SECOND)
            shares = learned(teaching, learn.most * ONE)
        if terms is None:
            return Known(shares, len(teaching))
        past = [
            (one.ended, opening)
            for opening, one in history.items()
            if one.ended > now - terms.days * _DAY
        ]
        newest = [opening for _, opening in sorted(past, reverse=True)]
        return Known(shares, len(teaching), newest, terms.each, terms.most)

    async def _restored(self) -> dict[str, Taught]:
        """What was written down, here or in the shared state."""
        there = await self._lead.history()
        for opening, raw in self._copied().items():
            if opening not in there:
                await self._lead.write_history(opening, raw)
                there[opening] = raw
        return _read(there)

    def _copied(self) -> dict[str, bytes]:
        try:
            said = json.loads(self._file.read_bytes())
            return {str(opening): json.dumps(one).encode() for opening, one in said.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as error:
            _log.warning("%s is not read: %s", self._file, error)
            return {}

    # The list of an opening.

    async def listed(self, opening: str) -> list[Joined]:
        """All that joined before the close, with the shares and weights that hold."""
        return await self._listed(opening, await self._lead.tickets(opening))

    async def _listed(self, opening: str, tickets: Tickets) -> list[Joined]:
        known = await self.known(opening)
        past = [
            (
                await self._lead.kept(one, _LOST) or b"",
                await self._lead.kept(one, _WON) or b"",
            )
            for one in known.past
        ]
        return await asyncio.to_thread(self._list, opening, known, tickets, past)

    def _list(
        self, opening: str, known: Known, tickets: Tickets, past: Sequence[carry.Lists]
    ) -> list[Joined]:
        weights: dict[bytes, int] = {}
        if known.each:
            holders = [(ticket, holder_in(group)) for ticket, group in tickets]
            weights = carry.weights(holders, past, each=known.each, most=known.most)
        entries, others = self._by_label(opening, known)
        found: list[Joined] = []
        for ticket, group in tickets:
            label, share, wide, wide_share, _ = unpack(group)
            if label in entries:
                share = min(share, entries[label])
            elif others and share == ONE:
                source = unlisted(source_in(group, ticket, self._secret))
                share = others.get(source, ONE)
                wide_share = max(wide_share, share)
            weight = weights.get(ticket, 1)
            if wide:
                found.append((ticket, label, share, weight, wide, wide_share))
            else:
                found.append((ticket, label, share, weight))
        return found

    def _by_label(self, opening: str, known: Known) -> tuple[dict[bytes, int], dict[bytes, int]]:
        """Learned shares: of what is listed by label, of others by their group's key."""
        labels = Labels(self._secret, self._model.name, opening)
        entries: dict[bytes, int] = {}
        others: dict[bytes, int] = {}
        for key, share in known.shares.items():
            if key[:1] == ENTRY:
                entries[labels.of(key)] = share
            else:
                others[key] = share
        return entries, others

    # After an opening.

    async def teach(self, record: Mapping[str, Any]) -> None:
        """Write down what an opening teaches, once. `record`: the leader's."""
        draw, opening = self._model.draw, str(record["opening"])
        if opening == ALWAYS or (draw.learn is None and draw.carry is None):
            return
        history = await self._lead.history()
        if opening not in history:
            tickets = await self._lead.tickets(opening)
            joined = await self._listed(opening, tickets)
            booked = await self._lead.bookings(opening)
            if draw.carry is not None:
                await self._write_lists(record, tickets, booked)
            taught = await asyncio.to_thread(self._taught, record, joined, tickets, booked)
            await self._lead.write_history(opening, json.dumps(taught.as_data()).encode())
            _log.info("room %s: %s: what it teaches is written down", self._model.name, opening)
        await self._forget()

    async def _write_lists(
        self, record: Mapping[str, Any], tickets: Tickets, booked: set[bytes]
    ) -> None:
        opening, terms = str(record["opening"]), self._model.draw.carry
        assert terms is not None
        path = draw_folder(self._state_folder, self._model.name, opening) / RANKS
        ranks, called = Ranks(path), int(record["serving"])
        lost = [holder_in(group) for ticket, group in tickets if ranks.of(ticket) > called]
        ranks.close()
        won = [holder_in(group) for ticket, group in tickets if ticket in booked]
        seconds = (terms.days + 2) * _DAY
        await self._lead.keep(opening, _LOST, carry.packed(lost), seconds)
        await self._lead.keep(opening, _WON, carry.packed(won), seconds)

    def _taught(
        self,
        record: Mapping[str, Any],
        joined: Sequence[Joined],
        tickets: Tickets,
        booked: set[bytes],
    ) -> Taught:
        names = self._entry_names(str(record["opening"]))
        stopped = self._stopped(float(record["begins"]))
        sizes: Counter[bytes] = Counter()
        groups: dict[bytes, tuple[int, bytes]] = {}
        wides: dict[bytes, int] = {}
        for one in joined:
            sizes[one[1]] += 1
            wide = one[4] if len(one) == 6 else b""
            groups[one[1]] = (one[2], wide)
            if len(one) == 6:
                wides[wide] = max(one[5], wides.get(wide, 1))
        counted: Counter[bytes] = Counter()
        refused: Counter[bytes] = Counter()
        drawn = 0
        for ticket, group in tickets:
            if ticket not in booked:
                continue
            drawn += 1
            source = source_in(group, ticket, self._secret)
            key = unlisted(source) or names.get(group[:8], b"")
            address = first_of(source)
            if not key or address is None:
                continue
            (refused if stopped(address) else counted)[key] += 1
        return Taught(
            float(record["ends"]),
            chance(drawn, sizes, groups, wides) if drawn else 0,
            kept(counted),
            drawn=len(joined),
            stopped=refused.total(),
            unsure=unsure(counted, refused),
        )

    def _entry_names(self, opening: str) -> dict[bytes, bytes]:
        """Keys of what is listed `auto`, by label."""
        labels = Labels(self._secret, self._model.name, opening)
        return {labels.of(key): key for key in self._entries()}

    def _entries(self) -> dict[bytes, tuple[str, NetworkShare]]:
        """What is listed `auto`, with its name, by key."""
        named = [
            (share_name(share, number), share)
            for number, share in enumerate(self._model.draw.shares)
            if share.share == "auto"
        ]
        return {key_of_entry(name): (name, share) for name, share in named}

    async def _forget(self) -> None:
        """Drop what is too old to teach, and copy the rest."""
        raw = await self._lead.history()
        history = _read(raw)
        learn, terms = self._model.draw.learn, self._model.draw.carry
        longest = max(
            0 if learn is None else learn.keep / SECOND, 0 if terms is None else terms.days * _DAY
        )
        oldest = self._clock.wall() - longest
        by_age = sorted(history, key=lambda opening: history[opening].ended)
        beyond = set(by_age[:-OPENINGS]) | {one for one in raw if one not in history}
        gone = [one for one in raw if one in beyond or history[one].ended < oldest]
        await self._lead.forget_history(gone)
        copy = {one: json.loads(raw[one]) for one in by_age if one not in gone}
        await asyncio.to_thread(self._write_copy, copy)

    def _write_copy(self, copy: Mapping[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_private(self._file, json.dumps(copy).encode(), durable=True)

    # For the operator.

    async def report(self) -> dict[str, Any]:
        """What was learned until now, and from what."""
        history = _read(await self._lead.history())
        known = self._make_known(history)
        learn = self._model.draw.learn
        oldest = 0.0 if learn is None else self._clock.wall() - learn.keep / SECOND
        teaching = _recent(history.values(), oldest)
        return {
            "room": self._model.name,
            "openings": known.openings,
            "stopped": sum(one.stopped for one in teaching),
            "listed": [
                _about(key, name, known, teaching) | {"whose": _whose(share)}
                for key, (name, share) in sorted(self._entries().items())
            ],
            "unlisted": [
                _about(key, _network(key), known, teaching)
                for key in sorted({key for one in teaching for key in one.booked})
                if key[:1] != ENTRY
            ],
        }


def stopped_since(book: Book, moment: float) -> Callable[[Address], bool]:
    """Whether an address was blocked at some time since then."""
    keys = {
        block.key
        for block in book.all()
        if block.scope in _SCOPES and block.measure == "block" and not block.shadow
    }
    keys |= {key for (scope, key), past in book.past.items()
             if scope in _SCOPES and past.until >= moment}  # fmt: skip
    table = PrefixTable([(parse_network(key), True) for key in keys])
    return lambda address: table.get(address) is not None


def _whose(share: NetworkShare) -> dict[str, Any]:
    """As the settings say it."""
    return share.model_dump(
        mode="json", include={"networks", "file", "asns"}, exclude_defaults=True
    )


def _about(key: bytes, name: str, known: Known, teaching: Sequence[Taught]) -> dict[str, Any]:
    share = known.shares.get(key)
    return {
        "name": name,
        "people": None if share is None else round(share / ONE, 1),
        "bookings": sum(one.booked.get(key, 0) for one in teaching),
        "openings": sum(key in one.booked for one in teaching),
    }


def _network(key: bytes) -> str:
    address = first_of(key.ljust(9, b"\0"))
    assert address is not None
    return address.text if address.version == 4 else f"{address.text}/64"


def _recent(history: Any, oldest: float) -> list[Taught]:
    """Those after `oldest`, in order; of one end by what they taught: the same everywhere."""
    found = [one for one in history if one.ended > oldest]
    return sorted(found, key=lambda one: (one.ended, one.drawn))


def _read(raw: Mapping[str, bytes]) -> dict[str, Taught]:
    found: dict[str, Taught] = {}
    for opening, text in raw.items():
        try:
            found[opening] = Taught.of(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("what is kept of %s is damaged: %r", opening, error)
    return found
