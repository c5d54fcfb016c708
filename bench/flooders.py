"""A flood at one target: `python -m bench.flooders PORT START SCENE`; START: monotonic seconds.

Each flooder has an address and several connections; on each it asks, and asks again as soon as it
has an answer, with another User-Agent, and keeps no cookies. Refused, it opens another connection.
A connection that is not made within two seconds (somebody drops its packets) or not answered within
ten is given up, and tried anew; one that is turned away at once, after a twentieth of a second.

One thread over epoll(7), for this has to be cheaper than what it floods; it runs with lower
priority than the citizens' program, which shares its core. Prints JSON, see `Flood.told`.
"""

import errno
import gc
import heapq
import json
import os
import select
import socket
import struct
import sys
import time
from collections import Counter
from typing import Final

from bench.pace import answer_size
from bench.scene import EXPENSIVE, FLOOD_MARK, Scene

_BIND_WITHOUT_PORT: Final = 24  # IP_BIND_ADDRESS_NO_PORT, ip(7): the port is chosen at connect
_LINGER_NOT: Final = struct.pack("ii", 1, 0)  # closed by a reset: no port waits in TIME_WAIT
_CONNECT: Final = 2.0
_ANSWER: Final = 10.0
_PENDING: Final = 1.0  # a refusal takes less: who has waited for longer at the end was let through
_AGAIN: Final = 0.05
_SWEEP: Final = 0.25
_NICE: Final = 10
_AGENTS: Final = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5",
    b"python-requests/2.32.4",
    b"curl/8.14.1",
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    b"Go-http-client/1.1",
)


class _Connection:
    __slots__ = ("asked", "flooder", "got", "since", "sock")

    def __init__(self, flooder: int) -> None:
        self.flooder = flooder
        self.sock: socket.socket | None = None
        self.since = 0.0
        self.asked = False
        self.got = b""


class Flood:
    """`run` once. Times are seconds since START."""

    def __init__(self, port: int, start: float, scene: Scene) -> None:
        self._to = ("127.0.0.1", port)
        self._start = start
        self._scene = scene
        self._sources = scene.sources_of_flooders()
        self._poll = select.epoll()
        self._open: dict[int, _Connection] = {}
        self._waiting: list[tuple[float, int, _Connection]] = []
        self._number = 0
        self._results: Counter[str] = Counter()
        self._tries: Counter[int] = Counter()  # by second
        self._refused_at = [-1.0] * len(self._sources)
        self._passed_at = [-1.0] * len(self._sources)
        self._pages = [0] * len(self._sources)

    def run(self) -> None:
        time.sleep(max(0.0, self._start - time.monotonic()))
        for flooder in range(len(self._sources)):
            for _ in range(self._scene.connections):
                self._begin(_Connection(flooder))
        end = self._start + self._scene.flood
        sweep = 0.0
        while (now := time.monotonic()) < end:
            for fd, event in self._poll.poll(0.05):
                connection = self._open.get(fd)
                if connection is not None:
                    self._ready(connection, event)
            while self._waiting and self._waiting[0][0] <= now:
                self._begin(heapq.heappop(self._waiting)[2])
            if now >= sweep:
                sweep = now + _SWEEP
                self._sweep(now)
        for connection in list(self._open.values()):
            if connection.asked and end - connection.since > _PENDING:
                self._passed(connection)
            self._close(connection)

    def told(self) -> dict[str, object]:
        """`tries` by second, `results` by what became of them: a status, `closed` (without an
        answer), `turned away` (no connection), `dropped` (no connection in time), `late`. Of each
        flooder: when it was first refused, when it asked for the last time without being refused,
        answered or not (-1: never), and how many pages it got."""
        return {
            "tries": self._tries,
            "results": self._results,
            "refused_at": self._refused_at,
            "passed_at": self._passed_at,
            "pages": self._pages,
        }

    def _begin(self, connection: _Connection) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, _BIND_WITHOUT_PORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        sock.bind((self._sources[connection.flooder], 0))
        connection.sock = sock
        connection.since = time.monotonic()
        connection.asked = False
        connection.got = b""
        self._tries[int(connection.since - self._start)] += 1
        why = sock.connect_ex(self._to)
        if why not in {0, errno.EINPROGRESS}:
            self._failed(connection, "turned away")
            return
        self._open[sock.fileno()] = connection
        self._poll.register(sock.fileno(), select.EPOLLOUT)
        self._ask(connection)  # on loopback it is connected by now, unless somebody drops

    def _ready(self, connection: _Connection, event: int) -> None:
        if not connection.asked:
            sock = connection.sock
            if sock is not None and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._failed(connection, "turned away")
            else:
                self._ask(connection)
        elif event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self._receive(connection)

    def _ask(self, connection: _Connection) -> None:
        self._number += 1
        request = b"GET %b?q=%d HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: %b\r\n%b: 1\r\n\r\n" % (
            EXPENSIVE.encode(),
            self._number,
            _AGENTS[self._number % len(_AGENTS)],
            FLOOD_MARK,
        )
        sock = connection.sock
        assert sock is not None
        try:
            sock.send(request)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                self._failed(connection, "closed")
            return
        if not connection.asked:
            connection.asked = True
            self._poll.modify(sock.fileno(), select.EPOLLIN)

    def _receive(self, connection: _Connection) -> None:
        sock = connection.sock
        assert sock is not None
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.got += data
        if len(connection.got) < 12:
            if not data:
                self._failed(connection, "closed")
            return
        status = int(connection.got[9:12])
        if status >= 400:
            self._refused(connection, str(status))
            return
        size = answer_size(connection.got)
        if size and len(connection.got) >= size:
            self._results[str(status)] += 1
            self._passed(connection)
            now = time.monotonic()
            self._pages[connection.flooder] += 1
            connection.got = b""
            connection.since = now
            self._tries[int(now - self._start)] += 1
            self._ask(connection)
        elif not data:
            self._failed(connection, "closed")

    def _refused(self, connection: _Connection, what: str) -> None:
        self._note(connection, what)
        self._close(connection)
        self._begin(connection)

    def _failed(self, connection: _Connection, what: str) -> None:
        self._note(connection, what)
        self._close(connection)
        self._number += 1
        heapq.heappush(self._waiting, (time.monotonic() + _AGAIN, self._number, connection))

    def _note(self, connection: _Connection, what: str) -> None:
        self._results[what] += 1
        if what == "late":
            self._passed(connection)
        elif self._refused_at[connection.flooder] < 0:
            self._refused_at[connection.flooder] = time.monotonic() - self._start

    def _passed(self, connection: _Connection) -> None:
        at = connection.since - self._start
        self._passed_at[connection.flooder] = max(self._passed_at[connection.flooder], at)

    def _sweep(self, now: float) -> None:
        for connection in list(self._open.values()):
            if now - connection.since > (_ANSWER if connection.asked else _CONNECT):
                self._failed(connection, "late" if connection.asked else "dropped")

    def _close(self, connection: _Connection) -> None:
        sock = connection.sock
        if sock is not None:
            self._open.pop(sock.fileno(), None)
            sock.close()  # and epoll forgets it
            connection.sock = None


def main(port: int, start: float, scene: Scene) -> None:
    os.nice(_NICE)
    gc.disable()
    flood = Flood(port, start, scene)
    began = time.process_time()
    flood.run()
    driver = (time.process_time() - began) / scene.flood
    print(json.dumps({**flood.told(), "driver": driver}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Scene.read(sys.argv[3]))
