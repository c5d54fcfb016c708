"""What is made of a day's diary; and that what people are told on a day is true."""

import pytest
from little_day import played, scenario

from gateway.simulation.diary import NEVER, Diary
from gateway.simulation.findings import Found, findings, part_of, play
from gateway.simulation.people import People
from gateway.waitingroom.told import Told

QUIET = "arrival: {before: 1}\nmanners: {absent: 0.1, abandons: 0.05, leaves: 0}\n"


def a_diary() -> Diary:
    """Numbers 1 to 10 are called, one every ten seconds; the fifth is told of at 20 s."""
    diary = Diary(3, opens=300, ends=400)
    diary.came, diary.booked = [200, 300, 300], [8, 12, 5]
    diary.called.extend([NEVER, *range(310, 410, 10)])
    diary.seconds = 100
    return diary


def tell(diary: Diary, number: int, **what: float) -> None:
    told = Told()
    told.serving, told.pace_low, told.pace_high = 2, 0.05, 0.2
    told.sure = told.maybe = 10
    for name, value in what.items():
        setattr(told, name, value)
    diary.told[320] = told
    diary.told_at.append(320)
    diary.told_number.append(number)


def found_of(diary: Diary) -> Found:
    return findings(scenario(), People(scenario()), [diary])


def test_chances_and_what_brokers_gain() -> None:
    found = found_of(a_diary())
    own, carriers, offices = found["kinds"]
    assert (own["chance"], carriers["chance"]) == (8 / 200, 12 / 300)
    assert offices["people"] == 100, "customers, and not bots"
    assert offices["advantage"] == pytest.approx((5 / 100) / (20 / 500))
    assert found["brokers"]["part"] == 5 / 25
    assert found["fairness"]["best_to_worst"] == 1


@pytest.mark.parametrize(
    ("pace_low", "pace_high", "true", "sooner", "later"),
    [
        pytest.param(0.05, 0.2, 1, 0, 0, id="called after 30 s, told 15 to 61"),
        pytest.param(0.05, 0.09, 0, 1, 0, id="told 33 to 61"),
        pytest.param(0.11, 0.2, 0, 0, 1, id="told 15 to 28"),
        pytest.param(0.1035, 0.2, 1, 0, 0, id="told 15 to 29: within a second"),
    ],
)
def test_whether_a_range_was_true(
    pace_low: float, pace_high: float, true: int, sooner: int, later: int
) -> None:
    diary = a_diary()
    tell(diary, 5, pace_low=pace_low, pace_high=pace_high)
    row = found_of(diary)["range"][0]
    assert (row["told"], row["true"], row["sooner"], row["later"]) == (1, true, sooner, later)


@pytest.mark.parametrize(
    ("number", "maybe", "called"),
    [
        pytest.param(10, 9, 1.0, id="the last who was called"),
        pytest.param(11, 9, 0.0, id="one beyond"),
    ],
)
def test_who_was_told_beyond_and_was_called(number: int, maybe: int, called: float) -> None:
    diary = a_diary()
    tell(diary, number, sure=5, maybe=maybe)
    assert found_of(diary)["reach"]["beyond"] == {"told": 1, "called": called}


def test_more_than_the_places_would_show() -> None:
    diary = a_diary()
    diary.taken_at = [300] * 51
    assert found_of(diary)["places"]["exceeded"]


def test_a_part_of_them() -> None:
    assert [part_of([1, 2, 3, 4], part) for part in (0, 0.5, 0.95, 1)] == [1, 3, 4, 4]


# What the waiting room promises, on a day of a thousand.


def test_a_range_of_waiting_is_true() -> None:
    found, _ = played(QUIET)
    told = sum(row["told"] for row in found["range"])
    true = sum(row["told"] * row["true"] for row in found["range"] if row["told"])
    assert told > 20
    assert true / told > 0.8
    settled = found["range"][2]
    assert settled["told"]
    assert settled["high_to_low"] < 8


def test_who_is_told_that_no_place_will_be_left_is_right_to_leave() -> None:
    found, _ = played(QUIET)
    assert found["reach"]["beyond"]["told"] > 100
    assert found["reach"]["beyond"]["called"] <= 0.001
    assert found["reach"]["likely"]["called"] == 1


@pytest.mark.parametrize(
    ("overbooking", "vain"),
    [
        pytest.param(1.25, 3, id="one more than places, and who is known to book late"),
        pytest.param(1.0, 0, id="nobody"),
    ],
)
def test_hardly_anybody_fills_in_the_form_in_vain(overbooking: float, vain: int) -> None:
    one = scenario(QUIET)
    room = one.room.model_copy(update={"overbooking": overbooking})
    found, _ = play(one.model_copy(update={"room": room}))
    assert found["wrongly_refused"]["form_in_vain"] <= vain


def test_a_huge_crowd_misses_no_call_and_does_not_look_in_step() -> None:
    """As a million at 1,000 looks a second: each is told to look once in ten minutes."""
    one = scenario("arrival: {before: 1}\nmanners: {absent: 0}\n")
    room = one.room.model_copy(update={"polls": 5})
    crowd = one.scaled(2500).model_copy(update={"places": 50, "room": room, "brokers": []})
    found, (diary,) = play(crowd)
    assert found["called"]["never_in"] == 0
    after = diary.looks[diary.opens : diary.seconds]
    assert max(after) <= 4 * 5
    assert sum(after) / len(after) <= 5
