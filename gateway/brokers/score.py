"""How sure we are that a cluster is an office, and why: additive log-odds, every part listed.

Certainty is 1 / (1 + exp(-(prior + contributions))). Features overlap (a program is swift, prompt
and even at once), so it is an order and a threshold's measure, not a frequency; what it comes to in
precision is measured (`python -m bench.brokers`).

Weights are a file (weights.yaml): knots [value, log-odds] by feature, an operator's own over it.
A feature that is not there contributes nothing. No contribution is above MOST in size: nothing can
convict or acquit alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp, isfinite
from typing import Any, Final

import yaml

from gateway.brokers.features import FEATURES, Feature
from gateway.errors import OperatorError

MOST: Final = 5.0
CASE: Final = 0.7  # certainty: from here on a person should look at it

Knots = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    prior: float
    knots: Mapping[str, Knots]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature says: its value, how many observations that rests on, log-odds."""

    feature: str
    value: float
    of: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class Score:
    """`certainty` of 0 to 1; contributions by size, the greatest first."""

    certainty: float
    prior: float
    contributions: tuple[Contribution, ...]


def judge(found: Mapping[str, Feature], weights: Weights) -> Score:
    parts = [
        Contribution(name, one.value, one.of, _at(one.value, weights.knots[name]))
        for name, one in found.items()
    ]
    parts.sort(key=lambda one: (-abs(one.log_odds), one.feature))
    odds = weights.prior + sum(one.log_odds for one in parts)
    return Score(1 / (1 + exp(-odds)), weights.prior, tuple(parts))


@cache
def default_weights() -> Weights:
    text = files("gateway.brokers").joinpath("weights.yaml").read_text("utf-8")
    return _checked(yaml.safe_load(text), "weights.yaml")


def weights_of(text: str, name: str) -> Weights:
    """An operator's file over the defaults. `name`: of the file, for OperatorError, which tells
    every fault at once."""
    try:
        own = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OperatorError(f"{name}: this is no YAML: {error}") from error
    checked = _checked({} if own is None else own, name)
    base = default_weights()
    prior = checked.prior if isinstance(own, dict) and "prior" in own else base.prior
    return Weights(prior, {**base.knots, **checked.knots})


def _at(value: float, knots: Knots) -> float:
    """On the line through the knots."""
    if value <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return knots[-1][1]


def _checked(loaded: Any, name: str) -> Weights:
    if not isinstance(loaded, dict):
        raise OperatorError(f"{name}: write `features:` with knots by feature, and `prior:`")
    faults = [f"{key}: unknown key (there are: features, prior)" for key in loaded
              if key not in {"prior", "features"}]  # fmt: skip
    prior = loaded.get("prior", 0.0)
    if not _number(prior):
        faults.append("prior: write a number, for example -4")
    features = loaded.get("features") or {}
    if not isinstance(features, dict):
        faults.append("features: write knots by feature, for example night: [[0, 0], [0.5, 1]]")
        features = {}
    for feature, knots in features.items():
        fault = _fault(feature, knots)
        if fault:
            faults.append(f"features.{feature}: {fault}")
    if faults:
        raise OperatorError("\n".join(f"{name}: {fault}" for fault in faults))
    knots = {key: tuple((float(x), float(y)) for x, y in of) for key, of in features.items()}
    return Weights(float(prior), knots)


def _fault(feature: Any, knots: Any) -> str:
    if feature not in FEATURES:
        return f"no such feature (there are: {', '.join(FEATURES)})"
    if not isinstance(knots, list) or not knots or not all(_pair(one) for one in knots):
        return "write knots [value, log-odds], for example [[0, 0], [0.5, 1]]"
    if any(later[0] <= one[0] for one, later in pairwise(knots)):
        return "the values of the knots have to rise"
    if any(abs(one[1]) > MOST for one in knots):
        return f"log-odds of {MOST:g} at most, up or down: no feature convicts or acquits alone"
    return ""


def _pair(one: Any) -> bool:
    return isinstance(one, list) and len(one) == 2 and all(_number(number) for number in one)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
