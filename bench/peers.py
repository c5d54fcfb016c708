"""The peers: how each is started, and which of its processes do the work that is counted."""

import shutil
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import configs, procfs
from bench.configs import Place
from bench.processes import BenchError, Cores, Processes, free_port, ours

NGINX: Final = "nginx"
HAPROXY: Final = "HAProxy"
AIOHTTP: Final = "aiohttp, both sides"
DAWR: Final = "Dawr"
FLOOR: Final = "uvloop alone"
_FOUND: Final = 10.0  # seconds in which a server has started its workers


@dataclass
class Peer:
    """A running peer. `workers` are the processes whose times and memory count."""

    name: str
    port: int
    pid: int
    workers: list[int]
    control: int = 0
    path: str = "/"
    headers: tuple[str, ...] = ()
    form: str = ""  # posted with each request, instead of a GET
    cookies: str = ""  # a file, whose lines are the requests' cookies by turns

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def cpu_seconds(self) -> float:
        """Of all its processes."""
        return procfs.cpu_seconds_of_tree(self.pid)


@dataclass
class Field:
    """Where peers are started. `missing` are those that this machine does not have, and why."""

    processes: Processes
    cores: Cores
    gateway: Path
    missing: dict[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name not in self.missing

    def place(self, name: str, origin: int) -> Place:
        folder = self.processes.folder / name
        folder.mkdir()
        return Place(free_port(), origin, folder)

    def nginx(self, name: str, text: Callable[[Place], str], origin: int, workers: int = 1) -> Peer:
        place = self.place(name, origin)
        pid = self._start_nginx(name, text(place), place)
        return self._pinned(
            Peer(NGINX, place.port, pid, self._workers(pid, workers, "worker process"))
        )

    def origin(self, body: int) -> int:
        """What stands behind the peers, on the load's core; its port. nginx, or else ours."""
        if not self.has(NGINX):
            return self.sink()
        place = self.place("origin", 0)
        self._start_nginx("origin", configs.nginx_origin(place.port, place.folder, body), place)
        return place.port

    def sink(self) -> int:
        port = free_port()
        self.processes.start("sink", ours("bench.sink", port), port=port)
        return port

    def haproxy(
        self,
        name: str,
        origin: int,
        *,
        connections: int = 4000,
        text: Callable[[Place], str] | None = None,
    ) -> Peer:
        place = self.place(name, origin)
        config = place.folder / "haproxy.cfg"
        told = text(place) if text else configs.haproxy(place, connections=connections)
        config.write_text(told, "utf-8")
        argv = [which("haproxy"), "-db", "-f", str(config)]
        pid = self.processes.start(name, argv, port=place.port)
        return self._pinned(Peer(HAPROXY, place.port, pid, [pid]))

    def aiohttp(self, name: str, origin: int) -> Peer:
        place = self.place(name, origin)
        log = place.folder / "access.log"
        argv = ours("bench.proxy", place.port, f"http://127.0.0.1:{origin}", log)
        pid = self.processes.start(name, argv, port=place.port)
        return self._pinned(Peer(AIOHTTP, place.port, pid, [pid]))

    def floor(self, name: str, origin: int) -> Peer:
        port = free_port()
        pid = self.processes.start(name, ours("bench.floor", port, origin), port=port)
        return self._pinned(Peer(FLOOR, port, pid, [pid]))

    def dawr(
        self, name: str, text: Callable[[Place, int], str], origin: int, workers: int = 1
    ) -> Peer:
        place = self.place(name, origin)
        control = free_port()
        config = place.folder / "gateway.yaml"
        config.write_text(text(place, control), "utf-8")
        argv = [str(self.gateway), "run", "--config", str(config)]
        pid = self.processes.start(name, argv, port=control)
        _wait_ready(control)
        found = self._workers(pid, workers, "gateway.worker")
        return self._pinned(Peer(DAWR, place.port, pid, found, control))

    def stop(self, peer: Peer) -> None:
        self.processes.stop(peer.pid)

    def _start_nginx(self, name: str, text: str, place: Place) -> int:
        config = place.folder / "nginx.conf"
        config.write_text(text, "utf-8")
        argv = [which("nginx"), "-e", str(place.folder / "error.log"), "-c", str(config)]
        return self.processes.start(name, argv, port=place.port)

    def _workers(self, pid: int, count: int, sign: str) -> list[int]:
        until = time.monotonic() + _FOUND
        while time.monotonic() < until:
            found = [child for child, line in procfs.children(pid).items() if sign in line]
            if len(found) == count:
                return found
            time.sleep(0.05)
        raise BenchError(f"process {pid} has not {count} children called {sign!r}")

    def _pinned(self, peer: Peer) -> Peer:
        for pid in peer.workers:
            procfs.pin(pid, {self.cores.peer})
        return peer


def which(program: str) -> str:
    """Where a program is, in the folders of administrators too. Raises BenchError."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise BenchError(
            f"{program} is not installed (Debian: apt-get install {_PACKAGE[program]})"
        )
    return found


def _wait_ready(control: int) -> None:
    """Until the gateway says that it serves: its control port is open from the start."""
    until = time.monotonic() + _FOUND
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{control}/readyz", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchError("the gateway is not ready after ten seconds")


_PACKAGE: Final = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "wrk": "wrk",
    "fail2ban-server": "fail2ban",
    "fail2ban-client": "fail2ban",
    "slowhttptest": "slowhttptest",
    "nft": "nftables",
    "ip": "iproute2",
}


class Scraped:
    """While open, the gateway's metrics are read each second, as Prometheus would."""

    def __init__(self, peer: Peer | None) -> None:
        self._url = f"http://127.0.0.1:{peer.control}/metrics" if peer and peer.control else ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.scrapes = 0

    def __enter__(self) -> "Scraped":
        if self._url:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._url:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(1):
            with urllib.request.urlopen(self._url, timeout=5) as answer:
                answer.read()
                self.scrapes += 1
