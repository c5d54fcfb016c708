"""People before their browsers: `python -m bench.citizens PORT START SCENE`, as `flooders`.

Each opens a page, then its two assets on the same connection, reads, and opens the next; one page
in ten is a form that is sent, one in twenty the search. A page is due when it is due, whatever
became of the last one; who has no answer after five seconds stops waiting. Each keeps its own
cookies. One who is challenged solves the challenge, as the page's script does, and asks again. A
connection that was closed while it lay idle is opened anew and the request asked once more.

Prints JSON: for each request `[due, kind, shared, status, seconds, challenged]`, see `Asked`.
`driver` is the share of a core that this took.
"""

import asyncio
import base64
import gc
import hashlib
import json
import random
import sys
import time
from typing import Final, cast

import uvloop

from bench.scene import EXPENSIVE, Scene

PAGE: Final = 0
ASSET: Final = 1
LATE: Final = 0  # connected, and no answer in time
BROKEN: Final = -1  # the connection failed, or was closed without an answer
DROPPED: Final = -2  # no connection in time
_PATIENCE: Final = 5.0
_HASHES: Final = 2000  # of a challenge, at a time: two milliseconds in which nobody else is served
_ASSETS: Final = (b"/static/site.css", b"/static/site.js")
_FORM: Final = b"name=Rania+Haddad&branch=12&date=2026-11-25"
_CHALLENGE: Final = b"/.dawr/challenge"
AGENTS: Final = (
    b"Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 Chrome/139.0.0.0 Mobile Safari/537.36",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
)

# Due, kind, whether behind a shared address, status or what there was instead, seconds, whether
# there was a challenge on the way.
Asked = tuple[float, int, int, int, float, int]


def answer_end(got: bytes) -> int:
    """How many bytes the answer has; 0: more must come."""
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = got[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 :].partition(b"\r\n")[0]) if at >= 0 else 0
    size = end + 4 + length
    return size if len(got) >= size else 0


def cookies_of(head: bytes) -> dict[bytes, bytes]:
    """Those that an answer sets."""
    found = {}
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"set-cookie":
            key, _, text = value.strip().partition(b";")[0].partition(b"=")
            found[key] = text
    return found


class Line(asyncio.Protocol):
    """A connection. It speaks to its citizen only while that one uses it."""

    def __init__(self, citizen: "Citizen") -> None:
        self._citizen: Citizen | None = citizen
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._citizen is None:
            transport.close()
        else:
            self._citizen.connected(self)

    def data_received(self, data: bytes) -> None:
        if self._citizen is not None:
            self._citizen.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._citizen is not None:
            self._citizen.lost()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def leave(self) -> None:
        self._citizen = None
        if self._transport is not None:
            self._transport.close()


class Citizen:
    """One person; `steps` are what is still to be asked for this page."""

    def __init__(self, crowd: "Crowd", number: int, source: str) -> None:
        scene = crowd.scene
        self._crowd = crowd
        self._source = source
        self._shared = int(number < scene.shared)
        self._random = random.Random(scene.seed * 1_000_003 + number)
        self._agent = AGENTS[number % len(AGENTS)]
        self._cookies: dict[bytes, bytes] = {}
        self._line: Line | None = None
        self._got = b""
        self._steps: list[bytes] = []
        self._kind = PAGE
        self._due = self._began = self._random.uniform(0, scene.think)
        self._request = b""
        self._first = False  # of its connection, so that a close is no idle connection's
        self._connecting = False
        self._challenged = 0
        self._solving = ""
        self._patience: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._crowd.at(self._due, self._open_page)

    # One page after the other.

    def _open_page(self) -> None:
        due = self._due
        self._due += self._random.uniform(0.5, 1.5) * self._crowd.scene.think
        if self._due < self._crowd.scene.seconds:
            self._crowd.at(self._due, self._open_page)
        self._kind = PAGE
        self._began = due
        self._challenged = 0
        self._solving = ""
        self._steps = list(_ASSETS)
        choice = self._random.random()
        if choice < 0.05:
            target = b"%b?q=branch+%d" % (EXPENSIVE.encode(), self._random.randrange(500))
            self._send(b"GET", target)
        elif choice < 0.15:
            self._send(b"POST", b"/apply", _FORM)
        else:
            self._send(b"GET", b"/page/%d" % self._random.randrange(50))
        self._patience = self._crowd.at(due + self._crowd.patience, self._lost_patience)

    def _send(self, method: bytes, target: bytes, body: bytes = b"", form: bool = True) -> None:
        accept = b"text/css,image/*,*/*" if self._kind == ASSET else b"text/html,*/*;q=0.8"
        lines = [
            b"%b %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: %b\r\nAccept: %b\r\n"
            b"Accept-Language: ar,en;q=0.7\r\n" % (method, target, self._agent, accept)
        ]
        if self._cookies:
            pairs = [b"%b=%b" % pair for pair in self._cookies.items()]
            lines.append(b"Cookie: %b\r\n" % b"; ".join(pairs))
        if body:
            kind = b"application/x-www-form-urlencoded" if form else b"application/json"
            lines.append(b"Content-Type: %b\r\nContent-Length: %d\r\n" % (kind, len(body)))
        self._request = b"%b\r\n%b" % (b"".join(lines), body)
        self._got = b""
        if self._line is not None:
            self._first = False
            self._line.write(self._request)
        else:
            self._connect()

    def _connect(self) -> None:
        self._first = True
        if not self._connecting:
            self._connecting = True
            self._crowd.connect(self, self._source)

    def connected(self, line: Line) -> None:
        self._connecting = False
        self._line = line
        if self._request:
            line.write(self._request)

    def not_connected(self) -> None:
        self._connecting = False
        if self._request:
            self._done(BROKEN)

    def lost(self) -> None:
        self._line = None
        if self._request and not self._got and not self._first:
            self._connect()
        elif self._request:
            self._done(BROKEN)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.leave()
            self._line = None

    def _lost_patience(self) -> None:
        if self._request or self._solving:
            self._solving = ""
            self._done(DROPPED if self._connecting else LATE)

    def received(self, data: bytes) -> None:
        self._got += data
        end = answer_end(self._got)
        if not end or not self._request:
            return
        head, _, body = self._got.partition(b"\r\n\r\n")
        lowered = head.lower()
        if b"\r\nset-cookie:" in lowered:
            self._cookies.update(cookies_of(head))
        if b"\r\nconnection: close" in lowered:
            self._hang_up()
        self._answered(int(self._got[9:12]), body)

    # What is done with an answer.

    def _answered(self, status: int, body: bytes) -> None:
        if self._solving:
            self._step_of_challenge(status, body)
        elif status == 403 and _CHALLENGE in body and not self._challenged:
            self._challenged = 1
            self._solving = self._request.decode("latin-1")
            self._send(b"GET", _CHALLENGE)
        else:
            self._done(status)

    def _done(self, status: int) -> None:
        """A request has come to its end."""
        self._request = b""
        now = self._crowd.now()
        self._crowd.found.append(
            (
                round(self._began, 4), self._kind, self._shared, status,
                round(now - self._began, 5), self._challenged,
            )
        )  # fmt: skip
        self._challenged = 0
        if status <= 0:
            self._hang_up()
        if status == 200 and self._steps:
            self._kind = ASSET
            self._began = now
            self._send(b"GET", self._steps.pop(0))
        elif self._patience is not None:
            self._patience.cancel()

    # The challenge, as the page's script has it.

    def _step_of_challenge(self, status: int, body: bytes) -> None:
        if status == 200:
            self._request = b""
            asked = json.loads(body)
            self._crowd.challenges += 1
            self._solve(asked, 0, self._solving)
        elif status == 204:
            head, _, sent = self._solving.encode("latin-1").partition(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            self._solving = ""
            self._send(method, target, sent)
        else:
            self._solving = ""
            self._done(status)

    def _solve(self, asked: dict[str, str], first: int, whose: str) -> None:
        if self._solving is not whose:
            return  # patience came to its end: another page is asked for
        salt = hashlib.sha256(asked["salt"].encode())
        wanted = asked["challenge"]
        last = int(asked["maxnumber"])
        for number in range(first, min(first + _HASHES, last + 1)):
            tried = salt.copy()
            tried.update(b"%d" % number)
            if tried.hexdigest() == wanted:
                payload = json.dumps({**asked, "number": number})
                altcha = base64.b64encode(payload.encode()).decode()
                self._send(b"POST", _CHALLENGE, json.dumps({"altcha": altcha}).encode(), form=False)
                return
        if first + _HASHES <= last:
            self._crowd.at(0, lambda: self._solve(asked, first + _HASHES, whose))


class Crowd:
    """`run` once. Times are seconds since START."""

    def __init__(self, port: int, start: float, scene: Scene) -> None:
        self.scene = scene
        self.patience = min(_PATIENCE, 0.45 * scene.think)  # nobody opens two pages at once
        self.found: list[Asked] = []
        self.challenges = 0
        self._port = port
        self._loop = asyncio.get_running_loop()
        # uvloop's clock stands still within a turn of the loop; START is on the same one.
        self._offset = start - (time.monotonic() - self._loop.time())
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return self._loop.time() - self._offset

    def at(self, when: float, what: object) -> asyncio.TimerHandle:
        return self._loop.call_at(when + self._offset, what)  # type: ignore[arg-type]

    def connect(self, citizen: Citizen, source: str) -> None:
        task = self._loop.create_task(self._connect(citizen, source))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, citizen: Citizen, source: str) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await self._loop.create_connection(
                    lambda: Line(citizen), "127.0.0.1", self._port, local_addr=(source, 0)
                )
        except OSError:  # TimeoutError is one
            citizen.not_connected()

    async def run(self) -> None:
        for number, source in enumerate(self.scene.sources_of_citizens()):
            Citizen(self, number, source).start()
        await asyncio.sleep(self.scene.seconds + self.patience + 0.2 - self.now())


async def _run(port: int, start: float, scene: Scene) -> None:
    began = time.process_time()
    crowd = Crowd(port, start, scene)
    await crowd.run()
    driver = (time.process_time() - began) / scene.seconds
    told = {"found": crowd.found, "driver": driver, "challenges": crowd.challenges}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    gc.disable()
    uvloop.run(_run(int(sys.argv[1]), float(sys.argv[2]), Scene.read(sys.argv[3])))
