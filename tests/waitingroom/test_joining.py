"""What joining costs while the guard is alarmed: work, or patience; and what it buys."""

import base64
import json
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from rooms_scene import GROUPS, OPENING, House

from gateway.address import parse_address
from gateway.http.own import OwnAnswer
from gateway.waitingroom.groups import NO_HOLDER
from gateway.waitingroom.identity import Identities

ROOM = "/.dawr/rooms/passports"
PEOPLE = Identities(b"s" * 32, "passports", "[0-9]{11}", form="national_id")
RANIA = "01234567890"


def state(answer: OwnAnswer | None) -> str:
    assert answer is not None
    return answer.body.decode().partition('data-state="')[2].partition('"')[0]


def view(house: House, jar: dict[bytes, bytes]) -> dict[str, Any]:
    house.clock.advance(60)
    house.room.sync_clock()
    house.hear()
    answer = house.ask(ROOM, jar, accept=b"application/json")
    assert answer is not None
    found: dict[str, Any] = json.loads(answer.body)
    return found


def solved(challenge: dict[str, Any]) -> str:
    """As a browser does it."""
    wanted = challenge["challenge"]
    number = next(
        n
        for n in range(challenge["maxnumber"] + 1)
        if sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == wanted
    )
    said = {**{key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")},
            "number": number}  # fmt: skip
    return quote(base64.b64encode(json.dumps(said).encode()).decode())


def come(house: House, client: str = "198.51.100.7") -> dict[bytes, bytes]:
    """A visitor whose ticket has come back, and has not joined."""
    jar: dict[bytes, bytes] = {}
    house.ask("/booking/", jar, client=client)
    return jar


def hand_in(house: House, jar: dict[bytes, bytes], body: str, **more: Any) -> OwnAnswer:
    answer = house.ask(f"{ROOM}/join", jar, method="POST", body=body.encode(), **more)
    assert answer is not None
    return answer


def joined(house: House) -> list[bytes]:
    return [one[:16] for one in house.hear().joins]


@pytest.mark.parametrize(
    ("level", "always", "asked"),
    [
        pytest.param(0, False, False, id="calm"),
        pytest.param(1, False, True, id="elevated"),
        pytest.param(2, False, True, id="under attack"),
        pytest.param(0, True, True, id="always, in calm"),
    ],
)
def test_a_price_is_asked_while_the_guard_is_alarmed(level: int, always: bool, asked: bool) -> None:
    house = House(always=always)
    house.level.level = level
    jar = come(house)
    assert state(house.ask(ROOM, jar)) == ("work" if asked else "prequeue")
    assert (joined(house) == []) is asked
    told = view(house, jar)
    assert (told["kept"], told["challenge"] is not None) == (not asked, asked)


def test_more_work_is_asked_the_higher_the_level() -> None:
    house = House(always=True)
    most = []
    for level in (0, 1, 2):
        house.level.level = level
        most.append(view(house, come(house))["challenge"]["maxnumber"])
    assert most == sorted(set(most))


def test_who_was_let_in_for_nothing_is_not_asked_later() -> None:
    house = House()
    jar = come(house)
    house.level.level = 2
    assert state(house.ask(ROOM, jar)) == "prequeue"


def test_who_has_solved_it_has_joined() -> None:
    house = House(always=True)
    jar = come(house)
    answer = hand_in(house, jar, "altcha=" + solved(view(house, jar)["challenge"]), accept=b"json")
    told = json.loads(answer.body)
    assert (answer.status, told["kept"], told["challenge"]) == (200, True, None)
    assert joined(house) == [house.hash_of(jar)]
    assert state(house.ask(ROOM, jar)) == "prequeue"
    assert house.room.joining == {"solved": 1}


def test_a_form_is_answered_by_the_page() -> None:
    house = House(always=True)
    jar = come(house)
    work = solved(view(house, jar)["challenge"])
    answer = hand_in(house, jar, f"altcha={work}&to=/booking/")
    assert (answer.status, b"Location: " + ROOM.encode() in answer.fields) == (303, True)
    assert joined(house) == [house.hash_of(jar)]


def of_another(house: House, jar: dict[bytes, bytes]) -> str:
    return solved(view(house, come(house))["challenge"])


def of_another_room(house: House, jar: dict[bytes, bytes]) -> str:
    other = House(name="instant", always=True)
    assert other.room.price is not None
    return solved(json.loads(other.room.price.work(house.hash_of(jar), house.room.wall(
        house.request("/", jar)))))  # fmt: skip


def too_late(house: House, jar: dict[bytes, bytes]) -> str:
    found = solved(view(house, jar)["challenge"])
    house.clock.advance(601)
    house.room.sync_clock()
    house.hear()
    return found


def wrong_number(house: House, jar: dict[bytes, bytes]) -> str:
    challenge = view(house, jar)["challenge"]
    said = json.loads(base64.b64decode(solved(challenge).replace("%3D", "=")))
    said["number"] += 1
    return quote(base64.b64encode(json.dumps(said).encode()).decode())


def spent(house: House, jar: dict[bytes, bytes]) -> str:
    work = solved(view(house, jar)["challenge"])
    hand_in(house, dict(jar), f"altcha={work}")
    house.hear()
    house.room._joins.clear()
    return work


@pytest.mark.parametrize(
    "work",
    [of_another, of_another_room, too_late, wrong_number, spent, lambda *_: "",
     lambda *_: "x" * 9000],
    ids=["of another", "of another room", "too late", "wrong", "spent", "none", "rubbish"],
)  # fmt: skip
def test_a_solution_is_good_once_for_its_own_ticket(work: Any) -> None:
    house = House(always=True)
    jar = come(house)
    answer = hand_in(house, jar, f"altcha={work(house, jar)}", accept=b"application/json")
    assert (answer.status, json.loads(answer.body)["kept"]) == (403, False)
    assert joined(house) == []
    assert json.loads(answer.body)["challenge"] is not None, "another may be tried"


@pytest.mark.parametrize(
    ("seconds", "query", "joins"),
    [
        pytest.param(15, "wait=1", True, id="the pause is over"),
        pytest.param(14, "wait=1", False, id="a second before"),
        pytest.param(15, "", False, id="not by that link: it may be working"),
        pytest.param(15, "auto=1", True, id="looking by itself"),
    ],
)
def test_without_javascript_one_joins_after_a_pause(seconds: int, query: str, joins: bool) -> None:
    house = House(always=True)
    jar = come(house)
    house.clock.advance(seconds)
    house.hear()
    answer = house.ask(ROOM, jar, query=query.encode())
    assert state(answer) == ("prequeue" if joins else "work")
    assert (joined(house) == [house.hash_of(jar)]) is joins
    assert state(house.ask(ROOM, jar)) == state(answer), "and stays so"


@pytest.mark.parametrize("how", ["solved", "waited", "free"])
def test_who_waited_is_drawn_with_the_network(how: str) -> None:
    """Where a number would give a place of its own, the work is what it costs."""
    house = House(identities=PEOPLE, always=how != "free")
    jar = come(house)
    body = f"identity={RANIA}"
    assert state(house.ask(ROOM, jar)) == "asks"
    if how == "solved":
        body += "&altcha=" + solved(view(house, jar)["challenge"])
    assert hand_in(house, jar, body).status == 303
    if how == "waited":
        assert joined(house) == []
        house.clock.advance(15)
        house.hear()
        house.ask(ROOM, jar, query=b"wait=1")
    [join] = house.hear().joins
    client = parse_address("198.51.100.7")
    assert client is not None
    ticket, person = join[:16], PEOPLE.of(RANIA, OPENING)
    network = GROUPS.of(client, OPENING, ticket)
    alone = GROUPS.of_person(person, OPENING, ticket, NO_HOLDER)
    assert join[16:] == (network if how == "waited" else alone)


def test_work_that_was_done_while_a_wrong_number_was_typed_is_not_lost() -> None:
    house = House(identities=PEOPLE, always=True)
    jar = come(house)
    work = solved(view(house, jar)["challenge"])
    wrong = hand_in(house, jar, f"identity=12&altcha={work}")
    assert (wrong.status, state(wrong)) == (422, "wrong")
    assert hand_in(house, jar, f"identity={RANIA}").status == 303
    assert joined(house) == [house.hash_of(jar)]
