"""A client's connection, as the protocol's script: what comes, what goes, and when it ends."""

from typing import Any

import pytest
from helpers import (
    CLIENT,
    OK,
    Client,
    FakeDecider,
    FakeTransport,
    Scene,
    a_refusal,
    read_answers,
    read_requests,
)

from gateway.http.bounds import Bounds
from gateway.http.downstream import Downstream
from gateway.http.origin import PoolSettings
from gateway.http.plane import Upgrades
from gateway.verdict import Action, Decision

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
SOCKET = (
    b"GET /live HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
)
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SOCKETS = Upgrades(("/live",), (b"websocket",))
BLOCKED = Decision("block-list", a_refusal(Action.BLOCK, "brokers.txt"))
DROPPED = Decision("block-list", a_refusal(Action.DROP, "brokers.txt"))
ALLOWED = Decision("allow-list", a_refusal(Action.ALLOW, "staff.txt"))


def names(scene: Scene) -> list[tuple[int, str]]:
    """Status and fault or failure of what is over."""
    return [
        (e.status, e.fault.name if e.fault else e.failure.name if e.failure else "")
        for e in scene.ended
    ]


def test_who_was_gone_before_being_accepted_is_not_read() -> None:
    """The kernel does not tell any more who it was: nobody's limits and blocks would hold it."""

    class Reset(FakeTransport):
        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return object() if name == "socket" else None

    scene = Scene()
    protocol, transport = Downstream(scene.listener), Reset()
    protocol.connection_made(transport)
    assert transport.aborted
    protocol.data_received(GET)
    assert (scene.platform, scene.ended) == ([], [])


# Keep-alive, pipelining, the ends of answers.


def test_serves_one_request_behind_another() -> None:
    scene = Scene()
    client = scene.client()
    for n in range(1, 4):
        client.send(GET)
        scene.platform[0].send(OK)
        assert client.statuses == [200] * n
    assert len(scene.platform) == 1
    assert not client.closed


@pytest.mark.parametrize("size", [1, 10, 10_000])
def test_answers_pipelined_requests_in_order(size: int) -> None:
    scene = Scene()
    client = scene.client()
    data = b"".join(GET.replace(b"/ ", b"/%d " % n) for n in range(3))
    for at in range(0, len(data), size):
        client.send(data[at : at + size])
    end = scene.platform[0]
    for n in range(3):
        assert [target for _, target, _, _ in read_requests(end.got)] == [
            b"/%d" % number for number in range(n + 1)
        ]
        end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n)
    assert [body for _, _, body in read_answers(client.sent)] == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    ("request_", "closes"),
    [
        pytest.param(GET, False, id="1.1"),
        pytest.param(CLOSE, True, id="1.1 that closes"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", True, id="1.0"),
        pytest.param(
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False, id="1.0 kept alive"
        ),
    ],
)
def test_closes_when_it_was_asked_to(request_: bytes, closes: bool) -> None:
    scene = Scene()
    client = scene.client().send(request_)
    scene.platform[0].send(OK)
    assert client.closed is closes
    assert (b"\r\nConnection: close\r\n" in client.sent) is closes
    assert (b"\r\nConnection: keep-alive\r\n" in client.sent) is (b"1.0" in request_ and not closes)


@pytest.mark.parametrize("size", [1, 5, 10_000])
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(OK, b"ok", id="sized"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", id="empty"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
            b"ok!",
            id="chunked",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"", id="no chunk"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;x=y\r\nok\r\n0\r\nX: y\r\n\r\n",
            b"ok",
            id="chunked, with a trailer",
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="204"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", id="304"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok", id="no reason"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, b"ok", id="behind a 103"
        ),
    ],
)
def test_passes_answers_on_and_uses_the_connection_again(
    answer: bytes, body: bytes, size: int
) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0]
    for at in range(0, len(answer), size):
        end.send(answer[at : at + size])
    [(_, headers, got)] = read_answers(client.sent, ended=False)
    assert got == body
    assert b"X: y" not in answer or b"\r\nX: y\r\n\r\n" in client.sent
    assert (b"103 Early" in client.sent) is (b"103 Early" in answer)
    assert not (dict(headers).get(b"content-length") and dict(headers).get(b"transfer-encoding"))
    client.send(GET)
    assert len(scene.platform) == 1
    assert len(read_requests(end.got)) == 2


def test_an_answer_to_head_has_its_length_and_no_body() -> None:
    scene = Scene()
    client = scene.client().send(HEAD)
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
    assert b"Content-Length: 2000\r\n" in client.sent
    client.send(GET)
    end.send(OK)
    assert len(scene.platform) == 1
    assert client.sent.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize(
    ("request_", "framed"),
    [
        pytest.param(GET, b"Transfer-Encoding: chunked\r\n", id="1.1: as chunks"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", b"Connection: close\r\n", id="1.0: closed"),
        pytest.param(
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            b"Connection: close\r\n",
            id="1.0 that would go on: closed",
        ),
    ],
)
def test_an_answer_until_close_is_framed_anew(request_: bytes, framed: bytes) -> None:
    scene = Scene()
    client = scene.client().send(request_)
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\n\r\nhel").send(b"lo")
    assert framed in client.sent
    end.finish()
    [(_, _, body)] = read_answers(client.sent)
    assert body == b"hello"
    assert client.closed is (request_ != GET)
    assert names(scene) == [(200, "")]


def test_chunks_are_not_sent_to_http_1_0() -> None:
    scene = Scene()
    client = scene.client().send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    scene.platform[0].send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    assert client.sent.endswith(b"\r\n\r\nok")
    assert b"chunked" not in client.sent
    assert client.closed


def test_interim_answers_are_not_for_http_1_0() -> None:
    scene = Scene()
    client = scene.client().send(b"GET / HTTP/1.0\r\n\r\n")
    scene.platform[0].send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)
    assert client.sent.startswith(b"HTTP/1.1 200 ")


# Bodies of requests.


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(POST, b"hello", id="sized"),
        pytest.param(CHUNKED, b"2;x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", id="chunked"),
    ],
)
def test_bodies_are_streamed(head: bytes, body: bytes, size: int) -> None:
    scene = Scene()
    client = scene.client()
    for at in range(0, len(head + body), size):
        client.send((head + body)[at : at + size])
    [(_, _, _, got)] = read_requests(scene.platform[0].got)
    assert got == b"hello"
    assert b";x" not in scene.forwarded
    scene.platform[0].send(OK)
    [exchange] = scene.ended
    assert (exchange.body_received, exchange.body_sent) == (5, 2)


def test_a_trailer_goes_on_and_framing_in_it_does_not() -> None:
    scene = Scene()
    scene.client().send(CHUNKED + b"0\r\nX-Sum: 1\r\nContent-Length: 9\r\nX_Y: z\r\n\r\n")
    assert scene.forwarded.endswith(b"0\r\nX-Sum: 1\r\n\r\n")


def test_100_continue_comes_from_the_platform() -> None:
    scene = Scene()
    client = scene.client().send(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    end = scene.platform[0]
    assert b"Expect: 100-continue\r\n" in end.got
    end.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert client.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"hello")
    end.send(OK)
    assert client.sent.endswith(b"ok")
    assert not client.closed


def test_a_refusal_instead_of_100_continue_ends_the_connection() -> None:
    """Whether the body still comes, nobody can tell."""
    scene = Scene()
    client = scene.client().send(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    end = scene.platform[0].send(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    assert client.statuses == [401]
    assert b"Connection: close\r\n" in client.sent
    assert client.closed
    assert end.closed
    client.send(GET)
    assert client.statuses == [401]
    assert scene.forwarded.count(b"HTTP/1.1") == 1


def test_an_early_answer_that_goes_on_leaves_no_connection_to_others() -> None:
    scene = Scene()
    client = scene.client().send(POST + b"he")
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    end.send(b"cd")
    assert client.statuses == [200]
    assert client.closed
    assert end.closed


def test_an_early_answer_may_be_waited_for_by_the_body() -> None:
    scene = Scene()
    client = scene.client().send(POST + b"he")
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    client.send(b"llo")
    end.send(b"cd")
    assert client.statuses == [200]
    assert not client.closed
    assert not end.closed


# WebSockets.


def test_switches_protocols_where_that_is_allowed() -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(SOCKET)
    end = scene.platform[0]
    assert b"Connection: Upgrade\r\nUpgrade: websocket\r\n" in end.got
    end.send(SWITCH + b"\x81\x02hi")
    assert client.sent.endswith(
        b"Upgrade: websocket\r\nX-Request-Id: test00000001\r\n\r\n\x81\x02hi"
    )
    assert scene.plane.counts.tunnels == 1
    client.send(b"\x81\x85....hello")
    assert end.got.endswith(b"\x81\x85....hello")
    end.send(b"\x88\x00")
    assert client.sent.endswith(b"\x88\x00")
    end.finish()
    assert client.closed
    assert scene.plane.counts.tunnels == 0
    assert names(scene) == [(101, "")]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(SOCKET.replace(b"/live", b"/other"), id="another path"),
        pytest.param(SOCKET.replace(b"websocket", b"h2c"), id="another protocol"),
        pytest.param(SOCKET.replace(b"websocket", b"websocket, h2c"), id="a choice of protocols"),
        pytest.param(SOCKET.replace(b"Connection: Upgrade\r\n", b""), id="Connection is silent"),
        pytest.param(SOCKET.replace(b"1.1", b"1.0"), id="HTTP/1.0"),
        pytest.param(
            SOCKET.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"), id="with a body"
        ),
    ],
)
def test_switches_nowhere_else(request_: bytes) -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(request_)
    end = scene.platform[0]
    assert b"pgrade" not in end.got
    end.send(SWITCH)
    assert names(scene) == [(502, "unasked-answer")]
    assert client.statuses == [502]
    assert end.closed


def test_another_protocol_than_the_one_asked_for_is_no_switch() -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(SOCKET)
    scene.platform[0].send(SWITCH.replace(b"websocket", b"h2c"))
    assert client.statuses == [502]


def test_no_switch_is_an_answer_like_others() -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(SOCKET)
    scene.platform[0].send(OK)
    client.send(GET)
    scene.platform[0].send(OK)
    assert client.statuses == [200, 200]


def test_what_a_client_sends_before_the_switch_follows_it() -> None:
    scene = Scene(upgrades=SOCKETS)
    scene.client().send(SOCKET + b"early")
    end = scene.platform[0]
    assert not end.got.endswith(b"early")
    end.send(SWITCH)
    assert end.got.endswith(b"early")


@pytest.mark.parametrize("how", ["leaves", "finishes", "is silent"])
def test_a_tunnel_ends_with_its_client(how: str) -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(SOCKET)
    end = scene.platform[0].send(SWITCH)
    if how == "leaves":
        client.leave()
    elif how == "finishes":
        client.finish()
    else:
        scene.advance(599)
        assert not client.closed
        scene.advance(1)
    assert end.closed
    assert client.closed
    assert scene.plane.counts.tunnels == 0
    assert names(scene) == [(101, "")]


def test_a_tunnel_outlives_a_pause() -> None:
    scene = Scene(upgrades=SOCKETS)
    client = scene.client().send(SOCKET)
    end = scene.platform[0].send(SWITCH)
    client.transport.clogged = True
    end.send(b"much")
    assert not end.transport.reading
    client.transport.unclog()
    assert end.transport.reading
    scene.advance(300)  # far beyond the idle time of an answer
    end.send(b"more")
    assert client.sent.endswith(b"muchmore")
    scene.advance(601)
    assert client.closed


# Bounds and their answers.


def test_a_head_that_does_not_come_in_time_is_told_so() -> None:
    scene = Scene()
    client = scene.client().send(b"GET / HTTP/1.1\r\n")
    scene.advance(9.9)
    assert not client.closed
    scene.advance(0.1)
    assert client.statuses == [408]
    assert client.closed
    assert names(scene) == [(408, "head-time")]


def test_a_head_is_not_prolonged_by_its_bytes() -> None:
    scene = Scene()
    client = scene.client()
    for _ in range(10):
        client.send(b"G")
        scene.advance(1)
    assert client.statuses == [408]


@pytest.mark.parametrize("between", [b"", b"\r\n"], ids=["nothing", "an empty line behind a body"])
def test_an_idle_connection_is_closed_without_a_word(between: bytes) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    said = client.sent
    client.send(between)
    scene.advance(75)
    assert client.closed
    assert client.sent == said
    assert scene.faults == ["idle"]


def test_a_client_that_never_speaks_is_closed() -> None:
    scene = Scene()
    client = scene.client()
    scene.advance(10)
    assert client.closed
    assert client.sent == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(10 * 1024 - 1, [408], id="one byte below the rate"),
        pytest.param(10 * 1024, [], id="the rate"),
        pytest.param(10 * 1024 + 1, [], id="one byte above"),
    ],
)
def test_a_body_must_come_at_a_rate(sent: int, status: list[int]) -> None:
    scene = Scene()
    client = scene.client().send(POST.replace(b": 5", b": 100000"))
    client.send(b"a" * sent)
    scene.advance(10)
    assert client.statuses == status
    assert client.closed is bool(status)
    assert scene.platform[0].closed is bool(status)


@pytest.mark.parametrize("kind", ["sized", "chunked"])
@pytest.mark.parametrize(("size", "fits"), [(9, True), (10, True), (11, False)])
def test_a_body_may_be_so_large(kind: str, size: int, fits: bool) -> None:
    scene = Scene(bounds=Bounds(body_bytes=10))
    client = scene.client()
    if kind == "sized":
        client.send(POST.replace(b": 5", b": %d" % size) + b"a" * size)
    else:
        client.send(CHUNKED).send(b"%x\r\n" % size + b"a" * size + b"\r\n0\r\n\r\n")
    if fits:
        scene.platform[0].send(OK)
    assert client.statuses == [200 if fits else 413]
    assert len(read_requests(scene.forwarded)) == fits


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize(("extra", "status"), [(-1, 200), (0, 200), (1, 431)])
def test_a_head_may_be_so_large(size: int, extra: int, status: int) -> None:
    scene = Scene(bounds=Bounds(header_bytes=500))
    head = b"GET / HTTP/1.1\r\nHost: a.example\r\nX: "
    head += b"a" * (500 + extra - len(head))
    client = scene.client()
    for at in range(0, len(head) + 4, size):
        client.send((head + b"\r\n\r\n")[at : at + size])
    for end in scene.platform:
        end.send(OK)
    assert client.statuses == [status]


@pytest.mark.parametrize(("extra", "status"), [(-1, 200), (0, 200), (1, 431)])
def test_there_may_be_so_many_headers(extra: int, status: int) -> None:
    scene = Scene()
    client = scene.client().send(GET[:-2] + b"X: y\r\n" * (99 + extra) + b"\r\n")
    for end in scene.platform:
        end.send(OK)
    assert client.statuses == [status]


def test_a_connection_serves_so_many_requests() -> None:
    scene = Scene(bounds=Bounds(requests_per_connection=2))
    client = scene.client().send(GET * 3)
    scene.platform[0].send(OK).send(OK)
    assert client.statuses == [200, 200]
    assert client.sent.count(b"Connection: close\r\n") == 1
    assert client.closed
    assert scene.faults == ["requests-per-connection"]


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        pytest.param(Bounds(connections=2), 503, id="in all"),
        pytest.param(Bounds(connections_per_client=2), 429, id="of one client"),
    ],
)
def test_there_may_be_so_many_connections(bounds: Bounds, status: int) -> None:
    scene = Scene(bounds=bounds)
    first = scene.client()
    scene.client()
    third = scene.client()
    assert third.statuses == [status]
    assert third.closed
    third.send(GET)
    assert scene.platform == []
    scene.advance(3)
    assert third.transport.lost
    first.leave()
    assert not scene.client().closed


def test_one_client_s_connections_are_not_another_s() -> None:
    scene = Scene(bounds=Bounds(connections_per_client=1))
    scene.client()
    assert not scene.client("198.51.100.8").closed
    assert not scene.client("2001:db8::1").closed
    assert scene.client("2001:db8::2").closed  # the same /64


def test_a_client_that_does_not_read_is_ended() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    client.transport.clogged = True
    scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
    scene.advance(59.9)
    assert not client.closed
    scene.advance(0.1)
    assert client.transport.aborted
    assert scene.platform[0].closed
    assert names(scene) == [(200, "send-stall")]


def test_an_underscore_is_refused_where_that_is_set() -> None:
    scene = Scene(underscore="refuse")
    client = scene.client().send(GET.replace(b"\r\n\r\n", b"\r\nX_Y: z\r\n\r\n"))
    assert names(scene) == [(400, "underscore")]
    assert client.closed


@pytest.mark.parametrize(("underscore", "passes"), [("drop", False), ("pass", True)])
def test_an_underscore_is_dropped_or_passed(underscore: str, passes: bool) -> None:
    scene = Scene(underscore=underscore)
    scene.client().send(GET.replace(b"\r\n\r\n", b"\r\nX_Y: z\r\n\r\n"))
    assert (b"X_Y: z\r\n" in scene.forwarded) is passes


@pytest.mark.parametrize(
    ("clogged", "seconds"),
    [
        pytest.param(False, 2, id="it has the answer"),
        pytest.param(True, 60, id="the answer is still on its way"),
    ],
)
def test_a_refused_client_is_given_time_to_read_why(clogged: bool, seconds: float) -> None:
    scene = Scene()
    client = scene.client()
    client.transport.clogged = clogged
    client.send(b"nonsense\r\n\r\n")
    assert client.transport.eof_sent
    scene.advance(seconds - 0.1)
    assert not client.transport.lost
    scene.advance(0.1)
    assert client.transport.lost


# Backpressure.


def test_a_slow_client_stops_the_platform_and_no_one_else() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0]
    client.transport.clogged = True
    end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    assert not end.transport.reading
    scene.advance(50)
    client.transport.unclog()
    assert end.transport.reading
    end.send(b"cd")
    assert client.statuses == [200]


def test_a_connection_is_read_again_when_its_answer_ended_in_a_pause() -> None:
    """It goes back to the pool, where the next client's answer would never come."""
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    client.transport.clogged = True
    end.send(b"cd")
    assert end.transport.reading
    other = scene.client().send(GET)
    assert len(scene.platform) == 1
    end.send(OK)
    assert other.statuses == [200]


def test_an_answer_with_a_trailer_does_not_pause_another_s() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    client.transport.clogged = True
    end = scene.platform[0].send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n"
    )
    assert end.transport.reading
    assert client.sent.endswith(b"2\r\nok\r\n0\r\nX: y\r\n\r\n")


def test_a_slow_platform_stops_the_client() -> None:
    scene = Scene()
    client = scene.client().send(POST)
    end = scene.platform[0]
    end.transport.clogged = True
    client.send(b"he")
    assert not client.transport.reading
    scene.advance(15)  # its rate is not to be held against the client
    end.transport.unclog()
    assert client.transport.reading
    client.send(b"llo")
    end.send(OK)
    assert client.statuses == [200]


def test_a_client_is_read_again_when_the_answer_came_before_its_body_was_taken() -> None:
    scene = Scene()
    client = scene.client().send(POST)
    end = scene.platform[0]
    end.transport.clogged = True
    client.send(b"hello")
    assert not client.transport.reading
    end.send(OK)
    assert client.statuses == [200]
    assert client.transport.reading


def test_a_client_cannot_pipeline_without_end() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    client.send(GET * 2000)
    assert not client.transport.reading
    for _ in range(100):
        scene.platform[0].send(OK)
    assert not client.transport.reading
    for _ in range(100):
        scene.platform[0].send(OK)
    assert client.transport.reading


def test_a_client_cannot_pipeline_without_end_while_it_reads_nothing() -> None:
    scene = Scene(decider=FakeDecider(decision=BLOCKED))
    client = scene.client()
    client.transport.clogged = True
    client.send(GET)
    client.send(GET * 2000)
    assert len(scene.ended) == 1
    assert not client.transport.reading
    client.transport.unclog()
    assert client.transport.reading
    assert len(scene.ended) == 2001


def test_a_body_that_waits_for_a_connection_is_bounded() -> None:
    scene = Scene(dials=False)
    client = scene.client().send(POST.replace(b": 5", b": 200000"))
    client.send(b"a" * 65_536)
    assert client.transport.reading
    client.send(b"a")
    assert not client.transport.reading
    end = scene.connect()
    assert client.transport.reading
    assert end.got.count(b"a") >= 65_537


# Ends at every moment.

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize("how", ["leaves", "finishes"])
def test_a_client_that_goes_before_its_request_is_complete_leaves_nothing(how: str) -> None:
    whole = POST + b"hello"
    for at in range(len(whole)):
        scene = Scene()
        client = scene.client().send(whole[:at])
        client.leave() if how == "leaves" else client.finish()
        assert client.closed
        assert len(scene.connections) == 0
        assert read_requests(scene.forwarded) == []
        assert all(end.closed for end in scene.platform)
        assert [e.status for e in scene.ended] == [499] * len(scene.platform)
        assert scene.backends[0].busy == 0


@pytest.mark.parametrize("at", range(len(ANSWER) + 4))
def test_a_client_that_goes_before_its_answer_is_complete_ends_the_platform_s(at: int) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send((ANSWER + b"abcd")[:at])
    client.leave()
    assert end.closed
    assert scene.backends[0].busy == 0
    assert [e.status for e in scene.ended] == [499 if at < len(ANSWER) else 200]


def test_a_client_that_has_said_all_gets_its_answers() -> None:
    scene = Scene()
    client = scene.client().send(GET * 2)
    client.finish()
    scene.platform[0].send(OK).send(OK)
    assert client.statuses == [200, 200]
    assert client.closed


def test_a_client_that_goes_while_it_waits_is_forgotten() -> None:
    scene = Scene(dials=False)
    client = scene.client().send(GET)
    client.leave()
    assert scene.backends[0].waiting == 0
    end = scene.connect()
    assert end.got == b""
    assert scene.backends[0].idle == 1


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
@pytest.mark.parametrize("at", range(len(ANSWER) + 4))
def test_a_platform_that_closes_within_its_answer(at: int, reset: bool) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send((ANSWER + b"abcd")[:at])
    end.reset() if reset else end.finish()
    assert client.closed is (at >= len(ANSWER))  # else it is told, and may go on
    if at < len(ANSWER):
        assert client.statuses == [502]
        assert names(scene) == [(502, "platform-closed")]
    else:
        assert read_answers(client.sent, ended=False) == []
        assert client.transport.aborted
        assert names(scene) == [(200, "early-end")]
    assert len(scene.platform) == 1


# Decisions.


def test_a_blocked_client_is_refused_before_anything_is_read() -> None:
    scene = Scene(decider=FakeDecider(standing=BLOCKED))
    client = scene.client().send(b"\x00 nothing that could be read")
    assert client.statuses == [403]
    assert client.closed
    [exchange] = scene.ended
    assert exchange.request is None
    assert exchange.decision is BLOCKED
    assert scene.faults == []


def test_a_blocked_client_may_go_on_being_refused() -> None:
    scene = Scene(decider=FakeDecider(standing=BLOCKED))
    client = scene.client().send(GET).send(GET)
    assert client.statuses == [403, 403]
    assert not client.closed
    assert scene.platform == []


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        pytest.param("GET / HTTP/1.1\r\nConnection: close", True, id="close"),
        pytest.param(
            "GET / HTTP/1.1\r\nHOST: a\r\nCONNECTION:  TE, Close", True, id="among others"
        ),
        pytest.param("GET / HTTP/1.0\r\nConnection: keep-alive", True, id="HTTP/1.0"),
        pytest.param("GET / HTTP/1.1\r\nConnection: keep-alive", False, id="keep-alive"),
        pytest.param("GET /close HTTP/1.1\r\nX: connection: close", False, id="elsewhere"),
        pytest.param("GET / HTTP/1.1\r\nConnection: disclosed", False, id="another word"),
        pytest.param("GET / HTTP/1.1\r\nX-Connection: close", False, id="another header"),
    ],
)
def test_a_blocked_client_that_wants_to_leave_may(lines: str, closed: bool) -> None:
    scene = Scene(decider=FakeDecider(standing=BLOCKED))
    client = scene.client().send(f"{lines}\r\n\r\n".encode())
    assert client.statuses == [403]
    assert client.closed is closed
    assert (b"\r\nConnection: close\r\n" in client.sent) is closed


def test_a_blocked_client_that_asks_for_the_head_gets_no_body() -> None:
    scene = Scene(decider=FakeDecider(standing=BLOCKED))
    client = scene.client().send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.sent.endswith(b"\r\n\r\n")
    assert scene.ended[0].body_sent == 0


def test_the_log_of_a_blocked_client_holds_the_line_alone() -> None:
    scene = Scene(decider=FakeDecider(standing=BLOCKED))
    scene.client().send(b"\r\nGET /x HTTP/1.1\nCookie: secret\r\n\r\n")
    assert scene.ended[0].line == b"GET /x HTTP/1.1"


@pytest.mark.parametrize("standing", [True, False])
def test_a_dropped_client_hears_nothing(standing: bool) -> None:
    decider = FakeDecider(standing=DROPPED) if standing else FakeDecider(decision=DROPPED)
    scene = Scene(decider=decider)
    client = scene.client().send(GET)
    assert client.sent == b""
    assert client.transport.aborted
    assert [e.status for e in scene.ended] == [0]


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.BLOCK, 403),
        (Action.LIMIT, 429),
        (Action.MAINTENANCE, 503),
        (Action.WAIT, 503),
        (Action.CHALLENGE, 429),
    ],
)
def test_a_refusal_leaves_the_connection_open(action: Action, status: int) -> None:
    decider = FakeDecider(decision=Decision("x", a_refusal(action, retry_after_seconds=7)))
    scene = Scene(decider=decider)
    client = scene.client().send(GET)
    assert client.statuses == [status]
    assert b"Retry-After: 7\r\n" in client.sent
    assert not client.closed
    decider.decision = None
    client.send(GET)
    scene.platform[0].send(OK)
    assert client.statuses == [status, 200]


def test_a_refused_body_is_not_read_as_a_request() -> None:
    scene = Scene(decider=FakeDecider(decision=BLOCKED))
    client = scene.client().send(POST + GET)
    assert client.statuses == [403]
    assert client.closed
    assert len(scene.ended) == 1


def test_an_allowed_client_is_not_asked_again() -> None:
    decider = FakeDecider(standing=ALLOWED, decision=BLOCKED)
    scene = Scene(decider=decider)
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    assert client.statuses == [200]
    assert decider.decided == []
    assert scene.ended[0].decision is ALLOWED


def test_shadow_decisions_are_told_and_not_done() -> None:
    shadow = Decision("", None, (("block-list", a_refusal()),))
    scene = Scene(decider=FakeDecider(standing=shadow, decision=shadow))
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    assert client.statuses == [200]
    assert scene.ended[0].decision is shadow


def test_an_address_is_asked_about_once_a_connection_and_again_after_a_reload() -> None:
    decider = FakeDecider()
    scene = Scene(decider=decider)
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    client.send(GET)
    scene.platform[0].send(OK)
    assert decider.admitted == [CLIENT]
    decider.standing = BLOCKED
    scene.configure()
    client.send(GET)
    assert decider.admitted == [CLIENT, CLIENT]
    assert client.statuses == [200, 200, 403]


def test_behind_a_trusted_hop_each_request_has_its_client() -> None:
    decider = FakeDecider()
    scene = Scene(decider=decider, trusted=["198.51.100.0/24"])
    client = scene.client()
    for who in (b"192.0.2.1", b"2001:db8::5"):
        client.send(GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 6.6.6.6, %b\r\n\r\n" % who))
        scene.platform[0].send(OK)
        assert scene.forwarded.count(b"X-Forwarded-For: %b\r\n" % who) == 1
    assert b"6.6.6.6" not in scene.forwarded
    assert decider.admitted == ["192.0.2.1", "2001:db8::5"]


def test_what_a_stranger_claims_is_not_passed_on() -> None:
    scene = Scene()
    scene.client().send(
        GET.replace(
            b"\r\n\r\n",
            b"\r\nX-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
            b"X-Forwarded-Host: evil\r\nX-Request-Id: 6.6.6.6666\r\nClient-IP: 6.6.6.6\r\n"
            b"X-Forwarded-Proto: https\r\nX-Original-URL: /evil\r\n\r\n",
        )
    )
    assert b"6.6.6.6" not in scene.forwarded
    assert b"evil" not in scene.forwarded
    assert b"X-Forwarded-Proto: http\r\n" in scene.forwarded


# The way to the platform.


def test_a_refused_connection_is_tried_at_another_backend() -> None:
    scene = Scene(backends=2, dials=False)
    client = scene.client().send(POST + b"hello")
    first = scene.dialled[0]
    scene.refuse()
    assert scene.dialled[0] is not first
    end = scene.connect()
    assert [body for _, _, _, body in read_requests(end.got)] == [b"hello"]
    end.send(OK)
    assert client.statuses == [200]
    assert scene.ended[0].retries == 1


def test_a_retry_avoids_the_backend_that_failed_though_it_were_its_turn() -> None:
    scene = Scene(backends=2, dials=False)
    scene.client().send(GET)
    scene.client().send(GET)
    failed = scene.dialled[0]
    scene.refuse()
    assert failed not in scene.dialled


def test_there_is_one_retry() -> None:
    scene = Scene(backends=3, dials=False)
    client = scene.client().send(GET)
    scene.refuse()
    scene.refuse()
    assert client.statuses == [502]
    assert names(scene) == [(502, "platform-unreachable")]
    assert not client.closed


@pytest.mark.parametrize(
    ("request_", "retried"),
    [
        pytest.param(GET, True, id="GET"),
        pytest.param(HEAD, True, id="HEAD"),
        pytest.param(GET.replace(b"GET", b"OPTIONS"), True, id="OPTIONS"),
        pytest.param(GET.replace(b"GET", b"DELETE"), False, id="DELETE"),
        pytest.param(GET.replace(b"GET", b"PUT"), False, id="PUT"),
        pytest.param(GET.replace(b"GET", b"POST"), False, id="POST without a body"),
        pytest.param(POST + b"hello", False, id="POST"),
        pytest.param((POST + b"hello").replace(b"POST", b"GET"), False, id="GET with a body"),
    ],
)
@pytest.mark.parametrize("reset", [False, True])
def test_a_stale_connection_is_retried_where_nothing_is_done_twice(
    request_: bytes, retried: bool, reset: bool
) -> None:
    scene = Scene()
    client = scene.client().send(GET)
    stale = scene.platform[0].send(OK)
    client.send(request_)
    stale.reset() if reset else stale.finish()
    assert len(scene.platform) == (2 if retried else 1)
    if retried:
        assert len(read_requests(scene.platform[1].got)) == 1
        scene.platform[1].send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert [e.status for e in scene.ended] == [200, 200 if retried else 502]
    assert scene.backends[0].failures == 0 if retried else True


def test_a_reused_connection_that_began_to_answer_is_not_stale() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    end = scene.platform[0].send(OK)
    client.send(GET)
    end.send(b"H").finish()
    assert client.statuses == [200, 502]
    assert len(scene.platform) == 1


def test_a_stale_connection_is_retried_once() -> None:
    scene = Scene()
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    client.send(GET)
    scene.platform[0].finish()
    scene.platform[1].finish()
    assert client.statuses == [200, 502]
    assert len(scene.platform) == 2


def test_no_retry_where_they_are_off() -> None:
    scene = Scene(retries=False)
    client = scene.client().send(GET)
    scene.platform[0].send(OK)
    client.send(GET)
    scene.platform[0].finish()
    assert client.statuses == [200, 502]


@pytest.mark.parametrize(
    "request_",
    [pytest.param(GET, id="without a body"), pytest.param(POST + b"hello", id="with one")],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_request_does_not_wait_for_ever_for_a_connection(request_: bytes, size: int) -> None:
    scene = Scene(dials=False)
    client = scene.client()
    for at in range(0, len(request_), size):
        client.send(request_[at : at + size])
    scene.advance(29.9)
    assert client.sent == b""
    scene.advance(0.1)
    assert client.statuses == [503]
    assert names(scene) == [(503, "platform-queue-time")]
    assert scene.backends[0].waiting == 0


def test_a_full_queue_refuses() -> None:
    scene = Scene(pool=PoolSettings(connections=1, waiting=1))
    first, second, third = (scene.client().send(GET) for _ in range(3))
    assert third.statuses == [503]
    assert b"\r\nRetry-After: " in third.sent
    scene.platform[0].send(OK)
    scene.platform[0].send(OK)
    assert (first.statuses, second.statuses) == ([200], [200])
    assert len(scene.platform) == 1


def test_a_backend_that_is_down_gets_nothing() -> None:
    scene = Scene()
    scene.shared.health({"http://10.0.0.1:8000": False})
    client = scene.client().send(GET)
    assert client.statuses == [503]
    assert names(scene) == [(503, "platform-down")]
    assert scene.platform == []


def test_the_host_is_kept_or_set() -> None:
    scene = Scene()
    scene.client().send(GET)
    assert b"\r\nHost: a.example\r\n" in scene.forwarded
    scene = Scene(host=b"inner.example")
    scene.client().send(GET)
    assert b"\r\nHost: inner.example\r\n" in scene.forwarded
    assert b"\r\nX-Forwarded-Host: a.example\r\n" in scene.forwarded


def test_without_a_host_the_platform_gets_its_own() -> None:
    scene = Scene()
    scene.client().send(b"GET / HTTP/1.0\r\n\r\n")
    assert b"\r\nHost: 10.0.0.1:8000\r\n" in scene.forwarded


# Draining, redirects, the PROXY protocol, TLS.


def test_draining_ends_what_is_idle_and_what_is_answered() -> None:
    scene = Scene()
    idle, busy = scene.client(), scene.client().send(GET)
    scene.plane.draining = True
    scene.connections.drain()
    scene.run()
    assert idle.closed
    assert not busy.closed
    scene.platform[0].send(OK)
    assert busy.statuses == [200]
    assert busy.closed
    assert len(scene.connections) == 0


@pytest.mark.parametrize(
    ("request_", "status", "location"),
    [
        (GET, 301, b"https://a.example/"),
        (GET.replace(b"/ ", b"/a?b=c "), 301, b"https://a.example/a?b=c"),
        (GET.replace(b"a.example", b"a.example:8080"), 301, b"https://a.example/"),
        (GET.replace(b"a.example", b"[::1]:8080"), 301, b"https://[::1]/"),
        (GET.replace(b"GET", b"DELETE"), 308, b"https://a.example/"),
        (GET.replace(b"GET /", b"OPTIONS *"), 308, b"https://a.example/"),
        (GET.replace(b"/ ", b"//evil.example/.. "), 301, b"https://a.example/"),
    ],
)
def test_redirects_to_https(request_: bytes, status: int, location: bytes) -> None:
    scene = Scene(redirect_port=443)
    client = scene.client().send(request_)
    [(got, headers, _)] = read_answers(client.sent)
    assert (got, dict(headers)[b"location"]) == (status, location)
    assert not client.closed
    assert scene.platform == []
    assert scene.ended[0].redirected


def test_there_is_nowhere_to_redirect_to_without_a_host() -> None:
    scene = Scene(redirect_port=443)
    assert scene.client().send(b"GET / HTTP/1.0\r\n\r\n").statuses == [400]


def test_redirects_to_another_port() -> None:
    scene = Scene(redirect_port=8443)
    assert b"Location: https://a.example:8443/\r\n" in scene.client().send(GET).sent


@pytest.mark.parametrize("size", [1, 1000])
def test_the_proxy_protocol_names_the_client(size: int) -> None:
    decider = FakeDecider()
    scene = Scene(decider=decider, proxy_protocol=True)
    client = scene.client()
    data = b"PROXY TCP4 203.0.113.9 192.0.2.1 40000 80\r\n" + GET
    for at in range(0, len(data), size):
        client.send(data[at : at + size])
    assert decider.admitted == ["203.0.113.9"]
    assert b"X-Forwarded-For: 203.0.113.9\r\n" in scene.forwarded


@pytest.mark.parametrize(
    ("trusted", "data"),
    [
        pytest.param([], GET, id="no header"),
        pytest.param([], b"PROXY TCP4 x y 1 2\r\n" + GET, id="a bad header"),
        pytest.param(["10.0.0.0/8"], b"PROXY UNKNOWN\r\n" + GET, id="from a stranger"),
    ],
)
def test_without_a_good_proxy_header_the_connection_is_closed(
    trusted: list[str], data: bytes
) -> None:
    scene = Scene(proxy_protocol=True, trusted=trusted)
    client = scene.client().send(data)
    assert client.sent == b""
    assert client.transport.aborted
    assert scene.faults == ["proxy-protocol"]
    assert scene.platform == []


def test_connections_are_counted_for_whom_the_proxy_header_names() -> None:
    scene = Scene(proxy_protocol=True, bounds=Bounds(connections_per_client=1))
    header = b"PROXY TCP4 203.0.113.9 192.0.2.1 40000 80\r\n"
    first = scene.client("10.0.0.1").send(header)
    second = scene.client("10.0.0.2").send(header)
    assert second.statuses == [429]
    first.leave()
    second.leave()
    assert not scene.client("10.0.0.2").send(header).closed


def test_over_tls_the_platform_is_told_so() -> None:
    scene = Scene(tls=True)
    client: Client = scene.client().send(GET)
    assert b"X-Forwarded-Proto: https\r\n" in scene.forwarded
    client.finish()  # TLS has no half-closed connections here
    assert client.closed
