"""Targets made plain: the path for matching, and what the platform is sent."""

import pytest

from gateway.http.faults import TARGET, TARGET_AMBIGUOUS, Fault
from gateway.http.target import Target, Targets


def plain(target: bytes, targets: Targets | None = None) -> Target:
    read = (targets or Targets()).read(target)
    assert isinstance(read, Target), read
    return read


@pytest.mark.parametrize(
    ("target", "path", "sent"),
    [
        (b"/", "/", b"/"),
        (b"/a", "/a", b"/a"),
        (b"/a/", "/a/", b"/a/"),
        (b"//a///b//", "/a/b/", b"/a/b/"),
        (b"/./a/./", "/a/", b"/a/"),
        (b"/a/..", "/", b"/"),
        (b"/a/b/..", "/a/", b"/a/"),
        (b"/a/b/../c", "/a/c", b"/a/c"),
        (b"/a/%2e%2E/b", "/b", b"/b"),
        (b"/%7Ea/%2D", "/~a/-", b"/~a/-"),
        (b"/%d8%ad", "/ح", b"/%D8%AD"),
        ("/ح".encode(), "/ح", b"/%D8%AD"),
        (b"/a%20b", "/a b", b"/a%20b"),
        (b"/a+b", "/a+b", b"/a+b"),
        (b"/100%25", "/100%", b"/100%25"),
        (b"/a;b=c/d;e", "/a/d", b"/a;b=c/d;e"),
        (b"/;s=1", "/", b"/;s=1"),
        (b"/a/;s=1", "/a/", b"/a/;s=1"),
        (b"/a%3Bb", "/a;b", b"/a%3Bb"),
        (b"/...", "/...", b"/..."),
        (b"/a/.b", "/a/.b", b"/a/.b"),
        (b"/A", "/A", b"/A"),
        (b'/"<>', '/"<>', b"/%22%3C%3E"),
    ],
)
def test_a_path_is_made_plain(target: bytes, path: str, sent: bytes) -> None:
    read = plain(target)
    assert (read.path, read.sent, read.query) == (path, sent, b"")


@pytest.mark.parametrize(
    ("target", "query", "sent"),
    [
        (b"/?", b"", b"/?"),
        (b"/?a=b&c", b"a=b&c", b"/?a=b&c"),
        (b"/?a=%2f..%00", b"a=%2f..%00", b"/?a=%2f..%00"),
        ("/?q=ح".encode(), "q=ح".encode(), b"/?q=%D8%AD"),
        (b"/?\xff", b"\xff", b"/?%FF"),
        (b"/?a?b", b"a?b", b"/?a?b"),
    ],
)
def test_a_query_is_left_as_it_is(target: bytes, query: bytes, sent: bytes) -> None:
    read = plain(target)
    assert (read.query, read.sent) == (query, sent)


def test_case_is_folded_for_matching_alone() -> None:
    read = plain("/Ab/É".encode(), Targets(case_sensitive=False))
    assert (read.path, read.sent) == ("/ab/é", b"/Ab/%C3%89")


def test_an_escaped_slash_may_be_kept_and_is_no_slash() -> None:
    read = plain(b"/a%2fb", Targets(keep_encoded_slash=True))
    assert (read.path, read.sent) == ("/a%2Fb", b"/a%2Fb")


@pytest.mark.parametrize(
    "target",
    [
        b"/a/..%2fb",
        b"/a%2F..%2Fb",
        b"/a%2F..",
        b"/.%2fb",
        b"/a/%2e%2e%2fb",
        b"/a%252fb",
        b"/a%5cb",
        b"/lo%2567in",
        b"/%2541",
    ],
)
def test_a_kept_slash_hides_no_dot_segment(target: bytes) -> None:
    assert Targets(keep_encoded_slash=True).read(target) is TARGET_AMBIGUOUS


def test_known_targets_are_bounded_and_long_ones_not_kept() -> None:
    targets = Targets(remembered=3)
    first = targets.read(b"/0")
    assert targets.read(b"/0") is first
    for n in range(1, 4):
        targets.read(b"/%d" % n)
    assert targets.read(b"/0") is not first
    long = b"/" + b"a" * 256
    assert targets.read(long) is not targets.read(long)


def test_faults_are_not_remembered() -> None:
    targets = Targets()
    assert isinstance(targets.read(b"/%"), Fault)
    assert targets.read(b"/%") is TARGET


@pytest.mark.parametrize("target", [b"/lo%2567in", b"/%2541", b"/%252541", b"/a/%25%36%39"])
def test_an_escape_of_an_escape_is_refused(target: bytes) -> None:
    """A platform that decodes twice would see another path than the limits did."""
    assert Targets().read(target) is TARGET_AMBIGUOUS
