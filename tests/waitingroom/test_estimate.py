"""The pace at which numbers are called: two bounds that hold from the first second on."""

import pytest

from gateway.waitingroom.estimate import Expected, Pace

_ACTIVE, _TOTAL = 500, 1200.0


def paced(seconds: int, stay: int, active: int = _ACTIVE, since: int = 0) -> Pace:
    """All places inside are taken in the first ten seconds, and each again after `stay`."""
    pace = Pace()
    for second in range(since, seconds + 1):
        waves, into = divmod(second, stay)
        wave = active * min(10, into) // 10
        pace.add(
            float(second),
            holding=float(active if waves else wave),
            called=waves * active + wave,
            done=(waves - 1) * active + wave if waves else 0,
        )
    return pace


def told(pace: Pace, rate: float = 50.0, factor: float = 1.0) -> Expected:
    return pace.expected(rate=rate, factor=factor, active=_ACTIVE, total=_TOTAL)


@pytest.mark.parametrize("stay", [60, 240, 900])
@pytest.mark.parametrize("seconds", [0, 5, 30, 100, 239, 250, 700, 2000])
def test_the_true_pace_lies_between(seconds: int, stay: int) -> None:
    found = told(paced(seconds, stay))
    assert found.low <= _ACTIVE / stay <= found.high


@pytest.mark.parametrize("seconds", range(600, 1200, 60))
def test_between_two_waves_it_does_not_stand_still(seconds: int) -> None:
    """Nobody is called for minutes, while all who are inside fill in the form."""
    found = told(paced(seconds, 240))
    assert found.low > 0.5 * _ACTIVE / 240
    assert found.high < 2 * _ACTIVE / 240


def test_never_slower_than_with_everybody_inside_for_the_whole_time() -> None:
    pace = Pace()
    for second in range(5000):
        pace.add(float(second), holding=500.0, called=500, done=0)
    assert told(pace).low == pytest.approx(_ACTIVE / _TOTAL)


def test_a_full_turn_takes_away_what_may_come_before() -> None:
    assert told(paced(100, 240)).lag > 100
    assert 0 < told(paced(245, 240)).lag < 100
    assert told(paced(600, 240)).lag == 0


@pytest.mark.parametrize(
    ("rate", "factor", "high"),
    [
        pytest.param(1.0, 1.0, 1.0, id="the rate is slower than the places"),
        pytest.param(1.0, 0.5, 1.0, id="the platform bears half of it, and may bear more"),
    ],
)
def test_never_faster_than_the_rate(rate: float, factor: float, high: float) -> None:
    found = told(paced(600, 240), rate, factor)
    assert found.high == high
    assert found.low == rate * factor


def test_what_is_down_is_told_as_slow_not_as_never() -> None:
    assert told(paced(600, 240), rate=10.0, factor=0.0).low == 1.0


def test_a_new_leader_finds_the_pace_again() -> None:
    found = told(paced(1200, 240, since=700))
    assert found.low <= _ACTIVE / 240 <= 1.05 * found.high
