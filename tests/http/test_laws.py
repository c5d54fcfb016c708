"""Laws of the framing, on generated input: two other parsers read what we read, or we refuse."""

import contextlib
import re
from itertools import pairwise

import h11
import httptools
from helpers import OK, Scene, address, read_requests
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.http.bodies import Body, last_chunk
from gateway.http.chunks import Chunks, chunk
from gateway.http.faults import Fault
from gateway.http.framing import Requests
from gateway.http.outgoing import forwarded_lines, request_head
from gateway.http.target import Target, Targets
from gateway.request import CHUNKED, NO_BODY, SIZED, Request

TOKEN = b"!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
VISIBLE = [bytes([b]) for b in range(0x21, 0x7F)]
NASTY = [b" ", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\x0b", b"\x7f", b"\x80", b"\xff", b":"]


def joined(pieces: list[bytes], most: int = 12) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(pieces), max_size=most).map(b"".join)


METHODS = st.sampled_from([b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PROPFIND"])
PATHS = joined([*VISIBLE, b"/", b"/", b"..", b".", b"%41", b"%2e", b"%25", b"%2F", b";", b"%D8%AD"])
TARGETS = st.one_of(PATHS.map(lambda path: b"/" + path), st.just(b"*"), PATHS)
NAMES = st.one_of(
    st.sampled_from(
        [
            b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Expect", b"Upgrade",
            b"TE", b"Cookie", b"X", b"X_Y", b"content-length", b"Content-Type", b"Trailer",
        ]
    ),
    joined([bytes([b]) for b in TOKEN]),
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        [
            b"5", b"0", b"05", b"5, 5", b"+5", b"chunked", b"Chunked", b"chunked, chunked",
            b"identity", b"close", b"keep-alive", b"close, x", b"upgrade", b"100-continue", b"",
            b"a.example", b"a.example:80",
        ]
    ),
    joined([*VISIBLE, b" ", b"\t", b"\xe9"]),
)  # fmt: skip
SPACES = joined([b" ", b"\t"], 2)
LINES = st.tuples(NAMES, SPACES, VALUES, SPACES).map(lambda t: t[0] + b":" + t[1] + t[2] + t[3])
MESSED = st.tuples(LINES, st.sampled_from(NASTY), st.integers(0, 30)).map(
    lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]
)
HEADS = st.builds(
    lambda method, target, version, lines: b"\r\n".join(
        [method + b" " + target + b" " + version, *lines]
    ),
    METHODS,
    TARGETS,
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]),
    st.lists(st.one_of(LINES, LINES, LINES, MESSED), max_size=6).map(
        lambda lines: [b"Host: a.example", *lines]
    ),
)
# Nearly all of these are accepted.
LIKELY_PATHS = joined(
    [b"/", b"a", b"B", b"1", b"-", b"_", b"~", b".x", b"%41", b"%20", b"%25", b"%D8%AD", b"//",
     b"/./", b"/a/../", b";p=1", b"'", b"(", b"[", b"|", b'"', b"<", b"?", b"&", b"=", b"%2f?"],
    8,
)  # fmt: skip
FRAMINGS = st.sampled_from(
    [
        [], [], [b"Content-Length: 5"], [b"content-length:05\t"], [b"Content-Length: 0"],
        [b"Transfer-Encoding: chunked"], [b"TRANSFER-ENCODING:Chunked "],
        [b"Transfer-Encoding: chunked", b"Trailer: X"],
        [b"Content-Length: 5", b"Expect: 100-continue"],
    ]
)  # fmt: skip
CONNECTIONS = st.sampled_from(
    [
        [], [], [b"Connection: close"], [b"Connection: keep-alive, te", b"TE: trailers"],
        [b"Connection: upgrade", b"Upgrade: websocket"], [b"Upgrade: h2c"],
        [b"Connection: x-hop", b"X-Hop: a"], [b"Connection:"],
    ]
)  # fmt: skip
PLAIN_LINES = st.tuples(joined([bytes([b]) for b in TOKEN], 4), SPACES, VALUES, SPACES).map(
    lambda t: b"X-" + t[0] + b":" + t[1] + t[2] + t[3]
)
LIKELY_HEADS = st.builds(
    lambda method, target, version, framing, connection, lines: b"\r\n".join(
        [method + b" " + target + b" " + version, b"Host:A.example", *connection, *lines, *framing]
    ),
    METHODS,
    LIKELY_PATHS.map(lambda path: b"/" + path),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]),
    FRAMINGS,
    CONNECTIONS,
    st.lists(st.one_of(PLAIN_LINES, PLAIN_LINES, PLAIN_LINES, MESSED), max_size=4),
)
BODIES = st.binary(max_size=40)


def reader() -> Requests:
    return Requests(Targets(), target_bytes=8192, header_count=100)


class Llhttp:
    """What llhttp makes of a message."""

    def __init__(self, data: bytes) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.complete = 0
        self.parser = httptools.HttpRequestParser(self)
        with contextlib.suppress(httptools.HttpParserUpgrade):  # told at the message's end
            self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.strip(b" \t")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1


def body_of(request: Request) -> bytes:
    if request.body == CHUNKED:
        return b"3\r\nabc\r\n0\r\n\r\n"
    return b"a" * max(0, request.content_length)


@given(st.one_of(LIKELY_HEADS, LIKELY_HEADS, HEADS))
@example(b"GET / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked")
@example(b"GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 05")
def test_h11_and_llhttp_read_what_we_accept_as_we_do(head: bytes) -> None:
    request = reader().read(head)
    if isinstance(request, Fault) or request.content_length > 1000:
        return
    raw = head.split(b" ", 2)[1]
    body = body_of(request)
    plain = b"abc" if request.body == CHUNKED else body
    data = head + b"\r\n\r\n" + body

    [(method, target, headers, got)] = read_requests(data)
    assert (method, target, got) == (request.method, raw, plain)
    # h11 adds nothing and changes Transfer-Encoding's and Content-Length's spelling.
    changed = {b"transfer-encoding", b"content-length", b"host"}
    assert [h for h in headers if h[0] not in changed] == [
        h for h in request.headers if h[0] not in changed
    ]

    if request.header(b"upgrade") is not None and request.body != NO_BODY:
        return  # llhttp takes the body for the new protocol's; we switch only without one
    parsed = Llhttp(data)
    assert parsed.complete == 1
    assert parsed.parser.get_method() == request.method
    assert (parsed.target, parsed.body) == (raw, plain)
    assert parsed.parser.get_http_version() == f"1.{request.minor}"
    assert [h for h in parsed.headers if h[0] not in changed] == [
        h for h in request.headers if h[0] not in changed
    ]


@given(st.one_of(LIKELY_HEADS, LIKELY_HEADS, HEADS), st.booleans())
def test_what_we_write_is_one_request_to_others(head: bytes, upgrade: bool) -> None:
    request = reader().read(head)
    if isinstance(request, Fault) or request.content_length > 1000:
        return
    request.client = address("198.51.100.7")
    request.id = b"test0001"
    body = body_of(request)
    plain = b"abc" if request.body == CHUNKED else body
    upgrade = upgrade and request.upgrade == b"websocket" and request.body == NO_BODY
    written = request_head(request, b"", forwarded_lines(request), upgrade=upgrade)
    [(method, target, headers, got)] = read_requests(written + body)
    assert (method, target, got) == (request.method, request.target, plain)
    names = [name for name, _ in headers]
    assert names.count(b"host") == 1
    assert names.count(b"x-forwarded-for") == 1
    assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1
    assert b"_" not in b"".join(names)
    parsed = Llhttp(written + body)
    assert (parsed.complete, parsed.target, parsed.body) == (1, request.target, plain)
    again = reader().read(written.removesuffix(b"\r\n\r\n"))
    assert isinstance(again, Request)
    assert (again.method, again.path, again.target) == (
        request.method,
        request.path,
        request.target,
    )
    assert (again.body, max(0, again.content_length)) == (
        request.body,
        max(0, request.content_length),
    )


@given(HEADS, BODIES, st.lists(st.integers(0, 200), max_size=6))
def test_how_input_is_cut_changes_nothing(head: bytes, tail: bytes, cuts: list[int]) -> None:
    data = head + b"\r\n\r\n" + tail
    assume(data.count(b"\n") == data.count(b"\r\n"))  # else only the fault's name may differ

    def run(pieces: list[bytes]) -> tuple[list[bytes], bytes, list[str]]:
        scene = Scene()
        client = scene.client()
        for piece in pieces:
            client.send(piece)
        client.finish()
        plain = [repr(one).encode() for end in scene.platform for one in read_requests(end.got)]
        for end in scene.platform:
            end.send(OK)
        return plain, client.sent, [e.fault.name for e in scene.ended if e.fault]

    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    whole = run([data])
    assert run(pieces) == whole
    assert run([data[i : i + 1] for i in range(len(data))]) == whole


# Chunks.


@given(st.lists(st.binary(min_size=1, max_size=30)), st.lists(st.integers(0, 300)), BODIES)
def test_chunks_are_read_as_they_were_written(
    pieces: list[bytes], cuts: list[int], behind: bytes
) -> None:
    data = b"".join(chunk(piece) for piece in pieces) + last_chunk([b"X: y\r\n"]) + behind
    body = Body(CHUNKED, -1)
    got = b""
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    rest = b""
    for a, b in pairwise(edges):
        if body.done:
            rest += data[a:b]
            continue
        read = body.feed(data[a:b])
        assert isinstance(read, bytes)
        got += read
        rest = body.rest
    assert (got, body.done, rest) == (b"".join(pieces), True, behind)
    assert body.size == len(got)
    assert body.trailers == [b"X: y\r\n"]


SIZES = st.sampled_from([b"5", b"05", b"1", b"5;a", b"5;a=b", b'5;a="b c"', b"5;", b"5 ", b"+5"])
CHUNK = st.tuples(SIZES, st.sampled_from([b"hello", b"hello", b"x"])).map(
    lambda t: t[0] + b"\r\n" + t[1] + b"\r\n"
)
ENDING = st.sampled_from([b"0\r\n\r\n", b"00\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0;a\r\n\r\n"])
WELL_CODED = st.tuples(st.lists(CHUNK, max_size=3), ENDING).map(lambda t: b"".join(t[0]) + t[1])
CODED = st.one_of(
    WELL_CODED,
    st.tuples(
        WELL_CODED, st.sampled_from([*NASTY, b";", b'"', b"=", b"0"]), st.integers(0, 30)
    ).map(lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]),
)


@given(CODED)
@example(b"0\r\n\r\n")
@example(b'1;a="b"\r\nx\r\n0\r\n\r\n')
def test_what_we_take_for_a_chunked_body_h11_takes_for_the_same(data: bytes) -> None:
    chunks = Chunks()
    got = chunks.feed(data)
    assume(not isinstance(got, Fault) and chunks.done)
    assume(re.search(rb"[0-9A-Fa-f][ \t]+;", data) is None)  # RFC 9112, 7.1.1; h11 refuses it
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    assert isinstance(server.next_event(), h11.Request)
    body = b""
    while isinstance(event := server.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert body == got
    assert bytes(server.trailing_data[0]) == chunks.rest


@given(CODED)
def test_chunks_read_by_the_byte_read_the_same(data: bytes) -> None:
    whole, single = Chunks(), Chunks()
    got = whole.feed(data)
    out = b""
    for at in range(len(data)):
        if single.done:
            assert data[at:] == whole.rest
            break
        piece = single.feed(data[at : at + 1])
        if isinstance(piece, Fault):
            assert got is piece
            return
        out += piece
    assert out == got
    assert whole.done == single.done


@given(st.binary(max_size=50), st.integers(0, 50), st.lists(st.integers(0, 50)))
def test_a_sized_body_is_so_many_bytes(data: bytes, length: int, cuts: list[int]) -> None:
    assume(length > 0)
    body = Body(SIZED, length)
    got = b""
    for byte in [data[i : i + 1] for i in range(len(data))]:
        if not body.done:
            read = body.feed(byte)
            assert isinstance(read, bytes)
            got += read
    assert got == data[:length]
    assert body.done is (len(data) >= length)


# Targets.

PIECES = [
    *VISIBLE, b"/", b"//", b"/./", b"/../", b"/..", b"/.", b"%2e", b"%2E", b"%2f", b"%5c", b"%25",
    b"%252e", b"%41", b"%7E", b"%3B", b"%3b", b";", b"..;", b"%20", b"%C3%A9", "é".encode(), b"%d8",
    b"%AD", b"?", b"%32", b"%65", b"%00",
]  # fmt: skip


@given(joined(PIECES, 16), st.booleans(), st.booleans())
@example(b"a/%25%32%65", False, True)
@example(b"a%2F..%2Fb", True, True)
def test_a_target_made_plain_stays_as_it_is(path: bytes, keep: bool, case: bool) -> None:
    targets = Targets(keep_encoded_slash=keep, case_sensitive=case)
    read = targets.read(b"/" + path)
    assume(isinstance(read, Target))
    assert isinstance(read, Target)
    again = targets.read(read.sent)
    assert isinstance(again, Target)
    assert (again.path, again.sent) == (read.path, read.sent)


@given(joined(PIECES, 16))
def test_a_plain_path_holds_nothing_to_resolve(path: bytes) -> None:
    read = Targets().read(b"/" + path)
    assume(isinstance(read, Target))
    assert isinstance(read, Target)
    sent = read.sent.partition(b"?")[0]
    for text in (read.path.encode(), sent):
        assert text.startswith(b"/")
        assert b"//" not in text
        assert not {b".", b".."} & set(text.split(b"/"))
    assert b"\\" not in read.path.encode()
    assert not any(ord(c) < 0x20 or ord(c) == 0x7F for c in read.path)
    for escape in sent.split(b"%")[1:]:
        assert escape[:2] == escape[:2].upper()
        assert bytes([int(escape[:2], 16)]) not in TOKEN.translate(None, b"!#$%&'*+^`|") + b"_/"
