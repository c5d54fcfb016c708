"""Limits on real counters: costs, answers, actions, and what a refusal means to other limits."""

from typing import Any

import pytest
from helpers import a_request

from gateway.chain import Chain, Errors
from gateway.clock import SECOND, Clock
from gateway.filters.base import PassCheck
from gateway.filters.concurrency_limit import ConcurrencyLimit
from gateway.filters.keys import ClientPart, CompositeKey, DevicePart, FormPart
from gateway.filters.limit import Limit, Match
from gateway.filters.rate_limit import Costs, RateLimit
from gateway.request import SIZED, Request
from gateway.state.concurrency import Concurrency
from gateway.state.gcra import Gcra
from gateway.verdict import Action

NOW = 1_000 * SECOND
HOUR = 3600 * SECOND


def limit(rule: str = "limit", burst: int = 5, **more: Any) -> RateLimit:
    """So many at once, and next to nothing afterwards."""
    counters = Gcra(events=1, per=HOUR, burst=burst)
    return RateLimit(rule, counters, burst=burst, window=60, **more)


def together(*limits: Limit) -> Chain:
    for one in limits:
        one.stand_among([*limits])
    return Chain([*limits], Errors(Clock()))


def ask(chain: Chain, request: Request, status: int | None = 200) -> str:
    """The rule that refused; else "", and the platform's answer is heard, and it is over."""
    decision = chain.decide(request, None)
    if (decision is None or decision.verdict is None) and chain.wants_body(request):
        decision = chain.decide_body(request, BODIES[request.id], True, decision)
    refused = decision is not None and decision.verdict is not None
    if not refused and status is not None:
        chain.answered(request, status)
    if status is not None:
        chain.ended(request)
    return decision.verdict.rule if refused and decision and decision.verdict else ""


BODIES: dict[bytes, bytes] = {}


def a_login(name: str, client: str = "192.0.2.1") -> Request:
    body = f"username={name}".encode()
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = a_request(method="POST", path="/login", client=client, headers=headers)
    request.body, request.content_length, request.id = SIZED, len(body), body
    BODIES[body] = body
    return request


def by_account(**more: Any) -> RateLimit:
    return limit(
        "account", key=CompositeKey("account", [FormPart("username")], body_bytes=1000), **more
    )


def granted(chain: Chain, requests: list[Request], status: int = 200) -> int:
    return sum(ask(chain, one, status) == "" for one in requests)


# Costs.


@pytest.mark.parametrize(
    ("status", "served"),
    [
        pytest.param(200, 30, id="what is answered well costs one"),
        pytest.param(401, 3, id="a failed one costs ten"),
        pytest.param(304, 30, id="and costs nothing where the settings say so"),
    ],
)
def test_an_exchange_costs_by_its_answer(status: int, served: int) -> None:
    costs = Costs(answers={401: 10, 304: 0})
    chain = together(limit(burst=30, costs=costs))
    requests = [a_request() for _ in range(served)]
    assert granted(chain, requests, status) == served
    assert (ask(chain, a_request()) == "") is (status == 304)


def test_what_costs_only_by_its_answer_is_refused_when_no_room_is_left() -> None:
    chain = together(limit(burst=30, costs=Costs(0, answers={401: 10})))
    assert granted(chain, [a_request() for _ in range(100)], 200) == 100
    assert granted(chain, [a_request() for _ in range(9)], 401) == 3
    assert ask(chain, a_request()) == "limit"


def test_requests_cost_by_path() -> None:
    costs = Costs(1, ((Match(paths=("/report",)), 5), (Match(paths=("/re",)), 2)))
    chain = together(limit(burst=10, costs=costs))
    assert granted(chain, [a_request(path="/report/1"), a_request(path="/red")]) == 2
    assert granted(chain, [a_request() for _ in range(9)]) == 3


def test_answers_of_ours_cost_nothing_more() -> None:
    """Nobody tells of an answer that is not the platform's: what was paid stays paid."""
    chain = together(limit(burst=30, costs=Costs(answers={401: 10})))
    for _ in range(30):
        assert ask(chain, a_request(), None) == ""
    assert ask(chain, a_request()) == "limit"


def test_only_answers_are_counted_and_the_next_request_is_refused() -> None:
    chain = together(limit(burst=3, costs=Costs(counted=frozenset({404}))))
    assert granted(chain, [a_request() for _ in range(50)], 200) == 50
    assert granted(chain, [a_request() for _ in range(5)], 404) == 3
    assert ask(chain, a_request()) == "limit"
    assert ask(chain, a_request(client="192.0.2.9"), 404) == ""


@pytest.mark.parametrize(("statuses", "served"), [((403,), 3), ((404,), 3), ((403, 404), 5)])
def test_each_status_has_its_own_counter(statuses: tuple[int, ...], served: int) -> None:
    key = CompositeKey("limit", [ClientPart()], body_bytes=1)
    costs = Costs(counted=frozenset({403, 404}), apart=True)
    chain = together(limit(burst=3, key=key, costs=costs))
    refused = 0
    for number in range(20):
        refused += ask(chain, a_request(), statuses[number % len(statuses)]) != ""
    assert 20 - refused == served


def test_what_was_under_way_is_owed_and_no_more_than_a_burst() -> None:
    chain = together(limit(burst=3, costs=Costs(counted=frozenset({404}))))
    under_way = [a_request() for _ in range(100)]
    assert all(ask(chain, one, None) == "" for one in under_way)
    for one in under_way:
        chain.answered(one, 404)
    assert ask(chain, a_request()) == "limit"
    assert ask(chain, a_request(now=NOW + 3 * HOUR - 1)) == "limit"
    assert ask(chain, a_request(now=NOW + 4 * HOUR)) == ""


# Actions.


@pytest.mark.parametrize("action", [Action.LIMIT, Action.BLOCK, Action.CHALLENGE])
def test_the_action_is_the_verdict_s(action: Action) -> None:
    one = limit(burst=1, action=action)
    assert one.check(a_request()) is None
    verdict = one.check(a_request())
    assert verdict is not None
    assert verdict.action is action
    assert (verdict.retry_after_seconds > 0) is (action is Action.LIMIT)
    assert bool(verdict.fields) is (action is Action.LIMIT)


class Passed(PassCheck):
    def valid(self, request: Request) -> bool:
        return True


@pytest.mark.parametrize(
    ("action", "passes", "refused"),
    [
        (Action.CHALLENGE, PassCheck(), 9),
        (Action.CHALLENGE, Passed(), 0),
        (Action.LIMIT, Passed(), 9),
        (Action.BLOCK, Passed(), 9),
    ],
)
def test_who_has_passed_a_challenge_is_not_challenged(
    action: Action, passes: PassCheck, refused: int
) -> None:
    one = limit(burst=1, action=action, passes=passes)
    assert sum(one.check(a_request()) is not None for _ in range(10)) == refused


# Our own refusals feed no counter.


@pytest.mark.parametrize("first", ["wide", "narrow"])
def test_what_one_limit_refuses_no_other_counts(first: str) -> None:
    wide, narrow = limit("wide", 10), limit("narrow", 2)
    chain = together(*([wide, narrow] if first == "wide" else [narrow, wide]))
    assert granted(chain, [a_request() for _ in range(50)]) == 2
    alone = together(wide)
    assert granted(alone, [a_request() for _ in range(50)]) == 8


def test_what_a_limit_s_own_cost_was_is_given_back() -> None:
    wide = limit("wide", 10, costs=Costs(3))
    chain = together(wide, limit("narrow", 2))
    assert granted(chain, [a_request() for _ in range(50)]) == 2
    assert granted(together(wide), [a_request() for _ in range(50)]) == 1


def test_a_limit_that_does_not_match_is_given_nothing_back() -> None:
    posts = limit("posts", 3, match=Match(frozenset({b"POST"})))
    for _ in range(3):
        posts.check(a_request(method="POST"))
    chain = together(posts, limit("narrow", 1))
    assert granted(chain, [a_request() for _ in range(9)]) == 1
    assert posts.check(a_request(method="POST")) is not None


def test_a_refusal_by_the_body_is_given_back_by_all_before() -> None:
    """The limit on the account decides last, wherever it stands."""
    for order in ((0, 1), (1, 0)):
        client, account = limit("client", 20), by_account()
        limits = [client, account]
        chain = together(*(limits[number] for number in order))
        assert granted(chain, [a_login("admin") for _ in range(50)]) == 5
        assert granted(together(client), [a_request(client="192.0.2.1") for _ in range(50)]) == 15


def test_a_limit_s_refusal_at_the_head_leaves_those_of_the_body_alone() -> None:
    client, account = limit("client", 2), by_account()
    chain = together(account, client)
    assert granted(chain, [a_login("admin") for _ in range(50)]) == 2
    assert granted(together(account), [a_login("admin") for _ in range(50)]) == 3


def test_a_shadow_refuses_nothing_and_gives_nothing_back() -> None:
    shadow, real = limit("shadow", 3, shadow=True), limit("real", 10)
    chain = together(real, shadow)
    assert granted(chain, [a_request() for _ in range(50)]) == 10
    assert real.check(a_request()) is not None
    assert shadow.check(a_request()) is not None


def test_a_refused_one_s_answer_costs_nothing() -> None:
    """The limit that would charge for a 401 is not told of a refusal of ours."""
    logins = limit("logins", 30, costs=Costs(answers={401: 10}))
    chain = together(logins, limit("narrow", 1))
    assert ask(chain, a_request(), 401) == ""
    for _ in range(20):
        assert ask(chain, a_request(), 401) == "narrow"
    assert granted(together(logins), [a_request() for _ in range(50)]) == 20


# Keys.


def test_an_account_is_counted_from_changing_addresses() -> None:
    chain = together(by_account())
    logins = [a_login("Admin ", f"192.0.2.{n}") for n in range(1, 7)]
    assert [ask(chain, one) for one in logins] == [""] * 5 + ["account"]
    assert ask(chain, a_login("else")) == ""


def test_who_drops_the_device_meets_the_address_counter() -> None:
    chain = together(limit(key=CompositeKey("limit", [DevicePart()], body_bytes=1)))
    for number in range(1, 31):
        request = a_request()
        request.device = number
        assert ask(chain, request) == ""
    assert granted(chain, [a_request() for _ in range(50)]) == 5
    assert granted(chain, [a_request(client="192.0.2.9")]) == 1


def test_a_body_that_is_not_whole_is_counted_by_address() -> None:
    account = by_account()
    for number in range(5):
        request = a_login(f"name{number}")
        assert account.check(request) is None
        assert account.check_body(request, b"username=", False) is None
    assert account.check_body(a_login("other"), b"username=", False) is not None
    assert account.check_body(a_login("other"), b"username=other", True) is None


# How many are under way.


def test_a_place_is_held_until_the_exchange_is_over() -> None:
    counters = Concurrency(most=2)
    chain = together(ConcurrencyLimit("uploads", counters))
    one, other, third = a_request(), a_request(), a_request()
    assert [ask(chain, r, None) for r in (one, other, third)] == ["", "", "uploads"]
    chain.ended(one)
    chain.ended(one)  # were it told twice, one place is free all the same
    assert [ask(chain, a_request(), None), ask(chain, a_request(), None)] == ["", "uploads"]


def test_a_place_is_free_again_when_another_limit_refuses() -> None:
    counters = Concurrency(most=2)
    chain = together(ConcurrencyLimit("uploads", counters), limit("narrow", 1))
    assert [ask(chain, a_request()) for _ in range(5)] == ["", *["narrow"] * 4]
    assert len(counters) == 0


def test_whom_no_place_is_left_for_has_spent_nothing() -> None:
    rate = limit("rate", 10)
    chain = together(rate, ConcurrencyLimit("uploads", Concurrency(most=2)))
    for _ in range(20):
        ask(chain, a_request(), None)
    assert granted(together(rate), [a_request() for _ in range(50)]) == 8


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ([], False),
        ([(b"x-key", b"1")], False),
        ([(b"x-key", b"1"), (b"x-kind", b"bot")], True),
        ([(b"x-key", b"1"), (b"x-kind", b"Bot")], False),
        ([(b"x-key", b"1"), (b"x-kind", b"bot"), (b"x-not", b"")], False),
    ],
)
def test_headers_match_by_being_there_by_value_or_by_not_being_there(
    headers: list[tuple[bytes, bytes]], fits: bool
) -> None:
    match = Match(
        headers=((b"x-key", None, True), (b"x-kind", b"bot", True), (b"x-not", None, False))
    )
    assert match.fits(a_request(headers=headers)) is fits
