"""Who is told apart, and who is turned away at once, while the platform is pressed."""

import pytest
from helpers import a_request

from gateway.filters.overload import Overload
from gateway.pressure import Pressure
from gateway.request import CRAWLER, HOLDER, KNOWN, LESSER, ORDINARY
from gateway.verdict import Action

BROWSER = b"Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 Chrome/120 Mobile"
BOT = b"Mozilla/5.0 (compatible; GoogleBot/2.1; +http://www.google.com/bot.html)"


def a_pressure(
    *, waiting: int = 1, pressed: int = 1, backends: int = 1, room: int = 100
) -> Pressure:
    pressure = Pressure()
    pressure.waiting, pressure.pressed = waiting, pressed
    pressure.backends, pressure.room = backends, room
    return pressure


def an_overload(pressure: Pressure, *, shadow: bool = False) -> Overload:
    return Overload(pressure, crawlers=(b"bot/", b"spider"), lesser=("/static/",), shadow=shadow)


@pytest.mark.parametrize(
    ("path", "agent", "rank"),
    [
        pytest.param("/booking/", BROWSER, ORDINARY, id="a citizen with a telephone called Cubot"),
        pytest.param("/booking/", BOT, CRAWLER, id="a crawler, whatever the case"),
        pytest.param("/", b"x" * 251 + b" bot/", CRAWLER, id="its word within 256 bytes"),
        pytest.param("/", b"x" * 252 + b" bot/", ORDINARY, id="its word one byte beyond"),
        pytest.param("/", None, ORDINARY, id="no agent"),
        pytest.param("/static/a.css", BROWSER, LESSER, id="below a lesser path"),
        pytest.param("/static", BROWSER, ORDINARY, id="beside it"),
        pytest.param("/static/a.css", BOT, LESSER, id="a crawler that wants it"),
    ],
)
def test_ranks(path: str, agent: bytes | None, rank: int) -> None:
    headers = [] if agent is None else [(b"user-agent", agent)]
    request = a_request(path=path, headers=headers)
    an_overload(a_pressure(pressed=0)).check(request)
    assert request.rank == rank


@pytest.mark.parametrize(
    ("path", "agent", "rank"),
    [("/", BROWSER, KNOWN), ("/", BOT, CRAWLER), ("/static/a.css", BROWSER, LESSER)],
)
def test_who_has_been_here_before_goes_before_newcomers(path: str, agent: bytes, rank: int) -> None:
    request = a_request(path=path, headers=[(b"user-agent", agent)])
    request.device = 7
    an_overload(a_pressure(pressed=0)).check(request)
    assert request.rank == rank


def test_while_nobody_waits_nothing_is_looked_at() -> None:
    request = a_request(headers=[(b"user-agent", BOT)])
    assert an_overload(a_pressure(waiting=0)).check(request) is None
    assert request.rank == ORDINARY


@pytest.mark.parametrize(
    ("path", "agent", "pressure", "rule"),
    [
        pytest.param("/", BOT, a_pressure(pressed=0), None, id="some wait, which is not much"),
        pytest.param("/", BOT, a_pressure(), "crawler", id="a crawler, pressed"),
        pytest.param("/", BOT, a_pressure(backends=2), None, id="another backend can keep up"),
        pytest.param("/static/", BROWSER, a_pressure(waiting=49), None, id="a short queue"),
        pytest.param("/static/", BROWSER, a_pressure(waiting=50), "lesser", id="a half full one"),
        pytest.param("/", BROWSER, a_pressure(waiting=100), None, id="an ordinary request never"),
    ],
)
def test_who_is_turned_away_at_once(
    path: str, agent: bytes, pressure: Pressure, rule: str | None
) -> None:
    verdict = an_overload(pressure).check(a_request(path=path, headers=[(b"user-agent", agent)]))
    assert (verdict and verdict.rule) == rule
    assert pressure.turned_away == int(rule is not None)
    if verdict is not None:
        assert verdict.action is Action.SHED
        assert 1 <= verdict.retry_after_seconds <= 90


def test_whoever_holds_a_pass_stays_a_holder() -> None:
    request = a_request(path="/static/", headers=[(b"user-agent", BOT)])
    request.rank = HOLDER
    assert an_overload(a_pressure(waiting=100)).check(request) is None
    assert request.rank == HOLDER


def test_in_shadow_nothing_is_changed() -> None:
    pressure = a_pressure()
    request = a_request(headers=[(b"user-agent", BOT)])
    verdict = an_overload(pressure, shadow=True).check(request)
    assert verdict is not None
    assert verdict.shadow
    assert (request.rank, pressure.turned_away) == (ORDINARY, 0)
