"""Bodies that a filter has to see before the platform gets anything, and what is heard of requests
afterwards."""

import pytest
from helpers import OK, FakeDecider, Scene, a_refusal, read_requests

from gateway.http.bounds import Bounds
from gateway.http.origin import PoolSettings
from gateway.request import Observer, Request, Tap
from gateway.verdict import Action, Decision

POST = b"POST /login HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\n"
CHUNKED = b"POST /login HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n"


class Heard(Observer):
    def __init__(self) -> None:
        self.told: list[str | int] = []

    def answered(self, request: Request, status: int) -> None:
        self.told.append(status)

    def ended(self, request: Request) -> None:
        self.told.append("ended")


class Asking(FakeDecider):
    """Wants `most` bytes of each body, and refuses those that hold `bad`."""

    def __init__(self, most: int = 1024, action: Action = Action.BLOCK) -> None:
        super().__init__()
        self.most = most
        self.seen: list[tuple[bytes, bool]] = []
        self.observer = Heard()
        self.refusal = Decision("rules", a_refusal(action))

    def decide(self, request: Request, standing: Decision | None) -> Decision | None:
        request.watch(self.observer)
        return None

    def wants_body(self, request: Request) -> int:
        return self.most

    def decide_body(
        self, request: Request, body: bytes, whole: bool, decided: Decision | None
    ) -> Decision | None:
        self.seen.append((body, whole))
        return self.refusal if b"bad" in body else decided

    def answered(self, request: Request, status: int) -> None:
        for one in request.observers or ():
            one.answered(request, status)

    def ended(self, request: Request) -> None:
        for one in request.observers or ():
            one.ended(request)


@pytest.mark.parametrize("head", [POST, CHUNKED], ids=["sized", "chunked"])
@pytest.mark.parametrize("by_byte", [False, True], ids=["at once", "byte by byte"])
def test_the_platform_gets_nothing_before_the_body_is_seen(head: bytes, by_byte: bool) -> None:
    decider = Asking()
    scene = Scene(decider=decider)
    client = scene.client()
    body = b"user=good" if head is POST else b"4\r\nuser\r\n5\r\n=good\r\n0\r\n\r\n"
    (client.send_by_byte if by_byte else client.send)(head + body[:-1])
    assert scene.platform == []
    client.send(body[-1:] + GET)
    assert decider.seen[0] == (b"user=good", True)
    assert [one[3] for one in read_requests(scene.forwarded)] == [b"user=good"]
    scene.platform[0].send(OK)
    assert client.statuses[0] == 200


@pytest.mark.parametrize("head", [POST, CHUNKED], ids=["sized", "chunked"])
def test_a_refused_body_reaches_nobody_and_the_connection_goes_on(head: bytes) -> None:
    scene = Scene(decider=Asking())
    client = scene.client()
    client.send(head + (b"user= bad" if head is POST else b"3\r\nbad\r\n0\r\n\r\n"))
    assert client.statuses == [403]
    assert scene.platform == []
    client.send(GET)
    assert scene.forwarded.startswith(b"GET /next")
    assert b"bad" not in scene.forwarded


def test_a_body_is_decided_on_by_its_beginning_where_it_is_longer_than_was_asked_for() -> None:
    decider = Asking(most=4)
    scene = Scene(decider=decider)
    client = scene.client()
    client.send(POST + b"user")
    assert decider.seen == []  # all that was asked for, and perhaps all there is
    client.send(b"=")
    assert decider.seen == [(b"user=", False)]
    client.send(b"good")
    assert [one[3] for one in read_requests(scene.forwarded)] == [b"user=good"]


def test_what_all_bodies_together_hold_is_bounded() -> None:
    decider = Asking()
    scene = Scene(decider=decider, bounds=Bounds(held_bodies=6))
    first, second = scene.client(), scene.client()
    first.send(POST + b"user")
    second.send(POST + b"abc")
    assert decider.seen == [(b"abc", False)]
    assert scene.plane.counts.held == 4
    assert scene.faults == ["held-bodies"]
    first.leave()
    second.send(b"defghi")
    assert scene.plane.counts.held == 0
    assert [one[3] for one in read_requests(scene.forwarded)] == [b"abcdefghi"]


def test_who_waits_to_be_told_to_send_is_told_by_us() -> None:
    decider = Asking()
    scene = Scene(decider=decider)
    client = scene.client()
    client.send(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert client.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"user=good")
    assert b"expect" not in scene.forwarded.lower()
    assert decider.seen == [(b"user=good", True)]


def test_a_body_may_lead_to_a_closed_connection() -> None:
    scene = Scene(decider=Asking(action=Action.DROP))
    client = scene.client()
    client.send(POST + b"user= bad")
    assert (client.sent, client.closed, scene.platform) == (b"", True, [])


def test_a_body_that_never_got_a_connection_does_not_ride_on_the_next_request() -> None:
    scene = Scene(dials=False, pool=PoolSettings(connections=1, waiting=1))
    client = scene.client()
    client.send(POST + b"user=good")
    scene.refuse()
    assert client.statuses == [502]
    client.send(GET)
    scene.connect()
    assert [one[1] for one in read_requests(scene.forwarded)] == [b"/next"]
    assert b"user" not in scene.forwarded


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        pytest.param("answered", [200, "ended"], id="an answer"),
        pytest.param("left", ["ended"], id="the client left"),
        pytest.param("lost", ["ended"], id="the platform gave none"),
        pytest.param("refused", ["ended"], id="a later filter refused"),
    ],
)
def test_observers_hear_of_the_platforms_answer_and_once_of_the_end(
    ends: str, told: list[str | int]
) -> None:
    decider = Asking()
    scene = Scene(decider=decider)
    client = scene.client()
    client.send(POST + (b"user= bad" if ends == "refused" else b"user=good"))
    if ends == "answered":
        scene.platform[0].send(OK)
    elif ends == "lost":
        scene.platform[0].finish()
    client.leave()
    assert decider.observer.told == told


class Kept(Tap):
    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def feed(self, data: bytes) -> None:
        self.told.append(data)

    def end(self) -> None:
        self.told.append("end")


class Tapping(Asking):
    """Has the first answer's body read."""

    def __init__(self) -> None:
        super().__init__(most=0)
        self.tap = Kept()

    def answered(self, request: Request, status: int) -> None:
        if request.path == "/login":
            request.tap = self.tap
        super().answered(request, status)

    def passed_by(self, request: Request, data: bytes, *, done: bool) -> None:
        assert request.tap is not None
        request.tap.feed(data)
        if done:
            request.tap.end()


SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'ok': 1}"
IN_CHUNKS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{'ok\r\n5\r\n': 1}\r\n0\r\n\r\n"
)
WITHOUT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("by_byte", [False, True], ids=["at once", "byte by byte"])
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(SIZED, b"{'ok': 1}", id="sized"),
        pytest.param(IN_CHUNKS, b"{'ok': 1}", id="in chunks, of which it sees nothing"),
        pytest.param(WITHOUT, b"", id="without a body"),
    ],
)
def test_a_tap_reads_an_answer_as_it_goes_by(answer: bytes, body: bytes, by_byte: bool) -> None:
    decider = Tapping()
    scene = Scene(decider=decider)
    client = scene.client().send(POST + b"user=good" + GET)
    for piece in [answer[at : at + 1] for at in range(len(answer))] if by_byte else [answer]:
        scene.platform[0].send(piece)
    assert b"".join([one for one in decider.tap.told if isinstance(one, bytes)]) == body
    assert [one for one in decider.tap.told if isinstance(one, str)] == ["end"]
    told = list(decider.tap.told)
    scene.platform[0].send(OK)
    assert client.statuses[-1] == 200
    assert decider.tap.told == told, "the next answer on the connection is nobody's business"


def test_a_tap_is_not_told_the_end_of_what_broke_off() -> None:
    decider = Tapping()
    scene = Scene(decider=decider)
    scene.client().send(POST + b"user=good")
    scene.platform[0].send(SIZED[:-1])
    scene.platform[0].reset()
    assert decider.tap.told == [SIZED[-9:-1]]
    assert decider.observer.told == [200, "ended"]
