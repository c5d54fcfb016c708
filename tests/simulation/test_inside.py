"""Those who were let in: a booking is sent on while there is a place for it, and no further."""

from random import Random

import pytest
from little_day import scenario

from gateway.simulation.diary import Diary
from gateway.simulation.inside import Inside
from gateway.simulation.people import People

SURE = "manners: {abandons: 0, takes: 30s, spread: 0.2}\n"


def played(entering: int, places: int, more: str = SURE) -> tuple[Inside, Diary]:
    """So many citizens go in at once, whatever the room would say."""
    one = scenario(more).model_copy(update={"places": places})
    people, diary = People(one), Diary(3, 0, 1)
    inside = Inside(one, people, list(people.customers), Random(1), diary, 0)
    for visitor in range(entering):
        inside.enter(0, visitor)
    for second in range(1, 3000):
        inside.platform.step(second)
        inside.step(second)
    return inside, diary


@pytest.mark.parametrize(
    ("entering", "booked", "in_vain"),
    [
        pytest.param(9, 9, 0, id="one place more"),
        pytest.param(10, 10, 0, id="as many as places"),
        pytest.param(25, 10, 15, id="many more than places"),
    ],
)
def test_no_booking_beyond_the_places(entering: int, booked: int, in_vain: int) -> None:
    inside, diary = played(entering, places=10)
    assert (inside.booked, diary.in_vain) == (booked, in_vain)
    assert (inside.inside, inside.ended) == (0, entering), "all are out in the end"
    assert not inside.busy


def test_who_gives_up_is_inside_until_idle() -> None:
    inside, diary = played(20, places=50, more="manners: {abandons: 1}\n")
    assert (inside.booked, inside.inside, inside.ended) == (0, 0, 20)
    assert diary.expired == 0


def test_who_takes_too_long_does_not_book() -> None:
    inside, diary = played(20, places=50, more="manners: {abandons: 0, takes: 30min, spread: 0}\n")
    assert (inside.booked, diary.expired) == (0, 20)


def test_the_best_leaves_out_who_takes_longer_than_one_may() -> None:
    one = scenario("manners: {takes: 19min, spread: 1}\n")
    people = People(one)
    inside = Inside(one, people, list(people.customers), Random(1), Diary(3, 0, 1), 0)
    slowest = inside.best(list(range(25)))
    assert 600 < slowest < 1200, "25 at once, none of them longer than 20 minutes"
