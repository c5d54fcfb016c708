"""Refuse who is blocked for now: by the guard, by hand, by a feed.

Blocks come and go while the configuration stays: `BlockTable` is changed from outside, `Blocked`
and `BlockedRequest` ask it. The first refuses a connection before anything it sends is read; the
second knows a device by its cookie, and challenges where that is enough: who has a pass goes on,
and so does a device that was known before the trouble began.

An IPv6 address is blocked with its /64, because a subscriber may use any address in it. A look-up
costs a dictionary's, and one more for each length of prefix that is blocked. What has ended is
dropped by `sweep`. At most 200,000 blocks are held, some 120 MiB; `refused` counts what was beyond.
"""

import heapq
from collections.abc import Callable
from typing import Final

from gateway.address import Address
from gateway.filters.base import AddressFilter, Filter, PassCheck
from gateway.request import OWN_PATHS, Request
from gateway.verdict import Action, Verdict

BOUND: Final = 200_000
Place = Callable[[Address], tuple[str, int]]


class Entry:
    """One block. `scope` is address, prefix, asn, country or device; `key` what it is found by:
    an address' key, a network's first bits, a number; `name` a country. `version` and `length` are
    a network's. `since`: the minute since 1970 in which it began."""

    __slots__ = ("key", "length", "name", "scope", "since", "verdict", "version")

    def __init__(
        self,
        scope: str,
        verdict: Verdict,
        *,
        key: int = 0,
        version: int = 0,
        length: int = 0,
        name: str = "",
        since: int = 0,
    ) -> None:
        self.scope = scope
        self.verdict = verdict
        self.key = key
        self.version = version
        self.length = length
        self.name = name
        self.since = since


class _Sets:
    """Entries by what they are found by."""

    __slots__ = ("addresses", "asns", "countries", "devices", "networks")

    def __init__(self) -> None:
        self.addresses: dict[int, Entry] = {}
        self.devices: dict[int, Entry] = {}
        self.networks: dict[tuple[int, int], dict[int, Entry]] = {}  # by version and length
        self.asns: dict[int, Entry] = {}
        self.countries: dict[str, Entry] = {}

    def put(self, entry: Entry) -> Entry | None:
        """Add it; the one whose place it takes."""
        scope = entry.scope
        if scope == "country":
            old = self.countries.get(entry.name)
            self.countries[entry.name] = entry
            return old
        table = self._table(entry)
        old = table.get(entry.key)
        table[entry.key] = entry
        return old

    def drop(self, entry: Entry) -> None:
        if entry.scope == "country":
            if self.countries.get(entry.name) is entry:
                del self.countries[entry.name]
            return
        table = self._table(entry)
        if table.get(entry.key) is entry:
            del table[entry.key]
        if not table and entry.scope == "prefix":
            del self.networks[entry.version, entry.length]

    def _table(self, entry: Entry) -> dict[int, Entry]:
        if entry.scope == "address":
            return self.addresses
        if entry.scope == "device":
            return self.devices
        if entry.scope == "asn":
            return self.asns
        return self.networks.setdefault((entry.version, entry.length), {})

    def of(self, client: Address, place: Place | None) -> Entry | None:
        """The narrowest that holds the client's address."""
        found = self.addresses.get(client.key)
        if found is not None:
            return found
        best = None
        for (version, length), table in self.networks.items():
            if version == client.version and (best is None or length > best.length):
                bits = 32 if version == 4 else 128
                found = table.get(client.value >> (bits - length))
                if found is not None:
                    best = found
        if best is not None or place is None or not (self.asns or self.countries):
            return best
        country, asn = place(client)
        found = self.asns.get(asn)
        return found if found is not None else self.countries.get(country)


class BlockTable:
    """All blocks that are in force, by code. `place` tells country and AS number, where known."""

    def __init__(self) -> None:
        self.place: Place | None = None
        self.hard = _Sets()
        self.soft = _Sets()  # a challenge that was passed is enough
        self.dry = _Sets()  # in shadow: told, and not done
        self.refused: int = 0
        self._by_code: dict[str, Entry] = {}
        self._ends: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._by_code)

    def put(self, entry: Entry) -> None:
        """Add a block; it takes the place of one for the same."""
        code = entry.verdict.code
        self.remove(code)
        if len(self._by_code) >= BOUND:
            self.refused += 1
            return
        old = self._sets(entry).put(entry)
        if old is not None:
            self._by_code.pop(old.verdict.code, None)
        self._by_code[code] = entry
        if entry.verdict.until:
            heapq.heappush(self._ends, (entry.verdict.until, code))

    def remove(self, code: str) -> bool:
        """Whether there was one to remove."""
        entry = self._by_code.pop(code, None)
        if entry is None:
            return False
        self._sets(entry).drop(entry)
        return True

    def clear(self) -> None:
        self.hard = _Sets()
        self.soft = _Sets()
        self.dry = _Sets()
        self._by_code.clear()
        self._ends.clear()

    def sweep(self, now: int) -> int:
        """Drop what has ended; how many."""
        dropped = 0
        while self._ends and self._ends[0][0] <= now:
            _, code = heapq.heappop(self._ends)
            entry = self._by_code.get(code)
            if entry is not None and 0 < entry.verdict.until <= now:
                dropped += self.remove(code)
        return dropped

    def _sets(self, entry: Entry) -> _Sets:
        if entry.verdict.shadow:
            return self.dry
        return self.soft if entry.verdict.action is Action.CHALLENGE else self.hard


class Blocked(AddressFilter):
    """By the client's address alone. `dry`: those in shadow, instead of those in force."""

    def __init__(self, table: BlockTable, *, dry: bool = False) -> None:
        super().__init__("block", shadow=dry)
        self._table = table
        self._dry = dry

    def judge(self, client: Address) -> Verdict | None:
        sets = self._table.dry if self._dry else self._table.hard
        found = sets.of(client, self._table.place)
        return None if found is None else found.verdict


class BlockedRequest(Filter):
    """By the device, and by what a passed challenge overcomes."""

    def __init__(self, table: BlockTable, passes: PassCheck) -> None:
        super().__init__("block-request")
        self._table = table
        self._passes = passes

    def check(self, request: Request) -> Verdict | None:
        table = self._table
        if request.device:
            found = table.hard.devices.get(request.device)
            if found is not None:
                return found.verdict
            found = table.soft.devices.get(request.device)
            if found is not None:
                return self._unless_passed(request, found)
        soft = table.soft
        if not (soft.addresses or soft.networks or soft.asns or soft.countries):
            return None
        found = soft.of(request.client, table.place)
        if found is None or 0 < request.device_since < found.since:
            return None
        return self._unless_passed(request, found)

    def _unless_passed(self, request: Request, found: Entry) -> Verdict | None:
        if request.path.startswith(OWN_PATHS) or self._passes.valid(request):
            return None
        return found.verdict
