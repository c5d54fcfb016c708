"""An opening with real processes, and what happens when they die in its middle: no ticket loses its
number, nobody comes in twice, no more book than there are places."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from citizens import Answer, BookingPlatform, Citizen
from running import (
    REPOSITORY,
    RunningGateway,
    StartGateway,
    eventually,
    gateway_command,
    wait_for_end,
)

pytestmark = pytest.mark.real

ROOM = """
blocking: {{mode: "off"}}
rooms:
  - name: passports
    paths: [/booking/]
    opens: {{days: [], also: ["{opens}"], prequeue: 2h, end: "{end}", zone: UTC}}
    quota: {{places: {places}}}
    admit: {{rate: 20/s, active: {active}, idle: 30s, total: 1min, grace: 4s}}
"""


def room(places: int = 5, active: int = 3) -> str:
    """A room whose pre-queue has begun; it is opened by hand."""
    now = datetime.now(ZoneInfo("UTC"))
    opens = min(now + timedelta(minutes=90), now.replace(hour=23, minute=50))
    if opens < now:
        opens = now.replace(hour=23, minute=58)
    return ROOM.format(opens=f"{opens:%Y-%m-%d %H:%M}", end="23:59", places=places, active=active)


@pytest.fixture
def platform() -> Iterator[BookingPlatform]:
    with BookingPlatform() as running:
        yield running


def shown(gateway: RunningGateway) -> dict[str, Any]:
    done = gateway.command("room", "show", "passports", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(gateway: RunningGateway) -> dict[str, Any]:
    found: dict[str, Any] = shown(gateway)["told"] or {}
    return found


def ordered(gateway: RunningGateway, *words: str) -> None:
    done = gateway.command("room", *words)
    assert done.returncode == 0, done.stderr


def gathered(gateway: RunningGateway, number: int) -> list[Citizen]:
    """So many citizens whose places are kept, each with an address of its own."""
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    people = [Citizen(gateway.address(), f"127.9.0.{at + 1}") for at in range(number)]
    for one in people:
        eventually(lambda one=one: "passports" in " ".join(one.jar) or one.come(), "a ticket")
        assert one.look()["kept"]
    eventually(lambda: shown(gateway)["counted"]["joined"] == number, "all have joined")
    return people


def opened(gateway: RunningGateway, people: list[Citizen]) -> list[int]:
    """The lots are drawn: everybody's number."""
    ordered(gateway, "open", "passports")
    eventually(lambda: told(gateway).get("drawn"), "the draw")
    return [eventually(lambda one=one: one.look()["number"], "a number") for one in people]


def in_order(people: list[Citizen], numbers: list[int]) -> list[Citizen]:
    return [one for _, one in sorted(zip(numbers, people, strict=True), key=lambda pair: pair[0])]


def child_of(gateway: RunningGateway, sign: str) -> int:
    """The process of the supervisor's whose command line has that in it."""
    listed = subprocess.run(
        ["ps", "--ppid", str(gateway.pid), "-o", "pid=,args="],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return next(int(line.split()[0]) for line in listed.splitlines() if sign in line)


def says(one: Citizen, phase: str) -> bool:
    """Whichever worker is asked."""
    return all(one.look()["phase"] == phase for _ in range(8))


def enters(one: Citizen) -> bool:
    return one.come().text == "ok"


def test_an_opening(start_gateway: StartGateway, platform: BookingPlatform) -> None:
    gateway = start_gateway(platform.url, room())
    people = gathered(gateway, 8)
    assert platform.asked == 0, "all wait before the gateway"
    numbers = opened(gateway, people)
    assert sorted(numbers) == list(range(1, 9))
    queue = in_order(people, numbers)

    base = gateway.url("/.dawr/draw/passports/" + told(gateway)["opening"] + "/")
    checked = subprocess.run(
        [sys.executable, REPOSITORY / "gateway/waitingroom/verify_draw.py", base,
         "--ticket", queue[0].look()["ticket"]],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 1" in checked.stdout, "the ticket's rank"

    assert not enters(queue[7]), "its number has not been called"
    for one in queue[:5]:
        eventually(lambda one=one: enters(one), "in when called")
        assert one.book() == 201
        assert one.book() == 503, "a pass books once"
    eventually(lambda: says(queue[7], "over"), "everybody is told")
    assert platform.booked == 5
    assert not enters(queue[5])
    late = Citizen(gateway.address(), "127.9.1.1")
    late.come()
    assert late.look()["phase"] == "over"
    assert not any(name.startswith("dawr-ticket") for name in late.jar)


def test_never_more_bookings_than_places_however_many_are_inside(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    """The operator calls more than there are places, and all book at once, each twice."""
    settings = room(places=3, active=20)
    # All are to come in time on a busy machine too: who is late has to wait for room.
    gateway = start_gateway(platform.url, settings.replace("grace: 4s", "grace: 1min"))
    people = gathered(gateway, 8)
    opened(gateway, people)
    ordered(gateway, "admit", "passports", "8")
    for one in people:
        eventually(lambda one=one: enters(one), "all are in")
    platform.slow = 0.5
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(Citizen.book, people * 2))
    assert platform.booked == 3
    assert answers.count(201) == 3
    assert {*answers} <= {201, 409, 503}


def test_a_leader_that_dies_is_followed(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    gateway = start_gateway(platform.url, room(places=20, active=2))
    people = gathered(gateway, 6)
    numbers = opened(gateway, people)
    queue = in_order(people, numbers)
    eventually(lambda: enters(queue[0]), "the first is in")
    before = told(gateway)
    control = child_of(gateway, "gateway.control")
    os.kill(control, signal.SIGKILL)
    wait_for_end(control)
    eventually(lambda: gateway.command("room", "list").returncode == 0, "another control process")
    eventually(lambda: told(gateway).get("version", 0) > before["version"], "it leads on")
    assert told(gateway)["serving"] >= before["serving"]
    assert [one.look()["number"] for one in people] == numbers
    for one in queue[:5]:
        eventually(lambda one=one: enters(one), "in when called")
        assert one.book() == 201


def test_a_worker_and_the_whole_gateway_die(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    gateway = start_gateway(platform.url, room(places=3, active=2))
    people = gathered(gateway, 6)
    numbers = opened(gateway, people)
    queue = in_order(people, numbers)
    eventually(lambda: enters(queue[0]), "the first is in")
    assert queue[0].book() == 201
    eventually(lambda: shown(gateway)["counted"]["booked"] == 1, "the booking is counted")
    for pid in gateway.worker_pids():
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
    eventually(lambda: people[0].look()["number"] == numbers[0], "workers again")
    assert [one.look()["number"] for one in people] == numbers

    os.kill(gateway.pid, signal.SIGKILL)
    wait_for_end(gateway.process.pid)
    gateway.process.wait()
    assert gateway.process.stdout is not None
    gateway.process.stdout.close()
    with RunningGateway(gateway.folder, gateway.config.read_text()) as again:
        for one in people:
            one.address = again.address()
        eventually(lambda: told(again).get("drawn") == 6, "it knows the opening")
        eventually(lambda: people[0].look()["number"] == numbers[0], "it serves")
        assert [one.look()["number"] for one in people] == numbers
        assert shown(again)["counted"]["booked"] == 1
        assert not enters(queue[0]), "who has booked does not come in again"
        for one in queue[1:3]:
            eventually(lambda one=one: enters(one), "in when called")
            assert one.book() == 201
        eventually(lambda: queue[5].look()["phase"] == "over", "the places are gone")
    assert platform.booked == 3


def test_the_shared_state_dies(start_gateway: StartGateway, platform: BookingPlatform) -> None:
    gateway = start_gateway(platform.url, room(places=20, active=2))
    people = gathered(gateway, 5)
    numbers = opened(gateway, people)
    queue = in_order(people, numbers)
    eventually(lambda: enters(queue[0]), "the first is in")
    threading.Event().wait(1.2)  # the append-only file is synced each second
    valkey = child_of(gateway, "valkey")
    os.kill(valkey, signal.SIGKILL)
    assert enters(queue[0]), "a pass holds"
    assert queue[4].look()["number"] == numbers[people.index(queue[4])], "so does a number"
    eventually(lambda: enters(queue[1]), "and it goes on when the state is back")
    assert [one.look()["number"] for one in people] == numbers


def test_a_platform_that_fails_gets_nobody_else(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    health = f"""platform:
  backends: ["{platform.url}"]
  health: {{path: /health, every: 200ms, timeout: 1s, unhealthy_after: 1, healthy_after: 1}}
"""
    gateway = start_gateway(platform.url, health + room(places=20, active=2))
    people = gathered(gateway, 6)
    platform.ill = True
    eventually(lambda: not gateway.status()["backends"][0]["up"], "the platform is down")
    numbers = opened(gateway, people)
    threading.Event().wait(2.5)  # two seconds of the leader's
    assert told(gateway)["serving"] == 0
    assert [one.look()["number"] for one in people] == numbers
    platform.ill = False
    for one in in_order(people, numbers)[:4]:
        eventually(lambda one=one: enters(one), "in when called")
        assert one.book() == 201


def test_the_platform_counts_its_places_itself(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    """It says 200 to everything; its places get fewer, cannot be asked for, and are more again."""
    platform.places = 3
    counted = (
        "quota: {places: 9, source: "
        f"{{url: '{platform.url}/api/places', field: json.today.left, every: 1s, holds: 2s}}, "
        "booked_when: {status: 200, where: {json.ok: true}}}"
    )
    settings = room(active=9).replace("quota: {places: 5}", counted)
    gateway = start_gateway(platform.url, settings.replace("grace: 4s", "grace: 1min"))
    people = gathered(gateway, 6)
    numbers = opened(gateway, people)
    queue = in_order(people, numbers)
    for one in queue[:3]:
        eventually(lambda one=one: enters(one), "in when called")
    assert not enters(queue[3]), "three places, not nine"
    assert queue[0].book() == 200
    eventually(lambda: shown(gateway)["counted"]["booked"] == 1, "the answer's JSON says so")
    platform.places = 1
    eventually(lambda: told(gateway)["places"] == 0, "the platform has none left")
    assert queue[1].book() == 503, "it is not sent on"
    assert platform.booked == 1

    platform.places = 5
    eventually(lambda: told(gateway)["places"] == 4, "there are more")
    platform.ill = True
    eventually(lambda: says(queue[5], "paused"), "nobody knows how many there are")
    platform.ill = False
    for one in queue[1:5]:
        eventually(lambda one=one: enters(one), "in when called")
        eventually(lambda one=one: one.book() == 200, "the last ones when it is asked again")
    eventually(lambda: says(queue[5], "gone") or says(queue[5], "over"), "the places are gone")
    assert platform.booked == 5


def test_a_place_belongs_to_a_person(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    gateway = start_gateway(platform.url, room(places=9, active=9) + "    identity: {}\n")
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    rania, twin, other = (Citizen(gateway.address(), f"127.9.2.{at}") for at in (1, 2, 3))
    for one, number in ((rania, "01234567890"), (twin, "٠١٢٣٤٥٦٧٨٩٠"), (other, "09876543210")):
        assert "asks" in one.come().text
        assert one.look()["asks"]
        said = f"identity={quote('12')}&to=/booking/"
        wrong = one.ask("/.dawr/rooms/passports/join", method="POST", body=said)
        assert (wrong.status, 'data-state="wrong"' in wrong.text) == (422, True)
        said = f"identity={quote(number)}&to=/booking/"
        joined = one.ask("/.dawr/rooms/passports/join", method="POST", body=said)
        assert joined.status == 303, joined.text
    eventually(lambda: shown(gateway)["counted"]["joined"] == 3, "all have joined")
    opened(gateway, [rania, twin, other])
    for one in (rania, twin, other):
        eventually(lambda one=one: enters(one), "in when called")

    def books(one: Citizen, number: str) -> Answer:
        return one.ask("/booking/confirm", method="POST", body=f"national_id={number}")

    refused = books(rania, "09876543210")
    assert (refused.status, 'data-state="another"' in refused.text) == (503, True)
    assert books(rania, "01234567890").status == 201
    # Busy while the first is not told of everywhere yet, then booked already; never sent on.
    assert books(twin, "01234567890").status in {409, 503}
    eventually(lambda: shown(gateway)["counted"]["booked"] == 1, "now it is")
    again = books(twin, "01234567890")
    assert (again.status, 'data-state="booked"' in again.text) == (503, True)
    assert books(other, "09876543210").status == 201
    assert platform.booked == 2


def test_a_witness_takes_part_and_one_who_cheats_does_not(
    start_gateway: StartGateway, platform: BookingPlatform, tmp_path: Path
) -> None:
    settings = room(places=9) + "    draw: {witnesses: [Bar, Press], witness_time: 1min}\n"
    later = settings.replace("prequeue: 2h", "prequeue: 1s")
    gateway = start_gateway(platform.url, later)
    opening = eventually(lambda: told(gateway).get("opening", ""), "the opening is known")

    def typed(*words: str) -> tuple[int, str]:
        done = gateway.command("draw", *words)
        return done.returncode, done.stdout + done.stderr

    commitments = {}
    for name in ("Bar", "Press"):
        made = subprocess.run(
            [*gateway_command(), "draw", "witness", "passports", opening, name,
             "--file", str(tmp_path / name)],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        commitments[name] = made.partition("commitment  ")[2].split()[0]
        assert typed("commit", "passports", opening, name, commitments[name])[0] == 0
    assert "no witness" in typed("commit", "passports", opening, "Stranger", "ab" * 32)[1]
    gateway.config.write_text(gateway.config.read_text().replace("prequeue: 1s", "prequeue: 2h"))
    assert gateway.command("reload").returncode == 0
    people = gathered(gateway, 3)
    assert "too late" in typed("commit", "passports", opening, "Bar", commitments["Bar"])[1]
    seed = ("--file", str(tmp_path / "Bar"))
    assert "not closed yet" in typed("reveal", "passports", opening, "Bar", *seed)[1]

    ordered(gateway, "open", "passports")
    eventually((gateway.state / f"rooms/passports/{opening}/closed.json").exists, "closed")
    assert (
        "is not the one it committed to"
        in typed("reveal", "passports", opening, "Bar", "ab" * 32)[1]
    )
    assert typed("reveal", "passports", opening, "Bar", *seed)[0] == 0
    assert not told(gateway)["drawn"], "the other's seed is waited for"
    assert typed("reveal", "passports", opening, "Press", "--file", str(tmp_path / "Press"))[0] == 0
    eventually(lambda: told(gateway)["drawn"] == len(people), "the draw")
    eventually(lambda: all(one.look()["number"] for one in people), "numbers")
    base = gateway.url(f"/.dawr/draw/passports/{opening}/")
    checked = subprocess.run(
        [*gateway_command(), "draw", "verify", base], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "RIGHT: 3 tickets" in checked.stdout
