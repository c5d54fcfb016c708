"""Whom a ticket is for: one spelling, a keyed hash, read from the platform's booking."""

import pytest
from helpers import a_request

from gateway.request import SIZED, Request
from gateway.waitingroom.identity import NOBODY, Identities

TODAY, TOMORROW = "2026-11-29", "2026-11-30"
PEOPLE = Identities(b"s" * 32, "passports", "[0-9]{11}", form="national_id", json=("person", "id"))
RANIA = PEOPLE.of("01234567890", TODAY)


@pytest.mark.parametrize(
    ("written", "is_rania"),
    [
        pytest.param("01234567890", True, id="as it is"),
        pytest.param("  01234567890\n", True, id="white space around"),
        pytest.param("٠١٢٣٤٥٦٧٨٩٠", True, id="Arabic digits"),
        pytest.param("۰۱۲۳۴۵۶۷۸۹۰", True, id="Persian digits"),
        pytest.param("０１２３４５６７８９０", True, id="wide digits"),
        pytest.param("01234567891", False, id="another person"),
        pytest.param("0123456789", False, id="a digit too few"),
        pytest.param("012345678900", False, id="a digit too many"),
        pytest.param("0123456789x", False, id="a letter"),
        pytest.param("", False, id="nothing"),
        pytest.param("0" * 100_000, False, id="a flood of digits"),
    ],
)
def test_one_person_has_one_spelling(written: str, is_rania: bool) -> None:
    assert (PEOPLE.of(written, TODAY) == RANIA) is is_rania


def test_days_rooms_and_secrets_are_not_to_be_linked() -> None:
    number = "01234567890"
    others = [
        PEOPLE.of(number, TOMORROW),
        Identities(b"s" * 32, "instant", "[0-9]{11}").of(number, TODAY),
        Identities(b"t" * 32, "passports", "[0-9]{11}").of(number, TODAY),
    ]
    assert len({RANIA, NOBODY, *others}) == 5


def booking(body: bytes, kind: bytes = b"application/x-www-form-urlencoded") -> Request:
    request = a_request(method="POST", path="/booking/confirm", headers=[(b"content-type", kind)])
    request.body, request.content_length = SIZED, len(body)
    return request


@pytest.mark.parametrize(
    ("body", "kind", "is_rania"),
    [
        pytest.param(b"a=b&national_id=01234567890", None, True, id="a form"),
        pytest.param(b"national_id=%D9%A0%D9%A1234567890", None, True, id="mixed digits"),
        pytest.param(b'{"person": {"id": "01234567890"}}', b"application/json", True, id="JSON"),
        pytest.param(b"national_id=01234567890&national_id=1", None, False, id="twice"),
        pytest.param(b"other=01234567890", None, False, id="not there"),
        pytest.param(b"", None, False, id="empty"),
        pytest.param(b"\xff\xfe", b"application/json", False, id="malformed"),
    ],
)
def test_the_booking_says_whom_it_is_for(body: bytes, kind: bytes | None, is_rania: bool) -> None:
    request = booking(body, kind or b"application/x-www-form-urlencoded")
    found = PEOPLE.in_booking(request, body, TODAY)
    assert (found == RANIA) is is_rania
    assert is_rania or found == NOBODY


def checked(text: str) -> object:
    if text == "666":
        raise RuntimeError("the registry cannot be read")
    return int(text) % 2


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        pytest.param("7", "", id="accepted"),
        pytest.param("٧", "", id="as it is spelled once"),
        pytest.param("8", "refused", id="refused"),
        pytest.param("x", "wrong", id="no number: the check is not asked"),
        pytest.param("666", "", id="it fails: nobody is refused for that"),
    ],
)
def test_a_check_of_ones_own_has_the_last_word_at_joining(written: str, fault: str) -> None:
    own = Identities(b"s" * 32, "r", "[0-9]+", checker=checked)
    assert own.fault(written) == fault
    assert own.failed == (written == "666")
    assert (own.of(written, TODAY) == NOBODY) is (fault == "wrong"), "at a booking it is not asked"


@pytest.mark.parametrize(
    ("written", "fits"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("18", True), ("81", False)],
)
def test_luhn(written: str, fits: bool) -> None:
    """The example of ISO/IEC 7812-1's usual descriptions, and its edges."""
    people = Identities(b"s" * 32, "r", "[0-9]+", luhn=True)
    assert people.fault(written) == ("" if fits else "wrong")
    assert (people.of(written, TODAY) != NOBODY) is fits


def test_where_who_lost_carries_weight_a_person_is_known_from_day_to_day() -> None:
    lasting = Identities(b"s" * 32, "passports", "[0-9]{11}", lasting=True)
    assert lasting.of("01234567890", TODAY) == lasting.of("01234567890", TOMORROW) != RANIA
