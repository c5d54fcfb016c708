"""Who is blocked: the book, kept in the shared state, told to the workers, written to the trail.

One for each gateway, in its control process. Where nothing is shared (`state.url: off`) the blocks
stand in `blocks.json` of the state folder. Networks of feeds are each gateway's own reading and are
not shared; what was lifted of them is (guard/lifted.py).
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import orjson

from gateway.clock import Clock
from gateway.guard.block import Block, block_of
from gateway.guard.book import Book, Full, Past, Told, as_told
from gateway.guard.lifted import Lifted
from gateway.ledger.audit import Audit
from gateway.private_file import write_private
from gateway.state.records import SharedRecords
from gateway.tasks import start_task

_log: Final = logging.getLogger("dawr.control")
_PAST: Final = "past "  # before the keys of what is kept of former blocks
_LIFTED: Final = "lifted "  # and of who is held off, though a feed lists it

Tell = Callable[[list[Told], list[str], bool], Awaitable[None]]  # added, removed, anew


class Blocks:
    """`tell` tells the workers; `folder` is the state folder."""

    def __init__(self, book: Book, tell: Tell, audit: Audit, folder: Path, clock: Clock) -> None:
        self.book = book
        self._tell = tell
        self.audit = audit
        self.databases: frozenset[str] = frozenset()  # of asn and country, which there are
        self.made: Counter[tuple[str, str, str]] = Counter()  # scope, reason, who made it
        self._file = folder / "blocks.json"
        self._clock = clock
        self._shared: SharedRecords | None = None
        self._feeds: dict[str, Block] = {}  # by code: what feeds hold, which is not shared
        self._listed: dict[tuple[str, str], list[str]] = {}  # the codes of those, by whom
        self.lifted = Lifted()
        self._telling = asyncio.Lock()

    def share(self, shared: SharedRecords | None) -> None:
        """Keep them there from now on; None: in a file of our own."""
        self._shared = shared
        if shared is None and self._file.exists():
            with contextlib.suppress(OSError, ValueError):
                records = orjson.loads(self._file.read_bytes())
                self.changed({key: value.encode() for key, value in records.items()}, [], True)

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.wall()

    @property
    def shared(self) -> SharedRecords | None:
        return self._shared

    # What others did.

    def changed(self, put: Mapping[str, bytes], drop: list[str], anew: bool) -> None:
        """What came from the shared state."""
        if anew:
            self.book.past.clear()
            self.lifted.clear()
            self.book.replace([])
        removed = [code for code in drop if self.book.remove(code) is not None]
        for key in drop:
            if key.startswith(_LIFTED):
                self.lifted.release(_whom(key, _LIFTED))
        added: list[Block] = []
        for key, value in put.items():
            with contextlib.suppress(ValueError, KeyError, TypeError, Full):
                if key.startswith(_PAST):
                    self.book.past[_whom(key, _PAST)] = Past(*orjson.loads(value))
                    continue
                if key.startswith(_LIFTED):
                    removed += self._hold_off(_whom(key, _LIFTED), float(orjson.loads(value)))
                    continue
                block = block_of(orjson.loads(value))
                old = self.book.put(block)
                removed += [] if old is None else [old.code]
                added.append(block)
        if anew:
            for block in self._feeds.values():
                with contextlib.suppress(Full):
                    self.book.put(block)
            self._tell_soon(self.book.all(), [], anew=True)
        elif added or removed:
            self._tell_soon(added, removed)

    # What is done here.

    async def add(self, blocks: Iterable[Block], who: str) -> int:
        """Put blocks in force; how many there was room for. Raises OSError if the trail cannot be
        written: then nothing is done."""
        wanted = list(blocks)
        released = [b.whom for b in wanted if b.by != "guard" and self.lifted.release(b.whom)]
        self.audit.write(who, ({"what": "block", **block.as_data()} for block in wanted))
        added, replaced = self._put(wanted)
        self.made.update((b.scope, b.reason, b.by.partition(":")[0]) for b in added)
        put = {block.code: tight(orjson.dumps(block.as_data())) for block in added}
        for block in added:
            past = self.book.past.get(block.whom)
            if past is not None:
                put[_past_key(block)] = orjson.dumps([past.offences, past.until])
        self._keep(put, replaced + [_key(_LIFTED, whom) for whom in released])
        await self._tell_now(added, replaced)
        if len(added) < len(wanted):
            _log.error("the book of blocks is full: %d left out", len(wanted) - len(added))
        return len(added)

    async def remove(self, codes: Iterable[str], who: str, *, pardon: bool = False) -> list[Block]:
        """Lift blocks; those that there were. `pardon`: they were a mistake, and do not count.

        Feeds that list the same are held off (`lifted`).
        """
        found = [block for code in codes if (block := self.book.find(code)) is not None]
        self.audit.write(
            who, ({"what": "lift", "pardon": pardon, **block.as_data()} for block in found)
        )
        put: dict[str, bytes] = {}
        drop: list[str] = []
        now = self.now()
        for block in found:
            self.book.remove(block.code)
            if block.whom in self._listed:
                self._hold_off(block.whom, now)
                put[_key(_LIFTED, block.whom)] = orjson.dumps(now)
            drop.append(block.code)
            if pardon:
                self.book.pardon(block)
                past = self.book.past.get(block.whom)
                if past is None:
                    drop.append(_past_key(block))
                else:
                    put[_past_key(block)] = orjson.dumps([past.offences, past.until])
        self._keep(put, drop)
        await self._tell_now([], [block.code for block in found])
        return found

    def _hold_off(self, whom: tuple[str, str], since: float) -> list[str]:
        """No feed blocks it from now on; the codes of those that did."""
        codes = self._listed.pop(whom, [])
        feeds = [self._feeds.pop(code).by.removeprefix("feed:") for code in codes]
        self.lifted.hold(whom, feeds, since)
        return [code for code in codes if self.book.remove(code) is not None]

    async def set_feed(self, name: str, blocks: Iterable[Block]) -> tuple[int, int]:
        """A feed now holds these; how many are new, how many gone."""
        by = f"feed:{name}"
        read = list(blocks)
        released = self.lifted.read(name, [block.whom for block in read], self.now())
        if released:
            self._keep({}, [_key(_LIFTED, whom) for whom in released])
        new = {block.code: block for block in read if block.whom not in self.lifted}
        old = {code for code, block in self._feeds.items() if block.by == by}
        gone = [code for code in old if code not in new]
        added = [block for code, block in new.items() if code not in old]
        for code in gone:
            self.book.remove(code)
            block = self._feeds.pop(code)
            self._listed[block.whom].remove(code)
            if not self._listed[block.whom]:
                del self._listed[block.whom]
        # A block by hand or by the guard goes first; the feed's holds when that has ended.
        kept, _ = self._put([b for b in new.values() if self.book.of(*b.whom) is None])
        for block in added:
            self._feeds[block.code] = block
            self._listed.setdefault(block.whom, []).append(block.code)
        self.audit.write(by, [{"what": "feed", "added": len(added), "gone": len(gone)}])
        await self._tell_now(kept, gone)
        return len(added), len(gone)

    async def tick(self) -> None:
        """Drop what has ended."""
        past_before = set(self.book.past)
        ended = self.book.expire(self._clock.wall())
        forgiven = [_key(_PAST, whom) for whom in past_before - set(self.book.past)]
        if ended or forgiven:
            self._keep({}, [block.code for block in ended] + forgiven)
            await self._tell_now([], [block.code for block in ended])

    # Where it goes.

    def _put(self, blocks: list[Block]) -> tuple[list[Block], list[str]]:
        added: list[Block] = []
        replaced: list[str] = []
        for block in blocks:
            with contextlib.suppress(Full):
                old = self.book.put(block)
                if old is not None and old.code != block.code:
                    replaced.append(old.code)
                added.append(block)
        return added, replaced

    def _keep(self, put: Mapping[str, bytes], drop: list[str]) -> None:
        if self._shared is not None:
            self._shared.change(put, drop)
            return
        records = {
            block.code: orjson.dumps(block.as_data()).decode()
            for block in self.book.all()
            if block.code not in self._feeds
        }
        records |= {
            _key(_PAST, whom): orjson.dumps([past.offences, past.until]).decode()
            for whom, past in self.book.past.items()
        }
        records |= {
            _key(_LIFTED, whom): orjson.dumps(since).decode()
            for whom, since in self.lifted.since.items()
        }
        write_private(self._file, orjson.dumps(records))

    def _tell_soon(self, added: list[Block], removed: list[str], *, anew: bool = False) -> None:
        start_task(self._tell_now(added, removed, anew=anew), name="tell blocks")

    async def _tell_now(
        self, added: list[Block], removed: list[str], *, anew: bool = False
    ) -> None:
        if not added and not removed and not anew:
            return
        told = [as_told(block) for block in added]
        async with self._telling:  # in the order in which things were decided
            await self._tell(told, removed, anew)


def tight(data: bytes) -> bytes:
    """The same, in no more memory than it needs: what orjson gives holds some 4 KiB."""
    return memoryview(data).tobytes()


def _past_key(block: Block) -> str:
    return _key(_PAST, block.whom)


def _key(prefix: str, whom: tuple[str, str]) -> str:
    return f"{prefix}{whom[0]} {whom[1]}"


def _whom(key: str, prefix: str) -> tuple[str, str]:
    scope, _, name = key.removeprefix(prefix).partition(" ")
    return scope, name
