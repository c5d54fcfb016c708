"""Keys: which requests are one, which are apart, and who lacks a part."""

import pytest
from helpers import a_request

from gateway.filters.keys import (
    SEGMENTS,
    AsnPart,
    ClientPart,
    CompositeKey,
    CookiePart,
    CountryPart,
    DevicePart,
    FormPart,
    HeaderPart,
    JsonPart,
    KeyPart,
    PathPart,
    PrefixPart,
    QueryPart,
    template,
)
from gateway.request import CHUNKED, NO_BODY, SIZED, Request

FORM = (b"content-type", b"application/x-www-form-urlencoded")


def key(*parts: KeyPart, name: str = "limit") -> CompositeKey:
    return CompositeKey(name, [*parts], body_bytes=100)


def with_cookie(value: bytes) -> Request:
    return a_request(headers=[(b"cookie", value)])


def of_device(number: int) -> Request:
    request = a_request()
    request.device = number
    return request


PLACES = {"192.0.2.1": ("SY", 1), "192.0.2.2": ("SY", 2), "192.0.2.3": ("LB", 2)}
COUNTRY = CountryPart(lambda client: PLACES.get(client.text, ("", 0)))
ASN = AsnPart(lambda client: PLACES.get(client.text, ("", 0)))


@pytest.mark.parametrize(
    ("part", "one", "other", "same"),
    [
        (ClientPart(), a_request(client="192.0.2.1"), a_request(client="192.0.2.1"), True),
        (ClientPart(), a_request(client="192.0.2.1"), a_request(client="192.0.2.2"), False),
        (ClientPart(), a_request(client="2001:db8::1"), a_request(client="2001:db8::2"), True),
        (PrefixPart(24, 48), a_request(client="192.0.2.1"), a_request(client="192.0.2.9"), True),
        (PrefixPart(24, 48), a_request(client="192.0.2.1"), a_request(client="192.0.3.1"), False),
        (PrefixPart(16, 48), a_request(client="192.0.2.1"), a_request(client="192.0.3.1"), True),
        (PrefixPart(32, 48), a_request(client="192.0.2.1"), a_request(client="192.0.2.2"), False),
        (
            PrefixPart(24, 48),
            a_request(client="2001:db8:0:1::1"),
            a_request(client="2001:db8:0:2::1"),
            True,
        ),
        (
            PrefixPart(24, 56),
            a_request(client="2001:db8:0:1ff::"),
            a_request(client="2001:db8:0:200::"),
            False,
        ),
        (COUNTRY, a_request(client="192.0.2.1"), a_request(client="192.0.2.2"), True),
        (COUNTRY, a_request(client="192.0.2.2"), a_request(client="192.0.2.3"), False),
        (ASN, a_request(client="192.0.2.2"), a_request(client="192.0.2.3"), True),
        (ASN, a_request(client="192.0.2.1"), a_request(client="192.0.2.2"), False),
        (DevicePart(), of_device(7), of_device(7), True),
        (DevicePart(), of_device(7), of_device(8), False),
        (PathPart(), a_request(path="/a/17"), a_request(path="/a/18"), True),
        (PathPart(), a_request(path="/a/17"), a_request(path="/b/17"), False),
        (CookiePart(b"sid"), with_cookie(b"sid=1"), with_cookie(b"a=2; sid=1"), True),
        (CookiePart(b"sid"), with_cookie(b"sid=1"), with_cookie(b"sid=2"), False),
        (QueryPart("q"), a_request(query=b"q=a&x=1"), a_request(query=b"x=2&q=A"), True),
        (QueryPart("q"), a_request(query=b"q=a"), a_request(query=b"q=b"), False),
        (
            HeaderPart(b"x-key"),
            a_request(headers=[(b"x-key", b"1")]),
            a_request(headers=[(b"x-key", b"2")]),
            False,
        ),
    ],
)
def test_which_requests_are_one(part: KeyPart, one: Request, other: Request, same: bool) -> None:
    made = key(part)
    assert (made.of(one, None) == made.of(other, None)) is same


@pytest.mark.parametrize(
    ("part", "lacks"),
    [
        pytest.param(DevicePart(), {}, id="no device"),
        pytest.param(COUNTRY, {}, id="a country unknown"),
        pytest.param(ASN, {}, id="an AS unknown"),
        pytest.param(CookiePart(b"sid"), {}, id="no cookie"),
        pytest.param(CookiePart(b"sid"), {"headers": [(b"cookie", b"sid=")]}, id="an empty one"),
        pytest.param(CookiePart(b"sid"), {"headers": [(b"cookie", b"xsid=1")]}, id="another one"),
        pytest.param(
            CookiePart(b"sid"), {"headers": [(b"cookie", b"sid=1; sid=2")]}, id="a cookie twice"
        ),
        pytest.param(HeaderPart(b"x-key"), {}, id="no header"),
        pytest.param(
            HeaderPart(b"x-key"),
            {"headers": [(b"x-key", b"1"), (b"x-key", b"2")]},
            id="a header twice",
        ),
        pytest.param(QueryPart("q"), {}, id="no query"),
        pytest.param(QueryPart("q"), {"query": b"q=1&q=2"}, id="a query field twice"),
        pytest.param(FormPart("a"), {}, id="no body"),
        pytest.param(JsonPart(("a",)), {}, id="no document"),
    ],
)
def test_who_lacks_a_part_is_counted_by_address(part: KeyPart, lacks: dict[str, object]) -> None:
    made = key(part)

    def of(client: str, **more: object) -> int:
        return made.of(a_request(client=client, **more), None)  # type: ignore[arg-type]

    assert of("198.51.100.1", **lacks) == of("198.51.100.1", **lacks)
    assert of("198.51.100.1", **lacks) != of("198.51.100.2", **lacks)


def test_no_value_passes_for_the_address() -> None:
    """Who says the address' own bytes is not counted as who lacks the part."""
    made = key(HeaderPart(b"x-key"))
    lacking = a_request()
    saying = a_request(headers=[(b"x-key", lacking.client.key.to_bytes(9, "big"))])
    assert made.of(lacking, None) != made.of(saying, None)


def test_parts_do_not_run_into_each_other() -> None:
    made = key(QueryPart("a"), QueryPart("b"))
    assert made.of(a_request(query=b"a=12&b=3"), None) != made.of(
        a_request(query=b"a=1&b=23"), None
    )


def test_limits_are_apart() -> None:
    request = a_request()
    one = key(ClientPart(), name="one").of(request, None)
    assert one != key(ClientPart(), name="other").of(request, None)
    assert 0 <= one < 2**64


@pytest.mark.parametrize(
    ("part", "content_type", "body", "same"),
    [
        (FormPart("a"), b"application/x-www-form-urlencoded", b"a=1", True),
        (FormPart("a"), b"application/x-www-form-urlencoded", b"a=2", False),
        (JsonPart(("a", "b")), b"application/json", b'{"a": {"b": 1}}', True),
        (JsonPart(("a", "b")), b"application/json", b'{"a": {"b": 2}}', False),
    ],
)
def test_a_field_of_the_body_is_the_key_whatever_the_address(
    part: KeyPart, content_type: bytes, body: bytes, same: bool
) -> None:
    made = key(part)
    first = b"a=1" if isinstance(part, FormPart) else b'{"a":{"b":1}}'
    headers = [(b"content-type", content_type)]
    one = made.of(a_request(client="192.0.2.1", headers=headers), first)
    assert (made.of(a_request(client="192.0.2.2", headers=headers), body) == one) is same


def a_body(kind: int = SIZED, length: int = 10, *headers: tuple[bytes, bytes]) -> Request:
    request = a_request(method="POST", headers=headers or [FORM])
    request.body, request.content_length = kind, length
    return request


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        pytest.param(a_body(NO_BODY, -1), 0, id="no body"),
        pytest.param(a_body(SIZED, 0), 0, id="an empty body"),
        pytest.param(a_body(SIZED, 1), 100, id="a byte"),
        pytest.param(a_body(SIZED, 100), 100, id="as many as are read"),
        pytest.param(a_body(SIZED, 101), 0, id="one more"),
        pytest.param(a_body(CHUNKED, -1), 100, id="nobody knows how many"),
        pytest.param(a_body(SIZED, 9, (b"content-type", b"text/plain")), 0, id="no form"),
        pytest.param(a_body(SIZED, 9, (b"x", b"y")), 0, id="no content type"),
        pytest.param(
            a_body(SIZED, 9, FORM, (b"content-encoding", b"gzip")), 0, id="a compressed one"
        ),
    ],
)
def test_a_body_is_asked_for_where_it_can_be_read(request_: Request, wanted: int) -> None:
    assert key(ClientPart(), FormPart("a")).wants_body(request_) == wanted
    assert key(ClientPart()).wants_body(request_) == 0


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("/", "/"),
        ("/a/17", "/a/*"),
        ("/a/17/b", "/a/*/b"),
        ("/a/b17", "/a/b17"),
        ("/u/123e4567-e89b-12d3-a456-426614174000", "/u/*"),
        ("/h/deadbeef", "/h/deadbeef"),
        ("/h/deadbee1", "/h/*"),
        ("/h/deadbe1", "/h/deadbe1"),
        ("/t/abcdefgh1jklmnop", "/t/*"),
        ("/t/abcdefgh1jklmno", "/t/abcdefgh1jklmno"),
        ("/t/passport-renewal-conditions", "/t/passport-renewal-conditions"),
        ("/t/" + "x" * 47, "/t/" + "x" * 47),
        ("/t/" + "x" * 48, "/t/*"),
        ("/a" * SEGMENTS, "/a" * SEGMENTS),
        ("/a" * (SEGMENTS + 1), "/a" * SEGMENTS + "/**"),
        ("/a" * 2000, "/a" * SEGMENTS + "/**"),
    ],
)
def test_the_template_of_a_path(path: str, made: str) -> None:
    assert template(path) == made
