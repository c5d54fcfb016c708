"""The cumulative sum: how long until a false alarm, how soon until a true one."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guard.change import Cusum, average_run_length
from gateway.guard.thresholds import Levels


def run_length(cusum: Cusum, dice: random.Random, shift: float) -> int:
    cusum.reset()
    steps = 0
    while not cusum.changed:
        cusum.add(dice.gauss(shift, 1))
        steps += 1
    return steps


@pytest.mark.parametrize(
    ("drift", "threshold", "shift"),
    [
        pytest.param(0.5, 3, 0.0, id="false alarms, a low threshold"),
        pytest.param(0.5, 4, 0.0, id="false alarms, a usual threshold"),
        pytest.param(1.0, 2, 0.0, id="false alarms, a greater allowance"),
        pytest.param(1.0, 8, 2.0, id="ours, a shift of two deviations"),
        pytest.param(1.0, 8, 4.0, id="ours, a shift of four"),
    ],
)
def test_it_runs_as_long_as_is_said(drift: float, threshold: float, shift: float) -> None:
    dice = random.Random(1)
    cusum = Cusum(drift, threshold)
    runs = [run_length(cusum, dice, shift) for _ in range(1500)]
    # 1,500 geometric runs stray by 2.6 %; Siegmund's formula is good to a few per cent.
    assert fmean(runs) == pytest.approx(average_run_length(drift, threshold, shift), rel=0.12)


@pytest.mark.parametrize(
    ("drift", "threshold", "steps"),
    [(0.5, 4, 340), (0.5, 5, 930), (0.5, 8, 18_000), (1, 4, 15_000)],
)
def test_the_lengths_in_the_modules_head(drift: float, threshold: float, steps: int) -> None:
    assert average_run_length(drift, threshold) == pytest.approx(steps, rel=0.1)


def test_our_own_numbers_alarm_by_chance_once_a_year() -> None:
    levels = Levels()
    years = average_run_length(levels.drift, levels.threshold) / (365 * 86_400)
    assert 1.3 < years < 1.5


@pytest.mark.parametrize(
    ("errors", "changed"),
    [
        pytest.param([4, 4], False, id="two great ones are not enough"),
        pytest.param([4, 4, 3], False, id="exactly at the threshold"),
        pytest.param([4, 4, 3.1], True, id="one above it"),
        pytest.param([1] * 1000, False, id="the allowance itself, for ever"),
        pytest.param([-4] * 1000 + [4, 4, 4], True, id="long below does not help later"),
        pytest.param([-4] * 10, False, id="below, one-sided"),
    ],
)
def test_a_sum_of_errors(errors: list[float], changed: bool) -> None:
    cusum = Cusum(1.0, 8.0)
    for error in errors:
        cusum.add(error)
    assert cusum.changed is changed


def test_two_sides() -> None:
    cusum = Cusum(1.0, 8.0, two_sided=True)
    for _ in range(3):
        cusum.add(-4)
    assert cusum.changed
    assert cusum.up == 0


@given(st.lists(st.floats(-10, 10), max_size=200))
def test_it_comes_back_in_time(errors: list[float]) -> None:
    """However long it lasted: seventeen usual seconds later nothing is left of it."""
    cusum = Cusum(1.0, 8.0, two_sided=True)
    for error in errors:
        cusum.add(error)
    for _ in range(16):
        cusum.add(0.0)
    assert cusum.strayed == 0
