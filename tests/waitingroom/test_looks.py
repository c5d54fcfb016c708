"""When one who waits looks again, and what is said of the waiting."""

import pytest

from gateway.waitingroom.looks import Spread, estimate, reach, wait_with_number
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
    assert estimate(a_told(pace_low=0.0), 500) == (100, -1)
    assert estimate(a_told(pace_low=0.0, pace_high=0.0), 500) == (-1, -1)


@pytest.mark.parametrize(
    ("number", "found"),
    [(200, LIKELY), (201, UNSURE), (300, UNSURE), (301, BEYOND)],
)
def test_whether_places_reach_a_number(number: int, found: int) -> None:
    assert reach(a_told(sure=200, maybe=300), number) == found
    assert reach(a_told(), number) == UNKNOWN


@pytest.mark.parametrize(
    ("low", "wait"),
    [
        pytest.param(-1, 5.0, id="called, and came late"),
        pytest.param(30, 5.0, id="nearly called"),
        pytest.param(31, 10.0, id="not yet near"),
        pytest.param(400, 100.0, id="a quarter of what is left"),
        pytest.param(4000, 300.0, id="no longer than five minutes"),
    ],
)
def test_who_is_called_soon_looks_more_often(low: int, wait: float) -> None:
    assert wait_with_number(a_told(), low) == wait


def test_looks_are_spread_over_a_fifth_to_each_side() -> None:
    spread = Spread()
    found = [spread.of(100.0) for _ in range(1000)]
    assert 80 <= min(found) < 83
    assert 117 < max(found) <= 120
    assert sum(found) / 1000 == pytest.approx(100, rel=0.01)
