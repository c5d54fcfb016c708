"""What a booking form may say."""

from datetime import date

import pytest

from gateway.demo.bookings import Wish
from gateway.demo.forms import Mistakes, read_wish

DAYS = [date(2026, 11, 26), date(2026, 11, 29)]
GOOD = {
    "branch": "homs",
    "date": "2026-11-26",
    "full_name": "سارة محمود الحسن",
    "national_id": "01234567890",
    "phone": "0944 123-456",
}


def test_reads_a_wish() -> None:
    assert read_wish(GOOD, DAYS) == Wish(
        "homs", date(2026, 11, 26), "سارة محمود الحسن", "01234567890", "0944123456"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("date", "2026-11-29", id="the last day on offer"),
        pytest.param("full_name", "Perlak Axel", id="Latin letters"),
        pytest.param("full_name", "Дмитрий О'Нил", id="Cyrillic and an apostrophe"),
        pytest.param("full_name", "شێرکۆ بێکەس", id="Kurdish"),
        pytest.param("full_name", "لي سو", id="short"),
        pytest.param("full_name", "a " + "b" * 98, id="a hundred characters"),
        pytest.param("phone", "+963 (944) 123456", id="an international number"),
        pytest.param("phone", "1234567", id="seven digits"),
        pytest.param("phone", "1" * 15, id="fifteen digits"),
    ],
)
def test_takes(field: str, value: str) -> None:
    assert isinstance(read_wish(GOOD | {field: value}, DAYS), Wish)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        pytest.param("branch", "", "error.missing", id="no branch"),
        pytest.param("branch", "paris", "error.branch", id="a branch we lack"),
        pytest.param("date", "2026-11-27", "error.date", id="a Friday"),
        pytest.param("date", "2026-11-25", "error.date", id="today"),
        pytest.param("date", "tomorrow", "error.date", id="not a date"),
        pytest.param("full_name", "  ", "error.missing", id="a blank name"),
        pytest.param("full_name", "سارة", "error.full_name", id="one word"),
        pytest.param("full_name", "1 2 3 4", "error.full_name", id="no letters"),
        pytest.param("full_name", "a " + "b" * 99, "error.full_name", id="one letter too long"),
        pytest.param("full_name", "a b c\x00d", "error.missing", id="a control character"),
        pytest.param("full_name", "a b c\ud800", "error.missing", id="half a surrogate pair"),
        pytest.param("national_id", "0123456789", "error.national_id", id="ten digits"),
        pytest.param("national_id", "012345678901", "error.national_id", id="twelve digits"),
        pytest.param("national_id", "01234567890 ", "error.national_id", id="a space behind"),
        pytest.param("national_id", "٠١٢٣٤٥٦٧٨٩٠", "error.national_id", id="other digits"),
        pytest.param("national_id", 1234567890, "error.missing", id="a number, not a text"),
        pytest.param("phone", "123456", "error.phone", id="six digits"),
        pytest.param("phone", "1" * 16, "error.phone", id="sixteen digits"),
        pytest.param("phone", "call me", "error.phone", id="words"),
        pytest.param("phone", None, "error.missing", id="no phone"),
    ],
)
def test_names_the_mistake(field: str, value: object, message: str) -> None:
    assert read_wish(GOOD | {field: value}, DAYS) == Mistakes({field: message})


def test_names_every_mistake_at_once() -> None:
    mistakes = read_wish({}, DAYS)
    assert isinstance(mistakes, Mistakes)
    assert list(mistakes) == ["branch", "date", "full_name", "national_id", "phone"]
