"""Which requests are logins, at which account, and which of them failed."""

import pytest
from helpers import Scene, a_request

from gateway.chain import Chain, Errors
from gateway.clock import Clock
from gateway.filters.keys import AccountKey, FormPart, JsonPart
from gateway.filters.logins import Logins, Outcome, where_to
from gateway.request import LOGIN_FAILED, LOGIN_TRIED, SIZED, Request

FORM = (b"content-type", b"application/x-www-form-urlencoded")
JSON = (b"content-type", b"application/json")
SECRET = bytes(range(32))


def account_key(secret: bytes = SECRET) -> AccountKey:
    return AccountKey(secret, [FormPart("user"), JsonPart(("a", "user"))], body_bytes=100)


def a_filter(failed: frozenset[int] = frozenset({401}), *back: str) -> Logins:
    return Logins(("/login",), account_key(), Outcome(failed, frozenset(back)))


def a_login(
    path: str = "/login", *headers: tuple[bytes, bytes], method: str = "POST", length: int = 10
) -> Request:
    request = a_request(method=method, path=path, headers=headers or (FORM,))
    request.body, request.content_length = SIZED, length
    return request


@pytest.mark.parametrize(
    ("request_", "tried"),
    [
        pytest.param(a_login(), LOGIN_TRIED, id="a login"),
        pytest.param(a_login(method="GET"), 0, id="the page with the form"),
        pytest.param(a_login("/logout"), 0, id="another path"),
    ],
)
def test_what_is_a_login(request_: Request, tried: int) -> None:
    one = a_filter()
    assert one.check(request_) is None
    assert request_.login == tried
    assert (one.wants_body(request_) > 0) is (tried > 0)


@pytest.mark.parametrize(
    ("header", "body", "same"),
    [
        pytest.param(FORM, b"user=anna&pw=1", True, id="the field of a form"),
        pytest.param(FORM, b"pw=2&user=%41NNA+", True, id="in another spelling"),
        pytest.param(JSON, b'{"a": {"user": "Anna"}}', True, id="the field of a JSON body"),
        pytest.param(FORM, b"user=bert", False, id="another account"),
    ],
)
def test_an_account_is_one_whatever_its_spelling(
    header: tuple[bytes, bytes], body: bytes, same: bool
) -> None:
    key = account_key()
    anna = key.of(a_login(), b"user=anna")
    found = key.of(a_login("/login", header), body)
    assert found
    assert (found == anna) is same


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        pytest.param(b"user=a&user=b", True, id="two of them"),
        pytest.param(b"pw=1", True, id="none"),
        pytest.param(b"user=anna", False, id="not all of it is here"),
    ],
)
def test_an_account_that_cannot_be_read_is_none(body: bytes, whole: bool) -> None:
    request = a_login()
    a_filter().check_body(request, body, whole)
    assert request.account == 0


def test_an_account_is_a_keyed_hash() -> None:
    body = b"user=anna"
    one, other = (account_key(secret).of(a_login(), body) for secret in (SECRET, bytes(32)))
    assert one != other


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        pytest.param(b"/login", "/login", id="a path"),
        pytest.param(b"/Login/?error=1#top", "/login", id="with a query, a slash, in capitals"),
        pytest.param(b"https://a.example/login?x", "/login", id="a whole URL"),
        pytest.param(b"//a.example/login", "/login", id="without a scheme"),
        pytest.param(b"https://a.example", "/", id="a host alone"),
        pytest.param(b"?error=1", "/in/login", id="the same page, with a query"),
        pytest.param(b"login?error", "/in/login", id="beside it"),
        pytest.param(b"./", "/in", id="what is around it"),
        pytest.param(b"", "", id="nowhere"),
        pytest.param(b"#top", "", id="nowhere but a place in it"),
        pytest.param(b"/mine//x", "/mine//x", id="two slashes later on"),
    ],
)
def test_where_a_redirect_leads(location: bytes, leads: str) -> None:
    assert where_to(location, "/in/login") == leads


@pytest.mark.parametrize(
    ("status", "location", "back", "failed"),
    [
        pytest.param(401, b"", (), True, id="a status that means failure"),
        pytest.param(403, b"", (), False, id="one that does not"),
        pytest.param(200, b"", (), False, id="a page"),
        pytest.param(303, b"/login?wrong", (), True, id="back to where it came from"),
        pytest.param(303, b"/mine", (), False, id="on to somewhere else"),
        pytest.param(303, b"", (), False, id="to nowhere"),
        pytest.param(302, b"/sign-in", ("/sign-in",), True, id="to the page that is named"),
        pytest.param(302, b"/login", ("/sign-in",), False, id="to another than that"),
        pytest.param(200, b"/login", (), False, id="no redirect at all"),
    ],
)
def test_what_is_a_failure(
    status: int, location: bytes, back: tuple[str, ...], failed: bool
) -> None:
    request = a_login()
    request.login, request.redirected_to = LOGIN_TRIED, location
    Outcome(frozenset({401}), frozenset(back)).answered(request, status)
    assert request.login == (LOGIN_FAILED if failed else LOGIN_TRIED)


@pytest.mark.parametrize(
    ("answer", "login"),
    [
        (
            b"HTTP/1.1 303 See Other\r\nLocation: /login?e\r\nContent-Length: 0\r\n\r\n",
            LOGIN_FAILED,
        ),
        (b"HTTP/1.1 303 See Other\r\nLocation: /mine\r\nContent-Length: 0\r\n\r\n", LOGIN_TRIED),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", LOGIN_FAILED),
    ],
    ids=["back to the form", "on", "refused"],
)
def test_on_the_wire(answer: bytes, login: int) -> None:
    scene = Scene(decider=Chain([a_filter()], Errors(Clock())))
    client = scene.client()
    client.send(
        b"POST /login HTTP/1.1\r\nHost: a.example\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\n"
    )
    client.send(b"user=anna&pw=1")
    assert scene.platform[0].got.endswith(b"user=anna&pw=1")
    scene.platform[0].send(answer)
    request = scene.ended[0].request
    assert request is not None
    assert request.login == login
    assert request.account == account_key().of(a_login(), b"user=anna")
