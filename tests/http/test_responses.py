"""Our own answers: complete for every fault, failure and action; nothing of the client in them."""

import json

import pytest
from helpers import read_answers

from gateway.http import faults, upstream
from gateway.http import platform as backends
from gateway.http.connection import QUEUED_TOO_LONG
from gateway.http.exchange import Failure
from gateway.http.faults import Fault
from gateway.http.responses import REFUSALS, Responses
from gateway.verdict import Action, Verdict

RESPONSES = Responses()
FAULTS = [f for f in vars(faults).values() if isinstance(f, Fault) and f.status]
FAILURES = [
    QUEUED_TOO_LONG,
    *[
        f
        for module in (upstream, backends)
        for f in vars(module).values()
        if isinstance(f, Failure)
    ],
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_has_its_answer(fault: Fault) -> None:
    status, data, size = RESPONSES.fault(fault, b"id-1")
    [(got, headers, body)] = read_answers(data, ended=False)
    assert got == status == fault.status
    assert len(body) == size
    assert dict(headers)[b"connection"] == b"close"
    assert dict(headers)[b"cache-control"] == b"no-store"
    assert dict(headers)[b"x-request-id"] == b"id-1"
    assert b"id-1" in body
    assert b"\x00" not in data


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_every_failure_has_its_answer(failure: Failure) -> None:
    status, data, _ = RESPONSES.failure(failure, b"id-1")
    [(got, headers, _)] = read_answers(data, ended=False)
    assert got == status == failure.status
    assert (b"retry-after" in dict(headers)) is (status == 503)
    assert b"connection" not in dict(headers)


@pytest.mark.parametrize("action", sorted(REFUSALS, key=lambda action: action.value))
def test_every_action_that_refuses_has_its_answer(action: Action) -> None:
    status, data, _ = RESPONSES.refusal(Verdict(action, "r", 7, b"X: y\r\n"), b"id-1", 0)
    [(got, headers, _)] = read_answers(data, ended=False)
    assert got == status == REFUSALS[action][1]
    assert (dict(headers)[b"retry-after"], dict(headers)[b"x"]) == (b"7", b"y")


def test_the_table_of_refusals_is_total() -> None:
    assert set(Action) - set(REFUSALS) == {Action.ALLOW, Action.DROP, Action.DEFER}


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        (b"", False),
        (b"*/*", False),
        (b"text/html,application/json", False),
        (b"application/json", True),
        (b"application/problem+json, */*", True),
    ],
)
def test_who_wants_json_gets_it(accept: bytes, is_json: bool) -> None:
    _, data, _ = RESPONSES.refusal(Verdict(Action.LIMIT, "r", 7), b"id-1", 0, accept=accept)
    [(_, headers, body)] = read_answers(data, ended=False)
    assert (b"json" in dict(headers)[b"content-type"]) is is_json
    if is_json:
        said = json.loads(body)
        assert (said["error"], said["request_id"]) == ("limited", "id-1")
        assert said["retry_after_seconds"] == 7
        assert set(said["message"]) == {"ar", "en"}
    else:
        assert "الثواني".encode() in body
        assert b"<b>7</b>" in body


def test_head_gets_the_length_and_no_body() -> None:
    _, data, size = RESPONSES.refusal(Verdict(Action.BLOCK, "r"), b"id-1", 0, head=True)
    assert data.endswith(b"\r\n\r\n")
    assert size == 0
    _, whole, _ = RESPONSES.refusal(Verdict(Action.BLOCK, "r"), b"id-1", 0)
    assert whole.startswith(data)


def test_the_operator_s_words_are_escaped() -> None:
    own = Responses(
        messages={"maintenance": {"en": "<b>$id & back</b>"}}, contact={"ar": "اتصل <1>"}
    )
    _, data, _ = own.refusal(Verdict(Action.MAINTENANCE, "r"), b"id-1", 0)
    assert b"&lt;b&gt;$id &amp; back&lt;/b&gt;" in data
    assert "اتصل &lt;1&gt;".encode() in data
    _, data, _ = own.refusal(
        Verdict(Action.MAINTENANCE, "r"), b"id-1", 0, accept=b"application/json"
    )
    body = read_answers(data, ended=False)[0][2]
    assert json.loads(body)["message"]["en"] == "<b>$id & back</b>"


@pytest.mark.parametrize(("as_sent", "status"), [(False, 301), (True, 308)])
def test_redirects(as_sent: bool, status: int) -> None:
    got, data, _ = RESPONSES.redirect(
        b"https://a/", b"id-1", permanent_as_sent=as_sent, close=False
    )
    [(read, headers, body)] = read_answers(data, ended=False)
    assert (got, read, body) == (status, status, b"")
    assert dict(headers)[b"location"] == b"https://a/"


def test_a_telephone_number_reads_from_left_to_right_within_arabic() -> None:
    responses = Responses(contact={"ar": "للمساعدة: 011-000-0000", "en": "Help: +963 11 000"})
    _, answer, _ = responses.refusal(Verdict(Action.BLOCK, "r"), b"0123", 0, accept=b"text/html")
    page = answer.decode()
    assert '<p>للمساعدة: <bdi dir="ltr">011-000-0000</bdi></p>' in page
    assert '<p>Help: <bdi dir="ltr">+963 11 000</bdi></p>' in page
