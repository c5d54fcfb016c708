"""Blocks handed to the kernel: sets of nftables with timeouts, in a table of our own.

The law: `inet dawr`, or the name that is ours instead, is touched and nothing else; packets are
dropped only if they go to a port on which we listen and come from a blocked network, before
connections are tracked (prerouting, raw); each change is one transaction, all or nothing; each
element ends by itself, so that no block outlives us for longer than it was given. What the kernel
holds is compared with what is wanted at the start and each minute, and the difference is written:
whatever somebody else did to the table is mended.

Four sets: single IPv4 addresses and IPv6 /64s are hashed, so that one more among 50,000 is cheap;
other networks lie in interval sets, where one within another is left out while the outer one is
there. Bound: `most` elements, some 110 to 170 bytes of the kernel's each; beyond, those that end
first are left to the process, which refuses them anyway. Not here: who may be blocked for whom. An
address that many share, or a proxy's, must not come here: the kernel sees the socket's other end,
never the client behind a proxy; `spared` networks are left out whatever is asked.

nft(8), libnftables-json(5).
"""

import asyncio
import json
import os
import shutil
import socket
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.clock import SECOND, Clock
from gateway.errors import OperatorError
from gateway.prefixes import Network, parse_network

TABLE: Final = "dawr"
_SETS: Final = {
    "addresses4": ("ipv4_addr", "timeout", "ip saddr"),
    "networks4": ("ipv4_addr", "timeout, interval", "ip saddr"),
    "sites6": ("ipv6_addr", "timeout", "ip6 saddr & ffff:ffff:ffff:ffff::"),
    "networks6": ("ipv6_addr", "timeout, interval", "ip6 saddr"),
}
_WIDEST: Final = {4: 8, 6: 16}  # prefixes; wider ones are a mistake
_LISTED_AGAIN: Final = 60 * SECOND
_PATIENCE: Final = 20.0  # seconds for one run of nft
_LONGEST: Final = 30 * 86_400  # seconds; longer blocks are renewed
_CLOSE: Final = 5  # seconds by which an end may differ
_ENDING: Final = 3  # what ends that soon is left to end: it may be gone by the time we write
_FOLDERS: Final = "/usr/sbin:/sbin:/usr/local/sbin"

Element = tuple[str, str]  # set, network as nft writes it


class KernelError(OperatorError):
    """nft refused; its words."""


class Known:
    """A network as the sets hold it: which set, how nft writes it."""

    __slots__ = ("element", "first", "last")

    def __init__(self, network: Network) -> None:
        self.element: Element = (_set_of(network), _text(network))
        self.first = network.first
        self.last = network.last


Memo = dict[str, Known | None]  # by how a network was spelt; None: it must not go to the kernel


class Spared:
    """Networks that never go to the kernel: an allow list may have a hundred thousand."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Raises ValueError for what is no network."""
        self._starts: dict[int, list[int]] = {4: [], 6: []}
        self._ends: dict[int, list[int]] = {4: [], 6: []}
        networks = [parse_network(text) for text in texts]
        for one in sorted(networks, key=lambda one: (one.version, one.first, one.length)):
            starts, ends = self._starts[one.version], self._ends[one.version]
            if not ends or one.last > ends[-1]:  # else it lies within the one before
                starts.append(one.first)
                ends.append(one.last)

    def meets(self, network: Network) -> bool:
        """Whether it holds, or lies within, one of them."""
        at = bisect_right(self._starts[network.version], network.last)
        return at > 0 and self._ends[network.version][at - 1] >= network.first


def elements(
    wanted: Mapping[str, int],
    spared: Spared | None = None,
    *,
    most: int = 100_000,
    memo: Memo | None = None,
) -> dict[Element, int]:
    """What the sets should hold, with the seconds left.

    Unreadable, spared, over and too wide networks are left out, and one within another of the same
    interval set. `memo` remembers how they read, which is most of the work; what is no longer
    wanted is forgotten.
    """
    memo = {} if memo is None else memo
    spared = spared or Spared()
    for text in memo.keys() - wanted.keys():
        del memo[text]
    longest = wanted.items()
    if len(wanted) > most:
        longest = dict(sorted(longest, key=lambda one: -one[1])[:most]).items()
    made: dict[Element, int] = {}
    inner: dict[str, list[tuple[int, int, Known, int]]] = {}
    for text, seconds in longest:
        known = memo[text] if text in memo else memo.setdefault(text, _known(text, spared))
        if known is None or seconds <= 0:
            continue
        kind = known.element[0]
        if kind.startswith("networks"):
            inner.setdefault(kind, []).append(
                (known.first, -known.last, known, min(seconds, _LONGEST))
            )
        else:
            made[known.element] = max(min(seconds, _LONGEST), made.get(known.element, 0))
    for networks in inner.values():
        end = -1
        for first, negative, known, seconds in sorted(networks, key=lambda one: one[:2]):
            if -negative > end:
                made[known.element] = seconds
                end = -negative
            elif first == known.first and known.element in made:
                made[known.element] = max(seconds, made[known.element])
    return made


def _known(text: str, spared: Spared) -> Known | None:
    try:
        network = _quickly(text) or parse_network(text)
    except ValueError:
        return None
    if network.length < _WIDEST[network.version] or spared.meets(network):
        return None
    return Known(network)


def difference(
    wanted: Mapping[Element, int], present: Mapping[Element, int], table: str = TABLE
) -> str:
    """The least script that makes `present` what is `wanted`; both with the seconds left.

    An element whose end is off by more than a tenth, and five seconds, is put anew.
    """
    gone: dict[str, list[str]] = {}
    new: dict[str, list[str]] = {}
    for (kind, text), left in present.items():
        if left > _ENDING and not _stays(wanted.get((kind, text), 0), left):
            gone.setdefault(kind, []).append(text)
    for (kind, text), seconds in wanted.items():
        if not _stays(seconds, present.get((kind, text), 0)):
            new.setdefault(kind, []).append(f"{text} timeout {seconds}s")
    lines = [f"delete element inet {table} {kind} {{ {', '.join(gone[kind])} }}" for kind in gone]
    lines += [f"add element inet {table} {kind} {{ {', '.join(new[kind])} }}" for kind in new]
    return "".join(f"{line}\n" for line in lines)


def frame(ports: Iterable[int], table: str = TABLE) -> str:
    """The script that makes the table, its sets and its one chain, whatever is there already."""
    lines = [f"add table inet {table}", f"add counter inet {table} dropped"]
    for kind, (data, flags, _) in _SETS.items():
        lines.append(f"add set inet {table} {kind} {{ type {data}; flags {flags}; }}")
    lines.append(
        f"add chain inet {table} guard "
        "{ type filter hook prerouting priority raw; policy accept; }"
    )
    lines.append(f"flush chain inet {table} guard")
    to = f"tcp dport {{ {', '.join(str(port) for port in sorted(set(ports)))} }}"
    for kind, (_, _, match) in _SETS.items():
        lines.append(f"add rule inet {table} guard {to} {match} @{kind} counter name dropped drop")
    return "".join(f"{line}\n" for line in lines)


def read(listing: str) -> tuple[dict[Element, int], int]:
    """What `nft -j list table` says: elements with the seconds left, and packets dropped.

    Raises ValueError where it is no such listing.
    """
    present: dict[Element, int] = {}
    dropped = 0
    for entry in json.loads(listing)["nftables"]:
        if "counter" in entry:
            dropped = int(entry["counter"]["packets"])
        for one in entry.get("set", {}).get("elem", []):
            element = one["elem"]
            value: Any = element["val"]
            if isinstance(value, dict):
                prefix = value["prefix"]
                value = f"{prefix['addr']}/{prefix['len']}"
            present[entry["set"]["name"], str(value)] = int(element["expires"])
    return present, dropped


def _set_of(network: Network) -> str:
    if network.version == 4:
        return "addresses4" if network.length == 32 else "networks4"
    return "sites6" if network.length == 64 else "networks6"


def _text(network: Network) -> str:
    if network.version == 4:
        address = socket.inet_ntop(socket.AF_INET, network.first.to_bytes(4, "big"))
        alone = network.length == 32
    else:
        address = socket.inet_ntop(socket.AF_INET6, network.first.to_bytes(16, "big"))
        alone = network.length in {64, 128}
    return address if alone else f"{address}/{network.length}"


def _quickly(text: str) -> Network | None:
    """What most blocks are, an IPv4 address, at a tenth of the price."""
    try:
        return Network(4, int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big"), 32)
    except OSError:
        return None


class Kernel:
    """`ports` are those on which we listen. `command` runs nft (by default as it is installed).
    `table`: its name; two gateways on one machine need two.

    One call at a time: whoever calls waits for the last to end.
    """

    def __init__(
        self,
        ports: Iterable[int],
        clock: Clock,
        *,
        spared: Iterable[str] = (),
        most: int = 100_000,
        command: Sequence[str] = (),
        table: str = TABLE,
    ) -> None:
        self._clock = clock
        self._table = table
        self._most = most
        self._command = tuple(command)
        self._lock = asyncio.Lock()
        self._ends: dict[Element, int] | None = None  # nanoseconds; None: not known
        self._listed_at = 0
        self.dropped = 0  # packets, when it was last listed
        self.configure(ports, spared)

    def configure(self, ports: Iterable[int], spared: Iterable[str] = ()) -> None:
        """Go on with other ports; with the next `apply`. Raises ValueError for a bad network."""
        self._ports = sorted(set(ports))
        self._spared = Spared(spared)
        self._memo: Memo = {}
        self._ends = None

    @property
    def size(self) -> int:
        """How many elements the kernel holds, as far as we know."""
        now = self._clock.now()
        return sum(end > now for end in (self._ends or {}).values())

    async def available(self) -> str:
        """ "", or why blocks cannot be handed over, for the log."""
        if not self._ports:
            return "the gateway listens on no TCP port"
        if not self._command:
            found = shutil.which("nft") or shutil.which("nft", path=_FOLDERS)
            if found is None:
                return "the program nft is not installed (Debian: apt-get install nftables)"
            self._command = (found,)
        try:
            await self._run("--check", script=frame(self._ports, self._table))
        except KernelError as error:
            if "not permitted" in str(error):
                return f"it is not permitted (CAP_NET_ADMIN is missing; user {os.geteuid()})"
            return f"nft refuses: {error}"
        return ""

    async def apply(self, wanted: Mapping[str, int]) -> None:
        """Have the kernel hold just `wanted`: networks, with the seconds left.

        Raises KernelError; then it holds what it held. `available` must have been asked.
        """
        async with self._lock:
            goal = await asyncio.to_thread(
                elements, wanted, self._spared, most=self._most, memo=self._memo
            )
            try:
                await self._apply(goal)
            except KernelError:
                # Somebody else's table of that name, or an element that ended meanwhile.
                self._ends = None
                script = f"add table inet {self._table}\ndelete table inet {self._table}\n"
                await self._write(
                    script + frame(self._ports, self._table) + difference(goal, {}, self._table),
                    goal,
                )

    async def _apply(self, goal: dict[Element, int]) -> None:
        now = self._clock.now()
        script = ""
        if self._ends is None or now - self._listed_at >= _LISTED_AGAIN:
            present = await self._present()
            script = frame(self._ports, self._table)
            self._listed_at = now
        else:
            present = {e: -(-(end - now) // SECOND) for e, end in self._ends.items() if end > now}
        script += await asyncio.to_thread(difference, goal, present, self._table)
        await self._write(script, goal, present)

    async def _write(
        self, script: str, goal: dict[Element, int], present: Mapping[Element, int] | None = None
    ) -> None:
        if script:
            await self._run("-f", "-", script=script)
        now = self._clock.now()
        left = present or {}
        self._ends = {
            element: now + (have if _stays(seconds, have) else seconds) * SECOND
            for element, seconds in goal.items()
            for have in [left.get(element, 0)]
        }

    async def _present(self) -> dict[Element, int]:
        try:
            listing = await self._run("-j", "list", "table", "inet", self._table)
        except KernelError:
            return {}  # there is none yet; if that was not why, writing will tell
        present, self.dropped = await asyncio.to_thread(read, listing)
        return present

    async def remove(self) -> None:
        """Take the table away, with all that is in it. Raises KernelError."""
        async with self._lock:
            self._ends = None
            script = f"add table inet {self._table}\ndelete table inet {self._table}\n"
            await self._run("-f", "-", script=script)

    async def _run(self, *arguments: str, script: str = "") -> str:
        if "--check" in arguments:
            arguments = ("--check", "-f", "-")
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise KernelError(f"{self._command[0]} cannot be run: {error.strerror}") from None
        try:
            async with asyncio.timeout(_PATIENCE):
                out, err = await process.communicate(script.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise KernelError(f"nft took more than {_PATIENCE:.0f} s") from None
        if process.returncode:
            said = err.decode("utf-8", "replace").strip().splitlines()
            raise KernelError(said[0][:300] if said else f"nft ended with {process.returncode}")
        return out.decode()


def _stays(seconds: int, left: int) -> bool:
    """Whether an element with `left` seconds will do where `seconds` are wanted. One that is about
    to end has to end first; the next change sets it anew."""
    near = seconds > 0 and abs(left - seconds) <= max(_CLOSE, seconds // 10)
    return left > 0 and (near or left <= _ENDING)
