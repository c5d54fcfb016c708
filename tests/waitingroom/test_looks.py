"""When one who waits looks again, and what is said of the waiting."""

import pytest

from gateway.waitingroom.looks import Spread, estimate, reach, with_number
from gateway.waitingroom.told import Told
from gateway.waitingroom.view import BEYOND, LIKELY, UNKNOWN, UNSURE


def a_told(**what: float) -> Told:
    told = Told()
    told.serving, told.pace_low, told.pace_high = 100, 2.0, 4.0
    for name, value in what.items():
        setattr(told, name, value)
    return told


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        pytest.param(100, -1, -1, id="called already, and late"),
        pytest.param(101, 0, 1, id="the next"),
        pytest.param(500, 100, 201, id="four hundred before"),
    ],
)
def test_the_range_of_waiting(number: int, low: int, high: int) -> None:
    assert estimate(a_told(), number) == (low, high)


def test_what_is_not_known_is_not_said() -> None:
    assert estimate(a_told(pace_low=0.0), 500) == (-1, -1)
    assert estimate(a_told(sure=499, maybe=600), 500) == (-1, -1), "others may book, or not"
    assert estimate(a_told(sure=500, maybe=600), 500) == (100, 201)


@pytest.mark.parametrize(
    ("number", "found"),
    [(200, LIKELY), (201, UNSURE), (300, UNSURE), (301, BEYOND)],
)
def test_whether_places_reach_a_number(number: int, found: int) -> None:
    assert reach(a_told(sure=200, maybe=300), number) == found
    assert reach(a_told(), number) == UNKNOWN


@pytest.mark.parametrize(
    ("number", "about"),
    [
        pytest.param(100, 5.0, id="called, and came late"),
        pytest.param(223, 5.0, id="nearly called"),
        pytest.param(224, 10.0, id="not yet near"),
        pytest.param(1700, 100.0, id="a quarter of what is left"),
        pytest.param(16_100, 300.0, id="no longer than five minutes"),
    ],
)
def test_who_is_called_soon_looks_more_often(number: int, about: float) -> None:
    assert with_number(a_told(), number) == pytest.approx((about * 0.8, about * 1.2))


def test_looks_lie_evenly_between_two_moments() -> None:
    spread = Spread()
    found = [spread.of((80.0, 120.0)) for _ in range(1000)]
    assert 80 <= min(found) < 83
    assert 117 < max(found) <= 120
    assert sum(found) / 1000 == pytest.approx(100, rel=0.01)
