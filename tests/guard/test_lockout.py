"""Signs that we are the outage, and what is none."""

import pytest

from gateway.guard.lockout import HOLDS, SIGNS, Lockout, Minute, signs_in

WELL = {"requests": 1000, "good": 900, "usual": 900.0}


@pytest.mark.parametrize(
    ("minute", "signs"),
    [
        pytest.param(Minute(**WELL), set(), id="an ordinary minute"),
        pytest.param(
            Minute(requests=1000, refused=200, good=449, usual=900), {"refusals-up"},
            id="people are refused and answers are missing",
        ),
        pytest.param(
            Minute(requests=1000, refused=199, good=449, usual=900), set(), id="one refusal less"
        ),
        pytest.param(
            Minute(requests=1000, refused=200, good=450, usual=900), set(), id="one answer more"
        ),
        pytest.param(
            Minute(requests=9000, refused=8000, good=900, usual=900), set(),
            id="an attack beside the usual answers",
        ),
        pytest.param(
            Minute(requests=1000, refused=300, good=100, failed=50, usual=900), set(),
            id="the platform is down: that is not us",
        ),
        pytest.param(
            Minute(requests=1000, refused=300, good=100), set(), id="nobody knows what is usual"
        ),
        pytest.param(
            Minute(**{**WELL, "requests": 2500}, refused=1000, by_network={64496: 401, 1: 300}),
            {"one-network"}, id="one carrier is two fifths of all refusals",
        ),
        pytest.param(
            Minute(**{**WELL, "requests": 2500}, refused=1000, by_network={64496: 400, 1: 300}),
            set(), id="just two fifths",
        ),
        pytest.param(
            Minute(**{**WELL, "requests": 2500}, refused=1000, by_network={0: 900}), set(),
            id="networks that nobody knows",
        ),
        pytest.param(Minute(**WELL, answered=100, passed=90), {"challenges-passed"}, id="people"),
        pytest.param(Minute(**WELL, answered=100, passed=89), set(), id="one fewer"),
        pytest.param(Minute(**WELL, answered=99, passed=99), set(), id="too few to tell"),
    ],
)  # fmt: skip
def test_what_a_minute_shows(minute: Minute, signs: set[str]) -> None:
    assert signs_in(minute) == signs
    assert signs <= set(SIGNS)


def test_a_sign_must_hold() -> None:
    lockout, bad = Lockout(), Minute(**WELL, answered=100, passed=100)
    told = [lockout.second(bad) for _ in range(HOLDS)]
    assert told == [[]] * (HOLDS - 1) + [["challenges-passed"]]
    assert lockout.second(Minute(**WELL)) == []
    assert lockout.second(bad) == []
