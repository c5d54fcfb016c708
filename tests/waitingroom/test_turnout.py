"""How many of those who came will not book: never told to be fewer or more than can be known."""

import pytest

from gateway.waitingroom.turnout import Turnout, absent_at_most

_IDLE = 300


def after(seconds: int, *, gives_up: float, stay: int = 200, until: int = 10_000) -> Turnout:
    """Two come each second, until then; such a part gives up after half its stay, and is idle."""
    turnout = Turnout(_IDLE)
    for second in range(seconds + 1):
        came = 2 * min(second, until)
        booked = int((1 - gives_up) * 2 * max(0, min(second - stay, until)))
        gone = int(gives_up * 2 * max(0, min(second - stay // 2 - _IDLE, until)))
        turnout.add(float(second), came=came, inside=came - booked - gone, booked=booked)
    return turnout


def will_not_book(seconds: int, gives_up: float, stay: int = 200, until: int = 10_000) -> float:
    """How many of those inside have given up, or will."""
    came = 2 * min(seconds, until)
    return gives_up * (came - 2 * max(0, min(seconds - stay // 2 - _IDLE, until)))


@pytest.mark.parametrize("gives_up", [0.0, 0.05, 0.2])
@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(60, id="before anybody is done"),
        pytest.param(350, id="before anybody is seen to be gone"),
        pytest.param(600, id="soon after"),
        pytest.param(3000, id="long after"),
    ],
)
def test_those_who_will_not_book_lie_between_the_bounds(seconds: int, gives_up: float) -> None:
    turnout = after(seconds, gives_up=gives_up)
    true = will_not_book(seconds, gives_up)
    assert turnout.unseen() <= true + 1
    assert turnout.unseen_at_most() >= true - 1
    assert turnout.gone_at_most() > gives_up


def test_the_bounds_come_near_to_each_other() -> None:
    turnout = after(3000, gives_up=0.05)
    assert turnout.unseen() > 0.6 * will_not_book(3000, 0.05)
    assert turnout.gone_at_most() < 0.08


def test_when_nobody_comes_any_more_all_who_are_idle_get_known() -> None:
    """Nobody has come for longer than one can be idle unseen: who is inside may well book."""
    turnout = after(2600, gives_up=0.05, stay=400, until=2000)
    assert turnout.unseen() == 0


def test_a_new_leader_knows_nothing() -> None:
    turnout = Turnout(_IDLE)
    turnout.add(5000.0, came=2000, inside=400, booked=1500)
    assert turnout.unseen() == 0
    assert turnout.gone_at_most() > 0.3
    assert turnout.stay_at_most(1200.0) == 0.0 or turnout.stay_at_most(1200.0) <= 1200.0


def test_the_time_inside_lies_between_its_bounds() -> None:
    for seconds in (150, 400, 1500):
        turnout = after(seconds, gives_up=0.0)
        assert turnout.stay() <= 200 <= turnout.stay_at_most(1200.0)
    assert after(150, gives_up=0.0).stay_at_most(1200.0) == 1200, "nobody is done"
    assert after(3000, gives_up=0.0).stay_at_most(1200.0) < 220


@pytest.mark.parametrize(
    ("called", "came", "least", "most"),
    [
        pytest.param(0, 0, 0.2, 0.5, id="nothing is known"),
        pytest.param(1000, 900, 0.1, 0.13, id="one in ten"),
        pytest.param(1000, 1000, 0.0, 0.02, id="all came"),
        pytest.param(1000, 0, 0.75, 0.75, id="nobody: a fault of ours"),
    ],
)
def test_who_does_not_come(called: int, came: int, least: float, most: float) -> None:
    assert least <= absent_at_most(called, came) <= most
