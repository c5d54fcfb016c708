"""A room's day as a script: phases, calls, what everybody is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.waitingroom.admission import Terms
from gateway.waitingroom.conductor import REVOKED, Conductor, Platform, Record, Rules, Seen
from gateway.waitingroom.schedule import Opening
from gateway.waitingroom.view import CLOSED, DRAWING, OPEN, OVER, PAUSED, PREQUEUE

TODAY = Opening("2026-11-29", begins=1000.0, opens=1600.0, ends=5000.0, places=100, local="08:00")
TOMORROW = Opening("2026-11-30", begins=9000.0, opens=9600.0, ends=14_000.0, places=100)
RULES = Rules(Terms(rate=10.0, active=50), grace=60.0, total=600.0, polls=1000.0)
WELL = Platform()


def find(wall: float) -> Opening | None:
    return next((one for one in (TODAY, TOMORROW) if wall < one.ends), None)


def conductor(record: Record | None = None) -> Conductor:
    return Conductor(RULES, find, record)


def opened(joined: int = 1000) -> Conductor:
    """At its opening, with so many in the draw."""
    one = conductor()
    one.begin(1600.0)
    one.step(1600.0, Seen(joined=joined), WELL)
    one.drawn(joined)
    return one


@pytest.mark.parametrize(
    ("wall", "phase"),
    [
        pytest.param(0.0, CLOSED, id="long before"),
        pytest.param(999.0, CLOSED, id="a second before the pre-queue"),
        pytest.param(1000.0, PREQUEUE, id="the pre-queue begins"),
        pytest.param(1599.0, PREQUEUE, id="a second before the opening"),
        pytest.param(1600.0, DRAWING, id="the list is closed"),
    ],
)
def test_the_phase_follows_from_the_time(wall: float, phase: int) -> None:
    one = conductor()
    assert one.begin(wall)
    one.step(wall, Seen(), WELL)
    assert one.record.phase == phase


def test_without_a_pre_queue_the_first_second_closes_an_empty_list() -> None:
    """Nobody is ever told of a pre-queue, so that nobody can join before the numbers are given."""
    at_once = replace(TODAY, begins=1600.0)
    one = Conductor(RULES, lambda _: at_once)
    one.begin(0.0)
    phases = []
    for wall in (1599.0, 1600.0):
        one.step(wall, Seen(), WELL)
        phases.append(one.record.phase)
    assert phases == [CLOSED, DRAWING]
    one.drawn(0)
    assert one.told(1600.0, Seen(), version=1, then="").phase == OPEN


def test_a_day() -> None:
    one = opened(joined=1000)
    counted = Seen(joined=1000)
    for second in range(1601, 1650):
        one.step(float(second), counted, WELL)
    assert one.record.phase == OPEN
    assert one.record.serving == 50, "as many as may be inside, while nobody has come yet"
    booked = replace(counted, came=50, came_lately=50, booked=40, ended=40, inside=10)
    for second in range(1650, 1660):
        one.step(float(second), booked, WELL)
    assert 50 < one.record.serving <= 150
    one.step(1661.0, replace(booked, booked=100, ended=100, inside=0), WELL)
    assert one.record.phase == OVER, "the places are gone"
    one.step(1662.0, replace(booked, booked=100, cancelled=1, ended=100, inside=0), WELL)
    assert one.record.phase == OPEN, "a place is free again"
    one.step(5000.0, replace(booked, booked=100, cancelled=1, ended=100, inside=0), WELL)
    assert one.record.phase == OVER, "the day is over"
    assert not one.begin(8999.0), "people are told so until the next begins"
    assert one.begin(9000.0)
    assert one.record.opening == TOMORROW.id


def test_settings_that_change_are_taken_up() -> None:
    opening = TODAY
    one = Conductor(RULES, lambda _: opening)
    one.begin(500.0)
    opening = replace(TODAY, begins=700.0, places=50)
    assert not one.begin(699.0)
    one.step(700.0, Seen(), WELL)
    assert (one.record.phase, one.record.places) == (PREQUEUE, 50)
    opening = replace(TODAY, begins=0.0, opens=701.0, places=70, ends=6000.0)
    one.begin(701.0)
    one.step(701.0, Seen(), WELL)
    assert (one.record.phase, one.record.places) == (PREQUEUE, 70), (
        "its list is promised until 1600"
    )


def test_who_starts_in_the_middle_of_an_opening_opens_at_once() -> None:
    one = conductor()
    one.begin(2000.0)
    one.step(2000.0, Seen(), WELL)
    assert one.record.phase == DRAWING


def test_another_goes_on_where_the_first_was() -> None:
    one = opened()
    for second in range(1601, 1604):
        one.step(float(second), Seen(joined=1000), WELL)
    other = conductor(Record.of(one.record.as_data()))
    assert other.record == one.record
    assert not other.begin(1606.0)
    assert other.step(1606.0, Seen(joined=1000), WELL) == 0, "it does not know how long it slept"
    assert other.step(1607.0, Seen(joined=1000), WELL) > 0


@pytest.mark.parametrize("step", [-3600.0, 30.0, 7200.0])
def test_a_stepped_clock_takes_nobodys_place(step: float) -> None:
    one = opened()
    one.step(1601.0, Seen(joined=1000), WELL)
    before = one.record.serving
    called = one.step(1602.0 + step, Seen(joined=1000), WELL)
    assert one.record.phase in {OPEN, OVER}
    assert one.record.serving >= before
    assert called <= 5 * RULES.terms.rate


def test_a_pause_calls_nobody_and_says_so() -> None:
    one = opened()
    one.pause(True)
    assert one.step(1700.0, Seen(joined=1000), WELL) == 0
    assert one.told(1700.0, Seen(joined=1000), version=1, then="").phase == PAUSED
    one.pause(False)
    one.step(1701.0, Seen(joined=1000), WELL)
    assert one.step(1702.0, Seen(joined=1000), WELL) > 0


@pytest.mark.parametrize(
    ("said", "fresh", "called", "places", "phase"),
    [
        pytest.param(None, False, 0, 100, PAUSED, id="nothing said yet: nobody is called"),
        pytest.param(100, True, 10, 100, OPEN, id="as many as are set"),
        pytest.param(4, True, 4, 4, OPEN, id="fewer"),
        pytest.param(0, True, 0, 0, OVER, id="none"),
        pytest.param(500, True, 10, 100, OPEN, id="more than are set"),
        pytest.param(40, False, 0, 40, PAUSED, id="too long ago"),
    ],
)
def test_the_platform_tells_how_many_places_there_are(
    said: int | None, fresh: bool, called: int, places: int, phase: int
) -> None:
    one = opened()
    one.begin(1601.0)
    one.said(said, fresh=fresh)
    assert one.step(1601.0, Seen(joined=1000), WELL) == called
    told = one.told(1601.0, Seen(joined=1000), version=1, then="")
    assert (told.quota, told.phase) == (places, phase)


def test_places_that_come_and_go_while_it_is_open() -> None:
    one = opened()
    found = []
    for at, said in enumerate([3, 3, 8, 2, 0, 5]):
        wall = 1601.0 + at
        one.begin(wall)
        one.said(said, fresh=True)
        one.step(wall, Seen(joined=1000, booked=2), WELL)
        found.append((one.record.serving, one.record.phase))
    assert [phase for _, phase in found] == [OPEN, OPEN, OPEN, OVER, OVER, OPEN]
    assert found[1][0] <= 1, "two of three are taken"
    assert found[2][0] <= 6
    assert found[-1][0] == found[2][0], "who was called when there were more has not come yet"


def test_by_hand_more_are_called_than_there_is_room() -> None:
    one = opened()
    full = Seen(joined=1000, came=50, inside=50)
    one.admit(7)
    assert one.step(1700.0, full, WELL) == 7
    assert one.step(1701.0, full, WELL) == 0


def test_a_platform_that_is_down_gets_nobody() -> None:
    one = opened()
    one.step(1601.0, Seen(joined=1000), WELL)
    assert one.step(1602.0, Seen(joined=1000), Platform(up=False)) == 0


def test_by_load_one_waits_only_while_the_platform_is_pressed() -> None:
    opening = Opening("always", begins=0.0, opens=0.0, ends=4e9, places=None)
    one = Conductor(replace(RULES, mode="load"), lambda _: opening)
    one.begin(100.0)
    one.step(100.0, Seen(), WELL)
    one.drawn(0)

    def guarded(wall: float, seen: Seen, platform: Platform) -> bool:
        one.step(wall, seen, platform)
        return one.told(wall, seen, version=1, then="").guarded

    assert not guarded(101.0, Seen(), WELL)
    assert guarded(102.0, Seen(), Platform(pressed=True))
    assert guarded(161.0, Seen(), WELL)
    assert not guarded(163.0, Seen(), WELL)
    assert guarded(164.0, Seen(), Platform(up=False))
    full = Seen(late=500, inside=50)
    assert guarded(400.0, full, WELL), "who waits is served first"


def test_whose_grace_is_over_is_counted_as_not_come() -> None:
    one = opened()
    for second in range(1601, 1610):
        one.step(float(second), Seen(joined=1000), WELL)
    assert (one.record.serving, one.record.floor) == (50, 0)
    for second in range(1610, 1680):
        one.step(float(second), Seen(joined=1000), WELL)
    assert one.record.floor >= 50
    assert one.record.serving > 50, "the next are called in their place"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=200))
def test_never_more_have_booked_and_are_inside_than_there_are_places(
    steps: list[tuple[int, int]],
) -> None:
    """However people come and book: all who are called may come, each may book."""
    one = opened(joined=1000)
    seen = Seen(joined=1000)
    wall = 1601.0
    for come, book in steps:
        wall += 1.0
        called = one.record.serving - seen.came
        coming = min(come, called)
        booking = min(book, seen.inside + coming)
        seen = replace(
            seen,
            came=seen.came + coming,
            came_lately=min(one.record.serving - one.record.floor, seen.came_lately + coming),
            inside=seen.inside + coming - booking,
            booked=seen.booked + booking,
            ended=seen.ended + booking,
        )
        one.step(wall, seen, WELL)
        assert seen.booked + seen.inside <= 100


def test_while_the_time_of_grace_runs_out_nobody_is_counted_twice() -> None:
    """All who are called come after 50 s of 60, and stay: as many are called as there are places,
    though what was seen was counted before the grace of the first ended."""
    one = Conductor(replace(RULES, terms=Terms(rate=1.0, active=500)), find)
    one.begin(1600.0)
    one.step(1600.0, Seen(joined=1000), WELL)
    one.drawn(1000)
    called: list[int] = []
    for second in range(1601, 1900):
        came = called[-50] if len(called) >= 50 else 0
        lately = max(0, came - one.record.floor)
        one.step(float(second), Seen(came=came, came_lately=lately, inside=came), WELL)
        called.append(one.record.serving)
        told = one.told(float(second), Seen(came=came, came_lately=lately, inside=came),
                        version=1, then="")  # fmt: skip
        assert called[-1] <= 100
        assert told.late == 0 or called[-1] < 100
    assert called[-1] == 100


def test_withdrawn_numbers_are_told_and_outlive_their_leader() -> None:
    one = opened()
    for number in (7, 8, 7, 9):
        one.revoke(number)
    one.restore(8)
    one.restore(1000)
    next_one = conductor(Record.of(one.record.as_data()))
    assert next_one.told(1700.0, Seen(), version=1, then="").revoked == [7, 9]
    for number in range(2_000):
        one.revoke(number)
    assert len(one.told(1700.0, Seen(), version=2, then="").revoked) == REVOKED
    one.begin(9000.0)
    assert one.record.revoked == [], "another day"


def test_the_time_of_grace_begins_when_all_can_have_heard() -> None:
    """60,000 hear their numbers in 107 s: who is called before has until 60 s after that."""
    one = opened(joined=60_000)
    for second in range(1601, 1765):
        one.step(float(second), Seen(joined=60_000), WELL)
        assert one.record.floor == 0
    for second in range(1765, 1775):
        one.step(float(second), Seen(joined=60_000), WELL)
    assert one.record.floor == 50
    assert Record.of(one.record.as_data()).heard == one.record.heard


def test_who_is_told_that_no_place_will_be_left_is_told_so_for_certain() -> None:
    """One in five gives up unseen, one in four does not come: nobody knows it yet."""
    one = opened(joined=1000)
    one.step(1601.0, Seen(joined=1000), WELL)
    told = one.told(1601.0, Seen(joined=1000), version=1, then="")
    assert told.sure == 100
    assert 100 / (0.8 * 0.75) <= told.maybe <= 300


@pytest.mark.parametrize(
    ("inside", "tight"),
    [
        pytest.param(98, True, id="two more may come in now, and perhaps another"),
        pytest.param(101, True, id="one more inside than places"),
        pytest.param(40, False, id="many more places than people"),
    ],
)
def test_it_is_told_whether_each_booking_needs_a_reserved_place(inside: int, tight: bool) -> None:
    one = Conductor(replace(RULES, terms=Terms(rate=10.0, active=500, overbooking=1.25)), find)
    one.begin(1600.0)
    one.step(1600.0, Seen(joined=1000), WELL)
    one.drawn(1000)
    one.record.serving = one.record.floor = inside
    seen = Seen(joined=1000, came=inside, inside=inside)
    one.step(1601.0, seen, WELL)
    assert one.told(1601.0, seen, version=1, then="").tight is tight
