"""Header lines: kinds, hosts made plain, and the memory of lines."""

import pytest

from gateway.http.fields import (
    NEVER_NOMINATED,
    REQUEST_KINDS,
    RESPONSE_KINDS,
    Field,
    Fields,
    Kind,
    plain_host,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (b"A.example", b"a.example"),
        (b"a.example.", b"a.example."),
        (b"a:80", b"a:80"),
        (b"a:", b"a"),
        (b"a:0080", b"a:80"),
        (b"a:65535", b"a:65535"),
        (b"a:65536", None),
        (b"a:0", None),
        (b"a:000080", None),
        (b"192.0.2.1", b"192.0.2.1"),
        (b"[2001:DB8::1]:8080", b"[2001:db8::1]:8080"),
        (b"[::ffff:192.0.2.1]", b"[::ffff:192.0.2.1]"),
        (b"[::1", None),
        (b"[::1]x", None),
        (b"[:]", None),
        (b"[12345::]", None),
        (b"", None),
        (b"-a", None),
        (b"a-", None),
        (b".a", None),
        (b"a b", None),
        (b"a,b", None),
        (b"a/b", None),
        (b"a@b", None),
        (b"a\n", None),
        (b"a:80\n", None),
    ],
)
def test_hosts_are_made_plain_or_refused(text: bytes, plain: bytes | None) -> None:
    assert plain_host(text) == plain


def test_a_line_is_read_once() -> None:
    fields = Fields(REQUEST_KINDS)
    field = fields.read(b"Accept: */* ")
    assert isinstance(field, Field)
    assert (field.pair, field.piece) == ((b"accept", b"*/*"), b"Accept: */*\r\n")
    assert fields.known[b"Accept: */* "] is field


@pytest.mark.parametrize(
    "line",
    [b"Cookie: a=b", b"AUTHORIZATION: x", b"X: " + b"a" * 254],
    ids=["cookie", "key", "long"],
)
def test_secrets_and_long_lines_are_not_kept(line: bytes) -> None:
    fields = Fields(REQUEST_KINDS)
    fields.read(line)
    assert fields.known == {}


def test_an_answer_s_cookie_is_not_kept() -> None:
    fields = Fields(RESPONSE_KINDS)
    fields.read(b"Set-Cookie: a=b")
    assert fields.known == {}


def test_known_lines_are_bounded() -> None:
    fields = Fields(REQUEST_KINDS, remembered=3)
    for n in range(100):
        fields.read(b"X: %d" % n)
        assert len(fields.known) <= 3


def test_the_loop_s_plain_integers_are_the_kinds() -> None:
    """framing.py compares integers: PLAIN and SECRET go on as they are, DROPPED does not."""
    assert [int(kind) for kind in Kind] == list(range(11))
    assert (Kind.PLAIN, Kind.SECRET, Kind.DROPPED) == (0, 1, 2)


@pytest.mark.parametrize("name", sorted(REQUEST_KINDS | RESPONSE_KINDS))
def test_names_in_the_tables_are_lower_case_and_have_a_kind(name: bytes) -> None:
    assert name == name.lower()
    assert b"_" not in name
    kind = (REQUEST_KINDS | RESPONSE_KINDS)[name]
    assert Kind(kind) is not None


def test_what_frames_a_message_is_never_dropped_by_connection() -> None:
    framing = {
        name for name, kind in REQUEST_KINDS.items()
        if kind in {Kind.HOST, Kind.LENGTH, Kind.CODING, Kind.EXPECT, Kind.SINGLE, Kind.FORWARDED}
    }  # fmt: skip
    assert framing <= NEVER_NOMINATED
