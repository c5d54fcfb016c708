"""What past openings teach, and what they must not: bookings by group in, shares out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.draw import ALL, ONE
from gateway.waitingroom.history import NETWORKS, Known, Taught, kept, learned, steady, unsure
from gateway.waitingroom.share import CERTAIN, key_of_entry

CARRIER = key_of_entry("carriers")
CAFE = b"4\xcb\x00\x71\x07"
TENTH = CERTAIN // 10


def days(*booked: int, key: bytes = CARRIER, chance: int = TENTH) -> list[Taught]:
    return [Taught(at, chance, {key: number}) for at, number in enumerate(booked)]


@pytest.mark.parametrize(
    ("openings", "least", "most"),
    [
        pytest.param(days(), ALL, ALL, id="nothing known"),
        pytest.param(days(35), ALL, ALL, id="a booking too few to be believed"),
        pytest.param(days(36), 360 * ONE, 360 * ONE, id="as many as are believed"),
        pytest.param(days(*[100] * 10), 1000 * ONE, 1500 * ONE, id="no fewer than came, and room"),
        pytest.param(days(*[100] * 9, 5000), 1000 * ONE, 1500 * ONE, id="one day of bots"),
        pytest.param(days(*[100] * 6, *[5000] * 4), 1000 * ONE, 1500 * ONE, id="two runs of five"),
        pytest.param(days(*[100] * 9, 0), 900 * ONE, 1500 * ONE, id="one day without"),
    ],
)
def test_what_is_learned_of_who_is_listed(openings: list[Taught], least: int, most: int) -> None:
    assert least <= learned(openings).get(CARRIER, ALL) <= most


@pytest.mark.parametrize(
    ("openings", "people"),
    [
        pytest.param(days(40, key=CAFE, chance=CERTAIN), 1, id="forty on the only day"),
        pytest.param(days(*[1] * 19, 40, key=CAFE, chance=CERTAIN), 1, id="forty on one day"),
        pytest.param(days(*[0] * 12, *[40] * 8, key=CAFE, chance=CERTAIN), 1, id="in two weeks"),
        pytest.param(days(*[40] * 4, key=CAFE, chance=CERTAIN), 1, id="an opening too few"),
        pytest.param(days(*[40] * 5, key=CAFE, chance=CERTAIN), 4, id="always: and no more than 4"),
        pytest.param(days(*[3] * 28, key=CAFE, chance=CERTAIN), 2, id="three people, believed two"),
        pytest.param(days(*[2] * 5, key=CAFE, chance=CERTAIN), 1, id="two, by luck perhaps"),
    ],
)
def test_who_is_not_listed_is_hardly_believed(openings: list[Taught], people: int) -> None:
    share = learned(openings, 4 * ONE).get(CAFE, ONE)
    assert people * ONE <= share < (people + 1) * ONE


def test_single_bookings_are_nobodys_business() -> None:
    others = {b"4" + n.to_bytes(4, "big"): 2 for n in range(NETWORKS + 5)}
    found = kept({CARRIER: 1, CAFE: 1, b"4zzzz": 3, **others})
    assert CAFE not in found
    assert (found[CARRIER], found[b"4zzzz"], len(found)) == (1, 3, NETWORKS + 1)


@pytest.mark.parametrize(
    ("booked", "stopped", "is_unsure"),
    [
        pytest.param(90, 10, False, id="a tenth was stopped"),
        pytest.param(90, 11, True, id="more"),
        pytest.param(0, 1, True, id="all"),
    ],
)
def test_where_many_were_stopped_nothing_is_learned(
    booked: int, stopped: int, is_unsure: bool
) -> None:
    assert unsure({CARRIER: booked}, {CARRIER: stopped, CAFE: 9}) == [CARRIER] * is_unsure


def test_who_is_stopped_day_after_day_does_not_shrink_a_carrier() -> None:
    openings = days(*[100] * 4)
    flooded = [Taught(at, TENTH, {CARRIER: 3}, unsure=[CARRIER]) for at in range(5, 30)]
    assert learned(openings + flooded) == learned(openings)


@given(st.lists(st.tuples(st.integers(0, 10**4), st.integers(1, 10**7)), max_size=8))
def test_no_more_bookings_count_than_there_were(runs: list[tuple[int, int]]) -> None:
    booked, exposures = [run for run, _ in runs], [exposure for _, exposure in runs]
    assert 0 <= steady(booked, exposures) <= sum(booked)


def test_it_comes_back_as_it_was_written() -> None:
    one = Taught(5.0, TENTH, {CARRIER: 7, CAFE: 2}, drawn=9, stopped=1, unsure=[CARRIER])
    assert Taught.of(one.as_data()).as_data() == one.as_data()
    known = Known({CARRIER: 5000}, 3, ["2026-11-24"], 1, 4)
    assert Known.of(known.as_bytes()).as_bytes() == known.as_bytes()
    assert Known.of(known.as_bytes()).digest == known.digest
    assert Known({CARRIER: 5001}, 3, ["2026-11-24"], 1, 4).digest != known.digest
