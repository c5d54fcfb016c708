"""A connection to the platform: the same law for its answers, and 502 for what breaks it."""

import pytest
from helpers import OK, Scene, read_answers

from gateway.http.origin import PoolSettings

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n"


def answer(*headers: bytes, status: bytes = b"HTTP/1.1 200 OK", body: bytes = b"") -> bytes:
    return b"\r\n".join((status, *headers)) + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return answer(b"Transfer-Encoding: chunked", body=body)


BAD_HEADS: dict[str, tuple[str, bytes]] = {
    "no status line": ("status-line", b"hello\r\n\r\n"),
    "HTTP/0.9": ("status-line", b"<html>\r\n\r\n</html>"),
    "HTTP/2.0": ("status-line", answer(status=b"HTTP/2.0 200 OK")),
    "HTTP/1.2": ("status-line", answer(status=b"HTTP/1.2 200 OK")),
    "http/1.1": ("status-line", answer(status=b"http/1.1 200 OK")),
    "ICY": ("status-line", answer(status=b"ICY 200 OK")),
    "a request": ("status-line", GET),
    "an empty line in front": ("status-line", b"\r\n" + OK),
    "a space in front": ("status-line", b" " + OK),
    "two spaces before the status": ("status-line", answer(status=b"HTTP/1.1  200 OK")),
    "a tab before the status": ("status-line", answer(status=b"HTTP/1.1\t200 OK")),
    "no status": ("status-line", answer(status=b"HTTP/1.1 OK")),
    "a status of two digits": ("status-line", answer(status=b"HTTP/1.1 20 OK")),
    "a status of four digits": ("status-line", answer(status=b"HTTP/1.1 2000 OK")),
    "a status beyond 599": ("status-line", answer(status=b"HTTP/1.1 600 OK")),
    "a status of 099": ("status-line", answer(status=b"HTTP/1.1 099 OK")),
    "a status with a sign": ("status-line", answer(status=b"HTTP/1.1 +20 OK")),
    "a reason with a bare LF": ("line-end", answer(status=b"HTTP/1.1 200 O\nK")),
    "a reason with a bare CR": ("status-line", answer(status=b"HTTP/1.1 200 O\rK")),
    "a reason with NUL": ("status-line", answer(status=b"HTTP/1.1 200 \x00")),
    "bare LFs": ("line-end", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok\r\n\r\n"),
    "both lengths": (
        "length-and-chunked",
        answer(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "lengths that differ": (
        "content-length",
        answer(b"Content-Length: 2", b"Content-Length: 3", body=b"ok"),
    ),
    "the same length twice": (
        "content-length",
        answer(b"Content-Length: 2", b"Content-Length: 2", body=b"ok"),
    ),
    "a length with a sign": ("content-length", answer(b"Content-Length: +2", body=b"ok")),
    "a negative length": ("content-length", answer(b"Content-Length: -1")),
    "a list of lengths": ("content-length", answer(b"Content-Length: 2, 2", body=b"ok")),
    "an empty length": ("content-length", answer(b"Content-Length:", body=b"ok")),
    "gzip, chunked": ("transfer-encoding", answer(b"Transfer-Encoding: gzip, chunked")),
    "identity": ("transfer-encoding", answer(b"Transfer-Encoding: identity", body=b"ok")),
    "chunked twice": (
        "transfer-encoding",
        answer(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    ),
    "a coding in HTTP/1.0": (
        "coding-in-1.0",
        answer(b"Transfer-Encoding: chunked", status=b"HTTP/1.0 200 OK", body=b"0\r\n\r\n"),
    ),
    "a space before the colon": ("field-name", answer(b"Content-Length : 2", body=b"ok")),
    "a folded line": ("folded-line", answer(b"X: a", b" b")),
    "no colon": ("field-name", answer(b"nothing")),
    "a value with a bare LF": ("line-end", answer(b"X: a\nSet-Cookie: b")),
    "a value with a bare CR": ("line-end", answer(b"X: a\rSet-Cookie: b")),
    "a value with NUL": ("control-byte", answer(b"X: \x00")),
    "Connection names Set-Cookie": (
        "nominated-field",
        answer(b"Connection: set-cookie", b"Set-Cookie: a=b", b"Content-Length: 0"),
    ),
    "257 headers": ("header-count", answer(*[b"X: y"] * 257)),
    "a head of more than 64 KiB": ("header-bytes", answer(b"X: " + b"a" * 66_000)),
    "a head that does not end": ("header-bytes", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 66_000),
    "a switch that nobody asked for": (
        "unasked-answer",
        answer(b"Connection: Upgrade", b"Upgrade: websocket", status=b"HTTP/1.1 101 Switching"),
    ),
    "17 interim answers": ("unasked-answer", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 17 + OK),
    "a bad head behind an interim one": (
        "status-line",
        b"HTTP/1.1 100 Continue\r\n\r\nhello\r\n\r\n",
    ),
}
BAD_BODIES: dict[str, tuple[str, bytes]] = {
    "a chunk size of nothing": ("chunk", chunked(b"\r\nok\r\n")),
    "a chunk size with a sign": ("chunk", chunked(b"+2\r\nok\r\n0\r\n\r\n")),
    "a chunk size with 0x": ("chunk", chunked(b"0x2\r\nok\r\n0\r\n\r\n")),
    "a chunk size with a space": ("chunk", chunked(b"2 \r\nok\r\n0\r\n\r\n")),
    "a chunk size ended by LF": ("chunk", chunked(b"2\nok\r\n0\r\n\r\n")),
    "chunk data that is too long": ("chunk", chunked(b"2\r\nokay\r\n0\r\n\r\n")),
    "chunk data ended by LF": ("chunk", chunked(b"2\r\nok\n0\r\n\r\n")),
    "a folded trailer": ("trailer", chunked(b"0\r\nX: y\r\n z\r\n\r\n")),
    "a trailer with a bare LF": ("trailer", chunked(b"0\r\nX: y\n\r\n\r\n")),
}


def params(table: dict[str, tuple[str, bytes]]) -> list[object]:
    return [pytest.param(*entry, id=name) for name, entry in table.items()]


@pytest.mark.parametrize("size", [1, 1_000_000])
@pytest.mark.parametrize(("fault", "data"), params(BAD_HEADS))
def test_a_bad_head_is_a_502_and_the_end_of_the_connection(
    fault: str, data: bytes, size: int
) -> None:
    if size == 1 and len(data) > 10_000:
        size = 4_001
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0]
    for at in range(0, len(data), size):
        end.send(data[at : at + size])
    assert client.statuses == [502]
    [exchange] = scene.ended
    assert exchange.status == 502
    assert exchange.fault is not None
    assert exchange.fault.name == fault
    assert exchange.failure is not None
    assert exchange.failure.name == "platform-malformed"
    assert scene.faults == [fault]
    assert end.transport.aborted
    assert not client.closed
    client.send(GET)
    assert len(scene.platform) == 2
    assert scene.backends[0].failures == 1


@pytest.mark.parametrize("size", [1, 1_000_000])
@pytest.mark.parametrize(("fault", "data"), params(BAD_BODIES))
def test_a_bad_body_is_never_a_complete_answer(fault: str, data: bytes, size: int) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0]
    for at in range(0, len(data), size):
        end.send(data[at : at + size])
    [exchange] = scene.ended
    assert exchange.fault is not None
    assert exchange.fault.name == fault
    assert end.transport.aborted
    if size == 1:  # the head is on its way: there is only the end
        assert client.transport.aborted
        assert read_answers(client.sent, ended=False) == []
    else:
        assert client.statuses == [502]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OK + b"x", id="bytes behind a sized one"),
        pytest.param(OK + OK, id="a second answer"),
        pytest.param(chunked(b"2\r\nok\r\n0\r\n\r\nx"), id="bytes behind a chunked one"),
        pytest.param(
            answer(status=b"HTTP/1.1 304 Not Modified", body=b"x"), id="bytes behind a 304"
        ),
        pytest.param(
            answer(b"Content-Length: 2", status=b"HTTP/1.1 204 No Content"),
            id="a 204 that announces a body",
        ),
        pytest.param(
            answer(b"Transfer-Encoding: chunked", status=b"HTTP/1.1 204 No Content"),
            id="a 204 that announces chunks",
        ),
        pytest.param(answer(b"Connection: close", b"Content-Length: 0"), id="Connection: close"),
        pytest.param(answer(b"Content-Length: 0", status=b"HTTP/1.0 200 OK"), id="HTTP/1.0"),
    ],
)
def test_the_connection_is_not_used_again(data: bytes) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send(data)
    assert client.statuses[0] in {200, 204, 304}
    assert len(client.statuses) == 1
    assert end.closed
    assert not client.closed
    assert client.sent.count(b"HTTP/1.1 ") == 1
    client.send(GET)
    assert len(scene.platform) == 2


def test_a_body_behind_an_answer_to_head_ends_the_connection() -> None:
    scene = Scene()
    client = scene.client().send(HEAD)
    end = scene.platform[0].send(OK)
    assert client.sent.endswith(b"\r\n\r\n")
    assert end.closed


def test_a_204_goes_on_without_its_framing() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    scene.platform[0].send(answer(b"Content-Length: 2", status=b"HTTP/1.1 204 No Content"))
    assert b"Content-Length" not in client.sent


@pytest.mark.parametrize("header", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_an_interim_answer_goes_on_without_framing(header: bytes) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    scene.platform[0].send(answer(header, b"Link: </x>", status=b"HTTP/1.1 103 Early Hints") + OK)
    assert client.sent.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK")


def test_hop_by_hop_headers_of_an_answer_stay_here() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    scene.platform[0].send(
        answer(
            b"Connection: keep-alive, X-Hop",
            b"Keep-Alive: timeout=5",
            b"X-Hop: a",
            b"Proxy-Connection: close",
            b"Upgrade: h2c",
            b"X-Request-Id: theirs",
            b"X_Y: stays",
            b"Set-Cookie: a=b",
            b"Set-Cookie: c=d",
            b"Content-Length: 2",
            body=b"ok",
        )
    )
    [(_, headers, _)] = read_answers(client.sent)
    assert headers == [
        (b"x_y", b"stays"),
        (b"set-cookie", b"a=b"),
        (b"set-cookie", b"c=d"),
        (b"content-length", b"2"),
        (b"x-request-id", b"test00000001"),
    ]


def test_what_nobody_asked_for_closes_a_pooled_connection() -> None:
    scene = Scene()
    scene.client().send(GET)
    end = scene.platform[0].send(OK)
    assert scene.backends[0].idle == 1
    end.send(OK)
    assert end.closed
    assert scene.backends[0].idle == 0


def test_a_pooled_connection_expires() -> None:
    scene = Scene()
    scene.client().send(GET)
    end = scene.platform[0].send(OK)
    scene.advance(29.9)
    assert not end.closed
    scene.advance(0.1)
    assert end.closed
    assert scene.backends[0].failures == 0


def test_a_pooled_connection_that_the_platform_closes_is_no_failure() -> None:
    scene = Scene()
    scene.client().send(GET)
    scene.platform[0].send(OK)
    scene.platform[0].finish()
    assert (scene.backends[0].idle, scene.backends[0].failures) == (0, 0)


def test_no_answer_in_time_is_a_504() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\n")
    scene.advance(29.9)
    assert client.sent == b""
    scene.advance(0.1)
    assert client.statuses == [504]
    assert end.closed
    assert scene.backends[0].failures == 1


def test_an_answer_that_stops_is_cut() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send(answer(b"Content-Length: 4", body=b"ab"))
    scene.advance(59.9)
    end.send(b"c")
    scene.advance(59.9)
    assert not client.closed
    scene.advance(0.1)
    assert client.transport.aborted
    assert end.closed


def test_a_client_that_is_slow_is_not_the_backend_s_failure() -> None:
    scene = Scene(pool=PoolSettings(first_byte=5_000_000_000))
    client = scene.client().send(POST)
    scene.advance(5)
    assert client.sent == b""
    scene.advance(5)  # the client's own time
    assert client.statuses == [408]
    assert scene.backends[0].failures == 0


def test_a_platform_that_takes_no_body_is_the_backend_s_failure() -> None:
    scene = Scene()
    client = scene.client().send(POST.replace(b": 5", b": 100"))
    scene.platform[0].transport.clogged = True
    client.send(b"a" * 50)
    scene.advance(30)
    assert client.statuses == [504]
    assert scene.backends[0].failures == 1


def test_failures_in_a_row_eject_a_backend() -> None:
    scene = Scene(backends=2, pool=PoolSettings(ejection_failures=2))
    first = scene.backends[0]
    for _ in range(8):
        scene.client().send(GET)
        for end in scene.platform:
            if not end.closed:
                end.send(b"nonsense\r\n\r\n" if end.backend is first else OK)
    assert first.requests == 2
    assert first.ejected_until > scene.clock.now()
    scene.advance(10)
    scene.client().send(GET)
    scene.client().send(GET)
    assert first.requests == 3


def test_an_answer_between_failures_pardons_a_backend() -> None:
    scene = Scene(pool=PoolSettings(ejection_failures=2))
    for _ in range(3):
        for say in (b"nonsense\r\n\r\n", OK):
            scene.client().send(GET)
            scene.platform[-1].send(say)
    assert scene.backends[0].failures == 3
    assert scene.backends[0].ejected_until == 0


def test_the_least_busy_backend_is_next() -> None:
    scene = Scene(backends=3)
    scene.shared._least_outstanding = True
    for _ in range(6):
        scene.client().send(GET)
    assert [backend.busy for backend in scene.backends] == [2, 2, 2]


def test_a_connection_that_is_free_serves_who_waits() -> None:
    scene = Scene(pool=PoolSettings(connections=1))
    clients = [scene.client().send(GET) for _ in range(3)]
    for _ in clients:
        scene.platform[0].send(OK)
    assert [client.statuses for client in clients] == [[200]] * 3
    assert len(scene.platform) == 1
    assert scene.backends[0].connects == 1


def test_a_lost_connection_is_made_again_for_who_waits() -> None:
    scene = Scene(pool=PoolSettings(connections=1))
    clients = [scene.client().send(GET) for _ in range(2)]
    scene.platform[0].send(b"nonsense\r\n\r\n")
    scene.platform[1].send(OK)
    assert [client.statuses for client in clients] == [[502], [200]]


def test_a_backend_that_is_closed_ends_with_its_answers() -> None:
    scene = Scene()
    busy = scene.client().send(GET)
    other = scene.client().send(GET)
    scene.platform[1].send(OK)
    scene.shared.close()
    scene.run()
    assert scene.platform[1].closed
    assert other.statuses == [200]
    scene.platform[0].send(OK)
    assert busy.statuses == [200]
    assert scene.platform[0].closed
