"""The rate limit: which requests are counted, and what is told to those refused."""

import pytest
from helpers import a_request

from gateway.clock import SECOND
from gateway.filters.base import RateCounters
from gateway.filters.limit import Match
from gateway.filters.rate_limit import RateLimit


class Counters(RateCounters):
    """Says what to wait; notes who asked."""

    def __init__(self, wait: int = 0) -> None:
        self.wait = wait
        self.asked: list[tuple[int, int]] = []

    def take(self, key: int, now: int, cost: int = 1) -> int:
        self.asked.append((key, now))
        return self.wait


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (1, 1),
        (SECOND - 1, 1),
        (SECOND, 1),
        (SECOND + 1, 2),
        (9 * SECOND, 9),
        (10 * SECOND, 10),
        (10 * SECOND + 1, 11),
        (1000 * SECOND, 11),  # no verdict is longer than the window and one
    ],
)
def test_the_wait_is_told_in_whole_seconds(wait: int, seconds: int) -> None:
    verdict = RateLimit("login", Counters(wait), burst=5, window=10).check(a_request())
    assert verdict is not None
    assert verdict.retry_after_seconds == seconds
    assert verdict.fields == (
        b'RateLimit-Policy: "login";q=5;w=10\r\nRateLimit: "login";r=0;t=%d\r\n' % seconds
    )


def test_what_is_granted_says_nothing() -> None:
    counters = Counters()
    request = a_request()
    assert RateLimit("login", counters, burst=5, window=10).check(request) is None
    assert counters.asked == [(request.client.key, request.now)]


@pytest.mark.parametrize(
    ("match", "method", "path", "counted"),
    [
        (None, "GET", "/", True),
        (Match(), "GET", "/", True),
        (Match(frozenset({b"POST"})), "POST", "/", True),
        (Match(frozenset({b"POST"})), "GET", "/", False),
        (Match(paths=("/login",)), "GET", "/login", True),
        (Match(paths=("/login",)), "GET", "/login/x", True),
        (Match(paths=("/login",)), "GET", "/logi", False),
        (Match(paths=("/a", "/login")), "GET", "/login", True),
        (Match(frozenset({b"POST"}), ("/login",)), "POST", "/login", True),
        (Match(frozenset({b"POST"}), ("/login",)), "POST", "/", False),
        (Match(frozenset({b"POST"}), ("/login",)), "GET", "/login", False),
    ],
)
def test_only_what_matches_is_counted(
    match: Match | None, method: str, path: str, counted: bool
) -> None:
    counters = Counters(1)
    limit = RateLimit("login", counters, burst=1, window=1, match=match)
    assert (limit.check(a_request(method=method, path=path)) is not None) is counted
    assert len(counters.asked) == counted


@pytest.mark.parametrize("shadow", [False, True])
def test_a_shadow_says_so(shadow: bool) -> None:
    limit = RateLimit("login", Counters(1), burst=1, window=1, shadow=shadow)
    verdict = limit.check(a_request())
    assert verdict is not None
    assert (limit.shadow, verdict.shadow) == (shadow, shadow)
