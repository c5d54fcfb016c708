"""Connections that do nothing: `python -m bench.holder PORT COUNT FIRST SOURCES`.

Opens COUNT connections to 127.0.0.1:PORT, from SOURCES addresses 127.1.0.FIRST and up in turn,
asks once on each, and reads the answer. Prints how many are open, then holds them until its
standard input ends; then says how many of them the other side had closed.
"""

import select
import socket
import sys
from typing import Final

from bench.pace import answer_size

_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_BIND_WITHOUT_PORT: Final = 24  # IP_BIND_ADDRESS_NO_PORT, ip(7): the port is chosen at connect


def _open(port: int, source: str) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.IPPROTO_IP, _BIND_WITHOUT_PORT, 1)
    sock.bind((source, 0))
    sock.settimeout(20)
    sock.connect(("127.0.0.1", port))
    sock.sendall(_REQUEST)
    got = b""
    while not (size := answer_size(got)) or len(got) < size:
        data = sock.recv(65536)
        if not data:
            raise ConnectionError(f"closed instead of an answer: {got[:60]!r}")
        got += data
    if b" 200 " not in got[:16]:
        raise ConnectionError(f"refused: {got[:60]!r}")
    return sock


def main(port: int, count: int, first: int, sources: int) -> None:
    held = [_open(port, f"127.1.0.{first + n % sources}") for n in range(count)]
    print(len(held), flush=True)
    sys.stdin.read()
    poll = select.poll()
    for sock in held:
        poll.register(sock, select.POLLIN)
    print(len(poll.poll(0)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
