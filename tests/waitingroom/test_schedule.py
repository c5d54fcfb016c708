"""When a room opens: by the clock on the wall, holidays and added days included."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.schedule import Opening, Schedule

SUNDAY_TO_THURSDAY = frozenset({6, 0, 1, 2, 3})


def at(text: str, zone: str = "Asia/Damascus") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def schedule(**changes: object) -> Schedule:
    values: dict[str, object] = {
        "zone": "Asia/Damascus",
        "at": time(8),
        "end": time(14),
        "prequeue": 1800.0,
        "days": SUNDAY_TO_THURSDAY,
        "places": 2000,
    }
    return Schedule(**{**values, **changes})  # type: ignore[arg-type]


WEEK = schedule(
    closed=frozenset({date(2026, 12, 1)}),
    also=(datetime.fromisoformat("2026-12-05T10:00"), datetime.fromisoformat("2026-12-02T12:00")),
    dates={date(2026, 12, 3): 500},
)


@pytest.mark.parametrize(
    ("now", "opening", "opens"),
    [
        pytest.param("2026-11-29 07:00", "2026-11-29", "2026-11-29 08:00", id="before it begins"),
        pytest.param("2026-11-29 13:59", "2026-11-29", "2026-11-29 08:00", id="still on"),
        pytest.param("2026-11-29 14:00", "2026-11-30", "2026-11-30 08:00", id="over: the next"),
        pytest.param("2026-11-27 12:00", "2026-11-29", "2026-11-29 08:00", id="the weekend"),
        pytest.param("2026-12-01 09:00", "2026-12-02", "2026-12-02 08:00", id="a holiday"),
        pytest.param("2026-12-02 11:29", "2026-12-02", "2026-12-02 08:00", id="two a day: first"),
        pytest.param("2026-12-02 11:30", "2026-12-02-2", "2026-12-02 12:00", id="and second"),
        pytest.param("2026-12-04 09:00", "2026-12-05", "2026-12-05 10:00", id="an added Saturday"),
    ],
)
def test_the_opening_that_is_on_or_next(now: str, opening: str, opens: str) -> None:
    found = WEEK.at_or_after(at(now))
    assert found is not None
    assert (found.id, found.opens) == (opening, at(opens))


def test_a_day_may_have_its_own_number_of_places() -> None:
    found = WEEK.find("2026-12-03"), WEEK.find("2026-12-02")
    assert [one and one.places for one in found] == [500, 2000]


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        pytest.param("2026-03-28", "2026-03-28T07:00", id="winter"),
        pytest.param("2026-03-29", "2026-03-29T06:00", id="the day summer time begins"),
        pytest.param("2026-10-25", "2026-10-25T07:00", id="the day it ends"),
    ],
)
def test_eight_by_the_wall_is_eight_by_the_wall(day: str, utc: str) -> None:
    berlin = schedule(zone="Europe/Berlin", days=frozenset(range(7)))
    found = berlin.find(day)
    assert found is not None
    assert datetime.fromtimestamp(found.opens, UTC).isoformat()[:16] == utc


def test_never_is_said_and_not_looked_for_without_end() -> None:
    assert schedule(days=frozenset(), also=()).at_or_after(at("2026-12-01 00:00")) is None


@given(st.floats(min_value=0, max_value=4e9))
def test_openings_follow_one_another_without_an_overlap(now: float) -> None:
    first = WEEK.at_or_after(now)
    if first is None:
        return
    second = WEEK.at_or_after(first.ends)
    assert isinstance(first, Opening)
    assert now < first.ends
    assert first.begins < first.opens <= first.ends
    assert second is None or (second.id != first.id and second.begins >= first.ends)
