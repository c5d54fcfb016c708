"""Medians, ratios within a round, and what a goal says."""

import pytest

from bench.figures import Goal, Spread, percentile, ratios, spread


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([3.0], Spread(3.0, 3.0, 3.0), id="one round"),
        pytest.param([3.0, 1.0], Spread(2.0, 1.0, 3.0), id="two: the middle between them"),
        pytest.param([9.0, 1.0, 2.0], Spread(2.0, 1.0, 9.0), id="one round was disturbed"),
    ],
)
def test_takes_the_middle_round(values: list[float], expected: Spread) -> None:
    assert spread(values) == expected


def test_a_ratio_is_taken_within_its_round() -> None:
    # The machine was twice as slow in the second round, for both.
    assert ratios([30.0, 60.0], [20.0, 40.0]) == [1.5, 1.5]


def test_a_ratio_needs_as_many_rounds_of_both() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([30.0, 60.0], [20.0])


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(0.0, 1.0, id="the least"),
        pytest.param(0.5, 51.0, id="half lie below"),
        pytest.param(0.99, 100.0, id="ninety-nine of a hundred lie below"),
        pytest.param(1.0, 100.0, id="never past the last"),
    ],
)
def test_finds_the_value_below_which_a_share_lies(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(1, 101)], share) == expected


@pytest.mark.parametrize(
    ("goal", "sentence"),
    [
        pytest.param(
            Goal("forward", 1.41, 1.5, "× nginx"),
            "forward: 1.41× nginx, goal ≤ 1.5× nginx: reached",
            id="below",
        ),
        pytest.param(
            Goal("forward", 1.5, 1.5, "× nginx"),
            "forward: 1.50× nginx, goal ≤ 1.5× nginx: reached",
            id="at it",
        ),
        pytest.param(
            Goal("forward", 1.504, 1.5, "× nginx"),
            "forward: 1.50× nginx, goal ≤ 1.5× nginx: reached",
            id="no finer than it is printed",
        ),
        pytest.param(
            Goal("forward", 1.506, 1.5, "× nginx"),
            "forward: 1.51× nginx, goal ≤ 1.5× nginx: NOT reached",
            id="above",
        ),
        pytest.param(
            Goal("growth", 1234.56, 150, " MiB", 1),
            "growth: 1,234.6 MiB, goal ≤ 150 MiB: NOT reached",
            id="another unit",
        ),
    ],
)
def test_says_plainly_whether_a_goal_is_reached(goal: Goal, sentence: str) -> None:
    assert goal.sentence() == sentence
