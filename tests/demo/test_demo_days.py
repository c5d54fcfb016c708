"""Which days are offered."""

from datetime import date

import pytest

from gateway.demo.days import working_days


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2026, 11, 21), [22, 23, 24, 25, 26], id="from Saturday, a whole week"),
        pytest.param(date(2026, 11, 25), [26, 29, 30, 1, 2], id="over the weekend and the month"),
        pytest.param(date(2026, 11, 26), [29, 30, 1, 2, 3], id="Thursday: the next is Sunday"),
        pytest.param(date(2026, 11, 27), [29, 30, 1, 2, 3], id="Friday: the next is Sunday"),
        pytest.param(date(2026, 12, 30), [31, 3, 4, 5, 6], id="over the year"),
    ],
)
def test_offers_the_next_five_working_days(today: date, expected: list[int]) -> None:
    assert [day.day for day in working_days(today)] == expected
