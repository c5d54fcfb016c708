"""The flood settings say what the guard's thresholds say, and refuse what makes no sense."""

import re
from dataclasses import fields
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.clock import SECOND
from gateway.guard.thresholds import Thresholds
from gateway.settings.flood import FloodModel
from gateway.settings.units import parse_duration

PARTS = ["levels", "learning", "kinds"]


@pytest.mark.parametrize("part", PARTS)
def test_the_defaults_are_the_guards(part: str) -> None:
    model = getattr(FloodModel(), part)
    durations = {
        name
        for name, field in type(model).model_fields.items()
        if any(getattr(one, "func", None) is parse_duration for one in field.metadata)
    }
    said = {
        name: value / SECOND if name in durations else value
        for name, value in model.model_dump().items()
    }
    own = getattr(Thresholds(), part)
    assert said == {one.name: getattr(own, one.name) for one in fields(own)}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        pytest.param({"zone": "Damascus"}, "write for example Asia/Damascus or UTC", id="zone"),
        pytest.param({"levels": {"warm_up": 600}}, "600 what? Give the unit", id="no unit"),
        pytest.param({"levels": {"volume_ratio": 1}}, "greater than 1", id="a ratio of one"),
        pytest.param(
            {"kinds": {"few_share": 1.1}}, "less than or equal to 1", id="a share of more"
        ),
        pytest.param({"kinds": {"few_shares": 1}}, "not permitted", id="an unknown key"),
        pytest.param({"level": "panic"}, "'calm', 'elevated' or 'under_attack'", id="level"),
        pytest.param({"rest": ["friday"]}, "'mon', 'tue'", id="day"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(sentence)):
        FloodModel.model_validate(written)


@pytest.mark.parametrize("level", ["auto", None, "calm", "elevated", "under_attack"])
def test_a_level_by_hand(level: str | None) -> None:
    assert FloodModel.model_validate({"level": level}).level == (None if level == "auto" else level)


def test_every_key_says_what_it_is_for() -> None:
    for model in [FloodModel, *(type(getattr(FloodModel(), part)) for part in PARTS)]:
        silent = [n for n, f in model.model_fields.items() if not f.description and n not in PARTS]
        assert silent == []
