"""When whoever is turned away should come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pressure import LATEST, Pressure


@pytest.mark.parametrize(
    ("served", "shed", "soonest", "latest"),
    [
        pytest.param(100, 0, 1, 3, id="hardly anybody is turned away"),
        pytest.param(100, 400, 9, 27, id="four of five are"),
        pytest.param(0, 10_000, 30, 90, id="nobody is served"),
    ],
)
def test_the_heavier_the_load_the_later(served: int, shed: int, soonest: int, latest: int) -> None:
    pressure = Pressure()
    pressure.note(served, shed)
    seconds = [pressure.retry_after() for _ in range(1000)]
    assert (min(seconds), max(seconds)) == (soonest, latest)


def test_they_come_back_evenly_spread() -> None:
    pressure = Pressure()
    pressure.note(100, 400)
    seconds = [pressure.retry_after() for _ in range(1900)]
    counts = [seconds.count(second) for second in set(seconds)]
    assert min(counts) >= 95
    assert max(counts) <= 105


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 50))
def test_always_some_time_and_never_long(served: int, shed: int, asked: int) -> None:
    pressure = Pressure()
    pressure.note(served, shed)
    assert all(1 <= pressure.retry_after() <= LATEST for _ in range(asked))
