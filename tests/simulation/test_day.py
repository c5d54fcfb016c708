"""The laws of a simulated day, whoever comes and however they behave."""

import pytest
from little_day import played, scenario

from gateway.simulation.findings import play

WORLDS = [
    pytest.param("", id="as it is"),
    pytest.param("manners: {absent: 0.5, abandons: 0.3}\n", id="half do not come, many give up"),
    pytest.param("manners: {takes: 8min, spread: 1}\n", id="many take longer than they may"),
    pytest.param("policy: first-come\n", id="first come"),
    pytest.param("identity: bound\n", id="tickets of persons"),
    pytest.param("platform: {errors: 0.2}\n", id="the platform fails"),
    pytest.param("platform: {outage: {after: 1min, lasts: 5min}}\n", id="the platform is down"),
    pytest.param("arrival: {before: 0}\n", id="all come late"),
]


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_is_booked_beyond_the_places(world: str) -> None:
    found, (diary,) = played(world)
    assert len(diary.taken_at) <= 50
    assert not found["places"]["exceeded"]
    assert sum(diary.booked) == len(diary.taken_at)
    assert diary.taken_at == sorted(diary.taken_at)
    assert min(diary.taken_at, default=diary.opens) >= diary.opens


@pytest.mark.parametrize("world", WORLDS)
def test_each_visitor_is_accounted_for_once(world: str) -> None:
    _, (diary,) = played(world)
    assert diary.came == [200, 300, 300]
    assert all(booked <= came for booked, came in zip(diary.booked, diary.came, strict=True))
    assert sum(len(waits) for waits in diary.waits) == diary.entered
    assert diary.entered <= diary.called_numbers <= sum(diary.came)
    ended = sum(diary.booked) + diary.in_vain + diary.expired + diary.failed
    assert ended <= diary.entered, "one pass has one end"
    assert sum(diary.groups.values()) == sum(diary.booked)


def test_all_places_are_taken_in_the_end() -> None:
    found, _ = played()
    assert found["places"]["taken"] == [50]
    assert found["called"]["never_in"] == 0


def test_never_more_are_inside_than_may_be() -> None:
    for world in ("", "manners: {absent: 0.5, abandons: 0.3}\n"):
        _, (diary,) = played(world)
        assert diary.most_inside <= 25 + 3, "but for those called who came more often than measured"


def test_the_same_seed_is_the_same_day() -> None:
    first = play(scenario())[0]
    assert first == played()[0]
    assert play(scenario("seed: 2\n"))[0] != first


def test_the_progress_goes_from_nothing_to_all() -> None:
    told: list[float] = []
    play(scenario("days: 2\n").scaled(50), told.append)
    assert told == sorted(told)
    assert told[0] < 0.05
    assert told[-1] == 1


def test_whoever_is_first_gets_all_without_a_draw() -> None:
    """So that the figures can tell a good policy from a bad one."""
    first, drawn = played("policy: first-come\n")[0], played("")[0]
    assert first["brokers"]["part"] > 0.9
    assert drawn["brokers"]["part"] < 0.1


def test_bound_to_persons_six_tickets_are_worth_one() -> None:
    found, _ = played("identity: bound\n")
    assert found["brokers"]["advantage_to_ready"] < 1.6, "one, and the luck of one small day"
    assert played("policy: shuffle\n")[0]["brokers"]["advantage_to_ready"] > 2


def test_bound_to_persons_a_ticket_that_was_sold_is_worth_nothing() -> None:
    sellers = scenario("identity: bound\n").model_copy(
        update={"brokers": [scenario().brokers[0].model_copy(update={"sells": True})]}
    )
    found, _ = play(sellers)
    assert found["brokers"]["part"] == 0
    assert found["called"]["brokers_refused"] > 0


def test_while_the_platform_is_down_nobody_is_called() -> None:
    _, (diary,) = played("platform: {outage: {after: 1min, lasts: 5min}}\n")
    down = range(diary.opens + 60 + 3, diary.opens + 360)
    assert not [at for at in diary.called if at in down]
    assert [at for at in diary.called if at >= down.stop]
