"""What is published of a room's draws: a promise before, the list at the close, the proof after.

The files are those of waitingroom/listing.py, in `rooms/ROOM/OPENING/` of the state folder. All
that they are made of (what was promised, the seeds, the tickets) is in the shared state too, so
that each gateway makes the same files by itself, and another can go on where a leader died. So are
the shares and the weights of the list: what past openings taught (remembering.py).
"""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from gateway.building.rooms import draw_folder
from gateway.clock import SECOND, Clock
from gateway.control.remembering import Memory
from gateway.errors import OperatorError
from gateway.settings.rooms import RoomModel
from gateway.state.rooms import RoomLead
from gateway.waitingroom.drawing import write_reveals
from gateway.waitingroom.listing import CLOSED, close_list, publish_opening
from gateway.waitingroom.ranks import FILE as RANKS
from gateway.waitingroom.schedule import ALWAYS
from gateway.waitingroom.seeds import (
    CHAINS,
    OWN,
    SEED,
    Beacon,
    Opening,
    Reveals,
    announce,
    check_reveal,
    commitment,
    read_opening,
)
from gateway.waitingroom.share import Labels

_log: Final = logging.getLogger("dawr.rooms")
_AGAIN: Final = 0.5  # seconds between two looks at whether a witness has revealed
_BEACON_AGAIN: Final = 2.0
_BEACON_TIMEOUT: Final = 3.0
COMMIT: Final = "commit:"
REVEAL: Final = "reveal:"
BEACON: Final = "beacon"
_OPENING: Final = "opening"
_SEED: Final = "seed"
_REVEALS: Final = "reveals"


class Publisher:
    """Of one room. `secrets`: the first keys the groups' labels."""

    def __init__(
        self,
        model: RoomModel,
        lead: RoomLead,
        state_folder: Path,
        secrets: list[bytes],
        clock: Clock,
        memory: Memory,
    ) -> None:
        self._memory = memory
        self._model = model
        self._lead = lead
        self._state_folder = state_folder
        self._secrets = secrets
        self._clock = clock

    def _folder(self, opening: str) -> Path:
        return draw_folder(self._state_folder, self._model.name, opening)

    async def prepare(self, opening: str, record: Mapping[str, Any]) -> None:
        """Before the first ticket: publish what is promised."""
        if opening == ALWAYS or self._model.opens is None or not self._model.opens.prequeue:
            return  # no lots are drawn
        own = await self._lead.secret(opening, _SEED, os.urandom(SEED))
        promised = await self._promised(opening, record, own)
        raw = await self._lead.secret(opening, _OPENING, announce(promised))
        folder = self._folder(opening)
        write_reveals(folder, Reveals(own))
        try:
            publish_opening(folder, read_opening(raw))
        except OperatorError as error:  # what was published holds
            _log.error("room %s: %s", self._model.name, error)

    async def _promised(self, opening: str, record: Mapping[str, Any], own: bytes) -> Opening:
        model = self._model
        closes = int(record["opens"])
        reveal = closes + (model.draw.witness_time // SECOND if model.draw.witnesses else 0)
        witnesses: list[tuple[str, bytes]] = []
        for name in model.draw.witnesses:
            made = await self._lead.kept(opening, COMMIT + name)
            if made is None:
                _log.warning(
                    "room %s: the witness %s has not committed to a seed for %s: it takes no part",
                    model.name,
                    name,
                    opening,
                )
            else:
                witnesses.append((name, made))
        beacon = None
        if model.draw.beacon != "off":
            chain = CHAINS[model.draw.beacon]
            beacon = Beacon(chain, chain.round_after(reveal))
        known = await self._memory.known(opening)
        rules = {"places": record["places"], "known": known.digest, "openings": known.openings}
        if known.each:
            rules |= {"lost": list(known.past), "weight_each": known.each}
        return Opening(
            room=model.name,
            opening=opening,
            closes_at=closes,
            reveal_by=reveal,
            commitment=commitment(model.name, opening, OWN, own),
            labels=Labels(self._secrets[0], model.name, opening).commitment,
            witnesses=tuple(witnesses),
            beacon=beacon,
            most_weight=known.most,
            rules=rules,
        )

    async def check(self, what: str, opening: str, witness: str, value: bytes) -> None:
        """Raises OperatorError where this cannot be taken in now."""
        model = self._model
        raw = await self._lead.kept(opening, _OPENING)
        promised = None if raw is None else read_opening(raw)
        if what in {"commit", "reveal"} and witness not in model.draw.witnesses:
            named = ", ".join(model.draw.witnesses) or "none"
            raise OperatorError(f"{witness!r} is no witness (draw.witnesses names: {named})")
        if what == "commit":
            if promised is not None:
                raise OperatorError(f"the pre-queue of {opening} has begun: it is too late")
        elif promised is None:
            raise OperatorError(f"nothing is published of {opening} yet")
        elif what == "reveal":
            if not (self._folder(opening) / CLOSED).exists():
                raise OperatorError("the list is not closed yet: nobody is to know the seed before")
            check_reveal(promised, witness, value)
        elif what != BEACON:
            raise OperatorError(f"{what!r} is none of commit, reveal, beacon")

    async def take_in(self, what: str, opening: str, witness: str, value: bytes) -> None:
        """After `check`."""
        prefix = {"commit": COMMIT, "reveal": REVEAL, BEACON: BEACON}[what]
        await self._lead.keep(opening, prefix + witness, value)

    async def draw(self, opening: str, tickets: int | None = None) -> None:
        """Close the list, wait for who promised a seed, draw; `tickets` are to be in it. Raises
        what fails on the way."""
        folder = self._folder(opening)
        raw = await self._lead.kept(opening, _OPENING)
        if raw is None:
            raise OperatorError(f"what was promised of {opening} is lost")
        promised = read_opening(raw)
        publish_opening(folder, promised)
        joined = await self._memory.listed(opening)
        if tickets is not None and len(joined) != tickets:
            _log.warning("room %s: %d joined, %d listed", self._model.name, tickets, len(joined))
        await asyncio.to_thread(close_list, folder, joined)
        reveals = await self._reveals(opening, promised)
        write_reveals(folder, reveals)
        await _run_drawing(folder)

    async def follow(self, opening: str) -> None:
        """Make the files of a draw that another gateway has led, if they are not here."""
        if (self._folder(opening) / RANKS).exists() or opening == ALWAYS:
            return
        if await self._lead.kept(opening, _REVEALS) is not None:
            await self.draw(opening)

    async def teach(self, record: Mapping[str, Any]) -> None:
        """Write down what an opening teaches; a leader that took over may not have its files."""
        await self.follow(record["opening"])
        await self._memory.teach(record)

    async def _reveals(self, opening: str, promised: Opening) -> Reveals:
        """All seeds; what was taken for a draw once is taken for each."""
        kept = await self._lead.kept(opening, _REVEALS)
        if kept is None:
            found = await self._gather(opening, promised)
            kept = await self._lead.secret(opening, _REVEALS, orjson.dumps(found))
        said = orjson.loads(kept)
        return Reveals(
            bytes.fromhex(said["own"]),
            {name: bytes.fromhex(seed) for name, seed in said["witnesses"].items()},
            bytes.fromhex(said["beacon"]),
        )

    async def _gather(self, opening: str, promised: Opening) -> dict[str, Any]:
        own = await self._lead.kept(opening, _SEED)
        if own is None:
            raise OperatorError(f"the seed of {opening} is lost")
        witnesses: dict[str, str] = {}
        # Who opens by hand, before the time that was promised, gives them as long.
        waits = promised.reveal_by - promised.closes_at
        until = min(promised.reveal_by, self._clock.wall() + waits)
        while True:
            for name, _ in promised.witnesses:
                seed = await self._lead.kept(opening, REVEAL + name)
                if seed is not None:
                    witnesses[name] = seed.hex()
            if len(witnesses) == len(promised.witnesses):
                break
            if self._clock.wall() >= until:
                late = [name for name, _ in promised.witnesses if name not in witnesses]
                _log.warning("room %s: no seed from %s", self._model.name, ", ".join(late))
                break
            await asyncio.sleep(_AGAIN)
        beacon = b"" if promised.beacon is None else await self._beacon(opening, promised.beacon)
        return {"own": own.hex(), "witnesses": witnesses, "beacon": beacon.hex()}

    async def _beacon(self, opening: str, beacon: Beacon) -> bytes:
        """The value of the announced round: by hand, or from where the settings say."""
        while True:
            given = await self._lead.kept(opening, BEACON)
            if given is None and self._model.draw.beacon_url is not None:
                given = await _fetched(self._model.draw.beacon_url, beacon)
            if given is not None:
                return given
            _log.warning(
                "room %s: the draw waits for round %d of drand's chain %s: "
                "gateway draw beacon %s %s VALUE",
                self._model.name,
                beacon.number,
                beacon.chain.hash,
                self._model.name,
                opening,
            )
            await asyncio.sleep(_BEACON_AGAIN)


async def _fetched(template: str, beacon: Beacon) -> bytes | None:
    url = template.format(chain=beacon.chain.hash, round=beacon.number)
    timeout = aiohttp.ClientTimeout(total=_BEACON_TIMEOUT)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            said = await answer.json(content_type=None)
            return bytes.fromhex(said["randomness"])
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        _log.warning("the beacon cannot be had from %s: %s", url, error)
        return None


async def _run_drawing(folder: Path) -> None:
    """Draw in a process of its own. Raises OperatorError with what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "gateway.waitingroom.drawing",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise OperatorError(errors.decode("utf-8", "replace").strip()[-500:])
