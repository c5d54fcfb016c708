"""Certainty is the sum of what is listed, and an operator's file is read or told what is wrong."""

from math import exp

import pytest

from gateway.brokers.features import FEATURES, Feature
from gateway.brokers.score import MOST, Weights, default_weights, judge, weights_of
from gateway.errors import OperatorError

TWO = Weights(-2.0, {"night": ((0.0, 0.0), (0.5, 1.0)), "won": ((0.0, -1.0), (1.0, 1.0))})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(-1.0, 0.0, id="below the first knot"),
        pytest.param(0.0, 0.0, id="at the first"),
        pytest.param(0.25, 0.5, id="between"),
        pytest.param(0.5, 1.0, id="at the last"),
        pytest.param(0.9, 1.0, id="beyond it"),
    ],
)
def test_a_feature_says_what_the_line_says(value: float, says: float) -> None:
    (part,) = judge({"night": Feature(value, 4)}, TWO).contributions
    assert part.log_odds == says


def test_certainty_is_the_sum_of_what_is_listed() -> None:
    score = judge({"night": Feature(0.5, 4), "won": Feature(0.75, 4)}, TWO)
    assert [one.feature for one in score.contributions] == ["night", "won"], "the greatest first"
    odds = score.prior + sum(one.log_odds for one in score.contributions)
    assert score.certainty == 1 / (1 + exp(-odds)) == pytest.approx(0.3775, abs=1e-4)


def test_without_features_only_the_prior_speaks() -> None:
    assert judge({}, TWO).certainty == pytest.approx(0.1192, abs=1e-4)


def test_every_feature_has_a_weight_and_none_decides_alone() -> None:
    weights = default_weights()
    assert set(weights.knots) == set(FEATURES)
    assert all(abs(y) <= MOST for knots in weights.knots.values() for _, y in knots)


def test_an_operators_file_changes_what_it_names() -> None:
    own = weights_of("features: {night: [[0, 0], [1, 2]]}", "mine.yaml")
    base = default_weights()
    assert own.prior == base.prior
    assert own.knots == {**base.knots, "night": ((0.0, 0.0), (1.0, 2.0))}
    assert weights_of("prior: -6", "mine.yaml") == Weights(-6.0, base.knots)
    assert weights_of("", "mine.yaml") == base


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[1]", "write `features:`", id="a list"),
        pytest.param("{", "this is no YAML", id="half a file"),
        pytest.param("pior: 1", "pior: unknown key", id="a typing mistake"),
        pytest.param("prior: yes", "prior: write a number", id="no number"),
        pytest.param("prior: .nan", "prior: write a number", id="not a number"),
        pytest.param("features: 3", "features: write knots", id="no features"),
        pytest.param("features: {nite: [[0, 0]]}", "features.nite: no such feature", id="unknown"),
        pytest.param("features: {night: []}", "write knots", id="no knot"),
        pytest.param("features: {night: [[0]]}", "write knots", id="half a knot"),
        pytest.param("features: {night: [[0, 0], [0, 1]]}", "have to rise", id="level values"),
        pytest.param("features: {night: [[0, 5.1]]}", "5 at most", id="too heavy"),
    ],
)
def test_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(OperatorError, match=r"mine\.yaml: ") as told:
        weights_of(text, "mine.yaml")
    assert said in str(told.value)


def test_says_every_fault_at_once() -> None:
    with pytest.raises(OperatorError) as told:
        weights_of("{prior: x, features: {a: [], night: 1}}", "mine.yaml")
    assert str(told.value).count("mine.yaml: ") == 3
