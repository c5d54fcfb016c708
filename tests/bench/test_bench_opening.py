"""The booking day: who comes, who is asked what, and what follows from what became of them."""

import gzip
import json
import random
import socket
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench import defences
from bench.chances import NEVER, Look, Outcome, Person
from bench.configs import Place
from bench.day import BROKER, CARRIER, DIRECT, DRAW, FIRST, OWN, Day
from bench.opening import DRAWN, FIRST_COME, goals_of, tables_of
from bench.stage import opening_after, opens_of, zone_of_eight
from bench.visitors import ABSENT, LOST
from bench.waiters import view_in
from bench.wire import CLOSED, LATE, TURNED_AWAY, Wire
from gateway.config import load
from gateway.settings.rooms import RoomModel

DAY = Day()
PLACE = Place(port=21_000, origin=22_000, folder=Path("/tmp/peer"))


def test_everybody_has_an_address_and_some_share_theirs() -> None:
    sources = DAY.sources()
    kinds = [DAY.kind_of(number) for number in range(DAY.people)]
    assert len(sources) == DAY.people == 32_000
    assert Counter(kinds) == {OWN: 8000, CARRIER: 12_000, BROKER: 12_000}
    by_kind = {kind: Counter() for kind in (OWN, CARRIER, BROKER)}
    for kind, source in zip(kinds, sources, strict=True):
        by_kind[kind][source] += 1
    assert set(by_kind[OWN].values()) == {1}
    assert set(by_kind[CARRIER]) == set(DAY.networks())
    assert set(by_kind[BROKER].values()) == {DAY.bots}
    assert len(by_kind[BROKER]) == DAY.offices * DAY.addresses
    assert sum(map(len, by_kind.values())) == len(set(sources)), "no address is of two kinds"


@pytest.mark.parametrize("citizens", [200, 500, 2000, 20_000])
def test_a_smaller_day_is_the_same_day(citizens: int) -> None:
    day = DAY.scaled(citizens)
    assert day.customers / day.citizens == pytest.approx(0.6, rel=0.25)
    assert day.places / day.citizens == pytest.approx(0.1, rel=0.2)
    assert day.cell() * 20 == day.places
    assert Day.read(day.as_json()) == day


@pytest.mark.parametrize(("surplus", "cell"), [(1.0, 100), (1.1, 110), (1.001, 101)])
def test_a_platform_has_more_places_behind_a_room(surplus: float, cell: int) -> None:
    assert DAY.cell(surplus) == cell


def test_bots_come_first_wherever_that_is_worth_something() -> None:
    chance = random.Random(1)
    for mode in (DIRECT, FIRST, DRAW):
        bots = [DAY.comes(BROKER, mode, chance) for _ in range(300)]
        citizens = [DAY.comes(OWN, mode, chance) for _ in range(300)]
        assert sum(bots) < sum(citizens)
        assert min(citizens) >= (-DAY.prequeue if mode == DRAW else 0.0)
    assert all(-DAY.prequeue < one <= -DAY.prequeue + 5 for one in bots)
    late = sum(one > 0 for one in citizens) / len(citizens)
    assert late == pytest.approx(DAY.late, abs=0.05)


@pytest.mark.parametrize("hour", range(24))
def test_the_opening_is_in_the_morning_somewhere(hour: int) -> None:
    opens = datetime(2026, 11, 25, hour, 59, tzinfo=UTC)
    zone = zone_of_eight(opens)
    local = opens.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (8, 59)
    told = opens_of(opens, 40.0)
    assert told["also"] == [f"{local:%Y-%m-%d %H:%M}"]


@pytest.mark.parametrize(
    ("now", "prequeue", "minute"),
    [
        pytest.param(0.0, 40.0, 1, id="in time for the next minute"),
        pytest.param(10.0, 40.0, 2, id="not any more"),
        pytest.param(10.0, 0.0, 1, id="without a pre-queue it is"),
    ],
)
def test_the_next_minute_for_which_all_are_ready(now: float, prequeue: float, minute: int) -> None:
    assert opening_after(now, prequeue).timestamp() == minute * 60


@pytest.mark.parametrize("draw", [True, False])
def test_the_room_that_is_played_is_one(draw: bool, tmp_path: Path) -> None:
    opens = opens_of(datetime(2026, 11, 25, 10, 1, tzinfo=UTC), 40.0 if draw else 0.0)
    text = defences.room(PLACE, 23_000, DAY, opens, workers=2, draw=draw)
    file = tmp_path / "gateway.yaml"
    file.write_text(text, "utf-8")
    room: RoomModel = load(file, files=False).settings.rooms[0]
    assert (room.quota is not None and room.quota.places, room.polls) == (2000, 2000)
    assert [len(one.networks) for one in room.draw.shares] == ([64] if draw else [])


# What follows from what the visitors tell.


def person(kind: int, *, booked: float | None = None, over: float | None = None, flags: int = 0,
           refusals: int = 0, number: int = 0) -> Person:  # fmt: skip
    return Person(kind, -1.0, booked, booked, over, number, flags, refusals)


def outcome(*people: Person, **more: Any) -> Outcome:
    booked = sum(one.booked is not None for one in people)
    values: dict[str, Any] = {
        "day": DAY, "people": list(people), "pages": [], "refusals": Counter(),
        "polls": Counter(), "said": [], "taken": booked, **more,
    }  # fmt: skip
    return Outcome(**values)


MIXED = outcome(
    person(OWN, booked=10.0),
    person(OWN, over=31.0),
    person(CARRIER, booked=30.0),
    person(CARRIER, flags=ABSENT),
    person(CARRIER, over=34.0, refusals=2),
    person(CARRIER, over=33.0, flags=LOST),
    person(BROKER, booked=5.0),
    person(BROKER, booked=6.0),
    person(BROKER),
    person(BROKER, over=30.5),
)


def test_who_got_a_place() -> None:
    assert (MIXED.share(OWN, CARRIER), MIXED.share(BROKER)) == (50, 50)
    assert (MIXED.chance(OWN), MIXED.chance(CARRIER)) == (50, 25)
    assert MIXED.ratio() == 2
    assert MIXED.advantage() == pytest.approx(50 / (2 / 6 * 100))
    assert MIXED.wrongly() == pytest.approx(1 / 6 * 100)
    assert MIXED.flagged(LOST) == 1


def test_nobody_and_nothing() -> None:
    nobody = outcome()
    assert (nobody.ratio(), nobody.advantage(), nobody.errors()) == (1.0, 1.0, 0.0)
    assert (nobody.last_place(), nobody.p99()) == (NEVER, NEVER)
    only_bots = outcome(person(OWN), person(CARRIER), person(BROKER, booked=1.0))
    assert only_bots.advantage() == NEVER
    assert outcome(person(OWN, booked=1.0), person(CARRIER)).ratio() == NEVER


def test_when_it_was_over_and_who_knew() -> None:
    assert (MIXED.last_place(), MIXED.over_at()) == (30, 30)
    assert MIXED.told_over(0.0) == 0.5
    assert MIXED.told_over(1.0) == NEVER, "one was never told"
    looks = [Look(29.0, "open", 0, 0, 0, 0, 1), Look(30.8, "over", 0, 0, 0, 0, 1)]
    seen = replace(MIXED, looks=looks)
    assert seen.over_at() == 30.8
    assert seen.told_over(0.0) == 0, "who knew before the leader said it"


def test_what_the_platform_did() -> None:
    pages = [(0.0, OWN, 200, 0.5), (0.2, OWN, 201, 0.1), (0.9, OWN, 409, 0.3), (1.0, OWN, 503, 9.0),
             (1.5, BROKER, LATE, 10.0), (1.6, BROKER, 429, 0.1)]  # fmt: skip
    found = outcome(pages=pages)
    assert found.busiest() == 2
    assert found.errors() == pytest.approx(2 / 6 * 100)
    assert found.p99() == 500


LOOKS = [Look(at, "open", at * 10, 0, 0, 0, 1.0) for at in range(21)]  # ten numbers a second


@pytest.mark.parametrize(
    ("low", "high", "right"),
    [
        pytest.param(5, 10, 100, id="within"),
        pytest.param(9, 10, 100, id="a second early, as a leader's step is"),
        pytest.param(10, 12, 0, id="too early"),
        pytest.param(3, 7, 100, id="a second late"),
        pytest.param(3, 6, 0, id="too late"),
    ],
)
def test_a_range_that_was_told_holds_or_does_not(low: int, high: int, right: float) -> None:
    """Number 100 is called after ten seconds; it is told so at the second."""
    found = outcome(
        looks=LOOKS, said=[(2.0, 100, low, high, "likely"), (2.0, 101, -1, -1, "likely")]
    )
    assert found.called_at(100) == 10
    assert found.ranges_right() == right
    assert found.ranges_in_vain() == 0


def test_numbers_that_are_never_called() -> None:
    said = [
        (1.0, 150, 10, 20, "likely"),
        (1.0, 300, 20, 40, "unsure"),
        (1.0, 190, 15, 20, "unsure"),
        (1.0, 900, 90, 99, "beyond"),
    ]
    found = outcome(looks=LOOKS, said=said)
    assert found.ranges_in_vain() == pytest.approx(100 / 3)
    assert [found.reached(one) for one in ("likely", "unsure", "beyond")] == [100, 50, 0]
    assert found.ranges_right() == 100


def test_polls_over_ten_seconds() -> None:
    found = replace(MIXED, polls=Counter({-5: 100, 0: 30, 5: 70, 29: 20, 40: 500}))
    assert found.polls_mean() == 120 / 30
    assert found.polls_most() == 50


def test_what_all_parts_tell_is_added_up() -> None:
    part = {
        "people": [[OWN, 0.0, 1.0, 2.0, None, 7, 0, 0]], "pages": [[0.5, OWN, 200, 0.1]],
        "refusals": {"bot poll 403": 1}, "polls": {"-3": 2}, "said": [[1.0, 7, 1, 2, "likely"]],
        "early": 1, "starved": 0, "driver": 1.5,
    }  # fmt: skip
    found = Outcome.of(DAY, [part, json.loads(json.dumps(part))], 2)
    assert (len(found.people), found.polls, found.driver) == (2, Counter({-3: 4}), 3.0)
    assert found.refusals == Counter({"bot poll 403": 2})
    assert found.people[0].number == 7


def test_tables_and_goals() -> None:
    best = outcome(person(BROKER, booked=9.0))
    drawn = outcome(*[person(OWN, booked=20.0)] * 40, *[person(CARRIER, booked=20.0)] * 40,
                    person(BROKER), looks=LOOKS)  # fmt: skip
    drawn.cpu = {"worker": 3.0, "cast": 1.0}
    outcomes = {"no gateway": MIXED, FIRST_COME: MIXED, DRAWN: drawn}
    who, how, truth = tables_of(DAY, outcomes, best, {DRAWN: ""}, 2)
    assert [row.peer for row in who.rows] == list(outcomes)
    assert [row.peer for row in truth.rows] == [FIRST_COME, DRAWN], "of rooms alone"
    assert "polls" not in how.rows[0].values
    assert how.rows[0].values["over_all"] == "never"
    assert truth.rows[1].values["worker"] == 3.0
    assert "right." in truth.how
    by_name = {goal.what: goal for goal in goals_of(DAY, outcomes, best, {DRAWN: "a rank"})}
    assert not by_name[f"{DRAWN}: faults that verify_draw.py finds"].reached
    assert by_name[f"{DRAWN}: last place behind the platform's own best"].value == 11
    assert by_name[f"{DRAWN}: brokers' advantage"].reached
    assert not by_name[f"{FIRST_COME}: citizens refused"].reached
    beyond = replace(drawn, taken=DAY.places + 1)
    goals = {goal.what: goal for goal in goals_of(DAY, {DRAWN: beyond}, best, {})}
    assert not goals[f"{DRAWN}: places beyond the quota"].reached


# The wire.


@pytest.mark.parametrize("packed", [True, False])
def test_what_a_page_says_is_read_as_its_script_does(packed: bool) -> None:
    page = b'<p>\xd9\x85<script type="application/json" id="view">{"turn":true}</script></p>'
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip" if packed else b"HTTP/1.1 200 OK"
    assert view_in(head, gzip.compress(page) if packed else page) == {"turn": True}
    assert view_in(head, gzip.compress(b"no page") if packed else b"no page") is None


ANSWERS = {
    b"/whole": b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
    b"/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
    b"/silent": b"",
}


@pytest.fixture
def server() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as door:
        held = []

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                answer = ANSWERS[line.recv(4096).split(b" ")[1]]
                if answer:
                    line.sendall(answer)
                    line.close()
                else:
                    held.append(line)

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        for line in held:
            line.close()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param(b"/whole", 201, b"ok", id="a whole answer"),
        pytest.param(b"/cut", CLOSED, b"", id="cut in its middle"),
        pytest.param(b"/silent", LATE, b"", id="none in time"),
    ],
)
def test_a_request_has_one_answer(server: int, path: bytes, status: int, body: bytes) -> None:
    wire = Wire(server, time.monotonic(), 5.0)
    got: list[tuple[int, bytes]] = []

    def answered(status: int, head: bytes, body: bytes) -> None:
        got.append((status, body))
        wire.end()

    wire.at(0.0, lambda: wire.ask("127.9.8.7", b"GET %b HTTP/1.1\r\n\r\n" % path, 0.2, answered))
    wire.run()
    assert got == [(status, body)]


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    wire = Wire(port, time.monotonic(), 2.0)
    got: list[int] = []
    wire.ask("127.9.8.7", b"GET / HTTP/1.1\r\n\r\n", 1.0, lambda status, *_: got.append(status))
    wire.at(0.2, wire.end)
    wire.run()
    assert got == [TURNED_AWAY]
