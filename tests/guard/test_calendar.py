"""Where in the week a moment lies, by the clock on the wall."""

from datetime import datetime

import pytest

from gateway.guard.calendar import Calendar, Opening

CALENDAR = Calendar([Opening("passports", frozenset({0, 6}), 8 * 3600, length=1800, lead=600)])


@pytest.mark.parametrize(
    ("moment", "table", "slot", "opening"),
    [
        pytest.param("2026-01-05 00:00:00", "work", 0, "", id="a Monday's first second"),
        pytest.param("2026-01-05 00:04:59", "work", 0, "", id="a slot's last second"),
        pytest.param("2026-01-05 00:05:00", "work", 1, "", id="the next slot"),
        pytest.param("2026-01-05 23:59:59", "work", 287, "", id="its last second"),
        pytest.param("2026-01-09 12:00:00", "rest", 144, "", id="a Friday"),
        pytest.param("2026-01-05 07:49:59", "work", 93, "", id="before the lead"),
        pytest.param("2026-01-05 07:50:00", "opening:passports", 0, "passports", id="the lead"),
        pytest.param("2026-01-05 08:00:00", "opening:passports", 60, "passports", id="it opens"),
        pytest.param("2026-01-05 08:29:59", "opening:passports", 239, "passports", id="its end"),
        pytest.param("2026-01-05 08:30:00", "work", 102, "", id="past its end"),
        pytest.param("2026-01-06 08:00:00", "work", 96, "", id="a day on which it does not open"),
    ],
)
def test_the_place_of_a_moment(moment: str, table: str, slot: int, opening: str) -> None:
    place = CALENDAR.place(datetime.fromisoformat(moment))
    assert (place.table, place.slot, place.opening) == (table, slot, opening)
    assert 0 <= place.within < 1
