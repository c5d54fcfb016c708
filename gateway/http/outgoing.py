"""Heads as we write them: a request for the platform, an answer for the client.

Everything is written from what was understood. To the platform go the end-to-end headers, one Host,
one length, and who the client is: `X-Forwarded-For` with the one address that we hold for true, so
that a platform reads the same whether it takes the first or the last of the list.
"""

from http import HTTPStatus
from typing import Final

from gateway.http.framing import Answer
from gateway.request import CHUNKED, NO_BODY, Request

_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus}


def forwarded_lines(request: Request) -> bytes:
    """Who the client is and what it asked for; the same for all requests of a direct client's
    connection but for the host."""
    return b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\n" % (
        request.client.text.encode(),
        b"https" if request.secure else b"http",
    )


def request_head(request: Request, host: bytes, forwarded: bytes, *, upgrade: bool) -> bytes:
    """The head for the platform; `host` b"" keeps the client's, `forwarded` from above."""
    pieces = [
        request.method,
        b" ",
        request.target,
        b" HTTP/1.1\r\nHost: ",
        host or request.host,
        b"\r\n",
        *request.pieces,
        forwarded,
        b"X-Forwarded-Host: ",
        request.forwarded_host or request.host or host,
        b"\r\nX-Request-Id: ",
        request.id,
        b"\r\n",
    ]
    if request.body != NO_BODY or request.content_length == 0:
        if request.body == CHUNKED:
            pieces.append(b"Transfer-Encoding: chunked\r\n")
        else:
            pieces.append(b"Content-Length: %d\r\n" % request.content_length)
        if request.expects_continue:
            pieces.append(b"Expect: 100-continue\r\n")
    if upgrade:
        pieces += (b"Connection: Upgrade\r\nUpgrade: ", request.upgrade, b"\r\n")
    pieces.append(b"\r\n")
    return b"".join(pieces)


def answer_head(
    answer: Answer, request: Request, fields: bytes, *, chunked: bool, close: bool
) -> bytes:
    """The head for the client, with `fields` of ours; `chunked`: the body is framed anew, `close`:
    it ends with us."""
    pieces = [_status_line(answer), *answer.pieces, fields]
    if chunked:
        pieces.append(b"Transfer-Encoding: chunked\r\n")
    elif answer.length >= 0:
        pieces.append(b"Content-Length: %d\r\n" % answer.length)
    if answer.status == 101:
        pieces += (b"Connection: Upgrade\r\nUpgrade: ", answer.upgrade, b"\r\n")
    elif close:
        pieces.append(b"Connection: close\r\n")
    elif request.minor == 0:
        pieces.append(b"Connection: keep-alive\r\n")
    pieces += (b"X-Request-Id: ", request.id, b"\r\n\r\n")
    return b"".join(pieces)


def _status_line(answer: Answer) -> bytes:
    if answer.status == 200 and answer.reason == b"OK":
        return b"HTTP/1.1 200 OK\r\n"
    reason = answer.reason or _REASONS.get(answer.status, b"")
    return b"HTTP/1.1 %d %b\r\n" % (answer.status, reason)


def interim_head(answer: Answer) -> bytes:
    """A 1xx answer for the client."""
    return _status_line(answer) + b"".join(answer.pieces) + b"\r\n"
