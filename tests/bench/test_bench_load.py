"""What wrk prints, as numbers; and the constant-rate load's own reading and summing."""

import pytest

from bench.bulk import down, up
from bench.load import WrkResult, parse_wrk
from bench.pace import answer_size, summary
from bench.processes import BenchError, Cores, choose_cores

_SERVED = """\
Running 4s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.87ms  112.00us   4.21ms   95.11%
    Req/Sec    36.80k     1.10k   38.00k    70.00%
  146372 requests in 4.00s, 170.71MB read
Requests/sec:  36592.03
Transfer/sec:     42.67MB
"""
_REFUSED = _SERVED.replace(
    "Requests/sec", "  Non-2xx or 3xx responses: 146370\nRequests/sec"
).replace("4.00s", "1.10m")
_BROKEN = _SERVED.replace(
    "Requests/sec", "  Socket errors: connect 1, read 20, write 300, timeout 4000\nRequests/sec"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(_SERVED, WrkResult(146372, 4.0, 0, 0), id="all served"),
        pytest.param(_REFUSED, WrkResult(146372, 66.0, 146370, 0), id="refused, over a minute"),
        pytest.param(_BROKEN, WrkResult(146372, 4.0, 0, 4321), id="with socket errors"),
    ],
)
def test_reads_what_wrk_prints(text: str, expected: WrkResult) -> None:
    assert parse_wrk(text) == expected


@pytest.mark.parametrize("text", ["", "unable to connect to 127.0.0.1:8080 Connection refused\n"])
def test_wrk_without_a_result_is_told(text: str) -> None:
    with pytest.raises(BenchError, match=text.strip() or "nothing"):
        parse_wrk(text)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", 0, id="the head is not complete"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 43, id="the last header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nA: b\r\n\r\n", 49, id="not the last"
        ),
    ],
)
def test_knows_how_long_an_answer_is(head: bytes, size: int) -> None:
    assert answer_size(head) == size


def test_an_answer_without_a_length_is_told() -> None:
    with pytest.raises(ValueError, match="without a length"):
        answer_size(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_sums_up_all_but_the_first_tenth() -> None:
    found = summary([9.0] * 10 + [0.001] * 89 + [0.5], seconds=2)
    assert found == {"p50": 1.0, "p99": 500.0, "worst": 500.0, "requests": 100, "rate": 50.0}


@pytest.mark.parametrize(
    ("available", "cores"),
    [
        pytest.param({0, 1}, Cores(0, 1), id="two"),
        pytest.param({3, 1, 2}, Cores(1, 3), id="the outermost of three"),
        pytest.param({5}, Cores(5, 5), id="one for all"),
    ],
)
def test_gives_the_peer_a_core_of_its_own(available: set[int], cores: Cores) -> None:
    assert choose_cores(available) == cores
    assert cores.shared == (len(available) == 1)


class Wire:
    """A socket whose other side has said all it will say; pieces of any size."""

    def __init__(self, said: bytes, piece: int) -> None:
        self._said = said
        self._piece = piece
        self.sent = 0

    def sendall(self, data: bytes) -> None:
        pass

    def send(self, data: bytes) -> int:
        count = min(len(data), 1000)
        self.sent += count
        return count

    def recv(self, size: int) -> bytes:
        piece, self._said = self._said[: self._piece], self._said[self._piece :]
        return piece

    def recv_into(self, buffer: bytearray) -> int:
        return len(self.recv(len(buffer)))


_DOWN = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(100)


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_counts_a_body_that_comes_down(piece: int) -> None:
    assert down(Wire(_DOWN, piece), 100) == 100  # type: ignore[arg-type]


def test_a_body_that_breaks_off_is_told() -> None:
    with pytest.raises(ConnectionError, match="too early"):
        down(Wire(_DOWN[:-1], 10), 100)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        pytest.param(_DOWN, 99, id="of another length"),
        pytest.param(_DOWN.replace(b"200", b"502"), 100, id="an error as long as the body"),
    ],
)
def test_an_answer_that_is_not_the_body_is_told(answer: bytes, size: int) -> None:
    with pytest.raises(ConnectionError, match="another answer"):
        down(Wire(answer, 1000), size)  # type: ignore[arg-type]


def test_sends_all_of_a_body_up() -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n2500", 9)
    assert up(wire, 2500) == 2500  # type: ignore[arg-type]
    assert wire.sent == 2500
