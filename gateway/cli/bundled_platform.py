"""The demo platform as a child of `gateway run --demo`."""

import logging
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.children import end_with_parent
from gateway.errors import OperatorError

_log: Final = logging.getLogger("dawr.demo")
_STARTS_WITHIN: Final = 15.0
_ENDS_WITHIN: Final = 5.0


class BundledPlatform:
    """Listens on a port of this machine only; ends with us, however we end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, folder: Path) -> None:
        """Start it, its bookings in `folder`; return when it accepts."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self._port))
            except OSError as error:
                raise OperatorError(
                    f"the demo platform cannot listen on 127.0.0.1:{self._port}: {error.strerror}; "
                    "another port: --demo-port PORT (make run DEMO_PORT=PORT)"
                ) from None
        folder.mkdir(parents=True, exist_ok=True)
        where = f"127.0.0.1:{self._port}"
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [
                *(sys.executable, "-P", "-m", "gateway.demo"),
                *("--listen", where, "--database", str(folder / "demo.db")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a terminal's Ctrl-C is for the gateway
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
        )
        for _ in range(int(_STARTS_WITHIN / 0.1)):
            if self._process.poll() is not None:
                raise OperatorError(
                    f"the demo platform did not start on {where} (see above); "
                    "another port: --demo-port"
                )
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self._port)) == 0:
                    threading.Thread(target=self._watch, daemon=True).start()
                    return
            time.sleep(0.1)
        raise OperatorError(f"the demo platform does not accept on {where}")

    def _watch(self) -> None:
        """Tell when it ends before we do."""
        if self._process is not None and (status := self._process.wait()) and not self._ending:
            _log.error("the demo platform ended (%d): requests get 502; start anew", status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        self._ending = True
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
