"""The journal: all is counted, refusals are remembered, forwards only logged."""

from pathlib import Path

from helpers import OK, FakeClock, FakeDecider, Scene, a_refusal

from gateway.http.exchange import Exchange
from gateway.ledger.access_log import LogFile, combined_line
from gateway.ledger.journal import Journal
from gateway.ledger.records import Mask
from gateway.verdict import Decision

GET = b"GET /x?a=b HTTP/1.1\r\nHost: a.example\r\n\r\n"


def some(*answers: bytes) -> list[Exchange]:
    """One exchange forwarded for each of the platform's answers, and one that was no request."""
    scene = Scene()
    for answer in answers:
        scene.client().send(GET)
        scene.platform[-1].send(answer)
    scene.client().send(b"nonsense\r\n\r\n")
    return scene.ended


def test_refusals_can_be_explained_by_their_id() -> None:
    journal = Journal(FakeClock())
    journal.record(some(OK, b"nonsense\r\n\r\n"))
    assert journal.explain("test00000001") is None  # forwarded: nothing to explain
    failed = journal.explain("test00000002")
    assert failed is not None
    assert (failed["rule"], failed["fault"]) == ("platform-malformed", "status-line")
    refused = journal.explain("test00000003")
    assert refused is not None
    assert (refused["decision"], refused["fault"]) == ("refuse", "request-line")
    assert sum(journal.tally.requests.values()) == 3


def test_all_is_logged_with_the_wall_clock_s_time(tmp_path: Path) -> None:
    clock = FakeClock(wall=1_800_000_100.0)
    exchanges = some(OK)
    clock.advance(100)  # told late
    log = LogFile(tmp_path / "log")
    journal = Journal(clock)
    journal.configure(log=log, line=combined_line, mask=Mask(), places=None)
    journal.record(exchanges)
    log.close()
    lines = (tmp_path / "log").read_text("utf-8").splitlines()
    assert len(lines) == 2
    assert '[15/Jan/2027:08:01:40 +0000] "GET /x?a=*** HTTP/1.1" 200 2' in lines[0]
    assert '"nonsense" 400' in lines[1]


def test_refusals_remembered_are_bounded() -> None:
    scene = Scene(decider=FakeDecider(decision=Decision("x", a_refusal())))
    journal = Journal(FakeClock())
    scene.client().send(GET * 2_001)
    journal.record(scene.ended)
    assert journal.explain("test00000001") is None
    assert journal.explain("test00000002") is not None
