"""Load at a constant rate, whatever the peer does.

`python -m bench.pace PORT RATE SECONDS CONNECTIONS`.

The law: request i is due at start + i / rate, and its latency runs from then until its answer is
complete, however long it waited for a free connection. A peer that stalls is charged for all that
fell due meanwhile (no coordinated omission). The first tenth is not counted.

Prints JSON: `p50`, `p99`, `worst` in milliseconds, `requests`, `rate` (what
was achieved), and `driver`, the share of its core that this program used itself.
"""

import ctypes
import gc
import json
import select
import socket
import sys
import time
from collections import deque
from typing import Final

from bench.figures import percentile

_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
_SET_TIMER_SLACK: Final = 29  # prctl(2)
_PATIENCE: Final = 5.0  # seconds behind the end; what is not answered then counts as that late


def answer_size(head: bytes) -> int:
    """Of a whole answer, by the bytes of it so far; 0: its head is not complete."""
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return 0
    lowered = head[:end].lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError(f"an answer without a length: {head[:end]!r}")
    stop = lowered.find(b"\r\n", at + 2)
    return end + 4 + int(lowered[at + 17 : stop if stop > 0 else end])


def summary(latencies: list[float], seconds: float) -> dict[str, float]:
    """Of latencies in seconds, in the order they were due."""
    counted = sorted(latencies[len(latencies) // 10 :])
    return {
        "p50": percentile(counted, 0.50) * 1e3,
        "p99": percentile(counted, 0.99) * 1e3,
        "worst": counted[-1] * 1e3,
        "requests": len(latencies),
        "rate": len(latencies) / seconds,
    }


class Pace:
    """`run` once."""

    def __init__(self, port: int, rate: float, seconds: float, connections: int) -> None:
        self._port = port
        self._rate = rate
        self._total = int(rate * seconds)
        self._latencies = [0.0] * self._total
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._free: list[int] = []
        self._asked: dict[int, int] = {}  # which request a connection is busy with
        self._read: dict[int, bytes] = {}
        self._due: deque[int] = deque()
        self._usual = 0  # the size of an answer that leaves its connection open
        for _ in range(connections):
            self._connect()

    def run(self) -> dict[str, float]:
        start = time.perf_counter() + 0.05
        fell_due = answered = 0
        end = start + self._total / self._rate + _PATIENCE
        while answered < self._total:
            now = time.perf_counter()
            if now > end:
                break
            while fell_due < self._total and start + fell_due / self._rate <= now:
                self._due.append(fell_due)
                fell_due += 1
            while self._due and self._free:
                self._ask(self._due.popleft())
            wait = start + fell_due / self._rate - time.perf_counter()
            if fell_due >= self._total:
                wait = 0.1
            # select(2) waits for microseconds, epoll(7) for milliseconds.
            ready, _, _ = select.select([self._poll.fileno()], [], [], max(0.0, wait))
            if ready:
                for fd, _event in self._poll.poll(0):
                    answered += self._receive(fd, start)
        took = max(self._total / self._rate, time.perf_counter() - start)
        for late in (*self._asked.values(), *self._due):
            self._latencies[late] = _PATIENCE
        return summary(self._latencies, took)

    def _connect(self) -> None:
        sock = socket.create_connection(("127.0.0.1", self._port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        self._sockets[sock.fileno()] = sock
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._free.append(sock.fileno())

    def _ask(self, number: int) -> None:
        fd = self._free.pop()
        self._asked[fd] = number
        self._sockets[fd].send(_REQUEST)

    def _receive(self, fd: int, start: float) -> int:
        """How many answers are complete with what came: 0 or 1."""
        data = self._sockets[fd].recv(65536)
        if len(data) == self._usual and fd in self._asked and fd not in self._read:
            self._note(fd, start)
            self._free.append(fd)
            return 1
        got = self._read.pop(fd, b"") + data
        size = answer_size(got)
        if not data:
            self._reconnect(fd)
        elif not size or len(got) < size:
            self._read[fd] = got
        else:
            self._note(fd, start)
            if b"\r\nconnection: close\r\n" in got.lower():
                self._reconnect(fd)
            else:
                self._usual = size
                self._free.append(fd)
            return 1
        return 0

    def _note(self, fd: int, start: float) -> None:
        number = self._asked.pop(fd)
        self._latencies[number] = time.perf_counter() - start - number / self._rate

    def _reconnect(self, fd: int) -> None:
        """What was asked on a connection that closed is asked again, and was due when it was."""
        if fd in self._asked:
            self._due.appendleft(self._asked.pop(fd))
        if fd in self._free:
            self._free.remove(fd)
        self._poll.unregister(fd)
        self._sockets.pop(fd).close()
        self._connect()


def main(port: int, rate: float, seconds: float, connections: int) -> None:
    gc.disable()
    ctypes.CDLL(None).prctl(_SET_TIMER_SLACK, 1, 0, 0, 0)
    began = time.process_time()
    found = Pace(port, rate, seconds, connections).run()
    found["driver"] = (time.process_time() - began) / seconds
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
