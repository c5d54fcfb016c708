"""The log's file: real files and pipes, moved away, full and slow."""

import os
import threading
from pathlib import Path

import pytest

from gateway.ledger.access_log import LogFile, _pieces


def test_lines_are_written_in_order(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    log = LogFile(path)
    for n in range(100):
        log.write([b"%d\n" % n, b"%d again\n" % n])
    log.close()
    assert path.read_bytes() == b"".join(b"%d\n%d again\n" % (n, n) for n in range(100))
    assert path.stat().st_mode & 0o777 == 0o640
    assert log.lost == 0


def test_lines_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"before\n")
    log = LogFile(path)
    log.write([b"after\n"])
    log.close()
    assert path.read_bytes() == b"before\nafter\n"


def test_goes_on_in_a_new_file_and_loses_nothing(tmp_path: Path) -> None:
    path, moved = tmp_path / "access.log", tmp_path / "access.log.1"
    log = LogFile(path)
    log.write([b"one\n"])
    path.rename(moved)
    log.reopen()
    log.write([b"two\n"])
    log.close()
    assert moved.read_bytes() + path.read_bytes() == b"one\ntwo\n"
    assert path.read_bytes().endswith(b"two\n")


def test_a_file_that_is_being_written_to_is_not_closed_under_the_writer(tmp_path: Path) -> None:
    """Its number could be a client's socket by the time the rest is written."""
    path = tmp_path / "access.log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(path)
    line = b"x" * 1023 + b"\n"
    log.write([line] * 200)  # more than a pipe holds: the writer is stuck
    first = b""
    while not first:
        try:
            first = os.read(reader, 1024)
        except BlockingIOError:
            continue
    path.rename(tmp_path / "moved")
    log.reopen()
    log.write([b"last\n"])
    os.set_blocking(reader, True)
    got = first
    while piece := os.read(reader, 65_536):
        got += piece
    log.close()
    assert got == line * 200
    assert path.read_bytes() == b"last\n"
    assert log.lost == 0
    os.close(reader)


def test_a_pipe_gets_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(path)
    log.write([b"a" * 100 + b"\n"] * 100)
    log.close()
    os.set_blocking(reader, True)
    got = b""
    while piece := os.read(reader, 65_536):
        got += piece
    assert got == (b"a" * 100 + b"\n") * 100
    os.close(reader)


def test_a_slow_disk_loses_lines_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(path)
    block = b"x" * (1024 * 1024 - 1) + b"\n"
    for _ in range(30):
        log.write([block])
    # 8 MiB wait, and at most as much again is being written.
    assert log.lost >= 30 - 2 * 8
    reading = threading.Thread(target=_drain, args=(reader,))
    os.set_blocking(reader, True)
    reading.start()
    log.close()
    reading.join()


def _drain(reader: int) -> None:
    while os.read(reader, 1 << 20):
        pass
    os.close(reader)


def test_a_reader_that_is_gone_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(path)
    os.close(reader)
    log.write([b"one\n", b"two\n"])
    log.close()
    assert log.lost == 2


def test_nothing_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        log = LogFile(tmp_path / "access.log")
        log.reopen()
        log.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("block", "pieces"),
    [
        (b"", []),
        (b"ab\n", [b"ab\n"]),
        (b"ab\ncd\n", [b"ab\n", b"cd\n"]),
        (b"a\nb\nc\n", [b"a\nb\n", b"c\n"]),
        (b"abcdefgh\nx\n", [b"abcdefgh\n", b"x\n"]),
        (b"abc\n", [b"abc\n"]),
        (b"abcd\n", [b"abcd\n"]),
        (b"abcdef", [b"abcdef"]),
    ],
)
def test_pieces_hold_whole_lines(block: bytes, pieces: list[bytes]) -> None:
    assert _pieces(block, 5 if block.startswith(b"abcd") else 4) == pieces
