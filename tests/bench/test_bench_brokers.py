"""The month's truth, and what its report counts as right."""

import pytest

from bench.brokers import Outcome
from bench.crowds import World
from bench.month import month
from gateway.brokers.conclude import Finding
from gateway.brokers.links import Cluster
from gateway.brokers.score import Score

OFFICE, FAMILY = ("drip", 0), ("family", 0)


def counted(customers: int, citizens: int, certainty: float = 0.9) -> Outcome:
    """One case, of an office with ten customers."""
    world = World(1)
    world.truth = {f"c{n}": OFFICE for n in range(10)} | {f"f{n}": FAMILY for n in range(9)}
    world.volume = {OFFICE: 10}
    people = [f"pc{n} t" for n in range(customers)] + [f"pf{n} t" for n in range(citizens)]
    return Outcome(world, [Finding(Cluster(people), {}, Score(certainty, 0, ()))], 0.7)


@pytest.mark.parametrize(
    ("customers", "citizens", "right", "found"),
    [
        pytest.param(9, 1, 1, 1, id="nine of ten are its"),
        pytest.param(8, 1, 0, 1, id="fewer, but the office is found"),
        pytest.param(5, 0, 1, 1, id="half of the office"),
        pytest.param(4, 0, 1, 0, id="less than half"),
    ],
)
def test_counts(customers: int, citizens: int, right: int, found: int) -> None:
    outcome = counted(customers, citizens)
    assert (outcome.right, outcome.recall) == (right, (found, 1))
    assert outcome.citizens.total() == citizens


def test_below_the_threshold_is_no_case() -> None:
    assert counted(10, 0, 0.69).recall == (0, 1)


def test_a_seed_makes_one_month_and_all_of_its_people_are_known() -> None:
    world, again = month(5, 0.01), month(5, 0.01)
    assert world.events == again.events != month(6, 0.01).events
    assert {one.person for one in world.events if one.person} <= set(world.truth)
