"""What a running gateway leaves in its state folder, so that commands find it and a second one
keeps away: `gateway.lock`, `run.json`, and the control process' Unix socket, `control.sock`.
"""

import fcntl
import os
import socket
from pathlib import Path
from typing import Final

import orjson

from gateway.errors import OperatorError
from gateway.private_file import write_private

_SOCKET: Final = "control.sock"
_SOCKET_PATH_BYTES: Final = 107  # unix(7)


class RunState:
    """Of the gateway whose state folder is `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int = -1

    @property
    def socket_path(self) -> Path:
        return self._folder / _SOCKET

    def take(self) -> None:
        """Make the folder ours. Raises OperatorError where that cannot be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._lock = os.open(
                self._folder / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise OperatorError(
                f"the state folder {self._folder} cannot be used: {error.strerror}; "
                "name another one as state.folder, or in $DAWR_STATE"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = -1
            raise OperatorError(
                f"a gateway runs on the state folder {self._folder} already; "
                "give each its own (state.folder, or $DAWR_STATE)"
            ) from None

    def control_socket(self) -> socket.socket:
        """The Unix socket of the control process: only our own user may connect."""
        path = str(self.socket_path)
        if len(path.encode()) > _SOCKET_PATH_BYTES:
            raise OperatorError(
                f"the state folder's path is too long for a Unix socket: {path} has "
                f"{len(path.encode())} bytes, {_SOCKET_PATH_BYTES} at most"
            )
        self.socket_path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            sock.bind(path)
        finally:
            os.umask(old)
        sock.listen(64)
        return sock

    def tell(self, listen: list[str], control: str) -> None:
        """Write down where it listens."""
        told = orjson.dumps({"pid": os.getpid(), "listen": listen, "control": control})
        write_private(self._folder / "run.json", told + b"\n")

    def release(self) -> None:
        if self._lock >= 0:
            self.socket_path.unlink(missing_ok=True)
            (self._folder / "run.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1
