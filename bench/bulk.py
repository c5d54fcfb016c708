"""One large body: `python -m bench.bulk PORT up|down BYTES`. Prints the seconds it took."""

import socket
import sys
import time
from typing import Final

from bench.pace import answer_size

_PIECE: Final = bytes(256 * 1024)


def up(sock: socket.socket, size: int) -> int:
    """Send `size` bytes; how many the origin says it received."""
    sock.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size)
    left = size
    while left:
        left -= sock.send(_PIECE[: min(left, len(_PIECE))])
    got = b""
    while not (whole := answer_size(got)) or len(got) < whole:
        got += sock.recv(65536) or _ended(got)
    if b" 200 " not in got[:16]:
        raise ConnectionError(f"another answer: {got[:100]!r}")
    return int(got.partition(b"\r\n\r\n")[2])


def down(sock: socket.socket, size: int) -> int:
    """Ask for `size` bytes; how many came."""
    sock.sendall(b"GET /%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % size)
    got = b""
    while not (whole := answer_size(got)):
        got += sock.recv(65536) or _ended(got)
    head = got.index(b"\r\n\r\n") + 4
    if b" 200 " not in got[:16] or whole - head != size:
        raise ConnectionError(f"another answer: {got[:100]!r}")
    left = whole - len(got)
    buffer = bytearray(256 * 1024)
    while left > 0:
        count = sock.recv_into(buffer)
        if not count:
            _ended(b"")
        left -= count
    return size - left


def _ended(got: bytes) -> bytes:
    raise ConnectionError(f"closed too early, after {got[:100]!r}")


def main(port: int, direction: str, size: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        began = time.perf_counter()
        passed = (up if direction == "up" else down)(sock, size)
        took = time.perf_counter() - began
    if passed != size:
        sys.exit(f"{passed} of {size} bytes came through")
    print(took)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
