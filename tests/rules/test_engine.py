"""Rules asked of requests: conditions, scores, modes, exceptions, bodies."""

from typing import Any

import pytest
from rulesets import a_rule, engine, holds, ruleset

from gateway.filters.base import BodyFilter
from gateway.http.responses import Responses
from gateway.request import Request
from gateway.rules.assembly import answers
from gateway.rules.engine import Counts
from gateway.rules.line import Made, from_line, from_model, made
from gateway.rules.models import RequestModel
from gateway.verdict import Action, Verdict


def ask(text: str, request: str | RequestModel, **more: Any) -> Verdict | None:
    """The verdict on a request, head and then body, as the chain asks."""
    return asked(engine(text, **more), made(request))


def asked(one: Any, made: Made, *, whole: bool = True) -> Verdict | None:
    verdict = one.head(made.request)
    if (verdict is None or verdict.shadow) and one.wants_body(made.request):
        verdict = one.body(made.request, made.body, whole)
    return verdict


POST = RequestModel


@pytest.mark.parametrize(
    ("when", "hit", "miss"),
    [
        ("{field: method, is: post}", "POST /x a=b", "GET /x"),
        ("{field: path, is: /admin}", "GET /Admin", "GET /admin/x"),
        ("{field: path, is: /admin, case_sensitive: true}", "GET /admin", "GET /Admin"),
        ("{field: path, starts_with: [/a, /b]}", "GET /bee", "GET /cee"),
        ("{field: path, ends_with: .php}", "GET /x.PHP", "GET /x.php/y"),
        ("{field: segments, is: .git}", "GET /a/.git/config", "GET /a/x.git"),
        ("{field: extension, in: [php, asp]}", "GET /a.b/c.asp", "GET /php/c"),
        ("{field: query, contains: 'a=1&b=2'}", "GET /?x=0&a=1&b=2", "GET /?a=1&c=3&b=2"),
        ("{field: query.q, contains: x}", "GET /?q=axb", "GET /?p=axb"),
        ("{field: form.q, contains: x}", "POST / q=axb", "POST / p=axb"),
        ("{field: json.a.b, is: '7'}", 'POST / {"a": {"b": 7}}', 'POST / {"b": 7}'),
        ("{field: json.a.b, is: x}", 'POST / {"a": [{"b": 1}, {"b": "x"}]}', 'POST / {"a": "x"}'),
        ("{field: cookie.id, matches: '^[0-9]+$'}", "GET /  Cookie: a=b; id=12", "GET /?id=1"),
        ("{field: header.x-a, is: b}", "GET /  X-A: b", "GET /  X-B: b"),
        ("{field: user_agent, contains: sqlmap}", "GET /  User-Agent: SQLmap/1", "GET /?sqlmap"),
        ("{field: any argument, contains: zz}", 'POST /?a=b {"x": "zz"}', "GET /zz"),
        ("{field: any argument, contains: zz}", "GET /a;b=zz/c", "GET /a;b=c/zz"),
        ("{field: any argument, contains: zz}", "GET /a;b=z%7a?x=1", "GET /a?x=1"),
        ("{field: any argument name, matches: '[$]ne'}", "GET /?a[$ne]=1", "GET /?a=$ne"),
        ("{field: any header, contains: '() {'}", "GET /  Referer: () { :;}", "GET /?() {"),
        ("{field: any cookie, contains: '<'}", "GET /  Cookie: a=%3C", "GET /?a=<"),
        ("{field: any query value, longer_than: 3}", "GET /?a=1234", "GET /?a=123"),
        ("{field: any argument, more_than: 1}", "GET /?a=1&a=2", "GET /?a=1"),
        ("{field: header.x-a, exists: false}", "GET /", "GET /  X-A: b"),
        ("{field: arguments.count, greater_than: 2}", "POST /?a=1 b=2&c=3", "GET /?a=1&b=2"),
        ("{field: json.depth, greater_than: 2}", 'POST / [[[1]]]', "POST / [[1]]"),
        ("{field: body.size, greater_than: 3}", "POST / abcd", "POST / abc"),
        ("{field: client.address, in_network: 198.51.100.0/24}", "GET /", POST(client="192.0.2.1")),
        ("{field: client.address, is: 192.0.2.1}", POST(client="192.0.2.1"), "GET /"),
        ("{field: client.device, is: true}", None, "GET /"),
        ("{field: tls, is: false}", "GET /", None),
        ("{field: time, between: '08:00-12:01'}", "GET /", None),
        ("{field: time, between: '12:01-12:00'}", None, "GET /"),
        ("{field: time, between: '22:00-12:01'}", "GET /", None),
        ("{field: weekday, in: [mon, tue]}", "GET /", None),
        ("{field: any upload name, ends_with: .php}", POST(upload={"name": "a.php"}), "GET /a.php"),
        ("{field: any upload type, is: image/jpeg}", POST(upload={"type": "image/jpeg"}), "GET /"),
        ("{field: any upload start, contains: '<?'}", POST(upload={"content": "x<?php"}), "GET /"),
        ("{field: upload.size, greater_than: 3}", POST(upload={"content": "1234"}), "GET /"),
        ("{field: body, contains: '<!ENTITY'}", POST(body="<!entity x>"), "POST / a=<!ENTITY"),
        ("{any: [{field: path, is: /a}, {field: path, is: /b}]}", "GET /b", "GET /c"),
        ("{all: [{field: path, is: /a}, {field: method, is: GET}]}", "GET /a", "POST /a x"),
        ("{not: {field: path, is: /a}}", "GET /b", "GET /a"),
        ("{all: [{field: path, is: /a}, {not: {field: query.q, is: x}}]}", "GET /a", "GET /a?q=x"),
        ("{field: any argument, is: 'a%41', transform: []}", "GET /?a=a%2541", "GET /?a=aA"),
        ("{field: any argument, matches: 'a.b'}", "GET /?a=a%0Ab", "GET /?a=ab"),
    ],
)  # fmt: skip
def test_conditions(
    when: str, hit: str | RequestModel | None, miss: str | RequestModel | None
) -> None:
    assert hit is None or holds(a_rule(when), hit)
    assert miss is None or not holds(a_rule(when), miss)


def test_country_and_network_are_asked_of_the_place() -> None:
    def place(address: object) -> tuple[str, int]:
        return "SY", 29256

    text = a_rule("{all: [{field: client.country, in: [sy]}, {field: client.asn, is: 29256}]}")
    assert ask(text, "GET /", place=place) is not None
    assert ask(text, "GET /") is None
    known = a_rule("{field: client.country, exists: true}")
    assert ask(known, "GET /", place=place) is not None
    assert ask(known, "GET /") is None


SCORES = a_rule("{field: query.a, is: x}", "{score: 3}", id="three") + a_rule(
    "{field: query.b, is: x}", "{score: 2}", id="two", level=2
)


@pytest.mark.parametrize(
    ("query", "level", "threshold", "rule"),
    [
        ("a=x", 1, 3, "three"),
        ("a=x", 1, 4, None),
        ("a=x&b=x", 1, 5, None),
        ("a=x&b=x", 2, 5, "three"),
        ("a=x&b=x", 2, 6, None),
        ("b=x", 2, 2, "two"),
    ],
)
def test_scores_add_up_to_a_threshold(
    query: str, level: int, threshold: int, rule: str | None
) -> None:
    verdict = ask(SCORES, f"GET /?{query}", level=level, threshold=threshold)
    assert (verdict.rule if verdict else None) == rule


def test_a_score_of_head_and_body_is_one() -> None:
    text = a_rule("{field: query.a, is: x}", "{score: 3}", id="one") + a_rule(
        "{field: form.b, is: x}", "{score: 2}", id="two"
    )
    one = engine(text)
    one.counts = counts = Counts()
    assert asked(one, from_line("POST /?a=x b=x")) is not None
    assert counts.enforced == {"one": 1, "two": 1}


def test_allow_is_asked_first_and_ends_the_asking() -> None:
    text = a_rule("{field: path, is: /x}", id="no") + a_rule(
        "{field: client.address, in_network: 198.51.100.7/32}", "allow", id="office"
    )
    assert ask(text, "GET /x") is None
    assert ask(text, RequestModel(path="/x", client="192.0.2.1")) is not None


def test_a_tag_is_seen_by_later_rules() -> None:
    text = a_rule("{field: user_agent, contains: bot}", "{tag: bot}", id="bots") + a_rule(
        "{all: [{field: tags, is: bot}, {field: path, is: /book}]}", id="no-bots"
    )
    assert ask(text, "GET /book  User-Agent: abot") is not None
    assert ask(text, "GET /book") is None


@pytest.mark.parametrize(("mode", "shadow"), [("enforce", False), ("shadow", True)])
def test_shadow_reports_and_lets_pass(mode: str, shadow: bool) -> None:
    one = engine(a_rule("{field: path, is: /x}", mode=mode))
    verdict = one.head(from_line("GET /x").request)
    assert verdict is not None
    assert verdict.shadow is shadow
    assert one.counts.shadowed == ({"the-rule": 1} if shadow else {})


def test_off_and_expired_are_not_asked() -> None:
    for more in ({"mode": "'off'"}, {"expires": "2026-12-01"}):
        assert ask(a_rule("{field: path, is: /x}", **more), "GET /x") is None
    assert ask(a_rule("{field: path, is: /x}", expires="2026-12-02"), "GET /x") is not None


def test_a_share_of_clients_grows_and_keeps_those_it_had() -> None:
    def enforced(mode: str) -> set[str]:
        one = engine(a_rule("{field: path, is: /x}", mode=mode))
        found = set()
        for number in range(2000):
            client = f"10.0.{number >> 8}.{number & 255}"
            verdict = one.head(from_model(RequestModel(path="/x", client=client)).request)
            assert verdict is not None
            if not verdict.shadow:
                found.add(client)
        return found

    tenth, half = enforced("10%"), enforced("50%")
    assert 140 < len(tenth) < 260
    assert 900 < len(half) < 1100
    assert tenth < half
    assert len(enforced("100%")) == 2000


@pytest.mark.parametrize(
    ("exception", "request_", "blocked"),
    [
        ("{path: /cms/}", "GET /cms/edit?q=<b>", False),
        ("{path: /cms/}", "GET /other?q=<b>", True),
        ("{field: query.q}", "GET /?q=<b>", False),
        ("{field: query.q}", "GET /?q=<b>&p=<b>", True),
        ("{path: /cms/, field: query.q}", "GET /cms/?q=<b>", False),
        ("{path: /cms/, field: query.q}", "GET /cms/?p=<b>", True),
        ("{path: /cms/, field: query.q}", "GET /?q=<b>", True),
        ("{client: 198.51.100.0/24}", "GET /?q=<b>", False),
        ("{client: 192.0.2.0/24}", "GET /?q=<b>", True),
    ],
)
def test_an_exception_is_as_narrow_as_it_says(exception: str, request_: str, blocked: bool) -> None:
    text = a_rule("{field: any argument, contains: '<b>'}", **{"except": f"[{exception}]"})
    assert (ask(text, request_) is not None) is blocked


# Bodies.

FORM_RULE = a_rule("{field: any argument, contains: evil}")


def test_a_body_is_wanted_only_where_a_rule_reads_one() -> None:
    request = from_line("POST / a=b").request
    assert engine(FORM_RULE).wants_body(request) == 1 << 17
    assert engine(a_rule("{field: path, is: /x}")).wants_body(request) == 0
    assert engine(FORM_RULE).wants_body(from_line("GET /").request) == 0


REFUSE = {
    "beyond": Verdict(Action.BLOCK, "beyond"),
    "unreadable": Verdict(Action.BLOCK, "unreadable"),
}


@pytest.mark.parametrize(
    ("kind", "body", "whole", "refused"),
    [
        ("application/json", b'{"a": 1', True, "unreadable"),
        ("application/json", b'{"a": 1}', True, None),
        ("application/json", b'{"a": "evil"', True, "the-rule"),
        ("application/x-www-form-urlencoded", b"a=b", False, "beyond"),
        ("application/x-www-form-urlencoded", b"a=evil", False, "the-rule"),
        ("multipart/form-data; boundary=x", b"nothing", True, "unreadable"),
        ("multipart/form-data", b"--x\r\nevil", True, "the-rule"),
        ("text/plain", b"anything", True, None),
    ],
)
def test_what_cannot_be_looked_at_is_refused_or_passed(
    kind: str, body: bytes, whole: bool, refused: str | None
) -> None:
    for refuse, rule in ((REFUSE, refused), ({}, refused if refused == "the-rule" else None)):
        one = engine(FORM_RULE, **refuse)
        request = from_line("POST / a=b").request
        request.headers = [(b"content-type", kind.encode())]
        verdict = one.body(request, body, whole)
        assert (verdict.rule if verdict else None) == rule
        expected = {"beyond", "unreadable"} & {refused} if refused != "the-rule" else set()
        assert set(one.counts.bodies) == expected


def test_a_key_that_stands_twice_hides_nothing() -> None:
    assert holds(FORM_RULE, 'POST / {"a": "evil", "a": "good"}')
    assert holds(FORM_RULE, 'POST / {"a": "good", "a": "evil"}')


def test_a_compressed_body_is_unreadable() -> None:
    one = engine(FORM_RULE, unreadable=REFUSE["unreadable"])
    example = from_line("POST / a=b")
    example.request.headers.append((b"content-encoding", b"gzip"))
    verdict = one.body(example.request, b"\x1f\x8b", True)
    assert verdict is not None
    assert verdict.rule == "unreadable"


# Limits that rules hand requests to.


class Limit(BodyFilter):
    """Refuses from the third on; remembers which bodies it saw."""

    def __init__(self) -> None:
        super().__init__("rate-limit")
        self.asked: list[bytes] = []

    def check(self, request: Request) -> Verdict | None:
        return self.check_body(request, b"", True)

    def wants_body(self, request: Request) -> int:
        return 1024

    def check_body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        self.asked.append(body)
        return Verdict(Action.LIMIT, "guesses") if len(self.asked) > 2 else None


@pytest.mark.parametrize(("request_", "body"), [("GET /?a=x", b""), ("POST / a=x", b"a=x")])
def test_a_rule_hands_a_request_to_a_limit_once(request_: str, body: bytes) -> None:
    one = engine(a_rule("{field: any argument, is: x}", "{limit: guesses}"))
    one.limits = {"guesses": (limit := Limit())}
    verdicts = [asked(one, from_line(request_)) for _ in range(3)]
    assert limit.asked == [body] * 3
    assert [one is not None for one in verdicts] == [False, False, True]
    assert verdicts[2] is not None
    assert verdicts[2].rule == "guesses"
    assert asked(one, from_line("GET /?a=y")) is None


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        ({}, 403, b"403"),
        ({"status": "404"}, 404, b"404 Not Found"),
        ({"message": "Closed until noon"}, 403, b"Closed until noon"),
        ({"message": "{ar: x-ar, en: x-en}", "status": "451"}, 451, b"x-en"),
    ],
)
def test_a_rule_answers_in_its_own_words(more: dict[str, str], status: int, told: bytes) -> None:
    text = a_rule("{field: path, is: /x}", **more)
    verdict = engine(text).head(from_line("GET /x").request)
    assert verdict is not None
    found, answer, _ = Responses(blocked=answers(ruleset(text))).refusal(verdict, b"id", 0)
    assert found == status
    assert told in answer


@pytest.mark.parametrize(
    ("request_", "field", "told"),
    [
        ("GET /a?q=my number is 123 union  select 77 from x", "query.q", "…union select 00…"),
        ("POST /a x=union select 1", "form.x", "union select 0"),
        ('POST /a {"b": {"c": "union select 12"}}', "json.b.c", "union select 00"),
    ],
)
def test_a_refusal_tells_what_was_found_and_nothing_personal(
    request_: str, field: str, told: str
) -> None:
    text = a_rule(
        "{all: [{field: path, is: /a}, {field: any argument, matches: 'union\\s+select.{0,3}'}]}"
    )
    verdict = ask(text, request_)
    assert verdict is not None
    assert (verdict.found_in, verdict.found) == (field, told)
