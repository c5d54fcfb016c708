"""Records and lines of the log: what they hold, what they hide, and that nothing breaks a line."""

import json
from collections.abc import Callable

import pytest
from helpers import a_refusal, a_request, address
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import MILLISECOND
from gateway.http.exchange import Exchange, Failure
from gateway.http.faults import HEADER_BYTES, LINE_END
from gateway.ledger.access_log import combined_line, json_line
from gateway.ledger.records import Mask, Value, record
from gateway.ledger.tally import Histogram, Tally, outcome
from gateway.verdict import Action, Decision

ENDED = 1_800_000_000.1234


def an_exchange(**more: object) -> Exchange:
    """A forwarded request, answered within 7 ms."""
    exchange = Exchange(address("198.51.100.7"), 1_000)
    request = a_request(
        path="/a",
        query=b"token=secret&x",
        headers=[
            (b"user-agent", b"curl/8"),
            (b"referer", b"https://b.example/x?token=secret"),
            (b"cookie", b"session=secret"),
            (b"authorization", b"secret"),
        ],
    )
    request.peer = request.client = exchange.client
    exchange.request = request
    exchange.status = 200
    exchange.body_sent = 2
    exchange.backend = "http://10.0.0.1:8000"
    exchange.handed_over = exchange.started + MILLISECOND
    exchange.answer_started = exchange.started + 6 * MILLISECOND
    exchange.ended = exchange.started + 7 * MILLISECOND
    for name, value in more.items():
        setattr(exchange, name, value)
    return exchange


def made(exchange: Exchange, mask: Mask | None = None) -> dict[str, Value]:
    return record(exchange, outcome(exchange), ENDED, mask or Mask(), None)


def test_a_forwarded_request() -> None:
    assert made(an_exchange()) == {
        "time": 1_800_000_000.123,
        "id": "request-1",
        "client": "198.51.100.7",
        "status": 200,
        "decision": "forward",
        "method": "GET",
        "host": "a.example",
        "path": "/a",
        "query": "token=***&***",
        "http": "1.1",
        "tls": False,
        "agent": "curl/8",
        "referer": "https://b.example/x",
        "received": 0,
        "backend": "http://10.0.0.1:8000",
        "retries": 0,
        "own_ms": 1.0,
        "platform_ms": 5.0,
        "sent": 2,
        "total_ms": 7.0,
    }


def test_no_secret_is_in_any_record() -> None:
    for line in (json_line, combined_line):
        assert b"secret" not in line(made(an_exchange()))


def test_a_refusal_tells_its_rule_and_when_to_come_back() -> None:
    decision = Decision(
        "rate-limit",
        a_refusal(Action.LIMIT, "login", retry_after_seconds=7),
        (("geo", a_refusal(rule="XX")),),
    )
    told = made(an_exchange(decision=decision, status=429, answer_started=0))
    assert (told["decision"], told["filter"], told["rule"]) == ("limit", "rate-limit", "login")
    assert (told["retry_after"], told["shadow"]) == (7, ["geo:XX"])
    assert told["platform_ms"] is None


def test_the_client_s_place_is_told_where_it_is_known() -> None:
    told = record(an_exchange(), ("forward", "", ""), ENDED, Mask(), lambda _: ("SY", 29256))
    assert (told["country"], told["asn"]) == ("SY", 29256)


def test_the_peer_is_told_where_it_is_another() -> None:
    told = made(an_exchange(client=address("192.0.2.1")))
    assert (told["client"], told["peer"]) == ("192.0.2.1", "198.51.100.7")


@pytest.mark.parametrize(
    ("mask", "query", "logged"),
    [
        (Mask(), b"", ""),
        (Mask(), b"a=1&b=2", "a=***&b=***"),
        (Mask(), b"a=1=2", "a=***"),
        (Mask(), b"a=", "a=***"),
        (Mask(), b"alone&&x=1", "***&&x=***"),
        (Mask(everything=False), b"a=1&alone", "a=1&alone"),
        (Mask(everything=False, names=frozenset({"b"})), b"a=1&b=2&B=3", "a=1&b=***&B=***"),
        (Mask(everything=False, names=frozenset({"b"})), b"%62=2&alone", "%62=***&alone"),
        (Mask(everything=False, names=frozenset({"a b"})), b"a+b=2&a%20b=3", "a+b=***&a%20b=***"),
        (Mask(everything=False), b"a=\xff", "a=\\xff"),
    ],
)
def test_a_query_is_masked(mask: Mask, query: bytes, logged: str) -> None:
    assert mask.apply(query) == logged


@pytest.mark.parametrize(
    ("mask", "logged"),
    [
        (Mask(), "GET /a?***"),
        (Mask(everything=False, names=frozenset({"b"})), "GET /a?***"),
        (Mask(everything=False), "GET /a?token=secret HTTP/1.1"),
    ],
)
def test_the_line_of_an_unread_request_hides_its_query(mask: Mask, logged: str) -> None:
    exchange = an_exchange(
        request=None, line=b"GET /a?token=secret HTTP/1.1", unread_id=b"id", fault=LINE_END
    )
    told = made(exchange, mask)
    assert (told["line"], told["fault"], told["id"]) == (logged, "line-end", "id")
    assert "method" not in told


def test_the_combined_format() -> None:
    assert combined_line(made(an_exchange())) == (
        b"198.51.100.7 - - [15/Jan/2027:08:00:00 +0000] "
        b'"GET /a?token=***&*** HTTP/1.1" 200 2 "https://b.example/x" "curl/8"\n'
    )
    nothing = an_exchange(request=None, line=b"", fault=HEADER_BYTES, status=431)
    assert combined_line(made(nothing)) == (
        b'198.51.100.7 - - [15/Jan/2027:08:00:00 +0000] "-" 431 2 "-" "-"\n'
    )


@pytest.mark.parametrize(
    ("agent", "logged"),
    [
        (b'"', b'"\\""'),
        (b"\\", b'"\\\\"'),
        (b'\\"', b'"\\\\\\""'),
        (b"\t", b'"\\x09"'),
        (b"\xc2\x9b31m", b'"\\x9b31m"'),
        (b"\xc2\x85", b'"\\x85"'),
        (b"\xe2\x80\xa8", b'"\\u2028"'),
        ("متصفح".encode(), '"متصفح"'.encode()),
        (b"\xff", b'"\\\\xff"'),
    ],
)
def test_nothing_in_a_value_ends_it(agent: bytes, logged: bytes) -> None:
    exchange = an_exchange()
    assert exchange.request is not None
    exchange.request.headers = [(b"user-agent", agent)]
    assert combined_line(made(exchange)).endswith(b' "-" ' + logged + b"\n")


@pytest.mark.parametrize("line", [json_line, combined_line])
@given(st.binary(max_size=60), st.binary(max_size=30))
def test_a_record_is_one_line_whatever_came(
    line: Callable[[dict[str, Value]], bytes], first: bytes, agent: bytes
) -> None:
    unread = made(an_exchange(request=None, line=first, fault=LINE_END))
    exchange = an_exchange()
    assert exchange.request is not None
    exchange.request.headers = [(b"user-agent", agent), (b"referer", agent)]
    exchange.request.query = first
    for told in (unread, made(exchange, Mask(everything=False))):
        written = line(told)
        assert written.endswith(b"\n")
        assert not set(written[:-1]) & set(range(0x20))
        if line is json_line:
            assert json.loads(written) == told
        else:
            plain = written.replace(b"\\\\", b"").replace(b'\\"', b"")
            assert plain.count(b'"') == 6


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ("forward", "", "")),
        ({"redirected": True}, ("redirect", "", "")),
        ({"own": "challenge"}, ("own", "", "challenge")),
        ({"fault": LINE_END}, ("refuse", "", "line-end")),
        ({"failure": Failure("platform-closed", 502)}, ("error", "", "platform-closed")),
        (
            {"failure": Failure("platform-malformed", 502), "fault": LINE_END},
            ("error", "", "platform-malformed"),
        ),
        ({"decision": Decision("x", a_refusal(rule="r"))}, ("block", "x", "r")),
        ({"decision": Decision("x", a_refusal(Action.ALLOW, "r"))}, ("forward", "x", "r")),
        ({"decision": Decision("", None, (("x", a_refusal()),))}, ("forward", "", "")),
        ({"decision": Decision("x", a_refusal(Action.DROP, "r"))}, ("drop", "x", "r")),
    ],
)
def test_what_became_of_a_request_has_a_name(
    more: dict[str, object], told: tuple[str, str, str]
) -> None:
    assert outcome(an_exchange(**more)) == told


def test_the_tally_counts_outcomes_shadows_and_times() -> None:
    tally = Tally()
    shadow = Decision("", None, (("geo", a_refusal(rule="XX")),))
    for exchange in (
        an_exchange(),
        an_exchange(decision=shadow),
        an_exchange(fault=LINE_END, status=400, answer_started=0),
        an_exchange(status=0, answer_started=0),
    ):
        tally.add(exchange, outcome(exchange))
    assert tally.requests == {
        ("forward", "", "", "2xx"): 2,
        ("refuse", "", "line-end", "4xx"): 1,
        ("forward", "", "", "none"): 1,
    }
    assert tally.shadowed == {("geo", "XX"): 2 - 1}
    assert sum(tally.total.counts) == sum(tally.own.counts) == sum(tally.platform.counts) == 2
    assert tally.platform.total == 2 * 5 * MILLISECOND


@pytest.mark.parametrize(
    ("nanoseconds", "bucket"), [(0, 0), (MILLISECOND, 0), (MILLISECOND + 1, 1), (2**60, 2)]
)
def test_a_bound_holds_itself(nanoseconds: int, bucket: int) -> None:
    histogram = Histogram((0.001, 0.01))
    histogram.add(nanoseconds)
    assert histogram.counts[bucket] == 1
