"""Calls between the supervisor and its children, over a socket pair.

A frame is four bytes of length and a pickle of (number, kind, name or error, value). Pickle,
because what travels are the project's own objects between processes of one program and one user,
over a socket that nobody else can open; nothing that comes from outside is ever unpickled.

When the other side is gone `closed` is done, and every call that waits fails with ChannelClosed.
"""

import asyncio
import logging
import pickle
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final

from gateway.tasks import start_task

Handler = Callable[..., Awaitable[Any]]
_log: Final = logging.getLogger("dawr.channel")
_CALL: Final = 0
_RESULT: Final = 1
_ERROR: Final = 2
_LARGEST: Final = 1 << 30


class ChannelClosed(Exception):  # noqa: N818 - it is an event as much as an error
    """The other process is gone."""


class RemoteError(Exception):
    """The other process failed; the text is what it said."""


class Channel:
    """One end. `handlers` answer the other side's calls, each with the call's keyword arguments."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._handlers = handlers
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._writer: asyncio.StreamWriter
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, end: socket.socket) -> None:
        """Begin to talk over `end`, which is ours from now on."""
        reader, self._writer = await asyncio.open_unix_connection(sock=end)
        start_task(self._read(reader), name="channel")

    async def call(self, method: str, /, *, timeout: float | None = None, **arguments: Any) -> Any:  # noqa: ASYNC109
        """What the other side returns. Raises RemoteError, ChannelClosed or TimeoutError."""
        if self.closed.done():
            raise ChannelClosed(method)
        self._number += 1
        number = self._number
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._send(number, _CALL, method, arguments)
        try:
            async with asyncio.timeout(timeout):
                return await future
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        self._writer.close()

    def _send(self, number: int, kind: int, name: str, value: Any) -> None:
        frame = pickle.dumps((number, kind, name, value))
        self._writer.write(len(frame).to_bytes(4, "big") + frame)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(4), "big")
                if size > _LARGEST:
                    break
                number, kind, name, value = pickle.loads(await reader.readexactly(size))  # noqa: S301 - see above
                if kind == _CALL:
                    start_task(self._answer(number, name, value), name=f"answer {name}")
                elif (future := self._waiting.get(number)) is not None and not future.done():
                    if kind == _RESULT:
                        future.set_result(value)
                    else:
                        future.set_exception(RemoteError(name))
        except (asyncio.IncompleteReadError, OSError):
            pass
        except Exception:
            _log.exception("what came over the channel cannot be read; closing it")
        finally:
            self._writer.close()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ChannelClosed("the other process is gone"))
            if not self.closed.done():
                self.closed.set_result(None)

    async def _answer(self, number: int, method: str, arguments: dict[str, Any]) -> None:
        try:
            result = await self._handlers[method](**arguments)
        except Exception as error:
            _log.exception("%s failed", method)
            self._send(number, _ERROR, f"{type(error).__name__}: {error}", None)
        else:
            self._send(number, _RESULT, "", result)
