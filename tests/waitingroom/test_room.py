"""A room's door and desk: who goes in, who waits, and a hundred ways round it that are none."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from rooms_scene import KEYS, WALL, House

from gateway.http.own import Learned as Deferred
from gateway.request import Request
from gateway.state.batch import BOOKING, ENTRY, JOIN, LEAVER, Learned
from gateway.verdict import Verdict
from gateway.waitingroom.room import Room
from gateway.waitingroom.tickets import Tickets, tag_of
from gateway.waitingroom.view import CLOSED, OVER, PAUSED, PREQUEUE


def state(answer: object) -> str:
    """The page's."""
    text = answer.body.decode()  # type: ignore[attr-defined]
    return str(text.partition('data-state="')[2].partition('"')[0])


def test_a_visit_from_first_contact_to_the_booking(tmp_path: Path) -> None:
    house = House()
    jar: dict[bytes, bytes] = {}
    sent = house.ask("/booking/", jar)
    assert sent is not None
    assert (sent.status, b"Location: /.dawr/rooms/passports?to=" in sent.fields) == (303, True)
    assert house.hear().joins == [], "who keeps no cookie holds no place"
    page = house.ask("/.dawr/rooms/passports", jar)
    assert state(page) == "prequeue"
    [join] = house.hear().joins
    assert (len(join), join[:16]) == (JOIN, house.hash_of(jar))

    house.draw(tmp_path, [house.joined(), jar])
    assert state(house.ask("/booking/", jar)) == "waiting"
    house.hear(serving=2, pace_low=1.0, pace_high=2.0)
    entered = house.ask("/booking/", jar)
    assert entered is not None
    assert (entered.status, b"Location: /booking/\r\n" in entered.fields) == (303, True)
    assert house.ask("/booking/", jar) is None, "inside"
    batch = house.hear()
    assert [len(one) for one in batch.entries] == [ENTRY]
    assert batch.seen == [house.hash_of(jar)]

    request = house.request("/booking/confirm", jar, method="POST")
    booking = house.room.booking(request)
    booking.answered(request, 201)
    booking.ended(request)
    assert b"pass=;" in request.fields
    assert [len(one) for one in house.hear().bookings] == [BOOKING]
    assert state(house.ask("/booking/", jar)) == "booked"


def test_a_number_travels_in_the_cookie(tmp_path: Path) -> None:
    house = House()
    jar = house.joined()
    before = dict(jar)
    house.draw(tmp_path, [jar])
    house.ask("/.dawr/rooms/passports", jar)
    assert jar[b"ticket"] != before[b"ticket"]
    house.ranks = None
    house.room.ranks = None
    assert b'"number":1,' in house.ask("/.dawr/rooms/passports", jar, accept=b"json").body  # type: ignore[union-attr]


def test_who_comes_after_the_draw_has_the_number_it_is_told(tmp_path: Path) -> None:
    house = House()
    house.draw(tmp_path, [house.joined()])
    house.hear()
    jar = house.joined()
    assert state(house.ask("/booking/", jar)) == "nonumber"
    [join] = house.hear().joins
    house.hear(numbers={join[:16]: 2})
    assert state(house.ask("/booking/", jar)) == "waiting"


def test_a_batch_that_failed_is_told_again() -> None:
    house = House()
    first = house.hash_of(house.joined())
    assert [one[:16] for one in house.room.take(2000).joins] == [first]
    house.room.failed()
    second = house.hash_of(house.joined())
    assert [one[:16] for one in house.hear().joins] == [first, second]
    assert house.hear().joins == []


def forged(house: House, jar: dict[bytes, bytes]) -> None:
    raw = bytearray(base64.urlsafe_b64decode(jar[b"pass"] + b"=="))
    raw[40] ^= 1
    jar[b"pass"] = base64.urlsafe_b64encode(raw).rstrip(b"=")


def of_another_key(house: House, jar: dict[bytes, bytes]) -> None:
    stranger = House(keys=[b"x" * 32])
    ticket = house.room.tickets.read(house.request("/", jar))
    assert ticket is not None
    line = stranger.room.passes.give(house.request("/", jar), ticket, int(WALL))
    jar[b"pass"] = line.partition(b"=")[2].partition(b";")[0]


def of_another_opening(house: House, jar: dict[bytes, bytes]) -> None:
    ticket = house.room.tickets.read(house.request("/", jar))
    assert ticket is not None
    ticket.tag = tag_of("passports", "2026-11-28")
    line = house.room.passes.give(house.request("/", jar), ticket, int(WALL))
    jar[b"pass"] = line.partition(b"=")[2].partition(b";")[0]


def of_another_room(house: House, jar: dict[bytes, bytes]) -> None:
    ticket = house.room.tickets.read(house.request("/", jar))
    assert ticket is not None
    ticket.tag = tag_of("instant", house.room.opening)
    line = house.room.passes.give(house.request("/", jar), ticket, int(WALL))
    jar[b"pass"] = line.partition(b"=")[2].partition(b";")[0]


def a_ticket_for_a_pass(house: House, jar: dict[bytes, bytes]) -> None:
    jar[b"pass"] = jar[b"ticket"]


def a_pass_made_by_the_tickets_signer(house: House, jar: dict[bytes, bytes]) -> None:
    tickets = Tickets(KEYS, house.clock, name=b"pass")
    ticket = house.room.tickets.read(house.request("/", jar))
    assert ticket is not None
    line = tickets.line(house.request("/", jar), ticket, 60)
    jar[b"pass"] = line.partition(b"=")[2].partition(b";")[0]


def on_another_device(house: House, jar: dict[bytes, bytes]) -> None:
    number, line = house.devices.given(house.request("/", {}))
    assert number
    jar[b"dawr"] = line.partition(b"=")[2].partition(b";")[0]


def without_a_device(house: House, jar: dict[bytes, bytes]) -> None:
    del jar[b"dawr"]


def after_its_idle_time(house: House, jar: dict[bytes, bytes]) -> None:
    house.clock.advance(300)
    house.room.sync_clock()


def after_it_was_ended(house: House, jar: dict[bytes, bytes]) -> None:
    house.hear(ended=[(b"b", house.hash_of(jar))])


def after_leaving(house: House, jar: dict[bytes, bytes]) -> None:
    kept = dict(jar)
    house.ask("/.dawr/rooms/passports/leave", jar, method="POST", body=b"sure=1")
    jar.update(kept)


def of_the_next_opening(house: House, jar: dict[bytes, bytes]) -> None:
    house.hear(opening="2026-11-30", phase=PREQUEUE, serving=0, drawn=0)


def cut_short(house: House, jar: dict[bytes, bytes]) -> None:
    jar[b"pass"] = jar[b"pass"][:-4]


def spelled_otherwise(house: House, jar: dict[bytes, bytes]) -> None:
    jar[b"pass"] += b"="


@pytest.mark.parametrize(
    "change",
    [
        forged, of_another_key, of_another_opening, of_another_room, a_ticket_for_a_pass,
        a_pass_made_by_the_tickets_signer, on_another_device, without_a_device,
        after_its_idle_time, after_it_was_ended, after_leaving, of_the_next_opening, cut_short,
        spelled_otherwise,
    ],
    ids=lambda change: change.__name__.replace("_", " "),
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/booking/", "/booking/confirm", "/booking/x/y"])
def test_no_pass_but_ones_own_opens_the_door(
    change: object, method: str, path: str, tmp_path: Path
) -> None:
    house = House()
    jar = house.inside(tmp_path)
    house.hear(serving=1, floor=0)
    assert house.ask("/booking/", dict(jar)) is None
    change(house, jar)  # type: ignore[operator]
    answer = house.ask(path, jar, method=method)
    assert answer is not None
    if answer.status == 303:  # a ticket that was called may come in anew: by a pass of its own
        assert b"Set-Cookie: " in answer.fields
        return
    assert answer.status == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "change",
    [of_another_opening, of_another_room, on_another_device, without_a_device, after_it_was_ended,
     of_the_next_opening],
    ids=lambda change: change.__name__.replace("_", " "),
)  # fmt: skip
def test_nor_does_a_called_ticket_of_somebody_else(
    change: object, method: str, tmp_path: Path
) -> None:
    """The number was called; the ticket is not this device's, not this opening's, or is over."""
    house = House()
    jar = house.inside(tmp_path)
    del jar[b"pass"]
    change(house, {**jar, b"pass": b""} if change is of_another_room else jar)  # type: ignore[operator]
    if change in {of_another_opening, of_another_room}:
        signer = Tickets(KEYS, house.clock, name=b"ticket")
        ticket = house.room.tickets.read(house.request("/", jar))
        assert ticket is not None
        ticket.tag = tag_of("instant", house.room.opening)
        line = signer.line(house.request("/", jar), ticket, 60)
        jar = {b"dawr": jar[b"dawr"], b"ticket": line.partition(b"=")[2].partition(b";")[0]}
    jar.pop(b"pass", None)
    for path in ("/booking/", "/.dawr/rooms/passports/enter"):
        answer = house.ask(path, jar, method=method)
        assert answer is not None
        assert b"pass=" not in answer.fields.replace(b"pass=;", b"")


@pytest.mark.parametrize(
    ("path", "method", "headers", "held"),
    [
        pytest.param("/booking/", "GET", [], True, id="guarded"),
        pytest.param("/booking/a/b", "POST", [], True, id="below it"),
        pytest.param("/booking", "GET", [], False, id="beside it"),
        pytest.param("/Booking/", "GET", [], False, id="another path, in capitals"),
        pytest.param("/booking/mine", "GET", [], False, id="left out"),
        pytest.param("/booking/", "OPTIONS", [], False, id="a method that is not guarded"),
        pytest.param("/static/site.css", "GET", [], False, id="an asset"),
        pytest.param("/booking/", "GET", [(b"x-staff", b"yes")], False, id="staff"),
        pytest.param("/booking/", "GET", [(b"x-staff", b"no")], True, id="would be staff"),
    ],
)
def test_what_is_held(
    path: str, method: str, headers: list[tuple[bytes, bytes]], held: bool
) -> None:
    answer = House().ask(path, {}, method=method, headers=headers)
    assert (answer is not None) is held


@pytest.mark.parametrize(
    ("told", "shown", "joins"),
    [
        pytest.param({"phase": CLOSED}, "closed", False, id="closed"),
        pytest.param({"phase": PAUSED, "drawn": 1}, "paused", True, id="paused"),
        pytest.param({"phase": OVER, "drawn": 1, "places": 0}, "gone", False, id="no places"),
        pytest.param({"phase": OVER, "drawn": 1, "places": 9}, "over", False, id="no time"),
    ],
)
def test_nobody_goes_in_while_it_is_not_open(
    told: dict[str, object], shown: str, joins: bool, tmp_path: Path
) -> None:
    house = House()
    jar = house.joined()
    house.draw(tmp_path, [jar])
    house.hear(**{"serving": 1, **told})
    assert state(house.ask("/booking/", jar)) == shown
    stranger: dict[bytes, bytes] = {}
    house.ask("/booking/", stranger)
    assert (b"ticket" in stranger) is joins


def test_nothing_is_known_before_the_first_word_and_the_door_is_shut() -> None:
    house = House()
    house.room.told.version = 0
    house.clock.advance(10)
    answer = house.ask("/booking/", {})
    assert state(answer) == "away"


def test_called_and_late_one_comes_in_when_there_is_room(tmp_path: Path) -> None:
    house = House()
    jar = house.joined()
    house.draw(tmp_path, [jar])
    house.hear(serving=1, floor=1, late=0.0)
    assert state(house.ask("/booking/", jar)) == "waiting"
    for _ in range(3):
        house.hear(late=10.0)
    answer = house.ask("/booking/", jar)
    assert answer is not None
    assert answer.status == 303


def test_a_pass_in_use_is_renewed_and_ends_all_the_same(tmp_path: Path) -> None:
    house = House()
    jar = house.inside(tmp_path)
    for _ in range(5):
        house.clock.advance(200)
        house.room.sync_clock()
        assert house.ask("/booking/", jar) is None
    house.clock.advance(201)
    house.room.sync_clock()
    house.hear(floor=1)
    assert house.ask("/booking/", jar) is not None, "twenty minutes are over"


def test_who_looks_too_early_is_told_so_and_costs_less(tmp_path: Path) -> None:
    house = House()
    jar = house.joined()
    first = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
    assert first is not None
    wait = json.loads(first.body)["poll_after"]
    again = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
    assert again is not None
    assert (again.status, json.loads(again.body)["early"]) == (429, True)
    house.clock.advance(wait)
    due = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
    assert due is not None
    assert due.status == 200


def test_all_together_look_no_more_often_than_the_leader_says(tmp_path: Path) -> None:
    """A thousand who wait, told to look each 50 s or so: 20 a second."""
    house = House()
    jars = [house.joined(f"198.51.{at % 250}.{at // 250 + 1}") for at in range(400)]
    house.draw(tmp_path, jars)
    house.hear(poll=50.0, poll_near=5.0, pace_low=0.1, pace_high=0.2, serving=0)
    said = []
    for jar in jars:
        answer = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
        assert answer is not None
        said.append(json.loads(answer.body)["poll_after"])
    far = sorted(said)[20:]
    assert sum(1 / one for one in far) <= len(far) / 50 * 1.3
    assert len(set(said)) > 10, "and not all at once"


def test_leaving_takes_the_cookies_and_tells(tmp_path: Path) -> None:
    house = House()
    jar = house.joined()
    house.draw(tmp_path, [jar])
    house.ask("/.dawr/rooms/passports", jar)
    unsure = house.ask("/.dawr/rooms/passports/leave", jar, method="POST")
    assert state(unsure) == "waiting"
    answer = house.ask("/.dawr/rooms/passports/leave", jar, method="POST", body=b"sure=1")
    assert state(answer) == "left"
    assert (jar[b"ticket"], jar[b"pass"]) == (b"", b"")
    [leaver] = house.hear().leavers
    assert (len(leaver), leaver[:4]) == (LEAVER, (1).to_bytes(4, "big"))
    assert house.ask("/.dawr/rooms/passports/leave", {}, method="GET").status == 405  # type: ignore[union-attr]


def test_an_end_that_was_lost_is_read_again(tmp_path: Path) -> None:
    house = House()
    jar = house.inside(tmp_path)
    house.room.ended_known = 5  # the shared state lost its list, and has one entry now
    house.room.take(2000)
    house.room.learn(Learned(None, [], {}, 1))
    assert house.room.ended_known == 0
    house.room.learn(Learned(None, [(b"x", house.hash_of(jar))], {}, 1))
    assert house.ask("/booking/", jar) is not None


@pytest.mark.parametrize(
    ("begins", "opens", "least", "most"),
    [
        pytest.param(10, 1810, 11, 41, id="soon: when it has begun"),
        pytest.param(0, 1800, 2, 31, id="now: the leader is about to say so"),
        pytest.param(600, 2400, 48, 72, id="later: within a minute"),
        pytest.param(-600, 1200, 48, 72, id="closed by hand"),
        pytest.param(5, 5, 6, 6, id="without a pre-queue: at its opening"),
    ],
)
def test_who_waits_before_a_closed_room_hears_that_it_opens(
    begins: int, opens: int, least: int, most: int
) -> None:
    house = House()
    house.hear(phase=CLOSED, begins=WALL + begins, opens=WALL + opens)
    answer = house.ask("/.dawr/rooms/passports", {}, accept=b"application/json")
    assert answer is not None
    assert least <= json.loads(answer.body)["poll_after"] <= most


def test_who_has_no_chance_hears_in_time_that_the_places_are_gone(tmp_path: Path) -> None:
    house = House()
    jars = [house.joined(f"198.51.{n // 250}.{n % 250}") for n in range(500)]
    house.draw(tmp_path, jars)
    house.hear(serving=10, pace_low=0.1, pace_high=0.2, sure=30, maybe=40, places=20, poll=5.0)
    last = house.ask("/.dawr/rooms/passports", jars[-1], accept=b"application/json")
    assert last is not None
    view = json.loads(last.body)
    assert (view["reach"], view["wait"]) == ("beyond", None)
    assert view["poll_after"] <= 100 / 4 * 1.2 + 1, "twenty more at one in five seconds"


def test_at_the_opening_not_all_ask_at_once(tmp_path: Path) -> None:
    """Whenever they looked last, their next looks lie all over the time that the polls allow."""
    house = House()
    jars = [house.joined(f"198.51.{n // 250}.{n % 250}") for n in range(500)]
    due = []
    for at, jar in enumerate(jars):
        left = 40 * at / len(jars)
        house.hear(phase=PREQUEUE, opens=WALL + left, begins=WALL - 600, poll=60.0)
        answer = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
        assert answer is not None
        due.append(json.loads(answer.body)["poll_after"] - left)
    assert min(due) >= 2, "not before the lots are drawn"
    assert max(due) <= 1.25 * 60 + 4
    assert max(sum(at <= one < at + 10 for one in due) for at in range(60)) < 500 / 60 * 10 * 1.5


@pytest.mark.parametrize(
    ("number", "wait"),
    [
        pytest.param(8, {"low": 2, "high": 7}, id="today's places reach it"),
        pytest.param(9, None, id="only if somebody does not book: nobody knows when"),
        pytest.param(12, None, id="beyond"),
    ],
)
def test_a_time_is_told_where_one_is_known(tmp_path: Path, number: int, wait: object) -> None:
    house = House()
    jars = [house.joined(f"198.51.100.{n}") for n in range(1, 13)]
    house.draw(tmp_path, jars)
    house.hear(serving=2, pace_low=1.0, pace_high=3.0, sure=8, maybe=10, places=7)
    answer = house.ask("/.dawr/rooms/passports", jars[number - 1], accept=b"application/json")
    assert answer is not None
    assert json.loads(answer.body)["wait"] == wait


def test_who_was_called_and_came_too_late_is_promised_no_time(tmp_path: Path) -> None:
    house = House()
    jar = house.joined()
    house.draw(tmp_path, [jar, house.joined()])
    house.hear(serving=2, floor=2, late=0.0, pace_low=1.0, pace_high=2.0, poll=60.0)
    answer = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
    assert answer is not None
    view = json.loads(answer.body)
    assert (view["turn"], view["before"], view["wait"]) == (False, 0, None)
    assert view["poll_after"] <= 6, "there may be room at any moment"


def test_tickets_beyond_what_can_be_handed_over_are_counted_and_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.waitingroom.room._UNTOLD", 2)
    house = House()
    jars = [house.joined(f"198.51.100.{n}") for n in range(4)]
    assert house.room.let_go == 2
    assert len(house.hear().joins) == 2
    for jar in jars:
        house.ask("/.dawr/rooms/passports", jar)
    assert house.room.let_go == 4
    assert len(house.hear().joins) == 2


def test_a_number_that_is_withdrawn_goes_in_no_more_until_it_is_given_back(tmp_path: Path) -> None:
    house = House()
    jar = house.inside(tmp_path)
    called = house.joined()
    house.hear(revoked=[1])
    answer = house.ask("/booking/", jar)
    assert (state(answer), answer and answer.status) == ("revoked", 503)
    assert house.ask("/booking/confirm", jar, method="POST") is not None
    again = house.ask("/.dawr/rooms/passports/enter", {**jar, b"pass": b""}, method="POST")
    assert again is not None
    assert b"pass=" not in again.fields, "its ticket is worth no other pass"
    told = house.ask("/.dawr/rooms/passports", jar, accept=b"application/json")
    assert told is not None
    view = json.loads(told.body)
    assert (view["done"], view["number"], view["turn"]) == ("revoked", 1, False)
    assert state(house.ask("/booking/", called)) != "revoked"
    house.hear(revoked=[])
    assert house.ask("/booking/", jar) is None


# Other origins.

APP, STRANGER = b"https://app.example", b"https://evil.example"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(APP, True, id="named"),
        pytest.param(STRANGER, False, id="another"),
        pytest.param(b"https://app.example.evil.example", False, id="begins like it"),
        pytest.param(b"http://app.example", False, id="another scheme"),
        pytest.param(b"null", False, id="null"),
        pytest.param(b"*", False, id="a star"),
        pytest.param(b"", False, id="none"),
    ],
)
def test_only_origins_that_are_named_may_read(origin: bytes, allowed: bool) -> None:
    house = House()
    headers = [(b"origin", origin)]
    for path, method in (("", "GET"), ("", "OPTIONS"), ("/join", "OPTIONS"), ("/leave", "POST")):
        answer = house.ask(
            "/.dawr/rooms/passports" + path, {}, method=method, accept=b"json", headers=headers
        )
        assert answer is not None
        lines = answer.fields.split(b"\r\n")
        assert (b"Access-Control-Allow-Origin: " + origin in lines) is allowed
        assert (b"Access-Control-Allow-Credentials: true" in lines) is allowed
        assert b"Vary: Origin" in lines, "caches know"
        if method == "OPTIONS":
            assert answer.status == (204 if allowed else 405)
            assert (b"Access-Control-Allow-Methods: GET, POST" in lines) is allowed


class Heard(Deferred):
    """Who waits for the reservation of a booking's place."""

    def __init__(self) -> None:
        self.verdict: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()

    def learned(self, request: Request, verdict: Verdict | None) -> None:
        self.verdict.set_result(verdict)


@pytest.mark.parametrize(
    ("tight", "state_answers", "refused"),
    [
        pytest.param(False, False, None, id="as many inside as places: it goes on without"),
        pytest.param(True, False, "busy", id="more inside than places: it waits"),
        pytest.param(True, True, None, id="its place is reserved"),
    ],
)
async def test_a_booking_while_the_shared_state_is_away(
    tmp_path: Path, tight: bool, state_answers: bool, refused: str | None
) -> None:
    async def reserve(_room: Room, _item: bytes, _places: int) -> str:
        if not state_answers:
            raise ConnectionError
        return ""

    house = House()
    jar = house.inside(tmp_path)
    house.hear(tight=tight)
    house.room.reserve = reserve
    heard = Heard()
    request = house.request("/booking/confirm", jar, method="POST")
    house.desk.learn(request, house.room.deferred, heard)
    verdict = await heard.verdict
    assert (None if verdict is None else verdict.reason) == refused
