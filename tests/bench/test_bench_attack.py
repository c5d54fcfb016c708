"""The attack's scene and figures; and the scene itself, small, with real sockets."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import defences
from bench.citizens import ASSET, BROKEN, DROPPED, LATE, PAGE, answer_end, cookies_of
from bench.configs import Place
from bench.encounter import NEVER, Encounter, Flood, People
from bench.processes import REPOSITORY
from bench.scene import Scene

SCENE = Scene()
SMALL = replace(
    SCENE, citizens=20, shared=12, shared_addresses=2, flooders=5, hidden=1, connections=3,
    servers=8, think=0.6, calm=1.5, flood=3.0, after=1.0, on_the_minute=False,
)  # fmt: skip
PLACE = Place(port=21_000, origin=22_000, folder=Path("/tmp/peer"))


def test_everybody_has_an_address_and_some_share_theirs() -> None:
    citizens, flooders = SCENE.sources_of_citizens(), SCENE.sources_of_flooders()
    assert (len(citizens), len(flooders)) == (SCENE.citizens, SCENE.flooders)
    common = set(citizens[: SCENE.shared])
    assert len(common) == SCENE.shared_addresses
    assert all(citizens.count(one) == SCENE.shared // SCENE.shared_addresses for one in common)
    assert len(set(citizens)) == SCENE.shared_addresses + SCENE.citizens - SCENE.shared
    assert set(flooders) & set(citizens) == set(flooders[: SCENE.hidden]) == common
    assert len(set(flooders)) == SCENE.flooders


def test_a_scene_is_told_as_text() -> None:
    assert Scene.read(SMALL.as_json()) == SMALL


@pytest.mark.parametrize(
    ("asked", "refused", "goodput"),
    [
        pytest.param([200], 0, 100, id="served"),
        pytest.param([200, 429, 403, 503], 75, 25, id="answered with a refusal"),
        pytest.param([200, BROKEN, DROPPED, 200], 50, 50, id="turned away, dropped"),
        pytest.param([200, LATE], 0, 50, id="late is not refused, and not served"),
        pytest.param([], 0, 100, id="nobody asked"),
    ],
)
def test_who_is_refused_and_who_is_served(asked: list[int], refused: float, goodput: float) -> None:
    people = People([(0.0, PAGE, 0, status, 0.1, 0) for status in asked])
    assert (people.refused_share(), people.goodput()) == (refused, goodput)


def test_assets_are_refused_but_are_no_pages() -> None:
    people = People([(0.0, PAGE, 1, 200, 0.2, 1), (0.0, ASSET, 0, 503, 0.1, 0)])
    assert (people.refused_share(), people.shed_share(), people.goodput()) == (50, 50, 100)
    assert people.of(shared=True).refused_share() == 0
    assert (people.challenged(), people.p99()) == (50, 200)


def a_flood(passed_at: list[float], reached: dict[int, int]) -> Flood:
    return Flood({0: 100, 7: 100}, {"200": 40, "429": 100, "dropped": 50, "late": 10},
                 [0.5, -1.0], passed_at, [3, 1], reached)  # fmt: skip


def test_what_a_flood_met() -> None:
    scene = replace(SCENE, flood=30.0, hidden=1)
    flood = a_flood([2.0, 29.9], {0: 30, 7: 20})
    assert flood.reached_share() == 25
    assert (flood.reached_first(), flood.reached_a_second(scene)) == (30, 20 / 25)
    assert flood.refused() == 150
    assert flood.first_refused(0.0) == 0.5
    assert flood.first_refused(0.95) == NEVER
    assert flood.stopped_at(scene) == [2.0, NEVER]
    assert flood.stopped_share(scene, hidden=True) == 100
    assert flood.stopped_share(scene, hidden=False) == 0


def test_a_refusal_costs_what_forwarding_does_not() -> None:
    scene = replace(SCENE, calm=20.0, flood=30.0)
    calm = [(15.0, PAGE, 0, 200, 0.1, 0)] * 100
    during = [(25.0, PAGE, 0, 200, 0.1, 0)] * 150
    met = Encounter(scene, a_flood([1.0, 1.0], {0: 50}), calm + during, 0.01, 0.05, 0.1, 0.5)
    # 100 µs each for 150 citizens and 50 flooders; 30 ms are left for 150 refusals.
    assert met.microseconds() == pytest.approx(200)


@pytest.mark.parametrize(
    ("got", "end"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 0, id="no whole head"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no", 0, id="no whole body"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 40, id="whole"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 27, id="without a length"),
    ],
)
def test_a_citizen_knows_when_an_answer_is_whole(got: bytes, end: int) -> None:
    assert answer_end(got) == end


def test_a_citizen_keeps_cookies() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: dawr=a=b; Path=/\r\nset-cookie: x=1\r\nA: set-cookie"
    assert cookies_of(head) == {b"dawr": b"a=b", b"x": b"1"}


@pytest.mark.parametrize("limits", [defences.NARROW, defences.WIDE])
def test_peers_are_told_in_braces_that_match(limits: defences.Limits) -> None:
    text = defences.nginx(PLACE, limits)
    assert text.count("{") == text.count("}")
    assert f"rate={limits.rate}r/s" in text
    assert f"gt {limits.rate * 10 + limits.burst} " in defences.haproxy(PLACE, limits)


def test_no_single_citizen_comes_near_the_narrow_limits_nor_sixty_the_wide() -> None:
    requests = 3 / (SCENE.think / 2)  # a second, at the most hurried
    assert requests < defences.NARROW.rate / 10
    behind_one = SCENE.shared / SCENE.shared_addresses
    assert behind_one * 3 / SCENE.think < defences.WIDE.rate / 2
    assert behind_one * 0.05 / SCENE.think < defences.WIDE.search_rate / 2


_PLAY = """
import json, sys
from pathlib import Path
from bench.attack import DEFENCES, PROCESS, _meet
from bench.encounter import play
from bench.peers import Field
from bench.processes import Cores, Processes, free_port, ours
from bench.scene import Scene
scene = Scene.read(sys.argv[1])
gateway = Path(sys.argv[2])
with Processes() as processes:
    if gateway.name == "none":
        origin = free_port()
        pid = processes.start("p", ours("bench.costly", origin, scene.servers), port=origin)
        met = play(origin, origin, [pid], scene)
    else:
        field = Field(processes, Cores(0, 0), gateway)
        met = _meet(field, next(one for one in DEFENCES if one.name == PROCESS), scene, "small")
print(json.dumps({**met.figures(), "results": met.flood.results, "asked": len(met.asked),
                  "all": sum(met.flood.tries.values()), "came": sum(met.flood.reached.values())}))
"""


def played(gateway: Path) -> dict[str, Any]:
    argv = [sys.executable, "-c", _PLAY, SMALL.as_json(), str(gateway)]
    said = subprocess.run(
        argv, capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=90
    )
    assert said.returncode == 0, said.stderr
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def test_where_nobody_protects_all_is_let_through() -> None:
    """No figure that a slow machine changes."""
    met = played(Path("none"))
    assert (met["wrongly"], met["wrongly_after"], met["challenged"]) == (0, 0, 0)
    assert set(met["results"]) <= {"200", "late"}
    assert 0 < met["came"] <= met["all"]
    assert met["stopped"] == met["stopped_hidden"] == 0
    assert met["asked"] > SMALL.citizens


def test_the_gateway_refuses_flooders_in_the_scene(tmp_path: Path) -> None:
    """Interpreted, and however slow: a limit of one search a second holds back most of a flood."""
    gateway = tmp_path / "gateway"
    gateway.write_text(
        f'#!/bin/sh\nPYTHONPATH={REPOSITORY} exec {sys.executable} -m gateway "$@"\n', "utf-8"
    )
    gateway.chmod(0o755)
    met = played(gateway)
    assert met["results"]["429"] > 0
    most = SMALL.flooders * (defences.NARROW.search_burst + SMALL.flood + 2)
    assert 0 < met["came"] <= most < met["all"]
    assert met["microseconds"] > 0
