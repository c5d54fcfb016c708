"""The gateway's own paths never reach the platform."""

import pytest
from helpers import Scene, read_answers

from gateway.http.own import Own, OwnAnswer
from gateway.request import Request


class Echo(Own):
    def answer(self, request: Request, body: bytes) -> OwnAnswer:
        return OwnAnswer(200, request.query + b"|" + body, b"text/plain", b"X-Own: yes\r\n")


def a_scene() -> Scene:
    return Scene(own={"echo": Echo("echo")})


@pytest.mark.parametrize(
    "target",
    ["/.dawr/echo?a=b", "/.dawr/echo/more?a=b", "/./.dawr/echo?a=b", "/x/../.dawr/echo?a=b",
     "/%2edawr/echo?a=b"],
)  # fmt: skip
def test_a_path_of_ours_is_answered_by_us_however_it_is_spelt(target: str) -> None:
    scene = a_scene()
    client = scene.client()
    client.send(f"GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode())
    [(status, headers, body)] = read_answers(client.sent, ended=False)
    assert (status, body, dict(headers)[b"x-own"]) == (200, b"a=b|", b"yes")
    assert dict(headers)[b"x-request-id"]
    assert scene.platform == []
    assert [one.own for one in scene.ended] == ["echo"]


@pytest.mark.parametrize("target", ["/.dawr/", "/.dawr/other", "/.dawr/echoes", "/.dawr//echo"])
def test_another_path_of_ours_is_not_found_and_not_passed_on(target: str) -> None:
    scene = a_scene()
    client = scene.client()
    client.send(f"GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode())
    assert client.statuses == [404] or b"X-Own" in client.sent
    assert scene.platform == []


def test_head_gets_no_body() -> None:
    client = a_scene().client()
    client.send(b"HEAD /.dawr/echo?a=b HTTP/1.1\r\nHost: a.example\r\n\r\n")
    assert client.sent.endswith(b"\r\n\r\n")
    assert b"Content-Length: 4\r\n" in client.sent


def test_a_body_is_read_whole_first_and_what_follows_is_served() -> None:
    scene = a_scene()
    client = scene.client()
    head = b"POST /.dawr/echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n"
    client.send_by_byte(head + b"hello" + b"GET /.dawr/echo?z HTTP/1.1\r\nHost: a.example\r\n\r\n")
    assert [body for _, _, body in read_answers(client.sent, ended=False)] == [b"|hello", b"z|"]


@pytest.mark.parametrize(("size", "status"), [(16_384, 200), (16_385, 413)])
def test_a_body_for_us_is_bounded(size: int, status: int) -> None:
    scene = a_scene()
    client = scene.client()
    head = b"POST /.dawr/echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n" % size
    client.send(head + b"x" * size)
    assert client.statuses == [status]
    assert scene.platform == []
