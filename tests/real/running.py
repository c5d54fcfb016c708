"""A gateway, an nginx: real processes, started by a test and ended by it."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import gateway

REPOSITORY = Path(gateway.__file__).resolve().parent.parent
PATIENCE = 30.0  # seconds until a test gives up on what should come at once
_INSTALLED = Path(sys.executable).parent / "gateway"


def gateway_command() -> list[str]:
    """The command that users type: the installed one, which is compiled, where there is one."""
    return [str(_INSTALLED)] if _INSTALLED.exists() else [sys.executable, "-m", "gateway"]


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """What `condition` returns as soon as that is true of it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := condition():
            return found
        threading.Event().wait(0.02)
    raise AssertionError(f"waited {PATIENCE:g} s in vain: {what}")


def wait_for_end(pid: int) -> None:
    """Return when the process is gone, whoever its parent is."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with os.fdopen(handle) as file:
        ready, _, _ = select.select([file], [], [], PATIENCE)
    assert ready, f"process {pid} still runs"


class RunningGateway:
    """`gateway run` on a configuration in `folder`; `DAWR_STATE` is `folder`/var."""

    def __init__(self, folder: Path, config: str, *, prefix: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.config = folder / "gateway.yaml"
        self.config.write_text(config, "utf-8")
        self.state = folder / "var"
        self._prefix = prefix
        self._environ = {**os.environ, "DAWR_STATE": str(self.state)}
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        with (self.folder / "gateway.err").open("w") as errors:
            self.process = subprocess.Popen(
                [*self._prefix, *gateway_command(), "run", "--config", str(self.config)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=REPOSITORY,
                env=self._environ,
            )
        assert self.process.stdout is not None
        self.banner = ""
        while "config" not in self.banner:
            line = self.process.stdout.readline()
            assert line, f"it ended with {self.process.wait()}: {self.log()}"
            self.banner += line
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def log(self) -> str:
        return (self.folder / "gateway.err").read_text("utf-8")

    @property
    def _told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "run.json").read_text("utf-8"))
        return found

    @property
    def pid(self) -> int:
        return int(self._told["pid"])

    def address(self, index: int = 0) -> tuple[str, int]:
        host, _, port = str(self._told["listen"][index]).rpartition(":")
        return host, int(port)

    def url(self, path: str = "/", *, index: int = 0, scheme: str = "http") -> str:
        host, port = self.address(index)
        return f"{scheme}://{host}:{port}{path}"

    def control_url(self, path: str) -> str:
        return f"http://{self._told['control']}{path}"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of ours, on the same configuration."""
        return subprocess.run(
            [*gateway_command(), *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            env=self._environ,
            check=False,
            timeout=PATIENCE,
        )

    def status(self) -> dict[str, Any]:
        done = self.command("status", "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def worker_pids(self) -> list[int]:
        return [row["pid"] for row in self.status()["workers"]]

    def access_log(self) -> list[dict[str, Any]]:
        lines = (self.state / "access.log").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def logged(self, request_id: str) -> dict[str, Any]:
        """The line of the access log about a request, once it is written."""

        def look() -> dict[str, Any] | None:
            return next((line for line in self.access_log() if line["id"] == request_id), None)

        found: dict[str, Any] = eventually(look, f"{request_id} in the access log")
        return found


StartGateway = Callable[..., RunningGateway]


class RunningNginx:
    """nginx with the given `server` block, on a port of its own."""

    def __init__(self, folder: Path, port: int, server: str) -> None:
        self.port = port
        self._config = folder / "nginx.conf"
        (folder / "www").mkdir()
        self.www = folder / "www"
        self._config.write_text(
            f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 512; }}
http {{
  access_log off; client_max_body_size 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {self.www}; {server} }}
}}
""",
            "utf-8",
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        # As root nginx would serve as nobody, who may not read a test's folder.
        user = ("-g", "user root;") if os.getuid() == 0 else ()
        self._command = [program, "-c", str(self._config), "-e", str(folder / "nginx.err"), *user]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        eventually(lambda: accepts("127.0.0.1", self.port), "nginx accepts")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


def accepts(host: str, port: int) -> bool:
    import socket

    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0
