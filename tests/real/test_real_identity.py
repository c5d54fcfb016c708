"""A person with two devices, an operator who withdraws a number: with real processes, and a gateway
of messages that keeps what it was sent."""

import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlencode

import pytest
from citizens import Answer, BookingPlatform, Citizen
from running import RunningGateway, StartGateway, eventually
from test_real_rooms import enters, opened, ordered, room, shown, told

pytestmark = pytest.mark.real
SECRET = "a secret of the ministry's"
RANIA, SAMI = "01234567890", "09876543210"


class Messages:
    """The ministry's gateway: `sent` are what was posted to it; `fails` with each."""

    def __init__(self) -> None:
        messages = self
        self.sent: list[dict[str, Any]] = []
        self.fails = False

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                at, _, mac = self.headers["Dawr-Signature"].removeprefix("t=").partition(",v1=")
                right = hmac.digest(SECRET.encode(), at.encode() + b"." + body, "sha256").hex()
                if mac == right and not messages.fails:
                    messages.sent.append(json.loads(body))
                self.send_response(503 if messages.fails else 202 if mac == right else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/send"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def platform() -> Iterator[BookingPlatform]:
    with BookingPlatform() as running:
        yield running


@pytest.fixture
def messages() -> Iterator[Messages]:
    with Messages() as running:
        yield running


def state(answer: Answer) -> str:
    return answer.text.partition('data-state="')[2].partition('"')[0]


def join(one: Citizen, **said: str) -> Answer:
    body = urlencode(said)
    return one.ask("/.dawr/rooms/passports/join", method="POST", body=body)


def states(one: Citizen) -> set[str]:
    """Whichever worker is asked."""
    return {state(one.come()) for _ in range(6)}


def arrive(gateway: RunningGateway, source: str, number: str) -> tuple[Citizen, Answer]:
    one = Citizen(gateway.address(), source)
    assert state(one.come()) == "asks"
    return one, join(one, identity=number)


def test_a_person_goes_on_on_another_device(
    start_gateway: StartGateway, platform: BookingPlatform, messages: Messages
) -> None:
    identity = f'    identity: {{confirm: {{url: "{messages.url}", secret: "{SECRET}"}}}}\n'
    gateway = start_gateway(platform.url, room(places=9, active=9) + identity)
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    phone, joined = arrive(gateway, "127.9.3.1", RANIA)
    assert (joined.status, messages.sent) == (303, []), "the first device needs no code"
    sami, _ = arrive(gateway, "127.9.3.2", SAMI)
    eventually(lambda: shown(gateway)["counted"]["joined"] == 2, "both have joined")
    numbers = opened(gateway, [phone, sami])

    messages.fails = True
    desk, unsent = arrive(gateway, "127.9.3.3", "٠١٢٣٤٥٦٧٨٩٠")
    assert (unsent.status, state(unsent)) == (503, "unsent"), "told as it is"
    messages.fails = False
    asked = join(desk, identity=RANIA)
    assert (asked.status, state(asked)) == (409, "code")
    [message] = messages.sent
    assert {key: message[key] for key in ("version", "room", "number", "expires_in")} == {
        "version": 1, "room": "passports", "number": RANIA, "expires_in": 600,
    }  # fmt: skip
    assert states(desk) == {"code"}, "it is waited for, whichever worker is asked"
    wrong = f"{(int(message['code']) + 1) % 1_000_000:06}"
    assert state(join(desk, code=wrong)) == "miscoded"
    assert join(desk, code=message["code"]).status == 303
    assert desk.look()["number"] == numbers[0], "the same place"
    eventually(lambda: states(phone) == {"elsewhere"}, "the other device pauses")
    assert not enters(phone)
    eventually(lambda: enters(desk), "in when called")

    here = phone.ask("/.dawr/rooms/passports/here", method="POST", body="to=/booking/")
    assert here.status == 303
    eventually(lambda: states(desk) == {"elsewhere"}, "and the other way round, without a code")
    assert desk.ask("/booking/confirm", method="POST", body=f"national_id={RANIA}").status == 503
    eventually(lambda: enters(phone), "it goes on")
    booked = phone.ask("/booking/confirm", method="POST", body=f"national_id={RANIA}")
    assert booked.status == 201
    assert platform.booked == 1
    kept = b"".join(one.read_bytes() for one in gateway.state.rglob("*") if one.is_file())
    assert RANIA.encode() not in kept + gateway.log().encode(), "the number is nowhere kept"


def test_the_platforms_session_says_who_it_is(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    identity = "    identity: {session: {header: X-Person}}\n"
    gateway = start_gateway(platform.url, room(places=9, active=9) + identity)
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    phone = Citizen(gateway.address(), "127.9.6.1")
    assert state(phone.come()) == "signin"
    assert state(join(phone, identity=RANIA)) != "prequeue", "nobody is asked"
    assert state(phone.come()) == "signin"
    signed_in = phone.ask(f"/login?{RANIA}")
    assert (signed_in.text, signed_in.person) == ("ok", None), "the client never sees the number"
    assert phone.look()["kept"], "no form"
    eventually(lambda: shown(gateway)["counted"]["joined"] == 1, "joined")
    [number] = opened(gateway, [phone])
    desk = Citizen(gateway.address(), "127.9.6.2")
    desk.come()
    desk.ask(f"/login?{RANIA}")
    assert desk.look()["number"] == number, "the same place, without a code"
    eventually(lambda: states(phone) == {"elsewhere"}, "the other device pauses")
    eventually(lambda: enters(desk), "in when called")
    other = desk.ask("/booking/confirm", method="POST", body=f"national_id={SAMI}")
    assert (other.status, state(other)) == (503, "another")
    own = desk.ask("/booking/confirm", method="POST", body=f"national_id={RANIA}")
    assert own.status == 201


def test_codes_and_tries_are_few(
    start_gateway: StartGateway, platform: BookingPlatform, messages: Messages
) -> None:
    identity = f'    identity: {{confirm: {{url: "{messages.url}", secret: "{SECRET}"}}}}\n'
    gateway = start_gateway(platform.url, room(places=9) + identity)
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    arrive(gateway, "127.9.4.1", RANIA)
    thief, asked = arrive(gateway, "127.9.4.2", RANIA)
    assert state(asked) == "code"
    wrong = f"{(int(messages.sent[0]['code']) + 1) % 1_000_000:06}"
    assert [state(join(thief, code=wrong)) for _ in range(6)] == ["miscoded"] * 5 + ["nomore"]
    assert state(thief.come()) == "asks"
    others = [arrive(gateway, f"127.9.4.{at}", RANIA)[1] for at in (3, 4, 5)]
    assert [state(one) for one in others] == ["code", "code", "nomore"]
    assert len(messages.sent) == 3


def test_a_number_is_withdrawn_at_all_workers(
    start_gateway: StartGateway, platform: BookingPlatform
) -> None:
    gateway = start_gateway(platform.url, room(places=9, active=9))
    eventually(lambda: told(gateway).get("phase") == 1, "the pre-queue")
    one = Citizen(gateway.address(), "127.9.5.1")
    one.come()
    assert one.look()["kept"]
    eventually(lambda: shown(gateway)["counted"]["joined"] == 1, "joined")
    assert gateway.command("room", "revoke", "passports", "1").returncode != 0, "no numbers yet"
    opened(gateway, [one])
    eventually(lambda: enters(one), "in when called")
    assert "1 to 1" in gateway.command("room", "revoke", "passports", "2").stderr
    ordered(gateway, "revoke", "passports", "1")
    eventually(lambda: states(one) == {"revoked"}, "at all workers")
    assert one.book() == 503
    ordered(gateway, "restore", "passports", "1")
    eventually(lambda: enters(one), "it was a mistake")
    audit = (gateway.state / "audit.log").read_text("utf-8")
    assert "room revoke" in audit
    assert "room restore" in audit
