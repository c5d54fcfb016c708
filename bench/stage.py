"""A booking day played before one defence: platform, defence, cast, and somebody who watches."""

import dataclasses
import http.client
import json
import math
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench import defences, procfs
from bench.chances import Look, Outcome
from bench.configs import Place
from bench.day import BEST, CELLS, DIRECT, DRAW, FIRST, Day
from bench.peers import Field, Peer
from bench.processes import BenchError, free_port, ours

PARTS: Final = 2  # processes that play the visitors
SURPLUS: Final = 1.1  # of places at the platform behind a room, so that it is the room that stops
BASE_MS: Final = 10  # of a page of the platform
DIRECT_SECONDS: Final = 60.0  # of a run without a room
_LEAD: Final = 5.0  # seconds that the cast needs to start
_STARTS: Final = 12.0  # that platform and gateway need
_SPENT: Final = 30.0  # that the cast may need behind its end, to tell
_LOOK: Final = 0.5
_OFFSETS: Final = range(-14, 13)  # of the Etc/GMT zones, hours to the west


@dataclass(frozen=True)
class Defence:
    """`mode`: how people come to it (bench.day)."""

    name: str
    mode: str
    program: str = ""


def zone_of_eight(opens: datetime) -> str:
    """A zone in which a moment (UTC) is between eight and nine in the morning."""
    west = (opens.hour - 8) % 24
    return f"Etc/GMT{west if west in _OFFSETS else west - 24:+d}"


def opening_after(now: float, prequeue: float) -> datetime:
    """The next full minute for which all can be ready."""
    first = now + _STARTS + prequeue + _LEAD
    return datetime.fromtimestamp(math.ceil(first / 60) * 60, UTC)


def opens_of(opens: datetime, prequeue: float) -> dict[str, Any]:
    zone = zone_of_eight(opens)
    local = opens - timedelta(hours=int(zone.removeprefix("Etc/GMT")))
    return {
        "also": [f"{local:%Y-%m-%d %H:%M}"],
        "end": "14:00",
        "zone": zone,
        "prequeue": f"{prequeue:g}s" if prequeue else "1ms",  # no time at all is refused
    }


class Watch:
    """Asks the gateway's leader twice a second how the room is."""

    def __init__(self, path: Path, start: float) -> None:
        self.looks: list[Look] = []
        self.opening = ""
        self._path = path
        self._start = start
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK):
            try:
                room = self._ask()
            except (OSError, ValueError, http.client.HTTPException):
                continue
            told, counted = room["told"], room["counted"]
            if not told:
                continue
            self.opening = told["opening"]
            at = time.monotonic() - self._start
            self.looks.append(
                Look(at, room["phase"], told["serving"], told["waiting"], counted["inside"],
                     counted["booked"], counted["factor"])
            )  # fmt: skip

    def _ask(self) -> dict[str, Any]:
        connection = http.client.HTTPConnection("localhost", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.sock.settimeout(5)
            connection.sock.connect(str(self._path))
            connection.request("GET", "/rooms")
            rooms: list[dict[str, Any]] = json.load(connection.getresponse())
            return rooms[0]
        finally:
            connection.close()


class Stage:
    """Where defences are played, one after the other. `say` tells how it goes."""

    def __init__(self, field: Field, day: Day, workers: int, say: Callable[[str], None]) -> None:
        self.field = field
        self.day = day
        self.workers = workers
        self.say = say
        self.verified: dict[str, str] = {}  # what verify_draw.py said, by defence

    def play(self, defence: Defence, label: str) -> Outcome:
        """Raises BenchError."""
        room = defence.mode in {FIRST, DRAW}
        platform, origin = self._platform(label, SURPLUS if room else 1.0)
        stop = [platform]
        try:
            if room:
                prequeue = self.day.prequeue if defence.mode == DRAW else 0.0
                opens = opening_after(time.time(), prequeue)
                peer = self._room(defence, label, origin, opens_of(opens, prequeue))
                start = time.monotonic() + opens.timestamp() - time.time()
                stop.insert(0, peer.pid)
                state = self.field.processes.folder / label / "state"
                with Watch(state / "control.sock", start) as watch:
                    outcome = self._run(defence, peer, peer.port, origin, platform, start)
                    outcome.looks = watch.looks
                    if defence.mode == DRAW:
                        self.verified[defence.name] = verify(peer.port, watch.opening)
                return outcome
            start = time.monotonic() + _LEAD
            if defence.program:
                peer = self.field.nginx(
                    label, lambda place: defences.nginx(place, defences.NARROW), origin
                )
                stop.insert(0, peer.pid)
                return self._run(defence, peer, peer.port, origin, platform, start)
            return self._run(defence, None, origin, origin, platform, start)
        finally:
            for pid in stop:
                self.field.processes.stop(pid)

    def _platform(self, label: str, surplus: float) -> tuple[int, int]:
        """The demo platform; its process and port."""
        port = free_port()
        folder = self.field.processes.folder
        argv = ours(
            "gateway.demo", "--listen", f"127.0.0.1:{port}", "--places", self.day.cell(surplus),
            "--base-ms", BASE_MS, "--database", folder / f"{label}.db",
        )  # fmt: skip
        return self.field.processes.start(f"platform-{label}", argv, port=port), port

    def _room(self, defence: Defence, label: str, origin: int, opens: dict[str, Any]) -> Peer:
        def text(place: Place, control: int) -> str:
            return defences.room(place, control, self.day, opens,
                                 workers=self.workers, draw=defence.mode == DRAW)  # fmt: skip

        return self.field.dawr(label, text, origin, self.workers)

    def _run(
        self, defence: Defence, peer: Peer | None, port: int, origin: int, platform: int,
        start: float,
    ) -> Outcome:  # fmt: skip
        day, mode = self.day, defence.mode
        if mode == DIRECT:
            day = dataclasses.replace(day, seconds=min(DIRECT_SECONDS, day.seconds))
        ahead = day.prequeue if mode == DRAW else 0.0
        time.sleep(max(0.0, start - ahead - _LEAD - time.monotonic()))
        parts = 1 if mode == BEST else PARTS
        cast = [
            subprocess.Popen(
                ours("bench.cast", port, start, day.as_json(), mode, part, parts),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for part in range(parts)
        ]  # fmt: skip
        before = spent(peer, platform)
        try:
            told = [told_by(one, ahead + _LEAD + day.seconds + _SPENT) for one in cast]
        finally:
            for one in cast:
                one.kill()
                one.communicate()
        outcome = Outcome.of(day, told, taken_at(origin))
        after = spent(peer, platform)
        outcome.cpu = {name: after[name] - before.get(name, 0.0) for name in after}
        outcome.cpu["cast"] = outcome.driver
        self.say(f"  refusals {dict(outcome.refusals)}; CPU {rounded(outcome.cpu)}")
        return outcome


def rounded(cpu: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 1) for name, seconds in cpu.items()}


def told_by(part: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    try:
        said, wrong = part.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise BenchError("the cast did not come to an end") from None
    if part.returncode:
        raise BenchError(f"the cast failed: {wrong.strip()[-1500:]}")
    told: dict[str, Any] = json.loads(said)
    return told


def spent(peer: Peer | None, platform: int) -> dict[str, float]:
    """CPU seconds until now, by process."""
    found = {"platform": procfs.cpu_seconds_of_tree(platform)}
    if peer is None:
        return found
    found["main"] = procfs.cpu_seconds([peer.pid])
    for pid, line in procfs.children(peer.pid).items():
        name = next((one for one in ("worker", "control", "valkey") if one in line), "others")
        found[name] = found.get(name, 0.0) + procfs.cpu_seconds_of_tree(pid)
    return found


def taken_at(origin: int) -> int:
    """How many places the platform has given away."""
    url = f"http://127.0.0.1:{origin}/api/availability"
    with urllib.request.urlopen(url, timeout=120) as answer:
        told = json.load(answer)
    left = sum(sum(branch["left"].values()) for branch in told["branches"])
    return int(told["places_per_day"] * CELLS - left)


def verify(port: int, opening: str) -> str:
    """What the published script says of the published draw; "" when all is right."""
    base = f"http://127.0.0.1:{port}/.dawr/draw/passports/{opening}/"
    try:
        with urllib.request.urlopen(f"{base}verify_draw.py", timeout=20) as answer:
            script = answer.read().decode()
    except OSError as error:
        return f"verify_draw.py cannot be had: {error}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, base],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()[-300:]
