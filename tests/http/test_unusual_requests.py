"""Unusual, and valid: it must be served, and reach the platform as exactly one plain request."""

import pytest
from helpers import OK, Client, Scene, read_requests

NEXT = b"GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n"


def line(text: bytes) -> bytes:
    return text + b"\r\nHost: a.example\r\n\r\n"


def target(text: bytes) -> bytes:
    return line(b"GET " + text + b" HTTP/1.1")


def get(*headers: bytes) -> bytes:
    return b"\r\n".join((b"GET / HTTP/1.1", b"Host: a.example", *headers)) + b"\r\n\r\n"


def hosts(host: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\n" + host + b"\r\n\r\n"


def post(*headers: bytes, body: bytes = b"hello") -> bytes:
    head = b"\r\n".join((b"POST / HTTP/1.1", b"Host: a.example", *headers))
    return head + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


GET = (b"GET", b"/", b"")
HELLO = (b"POST", b"/", b"hello")
EMPTY = (b"POST", b"/", b"")

# id: (method, target and body as the platform gets them, the bytes)
REQUESTS: dict[str, tuple[tuple[bytes, bytes, bytes], bytes]] = {
    # White space and names.
    "no space behind the colon": (GET, get(b"Accept:*/*")),
    "many spaces behind the colon": (GET, get(b"Accept:      */*")),
    "a tab behind the colon": (GET, get(b"Accept:\t*/*")),
    "spaces and tabs behind the value": (GET, get(b"Accept: */* \t ")),
    "a tab within a value": (GET, get(b"X: a\tb")),
    "an empty value": (GET, get(b"X:")),
    "a value of spaces": (GET, get(b"X:    ")),
    "a value of colons": (GET, get(b"X: ::: :")),
    "names in lower case": (GET, b"GET / HTTP/1.1\r\nhost: a.example\r\naccept: */*\r\n\r\n"),
    "names in upper case": (GET, b"GET / HTTP/1.1\r\nHOST: a.example\r\nACCEPT: */*\r\n\r\n"),
    "names in odd case": (GET, b"GET / HTTP/1.1\r\nhOsT: a.example\r\n\r\n"),
    "a name of all token characters": (GET, get(b"!#$%&'*+-.^`|~09azAZ: a")),
    "a name of one character": (GET, get(b"X: a")),
    "a name with digits only": (GET, get(b"123: a")),
    "a name with an underscore": (GET, get(b"X_Y: a")),
    "Host behind other headers": (GET, b"GET / HTTP/1.1\r\nAccept: */*\r\nHost: a.example\r\n\r\n"),
    "high bytes in a value": (GET, get("X: مرحبا".encode())),
    "Latin-1 in a value": (GET, get(b"X: caf\xe9")),
    "quotes in a value": (GET, get(b'X: "a, b; c\\"d"')),
    "the same header twice": (GET, get(b"X: a", b"X: b")),
    "two Accept headers": (GET, get(b"Accept: text/html", b"Accept: */*")),
    "two Cookie headers": (GET, get(b"Cookie: a=b", b"Cookie: c=d")),
    "a value of 30,000 bytes": (GET, get(b"X: " + b"a" * 30_000)),
    "99 headers and Host": (GET, get(*[b"X: y"] * 99)),
    "one empty line in front": (GET, b"\r\n" + get()),
    # Connection and friends.
    "Connection: close": (GET, get(b"Connection: close")),
    "Connection: Keep-Alive": (GET, get(b"Connection: Keep-Alive", b"Keep-Alive: timeout=5")),
    "Connection: close, te": (GET, get(b"Connection: close, te", b"TE: trailers")),
    "Connection with empty elements": (GET, get(b"Connection: , keep-alive,, te ,", b"TE: x")),
    "Connection on two lines": (GET, get(b"Connection: te", b"Connection: close", b"TE: x")),
    "Connection that names a header": (GET, get(b"Connection: x-hop", b"X-Hop: a")),
    "an empty Connection": (GET, get(b"Connection:")),
    "TE: trailers": (GET, get(b"TE: trailers")),
    "TE: chunked": (GET, get(b"TE: chunked")),
    "TE with weights": (GET, get(b"TE: trailers, deflate;q=0.5")),
    "Proxy-Connection": (GET, get(b"Proxy-Connection: keep-alive")),
    "Upgrade to HTTP/2": (
        GET,
        get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
    ),
    "Upgrade to a WebSocket where there is none": (
        GET,
        get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
    ),
    "Upgrade without Connection": (GET, get(b"Upgrade: foo/2")),
    "Max-Forwards": (GET, get(b"Max-Forwards: 0")),
    "Via": (GET, get(b"Via: 1.0 fred, 1.1 p.example")),
    "If-None-Match with a list": (GET, get(b'If-None-Match: "a", W/"b"')),
    "Range": (GET, get(b"Range: bytes=0-10,20-")),
    "Expect without a body": (GET, get(b"Expect: 100-continue")),
    # Request lines.
    "HTTP/1.0": (GET, line(b"GET / HTTP/1.0")),
    "HTTP/1.0 without Host": (GET, b"GET / HTTP/1.0\r\n\r\n"),
    "HTTP/1.0 kept alive": (
        GET,
        b"GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n",
    ),
    "HTTP/1.0 with Expect": (
        HELLO,
        (
            b"POST / HTTP/1.0\r\nHost: a.example\r\nExpect: 100-continue\r\n"
            b"Content-Length: 5\r\n\r\nhello"
        ),
    ),
    "OPTIONS *": ((b"OPTIONS", b"*", b""), line(b"OPTIONS * HTTP/1.1")),
    "OPTIONS with an absolute target": (
        (b"OPTIONS", b"*", b""),
        line(b"OPTIONS http://a.example HTTP/1.1"),
    ),
    "OPTIONS with an absolute target and a slash": (
        (b"OPTIONS", b"/", b""),
        line(b"OPTIONS http://a.example/ HTTP/1.1"),
    ),
    "DELETE": ((b"DELETE", b"/x", b""), line(b"DELETE /x HTTP/1.1")),
    "PROPFIND": ((b"PROPFIND", b"/x", b""), line(b"PROPFIND /x HTTP/1.1")),
    "REPORT": ((b"REPORT", b"/x", b""), line(b"REPORT /x HTTP/1.1")),
    "PURGE": ((b"PURGE", b"/x", b""), line(b"PURGE /x HTTP/1.1")),
    "M-SEARCH": ((b"M-SEARCH", b"/x", b""), line(b"M-SEARCH /x HTTP/1.1")),
    "VERSION-CONTROL": ((b"VERSION-CONTROL", b"/x", b""), line(b"VERSION-CONTROL /x HTTP/1.1")),
    "a method nobody knows": ((b"BOOK_2", b"/x", b""), line(b"BOOK_2 /x HTTP/1.1")),
    # Absolute targets.
    "absolute": ((b"GET", b"/a?b", b""), target(b"http://a.example/a?b")),
    "absolute without a path": (GET, target(b"http://a.example")),
    "absolute with only a query": ((b"GET", b"/?b", b""), target(b"http://a.example?b")),
    "absolute in upper case": (GET, target(b"HTTP://A.EXAMPLE/")),
    "absolute with the default port": (GET, target(b"http://a.example:80/")),
    "absolute with an empty port": (GET, target(b"http://a.example:/")),
    "absolute, https, its default port": (GET, target(b"https://a.example:443/")),
    "absolute, the default port in Host": (
        GET,
        b"GET http://a.example/ HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
    ),
    "absolute in HTTP/1.0 without Host": (GET, b"GET http://a.example/ HTTP/1.0\r\n\r\n"),
    "absolute with a port": (
        GET,
        b"GET http://a.example:8080/ HTTP/1.1\r\nHost: A.example:8080\r\n\r\n",
    ),
    # Hosts.
    "Host with a port": (GET, hosts(b"Host: a.example:8080")),
    "Host with an empty port": (GET, hosts(b"Host: a.example:")),
    "Host with zeros before its port": (GET, hosts(b"Host: a.example:0080")),
    "Host in upper case": (GET, hosts(b"Host: A.EXAMPLE")),
    "Host with a dot at its end": (GET, hosts(b"Host: a.example.")),
    "Host that is an IPv4 address": (GET, hosts(b"Host: 192.0.2.1:80")),
    "Host that is an IPv6 address": (GET, hosts(b"Host: [2001:db8::1]")),
    "Host that is an IPv6 address with a port": (GET, hosts(b"Host: [2001:DB8::1]:8080")),
    "Host in Punycode": (GET, hosts(b"Host: xn--mgbh0fb.example")),
    "Host with an underscore": (GET, hosts(b"Host: my_service.internal")),
    "Host of one label": (GET, hosts(b"Host: localhost")),
    "Host with spaces around": (GET, hosts(b"Host:  \t a.example \t")),
    # Targets.
    "an Arabic path": (
        (b"GET", b"/%D8%AD%D8%AC%D8%B2", b""),
        target(b"/%d8%ad%d8%ac%d8%b2"),
    ),
    "an Arabic path, not escaped": ((b"GET", b"/%D8%AD%D8%AC%D8%B2", b""), target("/حجز".encode())),
    "an Arabic query, not escaped": ((b"GET", b"/?q=%D8%AD", b""), target("/?q=ح".encode())),
    "an emoji": ((b"GET", b"/%F0%9F%98%80", b""), target(b"/%F0%9F%98%80")),
    "escapes of letters": ((b"GET", b"/login", b""), target(b"/%6c%6F%67in")),
    "path parameters": ((b"GET", b"/a;b=c/d;e", b""), target(b"/a;b=c/d;e")),
    "a session in the path": (
        (b"GET", b"/app/page;jsessionid=1A2B", b""),
        target(b"/app/page;jsessionid=1A2B"),
    ),
    "a session behind the slash": (
        (b"GET", b"/;jsessionid=1A2B", b""),
        target(b"/;jsessionid=1A2B"),
    ),
    "two slashes": ((b"GET", b"/a/b", b""), target(b"//a//b")),
    "dot segments": ((b"GET", b"/a/c", b""), target(b"/a/./b/../c")),
    "dots in names": ((b"GET", b"/a..b/.c/...", b""), target(b"/a..b/.c/...")),
    "an escaped percent": ((b"GET", b"/100%25", b""), target(b"/100%25")),
    "an escaped question mark and hash": ((b"GET", b"/a%3Fb%23c", b""), target(b"/a%3fb%23c")),
    "an escaped space and plus": ((b"GET", b"/a%20b+c%2Bd", b""), target(b"/a%20b+c%2bd")),
    "characters that browsers leave raw": (
        (b"GET", b"/%22%3C%3E%5E%60%7B%7C%7D%5B%5D", b""),
        target(b'/"<>^`{|}[]'),
    ),
    "an empty query": ((b"GET", b"/?", b""), target(b"/?")),
    "question marks in the query": ((b"GET", b"/?a?b??", b""), target(b"/?a?b??")),
    "a slash and dots in the query": ((b"GET", b"/?f=../../x", b""), target(b"/?f=../../x")),
    "an escaped CR LF in the query": ((b"GET", b"/?a=%0d%0ab", b""), target(b"/?a=%0d%0ab")),
    "a lone percent in the query": ((b"GET", b"/?a=100%", b""), target(b"/?a=100%")),
    "brackets in the query": ((b"GET", b"/?a[]=1&a[]=2", b""), target(b"/?a[]=1&a[]=2")),
    "a backslash in the query": ((b"GET", b"/?a=\\b", b""), target(b"/?a=\\b")),
    "a URL in the query": ((b"GET", b"/?u=http://b/", b""), target(b"/?u=http://b/")),
    "a target of 8192 bytes": ((b"GET", b"/" + b"a" * 8191, b""), target(b"/" + b"a" * 8191)),
    # Bodies.
    "a length of 0 for GET": (GET, get(b"Content-Length: 0")),
    "a body for GET": ((b"GET", b"/", b"hello"), get(b"Content-Length: 5") + b"hello"),
    "a body for DELETE": (
        (b"DELETE", b"/", b"hello"),
        b"DELETE / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello",
    ),
    "a length with zeros in front": (HELLO, post(b"Content-Length: 005")),
    "a length with spaces around": (HELLO, post(b"Content-Length: \t 5 \t")),
    "POST without a length": (EMPTY, post(body=b"")),
    "POST with a length of 0": (EMPTY, post(b"Content-Length: 0", body=b"")),
    "a body that looks like a request": (
        (b"POST", b"/", b"GET /x HTTP/1.1\r\nHost: b\r\n\r\n"),
        post(b"Content-Length: 28", body=b"GET /x HTTP/1.1\r\nHost: b\r\n\r\n"),
    ),
    "chunks": (HELLO, chunked(b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")),
    "no chunk but the last": (EMPTY, chunked(b"0\r\n\r\n")),
    "a chunked body for GET": (
        (b"GET", b"/", b"hello"),
        get(b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n",
    ),
    "Transfer-Encoding: Chunked": (
        HELLO,
        post(b"Transfer-Encoding: Chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    "transfer-encoding: CHUNKED": (
        HELLO,
        post(b"transfer-encoding: CHUNKED ", body=b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    "a chunk size in upper case": (
        (b"POST", b"/", b"a" * 175),
        chunked(b"AF\r\n" + b"a" * 175 + b"\r\n0\r\n\r\n"),
    ),
    "a chunk size in lower case": (
        (b"POST", b"/", b"a" * 175),
        chunked(b"af\r\n" + b"a" * 175 + b"\r\n0\r\n\r\n"),
    ),
    "zeros before a chunk size": (HELLO, chunked(b"0005\r\nhello\r\n0\r\n\r\n")),
    "zeros for the last chunk": (HELLO, chunked(b"5\r\nhello\r\n000\r\n\r\n")),
    "an extension": (HELLO, chunked(b"5;a\r\nhello\r\n0;b\r\n\r\n")),
    "an extension with a value": (HELLO, chunked(b"5;a=b;c=d\r\nhello\r\n0\r\n\r\n")),
    "an extension in quotes": (HELLO, chunked(b'5;a="b; \\"c\\""\r\nhello\r\n0\r\n\r\n')),
    "an extension with spaces around": (HELLO, chunked(b"5 ; a = b\r\nhello\r\n0\r\n\r\n")),
    "a trailer": (HELLO, chunked(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")),
    "a trailer that must not be one": (
        HELLO,
        chunked(b"5\r\nhello\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n"),
    ),
    "CR LF within a chunk": (
        (b"POST", b"/", b"\r\n0\r\n\r\n"),
        chunked(b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
    ),
}
SEEN_FROM_OUTSIDE = {b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-request-id"}
HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"http2-settings",
    b"x-hop",
}  # fmt: skip


def cut(client: Client, data: bytes, size: int) -> None:
    for at in range(0, len(data), size):
        client.send(data[at : at + size])


@pytest.mark.parametrize("size", [1_000_000, 1, 7])
@pytest.mark.parametrize(
    ("seen", "data"), [pytest.param(*entry, id=name) for name, entry in REQUESTS.items()]
)
def test_is_served(seen: tuple[bytes, bytes, bytes], data: bytes, size: int) -> None:
    scene = Scene()
    client = scene.client()
    cut(client, data, size)
    [end] = scene.platform
    [(method, target, headers, body)] = read_requests(end.got)
    assert (method, target, body) == seen
    names = [name for name, _ in headers]
    assert names.count(b"host") == 1
    assert not HOP_BY_HOP & set(names)
    assert set(names) >= SEEN_FROM_OUTSIDE
    end.send(OK)
    assert client.statuses == [200]


@pytest.mark.parametrize(
    ("seen", "data"), [pytest.param(*entry, id=name) for name, entry in REQUESTS.items()]
)
def test_the_next_request_is_served_too(seen: tuple[bytes, bytes, bytes], data: bytes) -> None:
    scene = Scene()
    client = scene.client().send(data + NEXT)
    end = scene.platform[0].send(OK)
    if client.closed:
        assert b"HTTP/1.0" in data or b"close" in data
        assert client.statuses == [200]
        return
    end.send(OK)
    assert client.statuses == [200, 200]
    assert [(method, target, body) for method, target, _, body in read_requests(end.got)] == [
        seen,
        (b"GET", b"/next", b""),
    ]


def test_the_table_is_long_enough() -> None:
    assert len(REQUESTS) >= 70
