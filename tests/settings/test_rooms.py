"""What the settings of a waiting room refuse, and with which words."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.settings.rooms import RoomModel

OPENS = {"days": ["sun"], "at": "08:00", "end": "14:00"}
UNDRAWN = {**OPENS, "prequeue": "0s"}
QUOTA = {"quota": {"places": 10}}


def room(**said: Any) -> RoomModel:
    return RoomModel.model_validate({"name": "passports", "opens": OPENS, **said})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param({"opens": {**OPENS, "prequeue": "0"}}, "0 what? Give the unit", id="no unit"),
        pytest.param(
            {"opens": UNDRAWN, "draw": {"witnesses": ["Bar"]}},
            "without a pre-queue no lots are drawn", id="witnesses of no draw",
        ),
        pytest.param(
            {"opens": UNDRAWN, "draw": {"beacon": "quicknet"}},
            "without a pre-queue no lots are drawn", id="a beacon of no draw",
        ),
        pytest.param(
            {**QUOTA, "identity": {"session": {"header": "X-Person", "cookie": "sid"}}},
            "header or cookie, one of them", id="two sources of a session",
        ),
        pytest.param(
            {**QUOTA, "identity": {"session": {"cookie": "sid"}}},
            "give both, or neither", id="a cookie without its secret",
        ),
        pytest.param(
            {**QUOTA, "identity": {"check": "luhn", "session": {"header": "X-Person"}}},
            "leave out check and confirm", id="a check of what nobody types",
        ),
        pytest.param(
            {**QUOTA, "identity": {"check": "is it right?"}}, "is no check", id="no function",
        ),
        pytest.param(
            {**QUOTA, "identity": {"confirm": {"url": "https://a.example", "secret": "x" * 16,
                                               "timeout": "1min"}}},
            "10s at most", id="a page that nobody waits for",
        ),
        pytest.param({"cors": ["*"]}, "name the origins", id="any origin"),
        pytest.param({"cors": ["https://app.example/"]}, "is no origin", id="with a path"),
        pytest.param({"cors": ["app.example"]}, "is no origin", id="no scheme"),
        pytest.param({"cors": ["https://App.example"]}, "in small letters", id="in capitals"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(sentence)):
        room(**said)


def test_no_pre_queue_is_first_come_first_served() -> None:
    model = room(opens=UNDRAWN)
    assert model.opens is not None
    assert model.opens.prequeue == 0


def test_origins() -> None:
    origins = ["https://app.example", "http://10.0.0.7:8080", "capacitor://localhost"]
    assert room(cors=origins).cors == origins
