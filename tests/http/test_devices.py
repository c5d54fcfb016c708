"""The device cookie: who gets one, and who is known by it."""

import re

import pytest
from helpers import OK, FakeClock, Scene, a_request, read_answers

from gateway.http.devices import Devices
from gateway.request import Request

CLOCK = FakeClock()
KEYS = [b"k" * 32]
DEVICES = Devices(KEYS, CLOCK, name=b"dawr", max_age=60)
OTHERS = Devices([b"x" * 32], CLOCK, name=b"dawr", max_age=60)
PAGE = [(b"accept", b"text/html,*/*")]


def given_to(request: Request, devices: Devices = DEVICES) -> bytes:
    """The cookie's value in the Set-Cookie line."""
    found = re.fullmatch(
        rb"Set-Cookie: dawr=([A-Za-z0-9_-]+); Path=/; Max-Age=60; HttpOnly; SameSite=Lax\r\n",
        devices.field(request),
    )
    assert found is not None
    return bytes(found[1])


def with_cookie(value: bytes, **more: object) -> Request:
    request = a_request(headers=[*PAGE, (b"cookie", value)])
    DEVICES.read(request)
    return request


def test_who_comes_back_is_known() -> None:
    cookie = given_to(a_request(headers=PAGE))
    first, again = with_cookie(b"dawr=" + cookie), with_cookie(b"a=b; dawr=" + cookie + b"; c=d")
    assert first.device == again.device != 0
    assert first.device_since == CLOCK.wall() // 60
    assert DEVICES.field(first) == b""


def test_each_gets_its_own() -> None:
    numbers = {with_cookie(b"dawr=" + given_to(a_request(headers=PAGE))).device for _ in range(50)}
    assert len(numbers) == 50


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param(b"", id="an empty header"),
        pytest.param(b"dawr=", id="an empty value"),
        pytest.param(b"dawr=AAAAAAAAAAA", id="no signature"),
        pytest.param(b"xdawr=" + given_to(a_request(headers=PAGE)), id="another name"),
        pytest.param(b"dawr=" + given_to(a_request(headers=PAGE), OTHERS), id="another gateway's"),
    ],
)  # fmt: skip
def test_a_cookie_that_is_not_ours_is_none_and_gives_way_to_one(cookie: bytes) -> None:
    request = with_cookie(cookie)
    assert request.device == 0
    assert DEVICES.field(request).startswith(b"Set-Cookie: dawr=")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(a_request(headers=[(b"accept", b"image/png")]), id="an image"),
        pytest.param(a_request(headers=[(b"accept", b"*/*")]), id="a script"),
        pytest.param(a_request(), id="no Accept"),
        pytest.param(a_request(method="POST", headers=PAGE), id="a form"),
    ],
)
def test_only_pages_give_a_device(request_: Request) -> None:
    assert DEVICES.field(request_) == b""


def test_a_secure_page_gives_a_secure_cookie() -> None:
    request = a_request(headers=PAGE)
    request.secure = True
    assert DEVICES.field(request).endswith(b"; SameSite=Lax; Secure\r\n")


def test_a_visitor_gets_it_with_the_first_answer_and_not_again() -> None:
    scene = Scene(devices=DEVICES)
    client = scene.client()
    page = b"GET / HTTP/1.1\r\nHost: a.example\r\nAccept: text/html\r\n"
    client.send(page + b"\r\n")
    scene.platform[0].send(OK)
    [(_, headers, body)] = read_answers(client.sent, ended=False)
    cookie = dict(headers)[b"set-cookie"].partition(b";")[0]
    assert body == b"ok"
    client.send(page + b"Cookie: " + cookie + b"\r\n\r\n")
    scene.platform[0].send(OK)
    assert client.sent.count(b"Set-Cookie") == 1
    assert [one.request.device != 0 for one in scene.ended if one.request] == [False, True]
