"""Many clients in one process, as cheaply as they can be played: one thread over epoll(7).

A connection for each request, from the client's own address, closed by a reset as soon as the
answer is whole: no port waits in TIME_WAIT, and nobody holds a descriptor while they wait. So one
process plays more people than it may have sockets. Times are seconds since `start`, monotonic.
"""

import errno
import heapq
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from bench.citizens import answer_end

_BIND_WITHOUT_PORT: Final = 24  # IP_BIND_ADDRESS_NO_PORT, ip(7): the port is chosen at connect
_LINGER_NOT: Final = struct.pack("ii", 1, 0)
_SWEEP: Final = 0.5
_EVENTS: Final = 256

TURNED_AWAY: Final = -1  # no connection
CLOSED: Final = -2  # closed without a whole answer
LATE: Final = -3  # none in time

# Status or what there was instead, head, body.
Answered = Callable[[int, bytes, bytes], None]


class Line:
    """A connection, with its one request."""

    __slots__ = ("answered", "asked", "got", "request", "sock", "until")

    def __init__(
        self, sock: socket.socket, request: bytes, until: float, answered: Answered
    ) -> None:
        self.sock = sock
        self.request = request
        self.until = until
        self.answered = answered
        self.asked = False
        self.got = b""


class Wire:
    """`run` once; `until` when it ends, at the latest."""

    def __init__(self, port: int, start: float, until: float) -> None:
        self._to = ("127.0.0.1", port)
        self._start = start
        self._until = until
        self._poll = select.epoll()
        self._open: dict[int, Line] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ended = False
        self.starved = 0  # requests that had to wait for a descriptor

    def now(self) -> float:
        return time.monotonic() - self._start

    def at(self, when: float, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (when, self._count, what))

    def end(self) -> None:
        self._ended = True

    def run(self) -> None:
        sweep = self.now()
        while not self._ended and (now := self.now()) < self._until:
            for _ in range(_EVENTS):  # answers are looked at in between
                if not self._due or self._due[0][0] > now:
                    break
                heapq.heappop(self._due)[2]()
            wait = min(0.05, self._due[0][0] - self.now()) if self._due else 0.05
            for fd, event in self._poll.poll(max(0.0, wait), _EVENTS):
                line = self._open.get(fd)
                if line is not None:
                    self._ready(fd, line, event)
            if now >= sweep:
                sweep = now + _SWEEP
                for fd, line in list(self._open.items()):
                    if line.until < now:
                        self._done(fd, line, LATE)

    def ask(self, source: str, request: bytes, patience: float, answered: Answered) -> None:
        """Send it; `answered` is called once, later."""
        try:
            sock = socket.socket()
        except OSError:
            self.starved += 1
            self.at(self.now() + 0.2, lambda: self.ask(source, request, patience, answered))
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, _BIND_WITHOUT_PORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        sock.bind((source, 0))
        why = sock.connect_ex(self._to)
        if why not in {0, errno.EINPROGRESS}:
            sock.close()
            self.at(self.now(), lambda: answered(TURNED_AWAY, b"", b""))
            return
        line = Line(sock, request, self.now() + patience, answered)
        fd = sock.fileno()
        self._open[fd] = line
        if why == 0:  # as on loopback, unless its queue is full
            self._poll.register(fd, select.EPOLLIN)
            self._send(fd, line)
        else:
            self._poll.register(fd, select.EPOLLOUT)

    def _send(self, fd: int, line: Line) -> None:
        line.asked = True
        try:
            line.sock.send(line.request)  # a few hundred bytes: always whole
        except OSError:
            self.at(self.now(), lambda: self._done(fd, line, CLOSED))

    def _ready(self, fd: int, line: Line, event: int) -> None:
        if not line.asked:
            if line.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._done(fd, line, TURNED_AWAY)
                return
            self._poll.modify(fd, select.EPOLLIN)
            self._send(fd, line)
            return
        try:
            data = line.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        line.got += data
        if answer_end(line.got):
            head, _, body = line.got.partition(b"\r\n\r\n")
            self._done(fd, line, int(head[9:12]), head, body)
        elif not data:
            self._done(fd, line, CLOSED)

    def _done(self, fd: int, line: Line, status: int, head: bytes = b"", body: bytes = b"") -> None:
        if self._open.get(fd) is not line:
            return
        del self._open[fd]
        line.sock.close()  # and epoll forgets it
        line.answered(status, head, body)
