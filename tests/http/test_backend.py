"""A backend that cannot keep up: who is served, who waits, who is turned away; by script."""

import re
from typing import Any

import pytest
from helpers import OK, FakeDecider, Scene

from gateway.clock import MILLISECOND
from gateway.decider import Decider
from gateway.http.concurrency import START
from gateway.http.origin import PoolSettings
from gateway.request import CRAWLER, ORDINARY, Request
from gateway.verdict import Decision

TARGET = 100 * MILLISECOND


def get(path: str, *more: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: a.example", *more]
    return "\r\n".join([*lines, "", ""]).encode()


class ByPath(Decider):
    """Ranks by path: /crawler is one."""

    def admit(self, client: object) -> Decision | None:
        return None

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        request.rank = CRAWLER if request.path == "/crawler" else ORDINARY
        return None

    def wants_body(self, request: Request) -> int:
        return 0


def a_scene(limit: int = 1, decider: Decider | None = None, **more: Any) -> Scene:
    """`limit` requests at once and no more, whatever is learnt."""
    settings = {"connections": 50, "queue_target": TARGET, "floor": limit, **more}
    scene = Scene(pool=PoolSettings(**settings), decider=decider or FakeDecider())
    one = scene.backends[0]
    one.concurrency.configure(floor=1, ceiling=limit, tolerance=1.5)
    return scene


def asked(scene: Scene) -> list[bytes]:
    """The paths that reached the platform, in order of its connections."""
    return re.findall(rb"GET (\S+) ", scene.forwarded)


def test_beyond_the_limit_requests_wait_for_an_answer_to_begin() -> None:
    scene = a_scene(2)
    clients = [scene.client().send(get(f"/{n}")) for n in range(4)]
    assert asked(scene) == [b"/0", b"/1"]
    scene.platform[0].send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")  # the body is to come
    assert sorted(asked(scene)) == [b"/0", b"/1", b"/2"]
    assert scene.backends[0].in_flight == 2
    scene.platform[1].send(OK)
    assert sorted(asked(scene)) == [b"/0", b"/1", b"/2", b"/3"]
    assert clients[1].statuses == [200]


def test_a_client_that_sends_slowly_takes_no_place() -> None:
    scene = a_scene(1)
    scene.client().send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12")
    scene.client().send(get("/quick"))
    assert asked(scene) == [b"/quick"]


def test_when_its_body_is_whole_it_takes_one() -> None:
    scene = a_scene(1)
    slow = scene.client().send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12")
    slow.send(b"345")
    scene.client().send(get("/waits"))
    assert (asked(scene), scene.backends[0].in_flight) == ([], 1)
    scene.platform[0].send(OK)
    assert asked(scene) == [b"/waits"]


@pytest.mark.parametrize("how", ["answered", "left", "closed", "timeout", "malformed"])
def test_however_it_ends_the_place_is_free(how: str) -> None:
    scene = a_scene(1)
    client = scene.client().send(get("/first"))
    end = scene.platform[0]
    assert scene.backends[0].in_flight == 1
    if how == "answered":
        end.send(OK)
    elif how == "left":
        client.leave()
    elif how == "closed":
        end.reset()
    elif how == "timeout":
        scene.advance(31)
    else:
        end.send(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
    assert scene.backends[0].in_flight == 0
    scene.client().send(get("/second"))
    assert asked(scene)[-1] == b"/second"


def test_an_answer_that_does_not_come_keeps_nobody_out() -> None:
    scene = a_scene(1)
    poll = scene.client().send(get("/poll"))
    scene.advance(0.95)
    waits = scene.client().send(get("/page"))
    assert asked(scene) == [b"/poll"]
    scene.advance(0.1)
    assert asked(scene) == [b"/poll", b"/page"]
    scene.platform[1].send(OK)
    scene.platform[0].send(OK)
    assert (poll.statuses, waits.statuses) == ([200], [200])
    assert scene.backends[0].in_flight == 0


def press(scene: Scene) -> list[Any]:
    """Let a queue stand until it is pressed: who waits in it, oldest first."""
    scene.client().send(get("/busy"))
    clients = [scene.client().send(get("/old"))]
    for _ in range(4):
        scene.advance(0.05)
        clients.append(scene.client().send(get("/newer")))
    return clients


def test_a_queue_that_stands_turns_away_who_waited_too_long() -> None:
    scene = a_scene(1)
    old, *newer = press(scene)
    assert old.statuses == [503]
    assert b"\r\nRetry-After: " in old.sent
    assert [one.statuses for one in newer] == [[]] * 4
    assert [one.failure.name for one in scene.ended if one.failure] == ["platform-overloaded"]
    assert scene.backends[0].shed == [0, 0, 1, 0, 0]


def test_a_queue_that_stands_serves_the_newest() -> None:
    scene = a_scene(1)
    press(scene)
    scene.client().send(get("/newest"))
    scene.platform[0].send(OK)
    assert asked(scene) == [b"/busy", b"/newest"]


def test_in_shadow_nobody_is_turned_away() -> None:
    scene = a_scene(1, shadow=True, connections=1)
    clients = press(scene)
    assert scene.backends[0].queue.pressed
    for _ in range(6):
        scene.platform[0].send(OK)
    assert [one.statuses for one in clients] == [[200]] * 5
    assert asked(scene)[:2] == [b"/busy", b"/old"]
    assert scene.backends[0].queue.missed > 0


def test_switched_off_the_pool_is_the_limit() -> None:
    scene = a_scene(1, adaptive=False, connections=3)
    for n in range(4):
        scene.client().send(get(f"/{n}"))
    assert len(asked(scene)) == 3
    scene.advance(1)
    assert not scene.backends[0].queue.pressed


def test_a_crawler_waits_behind_citizens_and_goes_first_where_room_is_wanted() -> None:
    scene = a_scene(1, ByPath(), waiting=2)
    scene.client().send(get("/busy"))
    crawler = scene.client().send(get("/crawler"))
    scene.client().send(get("/citizen"))
    scene.client().send(get("/another"))
    assert crawler.statuses == [503]
    scene.platform[0].send(OK)
    assert asked(scene) == [b"/busy", b"/citizen"]


def test_under_pressure_nothing_is_tried_twice() -> None:
    scene = a_scene(1)
    assert scene.shared.retries
    press(scene)
    assert not scene.shared.retries


def test_the_pressure_knows_who_waits() -> None:
    scene = a_scene(1)
    pressure = scene.backends[0].pressure
    clients = press(scene)
    assert (pressure.waiting, pressure.pressed) == (4, 1)
    for client in clients:
        client.leave()
    scene.advance(0.5)
    assert (pressure.waiting, pressure.pressed) == (0, 0)


def test_turned_away_requests_with_others_behind_them_do_not_pile_up() -> None:
    scene = a_scene(1, waiting=1000)
    scene.client().send(get("/busy"))
    clients = [scene.client().send(get("/a") * 3) for _ in range(400)]
    for _ in range(3):
        scene.advance(0.1)
    assert [one.statuses for one in clients] == [[503]] * 400, "one behind the other, not within"
    assert len(scene.backends[0].queue) == 400


def test_a_limit_that_grows_lets_in_who_waits() -> None:
    scene = a_scene(1)
    for n in range(3):
        scene.client().send(get(f"/{n}"))
    scene.backends[0].concurrency.configure(floor=3, ceiling=START, tolerance=1.5)
    scene.advance(0.01)
    assert len(asked(scene)) == 3
