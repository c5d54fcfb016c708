"""Heads as we write them."""

import pytest
from helpers import a_request, address

from gateway.http.fields import REQUEST_KINDS, Kind
from gateway.http.framing import Answer, Answers, Requests
from gateway.http.outgoing import answer_head, forwarded_lines, request_head
from gateway.http.target import Targets
from gateway.request import Request


def forwarded(*lines: bytes, start: bytes = b"GET / HTTP/1.1", host: bytes = b"") -> bytes:
    head = b"\r\n".join((start, b"Host: A.example", *lines))
    request = Requests(Targets(), target_bytes=100, header_count=100).read(head)
    assert isinstance(request, Request)
    request.client = address("2001:db8::7")
    request.id = b"id"
    return request_head(request, host, forwarded_lines(request), upgrade=False)


def test_a_head_is_written_anew() -> None:
    assert forwarded(b"accept :".replace(b" ", b"") + b"  */*", b"X:\ta\t") == (
        b"GET / HTTP/1.1\r\nHost: a.example\r\naccept: */*\r\nX: a\r\n"
        b"X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: http\r\n"
        b"X-Forwarded-Host: a.example\r\nX-Request-Id: id\r\n\r\n"
    )


def test_the_version_is_ours() -> None:
    assert forwarded(start=b"GET / HTTP/1.0").startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "name", sorted(n for n, k in REQUEST_KINDS.items() if k in {Kind.DROPPED, Kind.UPGRADE})
)
def test_hop_by_hop_headers_and_claims_are_gone(name: bytes) -> None:
    assert b"secret" not in forwarded(name.title() + b": secret")


def test_headers_that_repeat_keep_their_order() -> None:
    head = forwarded(b"X: 1", b"Cookie: a", b"X: 2", b"Cookie: b")
    assert b"X: 1\r\nCookie: a\r\nX: 2\r\nCookie: b\r\n" in head


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        ([], b""),
        ([b"Content-Length: 0"], b"Content-Length: 0\r\n"),
        ([b"Content-Length: 007"], b"Content-Length: 7\r\n"),
        ([b"transfer-encoding: CHUNKED"], b"Transfer-Encoding: chunked\r\n"),
        (
            [b"Content-Length: 7", b"Expect: 100-Continue"],
            b"Content-Length: 7\r\nExpect: 100-continue\r\n",
        ),
        ([b"Expect: 100-continue"], b""),
    ],
)
def test_there_is_one_length(lines: list[bytes], framing: bytes) -> None:
    head = forwarded(*lines)
    assert head.endswith(b"X-Request-Id: id\r\n" + framing + b"\r\n")


def test_a_nominated_header_goes_whatever_its_case() -> None:
    assert b"gone" not in forwarded(b"Connection: x-A", b"X-a: gone", b"x-A: gone")


def an_answer(*lines: bytes, status: bytes = b"200 OK") -> Answer:
    read = Answers().read(b"\r\n".join((b"HTTP/1.1 " + status, *lines)), to_head=False)
    assert isinstance(read, Answer)
    return read


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (b"200 Fine", b"HTTP/1.1 200 Fine\r\n"),
        (b"200", b"HTTP/1.1 200 OK\r\n"),
        (b"200 ", b"HTTP/1.1 200 OK\r\n"),
        (b"299", b"HTTP/1.1 299 \r\n"),
        ("404 غير موجود".encode(), "HTTP/1.1 404 غير موجود\r\n".encode()),
    ],
)
def test_a_reason_is_kept_or_found(status: bytes, line: bytes) -> None:
    head = answer_head(an_answer(status=status), a_request(), b"", chunked=False, close=False)
    assert head.startswith(line)


@pytest.mark.parametrize(
    ("minor", "close", "line"),
    [
        (1, False, None),
        (1, True, b"Connection: close\r\n"),
        (0, False, b"Connection: keep-alive\r\n"),
        (0, True, b"Connection: close\r\n"),
    ],
)
def test_the_connection_s_fate_is_told(minor: int, close: bool, line: bytes | None) -> None:
    head = answer_head(
        an_answer(b"Content-Length: 1"), a_request(minor=minor), b"", chunked=False, close=close
    )
    assert (b"Connection" in head) is (line is not None)
    assert line is None or line in head
