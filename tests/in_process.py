"""A worker within the test's own event loop, on a real socket: fast, and all of it can be seen."""

import socket
from pathlib import Path
from typing import Self

from gateway.clock import Clock
from gateway.config import load
from gateway.ledger.snapshot import Snapshot
from gateway.worker import Worker


class _OneDoor:
    """A parent that hands over one socket."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door

    def receive(self, count: int) -> list[socket.socket]:
        return [self._door][:count]


class InProcess:
    """`async with InProcess(folder, settings)`: serves at `url`; `configure` is a reload."""

    def __init__(self, folder: Path, settings: str) -> None:
        self._config = folder / "in-process.yaml"
        self._settings = settings
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.worker = Worker(_OneDoor(self._door), Clock())  # type: ignore[arg-type]

    async def configure(self, settings: str, *, health: dict[str, bool] | None = None) -> None:
        first = not self.worker.serving.is_set()
        self._config.write_text(
            f"listen: ['127.0.0.1:0']\naccess_log: {{path: off}}\n{settings}\n", "utf-8"
        )
        wrong = await self.worker.prepare(
            loaded=load(self._config, {}),
            worker=0,
            workers=1,
            generation=1,
            new=["127.0.0.1:0"] if first else [],
            health=health or {},
            secrets=[b"k" * 32],
        )
        assert wrong == ""
        await self.worker.commit()

    async def snapshot(self) -> Snapshot:
        return await self.worker.snapshot()

    async def __aenter__(self) -> Self:
        await self.configure(self._settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.drain(seconds=5)
