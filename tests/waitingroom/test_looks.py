"""When one who waits looks again, and what is said of the waiting."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.looks import (
    NEAR,
    Spread,
    estimate,
    far_away,
    polls_of,
    reach,
    with_number,
)
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


@pytest.mark.parametrize(
    ("number", "most"),
    [
        pytest.param(224, 31, id="called in half a minute, at best"),
        pytest.param(1000, 225, id="in four minutes"),
        pytest.param(4100, 1000, id="about when all others look"),
        pytest.param(100_000, 1300, id="long after"),
    ],
)
def test_nobody_is_told_to_wait_beyond_the_call(number: int, most: float) -> None:
    """A million wait: each of them looks every 1,000 s, besides those who may be called before."""
    latest = with_number(a_told(poll=1000.0, sure=90, maybe=90), number)[1]
    assert latest <= most


def test_a_huge_crowd_does_not_fall_into_step() -> None:
    """Who is told to look in a quarter of an hour does so, and not all after six minutes."""
    told, spread = a_told(poll=1000.0, sure=90, maybe=90), Spread()
    found = [spread.of(with_number(told, 500_000)) for _ in range(4000)]
    assert min(found) >= 800
    assert max(Counter(found).values()) < 25


@pytest.mark.parametrize("people", [0, 1000, 20_000, 1_000_000])
@pytest.mark.parametrize("pace", [0.5, 2.0, 50.0])
def test_all_who_wait_look_no_more_often_than_the_polls(people: int, pace: float) -> None:
    polls = 1000.0
    told = a_told(pace_high=pace, free=0, waiting=people, serving=0, rate=50.0)
    told.poll_near, told.poll = polls_of(polls, told, pace * NEAR)
    step = max(1, people // 5000)
    looks = sum(step * 2 / sum(with_number(told, number)) for number in range(1, people + 1, step))
    assert looks <= polls * 1.02


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        pytest.param(120, 2, 9, id="there is room: called at the rate"),
        pytest.param(200, 10, 25, id="the last for whom there is room"),
        pytest.param(300, 25, 111, id="a hundred after, when somebody is done"),
    ],
)
def test_for_whom_there_is_room_is_called_at_the_rate(number: int, low: int, high: int) -> None:
    told = a_told(free=100, rate=10.0, lag=60.0)
    assert estimate(told, number) == (low, high)


@given(
    st.integers(1, 10**6),
    st.floats(0.0, 500.0),
    st.floats(2.0, 3000.0),
    st.floats(5.0, 40.0),
    st.integers(-1, 5000),
    st.integers(0, 500),
)
def test_all_who_are_far_away_are_told_the_same(
    more: int, pace: float, poll: float, near: float, sure: int, free: int
) -> None:
    told = a_told(pace_high=pace, poll=poll, poll_near=near, sure=sure, free=free, rate=50.0)
    far, between = far_away(told)
    if pace >= 0.01:
        assert with_number(told, far) == with_number(told, far + more) == between
