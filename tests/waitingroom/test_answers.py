"""What an answer of the platform meant: an answer in, YES, NO or UNKNOWN out."""

import pytest
from helpers import a_request

from gateway.request import Request
from gateway.waitingroom.answers import BODY_BYTES, NO, READ, UNKNOWN, YES, Answers, Reading

OK = Answers(b"POST", "/book", frozenset({200}), (), [(("ok",), True)])
DEEP = Answers(b"POST", "/book", frozenset({200}), (), [(("seat", "state"), "taken"), (("n",), 1)])
HEADED = Answers(b"POST", "/book", frozenset({200}), [(b"x-booking", b"done")])


def answered(answers: Answers, status: int, *headers: tuple[bytes, bytes]) -> Request:
    request = a_request(method="POST", path="/book")
    request.answered = list(headers)
    assert answers.asked(request)
    return request


@pytest.mark.parametrize(
    ("answers", "status", "headers", "outcome"),
    [
        pytest.param(OK, 200, [], READ, id="the body tells"),
        pytest.param(OK, 201, [], NO, id="another status"),
        pytest.param(HEADED, 200, [(b"x-booking", b"done")], YES, id="the header"),
        pytest.param(HEADED, 200, [(b"x-booking", b"full")], NO, id="with another value"),
        pytest.param(HEADED, 200, [], NO, id="without it"),
        pytest.param(HEADED, 409, [(b"x-booking", b"done")], NO, id="the status goes first"),
    ],
)
def test_by_status_and_headers(
    answers: Answers, status: int, headers: list[tuple[bytes, bytes]], outcome: int
) -> None:
    assert answers.judge(answered(answers, status, *headers), status) == outcome


def told(answers: Answers, *pieces: bytes, end: bool = True, encoding: bytes = b"") -> list[int]:
    """What a reading settles, of a body in these pieces."""
    found: list[int] = []
    headers = [(b"content-encoding", encoding)] if encoding else []
    reading = Reading(answers, answered(answers, 200, *headers), found.append)
    for piece in pieces:
        reading.feed(piece)
    if end:
        reading.end()
    return found


FULL = b'{"ok":true}' + b" " * (BODY_BYTES - 11)


@pytest.mark.parametrize(
    ("answers", "pieces", "outcome"),
    [
        pytest.param(OK, [b'{"ok": true}'], [YES], id="it is so"),
        pytest.param(OK, [b'{"o', b'k": tr', b"ue}"], [YES], id="in pieces"),
        pytest.param(OK, [b'{"ok": false}'], [NO], id="it is not"),
        pytest.param(OK, [b'{"ok": 1}'], [NO], id="1 is not true"),
        pytest.param(OK, [b'{"ok": "true"}'], [NO], id="nor is a text"),
        pytest.param(OK, [b"{}"], [NO], id="without the field"),
        pytest.param(OK, [b'[{"ok": true}]'], [NO], id="not at its place"),
        pytest.param(OK, [b"<html>no place</html>"], [NO], id="no JSON"),
        pytest.param(OK, [], [NO], id="nothing"),
        pytest.param(DEEP, [b'{"seat":{"state":"taken"},"n":1}'], [YES], id="two, one deep"),
        pytest.param(DEEP, [b'{"seat":{"state":"taken"},"n":true}'], [NO], id="true is not 1"),
        pytest.param(DEEP, [b'{"seat":"taken","n":1}'], [NO], id="a text where an object is"),
        pytest.param(OK, [FULL], [YES], id="as long as is read"),
        pytest.param(OK, [FULL, b" "], [UNKNOWN], id="a byte longer"),
        pytest.param(OK, [FULL, b" ", b" "], [UNKNOWN], id="and told once"),
    ],
)
def test_by_the_body(answers: Answers, pieces: list[bytes], outcome: list[int]) -> None:
    assert told(answers, *pieces) == outcome


def test_what_cannot_be_read_leaves_it_unknown() -> None:
    assert told(OK, b"\x1f\x8b", encoding=b"gzip") == [UNKNOWN]
    assert told(OK, b'{"ok": true}', encoding=b"identity") == [YES]
    assert told(OK, b'{"ok": true}', end=False) == [], "who is asked afterwards says so"


def test_the_platform_is_asked_for_what_can_be_read() -> None:
    for answers, left in ((OK, 1), (HEADED, 2)):
        request = a_request(method="POST", path="/book")
        request.pieces = [b"Accept-Encoding: gzip, br\r\n", b"Accept: */*\r\n"]
        answers.prepare(request)
        assert len(request.pieces) == left
