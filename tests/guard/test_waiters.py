"""A pre-queue beside a flood of its page: through the facts and the site's watch, as it is."""

from collections.abc import Callable
from datetime import datetime

import pytest
from helpers import a_refusal, a_request, address

from gateway.building.flood import site as a_site
from gateway.clock import SECOND
from gateway.guard.facts import Facts
from gateway.guard.level import Level
from gateway.guard.site import Gauges, Site
from gateway.guard.waiters import LOOKS, Waiters
from gateway.http.exchange import Exchange
from gateway.settings.flood import FloodModel
from gateway.verdict import Action, Decision

PAGE = "/.dawr/rooms/passports"
MOMENT = datetime(2026, 3, 2, 7, 30, 0)  # noqa: DTZ001 - by the clock on the wall
SENT_ON = Decision("room", a_refusal(Action.WAIT))


class Scene:
    """A site that knows what is usual: thirty requests a second, of people with assets."""

    def __init__(self) -> None:
        self.site: Site = a_site(FloodModel())
        self.facts = Facts(seed=1)
        self.now = 1_000 * SECOND
        self.levels: list[Level] = []
        self.played(700, lambda _: None)
        assert {*self.levels} == {Level.CALM}

    def played(self, seconds: int, crowd: Callable[[int], None]) -> list[Level]:
        """So many seconds more; the levels in them."""
        self.levels = []
        for second in range(seconds):
            self.now += SECOND
            for n in range(10):
                for path in ("/", "/app.css", "/logo.svg"):
                    self.see(f"198.51.100.{n}", path, device=n + 1)
            crowd(second)
            told = self.facts.take(self.now)
            report = self.site.second([told], Gauges(allowed=10_000), {}, MOMENT)
            self.levels.append(report.level)
        return self.levels

    def see(self, client: str, path: str, *, device: int = 0, since: int = 0) -> None:
        exchange = Exchange(address(client), self.now)
        exchange.request = a_request(client=client, path=path)
        exchange.request.device = device
        exchange.request.device_since = since or self.now // SECOND // 60
        exchange.ended = self.now
        exchange.status = 200
        if path == PAGE:
            exchange.own = "rooms"
        elif path == "/booking/":
            exchange.decision, exchange.status = SENT_ON, 303
        else:
            exchange.handed_over, exchange.answer_started = self.now, self.now + SECOND // 100
        self.facts.see(exchange, False)

    def people(self, second: int, coming: int = 300) -> None:
        """So many come, a third of them behind one address; who is there looks each half minute."""
        for n in range(coming):
            person = 1_000_000 + second * coming + n
            client = "203.0.113.1" if n % 3 == 0 else f"20.{second % 250}.{n // 250}.{n % 250}"
            self.see(client, "/booking/")
            self.see(client, PAGE, device=person)
            if second >= 30:
                since = (self.now // SECOND - 30) // 60
                self.see(client, PAGE, device=person - 30 * coming, since=since)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def test_a_pre_queue_is_no_alarm_and_a_flood_in_it_is(scene: Scene) -> None:
    assert {*scene.played(40, scene.people)} == {Level.CALM}

    def flood(second: int) -> None:
        scene.people(second + 40)
        for n in range(900):
            scene.see(f"30.{second % 250}.{n // 250}.{n % 250}", "/booking/")

    levels = scene.played(15, flood)
    assert levels[10] > Level.CALM


@pytest.mark.parametrize("path", [PAGE, "/booking/"])
def test_a_flood_with_a_copied_cookie_is_an_alarm(path: str) -> None:
    scene = Scene()

    def flood(second: int) -> None:
        for n in range(900):
            scene.see(f"30.{second}.{n // 250}.{n % 250}", path, device=77 + n % 3)

    assert scene.played(15, flood)[10] > Level.CALM


@pytest.mark.parametrize(
    ("new", "first", "flooded"),
    [
        pytest.param(20, 0, False, id="as many as may come without cookies"),
        pytest.param(21, 0, True, id="one more"),
        pytest.param(220, 100, False, id="two for each who comes back"),
        pytest.param(221, 100, True, id="and one more"),
    ],
)
def test_who_keeps_no_cookie(new: int, first: int, flooded: bool) -> None:
    one = Waiters()
    for _ in range(new):
        assert one.excused(0, 0, SECOND)
    for device in range(1, first + 1):
        assert one.excused(device, 9, SECOND)
    one.second()
    assert one.flooded is flooded
    assert one.excused(0, 0, SECOND) is not flooded
    for _ in range(11):
        one.second()
    assert not one.flooded, "it is over"


def test_a_device_may_look_so_often_and_again_later() -> None:
    one = Waiters()
    assert [one.excused(7, 9, 20 * SECOND) for _ in range(LOOKS + 2)] == [True] * LOOKS + [
        False
    ] * 2
    assert not one.excused(7, 9, 31 * SECOND)
    assert one.excused(7, 9, 52 * SECOND)


@pytest.mark.parametrize(("minute", "flooded"), [(0, False), (1, False), (3, True)])
def test_who_came_long_ago_accounts_for_nobody(minute: int, flooded: bool) -> None:
    """A hundred devices of minute 5 come, and look again when there are newer ones."""
    one = Waiters()
    for device in range(1, 101):
        one.excused(device, 5, (100 + 60 * minute) * SECOND)
    for _ in range(11):
        one.second()
    now = (103 + 60 * minute) * SECOND
    one.excused(998, 5 + minute, now)
    for device in range(201, 301):
        one.excused(device, 5, now)
    for _ in range(300):
        one.excused(0, 0, now)
    one.second()
    assert one.flooded is flooded
