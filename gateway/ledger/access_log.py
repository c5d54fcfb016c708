"""The access log: one line a request, JSON or the combined format, written off the path.

Lines are collected and handed to a thread each tick, which only writes; workers share one file,
each write is one append. At most 8 MiB wait for a slow disk, beyond that lines are lost and counted
(`lost`): a log never stops the gateway. A pipe gets whole lines in pieces that the kernel does not
mix with another worker's (PIPE_BUF, pipe(7)).
"""

import os
import select
import stat
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from gateway.ledger.records import Value

_WAITING_BYTES: Final = 8 * 1024 * 1024
_MANY: Final = 64 * 1024
# What could end a line, or steer the terminal it is read in: C0, DEL, C1, line separators.
_CONTROLS: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029)},
    ord("\\"): "\\\\",
    ord('"'): '\\"',
}


def json_line(record: dict[str, Value]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def combined_line(record: dict[str, Value]) -> bytes:
    """The format that Apache and nginx call combined."""
    moment = datetime.fromtimestamp(float(str(record["time"])), UTC)
    request_line = _quoted(record.get("line"))
    if "method" in record:
        query = record.get("query")
        target = f"{record['path']}?{query}" if query else str(record["path"])
        request_line = _quoted(f"{record['method']} {target} HTTP/{record['http']}")
    return (
        f"{record['client']} - - [{moment:%d/%b/%Y:%H:%M:%S %z}] {request_line} "
        f"{record['status']} {record['sent']} {_quoted(record.get('referer'))} "
        f"{_quoted(record.get('agent'))}\n"
    ).encode()


def _quoted(value: Value) -> str:
    return '"' + str(value or "-").translate(_CONTROLS) + '"'


class LogFile:
    """A file that lines are appended to, or the standard output where `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.lost: int = 0
        self._waiting: list[bytes] = []
        self._waiting_bytes: int = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._file = self._open()
        self._retired: list[int] = []  # for the thread to close: it may be writing to one
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def write(self, lines: list[bytes]) -> None:
        """Hand over lines; never blocks. They are written when there are many, or at `flush`: to
        wake the thread for each batch would cost more than what it writes."""
        block = b"".join(lines)
        with self._lock:
            if self._waiting_bytes + len(block) > _WAITING_BYTES:
                self.lost += len(lines)
                return
            self._waiting.append(block)
            self._waiting_bytes += len(block)
            many = self._waiting_bytes >= _MANY
        if many:
            self._wake.set()

    def flush(self) -> None:
        """Have what waits written now; never blocks."""
        self._wake.set()

    def reopen(self) -> None:
        """Go on in a new file of the same name: the old one has been moved away."""
        if self._path is not None:
            new = self._open()
            with self._lock:
                self._retired.append(self._file)
                self._file = new
            self._wake.set()

    def close(self) -> None:
        """Write what waits, then close; a pipe that nobody reads is waited for five seconds."""
        self._closed = True
        self._wake.set()
        self._thread.join(5)

    def _open(self) -> int:
        if self._path is None:
            return os.dup(sys.stdout.fileno())
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                blocks, self._waiting = self._waiting, []
                self._waiting_bytes = 0
                retired, self._retired = self._retired, []
            for file in retired:
                os.close(file)
            if blocks:
                self._write_out(b"".join(blocks))
            elif self._closed:
                os.close(self._file)
                return
            if self._closed:
                self._wake.set()

    def _write_out(self, block: bytes) -> None:
        with self._lock:
            file = self._file
        try:
            mixes = not stat.S_ISREG(os.fstat(file).st_mode)
            for piece in _pieces(block, select.PIPE_BUF) if mixes else (block,):
                written = 0
                while written < len(piece):
                    written += os.write(file, piece[written:])
        except OSError:
            with self._lock:
                self.lost += block.count(b"\n")


def _pieces(block: bytes, size: int) -> list[bytes]:
    """`block` cut behind line ends into pieces of at most `size` bytes, a longer line alone."""
    pieces: list[bytes] = []
    at = 0
    while at < len(block):
        end = block.rfind(b"\n", at, at + size) + 1 or block.find(b"\n", at) + 1 or len(block)
        pieces.append(block[at:end])
        at = end
    return pieces
