"""Which blocks are handed to the kernel: those of addresses that go on knocking while blocked.

Most who are blocked stop, or are people who need the page that says why and for how long; they are
answered. Who sends five requests a second and more at a closed door is dropped before it reaches
us, until its block ends. Never handed over: devices, what many share (the judge gives that a
challenge, which is none of the kernel's), trusted hops, and what the allow list holds.
"""

import logging
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from gateway.address import parse_address
from gateway.clock import SECOND, Clock
from gateway.config import Loaded
from gateway.control.kernel import TABLE, Kernel, KernelError
from gateway.guard.block import Block, read_whom
from gateway.guard.book import Book
from gateway.guard.profiles import prefix_text

_log: Final = logging.getLogger("dawr.guard")
KNOCKS: Final = 5.0  # refused requests a second
_AGAIN: Final = 60 * SECOND  # until what the kernel holds is compared anew
_COMMON_HOSTS: Final = frozenset({"127.0.0.1", "0.0.0.0"})  # noqa: S104 - a name, no listener
_COMMON_PORT: Final = "9090"  # the default of `control`
_LONGEST: Final = 86_400  # seconds, for a block without an end; renewed while it is in force


class Offload:
    """Keeps the kernel's sets as the book says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kernel: Kernel | None = None
        self._keep = False
        self._handed: dict[str, Block] = {}  # by code
        self._applied = 0
        self._told = ""  # why it is not done, or the table's name
        self.why = "off"  # it is not done; "" if it is

    @property
    def size(self) -> int:
        return 0 if self._kernel is None else self._kernel.size

    @property
    def dropped(self) -> int:
        """Packets, as of the last look."""
        return 0 if self._kernel is None else self._kernel.dropped

    async def configure(self, loaded: Loaded) -> None:
        """Go on by these settings."""
        settings = loaded.settings
        mode = settings.blocking.kernel
        self._keep = mode == "keep"
        if mode == "off" or settings.blocking.mode != "enforce":
            await self.close()
            self.why = "off"
            return
        ports = [entry.address.port for entry in settings.listen if entry.address.port]
        spared = [*settings.client_address.trusted]
        for listed in settings.lists.allow:
            spared += [network.text for network in loaded.lists.get(listed.name, [])]
        table = table_name(str(settings.control), loaded.state_folder)
        if self._kernel is None:
            self._kernel = Kernel(ports, self._clock, spared=spared, table=table)
        else:
            self._kernel.configure(ports, spared)
        self._applied = 0
        self.why = await self._kernel.available() if ports else "no fixed port to guard"
        if self.why and self.why != self._told:
            _log.info(
                "blocks are not handed to the kernel (%s): we refuse them ourselves", self.why
            )
        if not self.why and self._told != table:
            _log.info("who goes on while blocked is dropped by the kernel: table inet %s", table)
        self._told = self.why or table

    async def tick(self, book: Book, knocking: Iterable[str]) -> None:
        """Hand over who knocks, take back whose block is over."""
        if self._kernel is None or self.why:
            return
        before = set(self._handed)
        self._handed = {
            code: block for code, block in self._handed.items() if book.find(code) is not None
        }
        for text in knocking:
            block = _blocked(book, text)
            if block is not None:
                self._handed[block.code] = block
        now = self._clock.now()
        if set(self._handed) == before and now - self._applied < _AGAIN:
            return
        self._applied = now
        wall = self._clock.wall()
        wanted = {
            block.key: max(1, round(_LONGEST if block.until is None else block.until - wall))
            for block in self._handed.values()
        }
        try:
            await self._kernel.apply(wanted)
        except KernelError as error:
            _log.error("the kernel does not take the blocks, we refuse them ourselves: %s", error)

    async def close(self) -> None:
        """Leave nothing behind, unless it is to be kept: then each element ends by itself."""
        if self._kernel is None or self.why or self._keep:
            return
        self._handed = {}
        try:
            await self._kernel.remove()
        except KernelError as error:
            _log.error("our table could not be removed from the kernel: %s", error)


def table_name(control: str, folder: Path) -> str:
    """Of our table: what no other gateway on this machine can have. They cannot share a control
    port, nor, where that is any free one, a state folder."""
    host, _, port = control.rpartition(":")
    if port == "0":
        return f"{TABLE}_{_short(str(folder))}"
    if host not in _COMMON_HOSTS:
        return f"{TABLE}_{_short(control)}"
    return TABLE if port == _COMMON_PORT else f"{TABLE}_{port}"


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=4).hexdigest()


def _blocked(book: Book, text: str) -> Block | None:
    """The block in force that an address meets."""
    address = parse_address(text)
    if address is None:
        return None
    found = book.of(*read_whom(text)) or book.of("prefix", prefix_text(address))
    enforced = found is not None and found.measure == "block" and not found.shadow
    return found if enforced else None
