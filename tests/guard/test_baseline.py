"""What is learned of a day's shape, how far one bad day moves it, and that it outlives a
restart."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.guard.baseline import Baseline
from gateway.guard.calendar import Calendar, Opening
from gateway.guard.signals import COUNT, SHARE, SIGNALS, path_entropy

REQUESTS = SIGNALS[0]
CALENDAR = Calendar([Opening("passports", frozenset({2}), 8 * 3600)])
MONDAY = datetime.fromisoformat("2026-01-05 12:00:00")


def day(
    baseline: Baseline, start: datetime, requests: float, seconds: int = 300, *, calm: bool = True
) -> None:
    """`seconds` alike, and the one after them, which ends a slot."""
    for second in range(seconds + 1):
        place = CALENDAR.place(start + timedelta(seconds=second))
        y = COUNT.to(requests * (1.1 if second % 2 else 0.9), 1)
        baseline.step(place, {"requests": (y, 1)}, calm=calm)


def usual(baseline: Baseline, moment: datetime = MONDAY) -> float | None:
    """Requests expected in the middle of a slot, from days past alone."""
    fresh = Baseline(CALENDAR)
    fresh.restore(baseline.export())
    found = fresh.forecast(REQUESTS, CALENDAR.place(moment + timedelta(seconds=150)), 1)
    return None if found is None else COUNT.back(found.centre)


def learned(days: int = 10, requests: float = 100) -> Baseline:
    baseline = Baseline(CALENDAR)
    for number in range(days):
        day(baseline, MONDAY + timedelta(weeks=number), requests)
    return baseline


def test_a_slot_is_known_after_one_day() -> None:
    assert usual(Baseline(CALENDAR)) is None
    assert usual(learned(1)) == pytest.approx(100, rel=0.03)


@pytest.mark.parametrize("bad", [1_000_000.0, 0.0], ids=["a flood that nobody saw", "an outage"])
def test_one_bad_day_moves_it_little(bad: float) -> None:
    baseline = learned()
    day(baseline, MONDAY + timedelta(weeks=10), bad)
    assert usual(baseline) == pytest.approx(100, rel=0.15)


def test_a_new_usual_is_learned_in_weeks() -> None:
    baseline = learned()
    for number in range(30):
        day(baseline, MONDAY + timedelta(weeks=10 + number), 200)
    assert usual(baseline) == pytest.approx(200, rel=0.1)


def test_what_is_not_calm_is_not_learned() -> None:
    baseline = learned()
    for number in range(30):
        day(baseline, MONDAY + timedelta(weeks=10 + number), 200, calm=False)
    assert usual(baseline) == pytest.approx(100, rel=0.03)


@pytest.mark.parametrize(("seconds", "known"), [(149, False), (150, True)])
def test_half_a_slot_must_be_seen(seconds: int, known: bool) -> None:
    baseline = Baseline(CALENDAR)
    day(baseline, MONDAY + timedelta(seconds=300 - seconds), 100, seconds)
    assert (usual(baseline) is not None) is known


@pytest.mark.parametrize(("days", "known"), [(1, False), (2, True)])
def test_an_opening_is_known_after_two(days: int, known: bool) -> None:
    baseline = Baseline(CALENDAR)
    opens = datetime.fromisoformat("2026-01-07 08:00:00")
    for number in range(days):
        day(baseline, opens + timedelta(weeks=number), 100, 10)
    assert baseline.knows(REQUESTS, CALENDAR.place(opens)) is known


def test_today_may_be_busier_up_to_a_bound() -> None:
    """Twice the usual is taken up within an hour as far as the signal's spread goes: 1.5 times."""
    baseline = learned()
    for number in range(30):
        day(baseline, MONDAY + timedelta(weeks=20, seconds=number), 200, 0)
        for _ in range(200):
            place = CALENDAR.place(MONDAY + timedelta(seconds=150))
            baseline.step(place, {"requests": (COUNT.to(200, 1), 1)}, calm=True)
    found = baseline.forecast(REQUESTS, CALENDAR.place(MONDAY + timedelta(seconds=150)), 1)
    assert found is not None
    assert COUNT.back(found.centre) == pytest.approx(150, rel=0.05)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"format": 2}, id="of another format"),
        pytest.param({"slot": 60}, id="of other slots"),
        pytest.param({"signals": None}, id="broken"),
        pytest.param({"signals": {"requests": {"work": {"a": [1, 1, 1, 1]}}}}, id="no number"),
        pytest.param({"signals": {"requests": {"work": {"1": [1, 1]}}}}, id="too short"),
    ],
)
def test_what_does_not_fit_is_not_taken(change: dict[str, Any]) -> None:
    kept = json.loads(json.dumps(learned(2).export()))
    baseline = Baseline(CALENDAR)
    assert baseline.restore(kept)
    assert not baseline.restore({**kept, **change})
    assert not Baseline(CALENDAR).restore({})
    assert usual(baseline) == pytest.approx(100, rel=0.03), "and what was known stays"


@pytest.mark.parametrize(("share", "n"), [(0.0, 20), (0.03, 20), (0.5, 100), (1.0, 1000)])
def test_a_share_comes_back_from_its_scale(share: float, n: int) -> None:
    assert SHARE.back(SHARE.to(share, n)) == pytest.approx(share, abs=0.5 / n)


@pytest.mark.parametrize(
    ("counts", "bits"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([1000], 0, id="all to one"),
        pytest.param([1000, 1000], 1, id="evenly to two"),
        pytest.param([100_000] * 64, 6, id="evenly to 64"),
        pytest.param([100_000, 0, 0], 0, id="nothing to others"),
    ],
)
def test_the_entropy_of_paths(counts: list[int], bits: float) -> None:
    assert path_entropy(counts) == pytest.approx(bits, abs=0.01)
