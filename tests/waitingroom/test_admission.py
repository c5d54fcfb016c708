"""How many are called: never more than the rate, the free room and the places left allow."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.admission import (
    Admission,
    Counted,
    Terms,
    Throttle,
    completion,
    may_enter,
    outstanding,
    spare,
)

TERMS = Terms(rate=50.0, active=500)


@pytest.mark.parametrize(
    ("counted", "most"),
    [
        pytest.param(Counted(), 500, id="nobody inside, and all may come"),
        pytest.param(Counted(inside=500), 0, id="full"),
        pytest.param(Counted(inside=499), 1, id="one below"),
        pytest.param(Counted(serving=500, floor=0), 0, id="all on the way"),
        pytest.param(Counted(serving=500, floor=500, came=500), 500, id="all have left"),
        pytest.param(Counted(places=100), 100, id="a hundred places"),
        pytest.param(Counted(places=100, booked=100), 0, id="no places"),
        pytest.param(Counted(places=100, inside=100), 0, id="as many inside as places"),
    ],
)
def test_what_is_free(counted: Counted, most: float) -> None:
    assert may_enter(counted, TERMS) == pytest.approx(most)


OVERBOOKED = Terms(rate=50.0, active=10_000, overbooking=1.5)


def test_overbooking_waits_until_it_is_measured() -> None:
    unknown = Counted(places=100, inside=101)
    known = Counted(places=100, inside=101, unseen=30.0)
    assert may_enter(unknown, OVERBOOKED) == 0
    assert may_enter(known, OVERBOOKED) == pytest.approx(30)
    assert may_enter(known, TERMS) == 0, "without overbooking all inside are taken to book"


def test_of_who_comes_in_not_all_book() -> None:
    half_leave = Counted(places=300, booked=200, gone=200, inside=50)
    assert 0.5 < completion(half_leave) < 0.56
    assert may_enter(half_leave, OVERBOOKED) == pytest.approx(53 / completion(half_leave))


@pytest.mark.parametrize(
    ("places", "overbooking", "more"),
    [
        pytest.param(99, 1.25, 0, id="few places: nobody in vain"),
        pytest.param(100, 1.25, 1, id="one for a hundred"),
        pytest.param(2000, 1.25, 3, id="never more than three"),
        pytest.param(2000, 1.0, 0, id="none without overbooking"),
    ],
)
def test_the_last_places_are_waited_for_by_more_than_one(
    places: int, overbooking: float, more: int
) -> None:
    terms = Terms(rate=50.0, active=500, overbooking=overbooking)
    last = Counted(serving=2200, floor=2200, came=2000, booked=places - 1, inside=1, places=places)
    assert spare(places, terms) == more
    assert more <= may_enter(last, terms) <= more + 0.25


def test_of_those_called_only_those_who_will_come_take_a_place() -> None:
    """Nine of ten come. Of a hundred called lately 89 came: it is one that is still on the way."""
    counted = Counted(serving=10_100, floor=10_000, came=9_000, came_lately=89, inside=89,
                      booked=1900, places=2000)  # fmt: skip
    assert may_enter(counted, OVERBOOKED) == pytest.approx((100 + 3 - 89 - 1.6) / 0.906, abs=0.1)
    assert may_enter(counted, Terms(rate=50.0, active=10_000)) == 0


def test_a_crowd_that_hears_slowly_may_be_called_at_once() -> None:
    """2,000 hear within 1,600 s that they are called, and are inside for 400 s: 500 at a time."""
    counted = Counted(serving=2000, stay=400.0, hearing=1600.0)
    assert may_enter(counted, TERMS) == 0
    assert may_enter(replace(counted, serving=1999), TERMS) == pytest.approx(0.25)
    assert may_enter(replace(counted, hearing=400.0), TERMS) == 0


def test_who_does_not_come_stalls_nobody() -> None:
    """Of a thousand called long ago a quarter came: now four are called for each free place."""
    counted = Counted(serving=1000, floor=1000, came=250)
    assert 3 * 500 < may_enter(counted, TERMS) < 4 * 500
    assert outstanding(counted) == 0


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 1)), max_size=50),
    st.floats(0.1, 1000),
)
def test_never_more_than_the_rate(steps: list[tuple[float, float]], rate: float) -> None:
    admission = Admission()
    terms = Terms(rate=rate, active=10**9)
    called = sum(
        admission.step(Counted(), terms, seconds=seconds, factor=factor)
        for seconds, factor in steps
    )
    assert called <= rate * sum(seconds for seconds, _ in steps) + 1e-6


@given(st.integers(0, 3000), st.integers(0, 500), st.integers(0, 2000), st.integers(0, 2000))
def test_never_more_inside_than_there_are_places(
    serving: int, inside: int, booked: int, places: int
) -> None:
    """Even if all who are called come, as all have so far."""
    counted = Counted(
        serving=serving,
        floor=serving,
        came=serving,
        inside=inside,
        booked=booked,
        places=places,
    )
    most = int(may_enter(counted, TERMS))
    assert booked + inside + most <= max(places, booked + inside)
    assert inside + most <= max(TERMS.active, inside)


@pytest.mark.parametrize(
    ("overbooking", "most"),
    [
        pytest.param(1.0, 0, id="none: all who were called are taken to come"),
        pytest.param(1.25, 250, id="a quarter more than there are places"),
        pytest.param(3.0, 967, id="as few as came until now"),
    ],
)
def test_who_came_late_lets_nobody_in_beyond_the_places(overbooking: float, most: int) -> None:
    """Of the first hundreds half came in time; a thousand others are called and may all come."""
    terms = Terms(rate=50.0, active=10_000, overbooking=overbooking)
    counted = Counted(serving=11_000, floor=10_000, came=5_000, places=1000)
    assert may_enter(counted, terms) == pytest.approx(most, rel=0.06)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 500), st.floats(1, 3))
def test_overbooking_bounds_who_is_called_and_inside(
    floor: int, lately: int, inside: int, overbooking: float
) -> None:
    counted = Counted(serving=floor + lately, floor=floor, came=floor // 3, inside=inside,
                      booked=40, gone=20, places=1000)  # fmt: skip
    terms = Terms(rate=50.0, active=10**6, overbooking=overbooking)
    most = may_enter(counted, terms)
    if most > 0:
        assert inside + lately + most <= 960 * overbooking + spare(1000, terms) + 1e-6


def test_the_rate_falls_with_the_platform_and_comes_back() -> None:
    throttle = Throttle()
    well = {"up": True, "failing": 0.0, "pressed": False}
    assert throttle.step(0, 1, **well) == 1
    assert throttle.step(1, 1, **{**well, "failing": 0.2}) == 0.5
    assert throttle.step(2, 1, **{**well, "failing": 0.2}) == 0.5, "what came in must be felt first"
    assert throttle.step(4, 1, **{**well, "pressed": True}) == 0.25
    assert throttle.step(5, 1, **well) == pytest.approx(0.3)
    assert throttle.step(6, 1, **{**well, "up": False}) == 0
    for second in range(7, 30):
        factor = throttle.step(second, 1, **well)
    assert factor == 1
