"""The model's day, many times in a row: who gets the places while shares are being learned.

20,000 citizens, 60 % of them behind 64 shared networks, for 2,000 places; 100 broker offices with 3
addresses each and 40 bots an address. The gateway's own draw, shares and learning; seeds are fixed.
"""

from random import Random
from statistics import mean as average

import pytest

from bench.draw import Day, History, crowds, mean, part, run_day, run_days, table
from gateway.waitingroom.draw import ALL, ONE


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return run_days(12, crowds(), table())


def test_brokers_get_what_three_hundred_people_would(days: list[Day]) -> None:
    assert all(day.brokers_part <= 0.05 for day in days)
    assert part(days) == pytest.approx(300 / 20_300, rel=0.15)


def test_who_is_behind_a_carrier_has_the_chance_of_who_is_not(days: list[Day]) -> None:
    for day in days:
        assert 1 / 2 < day.chance("own") / day.chance("shared") < 2
    assert mean(days, "own") == pytest.approx(mean(days, "shared"), rel=0.05)


def test_no_shared_network_is_shut_out_by_what_was_learned(days: list[Day]) -> None:
    """Carriers come without history, and what is learned of them binds none of their people."""
    sizes = {
        crowd.address.value >> 16: crowd.people for crowd in crowds() if crowd.kind == "shared"
    }
    assert not days[0].learned
    learned = days[-1].learned
    for number in range(64):
        share = learned.get(b"ecarrier %d" % number, ALL)
        people = sizes[10 << 8 | number]
        assert share == ALL or share > 0.9 * people * ONE
    assert sum(key[:1] == b"e" for key in learned) > 50


def test_brokers_do_not_grow(days: list[Day]) -> None:
    assert not [share for key, share in days[-1].learned.items() if key[:2] == b"4\x1e"]
    assert part(days[-4:]) < 1.5 * part(days[:4])


def test_taken_at_their_word_they_would_grow(
    days: list[Day], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above can fail: the same days with every booking believed."""
    monkeypatch.setattr("gateway.waitingroom.share.least", lambda bookings: bookings * 1000)
    monkeypatch.setattr("gateway.waitingroom.history.BLOCKS", 1)
    monkeypatch.setattr("bench.draw.kept", dict)
    monkeypatch.setattr("bench.draw.MOST", ALL)
    found = run_days(12, crowds(), table())
    assert part(found[-4:]) > 2 * part(days[-4:])


def test_bots_that_come_to_a_carrier_later_find_twice_its_people_at_most() -> None:
    """Eight days without; then every office moves behind a carrier, with five times the bots."""
    history, random = History(), Random(3)
    for _ in range(8):
        run_day(random, crowds(hidden=100, bots=0), table(), history)
    found = [run_day(random, crowds(hidden=100, bots=200), table(), history) for _ in range(6)]
    held = [sum(min(share, 10**7) for key, share in day.learned.items() if key[:1] == b"e") / ONE
            for day in found]  # fmt: skip
    assert average(held) < 2 * 12_000 * 1.3  # the people that were proved, within luck
    assert min(day.chance("own") for day in found) > 0.04


@pytest.mark.parametrize("seed", range(3))
def test_the_first_day_for_other_seeds(seed: int) -> None:
    (day,) = run_days(1, crowds(), table(), seed=seed)
    assert day.brokers_part <= 0.05
    assert 1 / 2 < day.chance("own") / day.chance("shared") < 2
