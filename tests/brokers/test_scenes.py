"""Honest crowds and offices, each alone: nobody honest comes out as a broker.

The crowds are the generated month's (bench/month.py), several of each, with other seeds than the
weights were chosen by.
"""

from collections.abc import Iterator

import pytest

from bench.booking_offices import (
    amateur,
    drip,
    modems,
    professional,
    residential,
    residential_own,
    room_of_clerks,
    script,
    solved_by_people,
    tickets_sold_own,
)
from bench.crowds import DAYS, START, World, family, neighbour
from bench.month import HONEST, Kind, one_of
from gateway.brokers.conclude import Conclusions, Finding
from gateway.brokers.links import DAY, person
from gateway.brokers.score import CASE, default_weights

SEEDS = range(500, 506)


def concluded(world: World, keep: int = 35 * DAY) -> list[Finding]:
    conclusions = Conclusions(world.around, default_weights(), keep=keep)
    conclusions.add(world.events)
    return conclusions.findings(START + world.days * DAY)


def in_cases(world: World) -> float:
    """The share of the persons that are in cases."""
    inside = {
        person(who)[1:]
        for one in concluded(world)
        if one.score.certainty >= CASE
        for who in one.cluster.subjects
    }
    return len(inside & set(world.truth)) / len(world.truth)


def offices(kind: Kind) -> Iterator[World]:
    """Three with ten customers a week at least."""
    worlds = (one_of(kind, seed) for seed in range(500, 600))
    large = (world for world in worlds if min(world.volume.values()) >= 10)
    return (world for world, _ in zip(large, range(3), strict=False))


@pytest.mark.parametrize("kind", HONEST, ids=lambda kind: kind.__name__)
def test_nobody_honest_is_in_a_case(kind: Kind) -> None:
    assert [in_cases(one_of(kind, seed)) for seed in SEEDS] == [0] * len(SEEDS)


def test_a_family_of_five_is_seen_as_one_and_let_be() -> None:
    world = World(7)
    world.kind = ("family", 0)
    family(world, 5)
    (found,) = concluded(world)
    assert found.features["persons_a_week"].value == 5
    assert found.score.certainty < 0.1


def test_twelve_relatives_in_a_year_are_one_at_a_time() -> None:
    for seed in SEEDS:
        found = concluded(one_of(neighbour, seed, days=365), keep=400 * DAY)
        assert found[0].features["persons_a_phone"].value == 12
        assert found[0].score.certainty < CASE


@pytest.mark.parametrize(
    "kind",
    [
        amateur, room_of_clerks, script, professional, residential, modems, solved_by_people, drip,
        tickets_sold_own,
    ],
    ids=lambda kind: kind.__name__,
)  # fmt: skip
def test_an_office_is_found(kind: Kind) -> None:
    assert min(in_cases(world) for world in offices(kind)) >= 0.5


def test_what_shares_nothing_is_not_found() -> None:
    """A limit that is known: own telephones, a new home and device each, at human pace."""
    assert max(in_cases(world) for world in offices(residential_own)) == 0


def test_nothing_is_left_when_the_time_is_over() -> None:
    world = one_of(script, 500)
    conclusions = Conclusions(world.around, default_weights())
    conclusions.add(world.events)
    assert conclusions.findings(START + (DAYS + 40) * DAY) == []
