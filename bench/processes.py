"""Processes of a bench: started in a folder that goes with them, ended by their ids.

The bench itself and all it starts live on the second core; a peer's workers are moved to the first.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bench import procfs

REPOSITORY: Final = Path(__file__).resolve().parent.parent
_PORTS: Final = range(20_000, 32_000)  # below those that the kernel gives to connections
_START: Final = 20.0  # seconds
_STOP: Final = 5.0


class BenchError(Exception):
    """The bench cannot go on; the text is for whoever runs it."""


@dataclass(frozen=True)
class Cores:
    """One for the peer that is measured, one for the load and the origin."""

    peer: int
    rest: int

    @property
    def shared(self) -> bool:
        return self.peer == self.rest


def choose_cores(available: set[int]) -> Cores:
    ordered = sorted(available)
    return Cores(ordered[0], ordered[-1])


def free_port() -> int:
    for port in random.sample(_PORTS, 200):
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise BenchError("there is no free port between 20000 and 32000")


class Processes:
    """Everything started here ends when the `with` block does."""

    def __init__(self) -> None:
        self._running: list[tuple[subprocess.Popen[bytes], str]] = []
        self.folder = Path()

    def __enter__(self) -> Self:
        # A short path: a Unix socket's has 107 bytes at most.
        self.folder = Path(tempfile.mkdtemp(prefix="dawr-bench-"))
        return self

    def __exit__(self, *_: object) -> None:
        for process, _name in reversed(self._running):
            _end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name: str, argv: Sequence[str], *, port: int) -> int:
        """Start a server and wait until `port` answers; its process id."""
        output = self.folder / f"{name}.out"
        with output.open("wb") as out:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "DAWR_STATE": str(self.folder / "state")},
                start_new_session=True,
            )
        self._running.append((process, name))
        until = time.monotonic() + _START
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                said = output.read_text("utf-8", "replace").strip()[-2000:]
                raise BenchError(f"{name} did not start: {said or 'it said nothing'}")
            time.sleep(0.05)
        return process.pid

    def stop(self, pid: int) -> None:
        """End one server before the others."""
        for entry in list(self._running):
            if entry[0].pid == pid:
                _end(entry[0])
                self._running.remove(entry)


def ours(module: str, *arguments: object) -> list[str]:
    """The command line of a program of the bench."""
    code = "import runpy, sys; sys.path[0] = sys.argv.pop(1); runpy.run_module({!r}, None, {!r})"
    source = code.format(module, "__main__")
    return [sys.executable, "-c", source, str(REPOSITORY), *map(str, arguments)]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    below = list(procfs.children(process.pid))
    process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        for pid in below:
            if pid in procfs.children(1):
                os.kill(pid, 9)
