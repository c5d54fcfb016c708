"""A worker's doors: what accepts connections on each address that the settings name.

A reload keeps the door of an address that stays, whatever else changes about it; connections are
never touched. Only the change between TLS and none opens a new door on the same socket.
"""

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final

from gateway.app import Built
from gateway.clock import SECOND
from gateway.http.connections import Connections
from gateway.http.downstream import Downstream
from gateway.http.listener import Listener
from gateway.http.plane import Plane
from gateway.settings.network import ListenModel

if TYPE_CHECKING:
    from gateway.http.tls import TlsContexts, TlsSwitch

_BACKLOG: Final = 4096


class _Door:
    """One address: its server, what its connections share, and its TLS."""

    def __init__(self, server: asyncio.Server, listener: Listener, switch: "TlsSwitch | None"):
        self.server = server
        self.listener = listener
        self.switch = switch


class Doors:
    """All doors of a worker, by address as the settings have it."""

    def __init__(self) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._doors: dict[str, _Door] = {}

    def keep(self, address: str, sock: socket.socket) -> None:
        """A listening socket to be used with the next settings."""
        self._sockets[address] = sock

    def forget_all_but(self, entries: list[ListenModel]) -> None:
        """Close the sockets that no entry names."""
        wanted = {str(entry.address) for entry in entries}
        for address in [one for one in self._sockets if one not in wanted]:
            self._sockets.pop(address).close()

    async def open(self, built: Built, plane: Plane, connections: Connections) -> None:
        """Go over to the settings' entries: open what is new, alter what stays, close the rest."""
        settings = built.loaded.settings
        wanted = {str(entry.address): index for index, entry in enumerate(settings.listen)}
        for address in [one for one in self._doors if one not in wanted]:
            self._doors.pop(address).server.close()
        for address, index in wanted.items():
            entry, contexts = settings.listen[index], built.tls[index]
            door = self._doors.get(address)
            if door is not None and (door.switch is None) != (contexts is None):
                door.server.close()
                door = None
            if door is None:
                listener = Listener(plane, connections)
                door = await self._opened(address, listener, contexts, settings.bounds.head_time)
                self._doors[address] = door
            elif door.switch is not None and contexts is not None:
                door.switch.turn_to(contexts)
            door.listener.configure(
                tls=entry.tls is not None,
                redirect_port=entry.redirect_port if entry.redirect else 0,
                proxy_protocol=entry.proxy_protocol,
            )
        self.forget_all_but(settings.listen)

    def close(self) -> None:
        """Accept no more."""
        for door in self._doors.values():
            door.server.close()
        self.forget_all_but([])

    async def _opened(
        self, address: str, listener: Listener, contexts: "TlsContexts | None", head_time: int
    ) -> _Door:
        options: dict[str, Any] = {}
        switch = None
        if contexts is not None:
            from gateway.http.tls import TlsSwitch  # noqa: PLC0415 - 8 MiB that only TLS needs

            switch = TlsSwitch(contexts)
            options = {"ssl": switch.context, "ssl_handshake_timeout": head_time / SECOND}

        def accepted() -> Any:
            return Downstream(listener)

        server = await asyncio.get_running_loop().create_server(
            accepted, sock=self._sockets[address].dup(), backlog=_BACKLOG, **options
        )
        return _Door(server, listener, switch)
