"""How the site slows down and whom it fails."""

from fractions import Fraction

import pytest

from gateway.demo.load import falls_in_share, is_dynamic, service_seconds


@pytest.mark.parametrize(
    ("in_flight", "expected"),
    [
        pytest.param(1, 0.010, id="alone"),
        pytest.param(49, 0.010, id="one below capacity"),
        pytest.param(50, 0.010, id="at capacity"),
        pytest.param(51, 0.0102, id="one above capacity"),
        pytest.param(100, 0.020, id="twice the capacity, twice the time"),
        pytest.param(500, 0.100, id="ten times"),
    ],
)
def test_slows_down_in_proportion_beyond_capacity(in_flight: int, expected: float) -> None:
    assert service_seconds(0.010, in_flight=in_flight, capacity=50) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("share", "failing"),
    [
        pytest.param("0", [], id="none"),
        pytest.param("0.1", [10, 20], id="every tenth"),
        pytest.param("0.25", [4, 8, 12, 16, 20], id="every fourth"),
        pytest.param("0.4", [3, 5, 8, 10, 13, 15, 18, 20], id="two of five, spread evenly"),
        pytest.param("1", list(range(1, 21)), id="all"),
    ],
)
def test_the_share_that_fails_is_exact(share: str, failing: list[int]) -> None:
    assert [n for n in range(1, 21) if falls_in_share(n, Fraction(share))] == failing


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/booking/confirm", True),
        ("/api/bookings", True),
        ("/live", True),
        ("/static/app.css", False),
        ("/health", False),
        ("/live/socket", False),
    ],
)
def test_only_dynamic_pages_are_slowed(path: str, expected: bool) -> None:
    assert is_dynamic(path) is expected
