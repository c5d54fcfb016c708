"""Our own child processes: started, spoken to, waited for.

Each gets two socket pairs: a channel for calls (gateway.channel), and one over which listening
sockets are handed. The interpreter is started with our own import path and never the current
folder's, so that all processes run the same code.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

import gateway
from gateway.channel import Channel, Handler

_OUR_CODE: Final = str(Path(gateway.__file__).resolve().parent.parent)
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_PER_MESSAGE: Final = 64  # the kernel takes 253


class Child:
    """A process of ours that runs `module`; `name` is for the log."""

    def __init__(self, module: str, name: str, handlers: dict[str, Handler]) -> None:
        self.name = name
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._descriptors: socket.socket | None = None
        self.channel = Channel(handlers)

    @property
    def pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    async def start(self) -> None:
        ours, theirs = socket.socketpair()
        self._descriptors, descriptors = socket.socketpair()
        with theirs, descriptors:
            passed = theirs.fileno(), descriptors.fileno()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                self._module,
                *map(str, passed),
                pass_fds=passed,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor
                env={**os.environ, "PYTHONPATH": _OUR_CODE},
            )
        await self.channel.open(ours)

    def hand_over(self, sockets: list[socket.socket]) -> None:
        """Give it a copy of each socket; it takes them up with `receive`, in the same order."""
        if self._descriptors is not None:
            for at in range(0, len(sockets), _PER_MESSAGE):
                some = sockets[at : at + _PER_MESSAGE]
                socket.send_fds(self._descriptors, [b"s"], [sock.fileno() for sock in some])

    async def ended(self) -> int:
        """Wait for its end; its exit status, negative for a signal. It may be asked twice."""
        if self._process is None:
            return 0
        status = await self._process.wait()
        self.close()
        return status

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def close(self) -> None:
        """Hang up, which ends it."""
        if self._process is not None:
            self.channel.close()
        if self._descriptors is not None:
            self._descriptors.close()
            self._descriptors = None

    async def end(self, *, within: float) -> None:
        """Hang up, wait for `within` seconds, then kill."""
        self.close()
        try:
            async with asyncio.timeout(within):
                await self.ended()
        except TimeoutError:
            self.kill()
            await self.ended()


class Parent:
    """The supervisor, as a child sees it."""

    def __init__(self, arguments: list[str]) -> None:
        self._channel_end, self._descriptors = (
            socket.socket(fileno=int(number)) for number in arguments[:2]
        )

    async def open(self, handlers: dict[str, Handler]) -> Channel:
        channel = Channel(handlers)
        await channel.open(self._channel_end)
        return channel

    def receive(self, count: int) -> list[socket.socket]:
        """Sockets that were handed over."""
        found: list[socket.socket] = []
        while len(found) < count:
            message, numbers, _, _ = socket.recv_fds(self._descriptors, 1, _PER_MESSAGE)
            if not message:
                break
            found += [socket.socket(fileno=number) for number in numbers]
        return found


def leave_signals_to_the_supervisor() -> None:
    """A terminal or service manager signals the whole group; only the supervisor acts on it."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(one, signal.SIG_IGN)


def end_with_parent() -> None:
    """To be run in a child that knows nothing of us, before its program: it ends when we do."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def reap_strangers(ours: set[int]) -> None:
    """Collect ended processes that are not ours: as process 1 of a container we are handed them."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in ours:
            return  # ours are waited for where they were started
        os.waitpid(ended.si_pid, os.WNOHANG)


def memory_bytes() -> int:
    """What this process holds in memory (resident); 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def event_loop_factory() -> Any:
    """uvloop's event loop, or the standard one where uvloop is missing."""
    try:
        import uvloop  # noqa: PLC0415 - not to be had everywhere
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def cause_of_end(status: int) -> str:
    """Why a process ended, in words."""
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
