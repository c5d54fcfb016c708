"""Blocks that come and go: who is refused, by what, until when."""

import pytest
from helpers import FakeClock, a_request, address

from gateway.address import Address
from gateway.building.guard import entry_of
from gateway.chain import Chain, Errors
from gateway.clock import SECOND
from gateway.filters import block as module
from gateway.filters.base import Filter, PassCheck
from gateway.filters.block import Blocked, BlockedRequest, BlockTable
from gateway.filters.lists import NetworkList
from gateway.guard.block import Block, read_whom
from gateway.guard.book import as_told
from gateway.prefixes import PrefixTable, parse_network
from gateway.request import Request
from gateway.verdict import Action, Verdict

CLOCK = FakeClock()


class Passed(PassCheck):
    def valid(self, request: Request) -> bool:
        return request.header(b"x-passed") is not None


def place(client: Address) -> tuple[str, int]:
    return ("SY", 64496) if client.text.startswith("203.0.113.") else ("", 0)


def a_table(*whom: str, measure: str = "block", seconds: float | None = 60) -> BlockTable:
    table = BlockTable()
    table.place = place
    for text in whom:
        table.put(entry_of(as_told(a_block(text, measure=measure, seconds=seconds)), CLOCK))
    return table


def a_block(text: str, *, measure: str = "block", seconds: float | None = 60) -> Block:
    scope, key = read_whom(text)
    now = CLOCK.wall()
    return Block(
        scope, key, reason="flood", since=now, by="guard", measure=measure,
        until=None if seconds is None else now + seconds,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("whom", "client", "hit"),
    [
        pytest.param("203.0.113.7", "203.0.113.7", True, id="the address"),
        pytest.param("203.0.113.7", "203.0.113.8", False, id="the next one"),
        pytest.param("203.0.113.0/24", "203.0.113.0", True, id="first of the network"),
        pytest.param("203.0.113.0/24", "203.0.113.255", True, id="last of the network"),
        pytest.param("203.0.113.0/24", "203.0.114.0", False, id="one past it"),
        pytest.param("203.0.0.0/8", "203.255.255.255", True, id="the widest"),
        pytest.param("2001:db8::1", "2001:db8::ffff", True, id="the subscriber's /64"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="the next /64"),
        pytest.param("2001:db8::/48", "2001:db8:0:ffff::1", True, id="an IPv6 network"),
        pytest.param("AS64496", "203.0.113.7", True, id="an AS"),
        pytest.param("AS64497", "203.0.113.7", False, id="another AS"),
        pytest.param("SY", "203.0.113.7", True, id="a country"),
        pytest.param("SY", "198.51.100.7", False, id="no known country"),
        pytest.param("0.0.0.7", "::7", False, id="the same number in IPv6"),
    ],
)
@pytest.mark.parametrize("measure", ["block", "challenge"])
def test_exactly_who_is_blocked_is_refused(whom: str, client: str, hit: bool, measure: str) -> None:
    table = a_table(whom, measure=measure)
    hard = Blocked(table).judge(address(client))
    soft = BlockedRequest(table, Passed()).check(a_request(client=client))
    assert (hard is not None) is (hit and measure == "block")
    assert (soft is not None) is (hit and measure == "challenge")
    found = hard or soft
    if found is not None:
        assert (found.reason, found.retry_after_seconds, found.rule) == ("flood", 60, "flood")
        assert found.action is (Action.BLOCK if measure == "block" else Action.CHALLENGE)


def test_the_narrowest_speaks() -> None:
    table = a_table("203.0.0.0/16", "203.0.113.0/24", "AS64496")
    code = a_block("203.0.113.0/24").code
    table.put(entry_of(as_told(a_block("203.0.113.0/24")), CLOCK))
    found = Blocked(table).judge(address("203.0.113.7"))
    assert found is not None
    assert found.code != code
    assert table.remove(found.code)
    wider = Blocked(table).judge(address("203.0.113.7"))
    assert wider is not None
    assert wider.code != found.code


@pytest.mark.parametrize("measure", ["block", "challenge"])
def test_a_device_is_stopped_wherever_it_comes_from(measure: str) -> None:
    table = a_table("device:00000000000000ff", measure=measure)
    request = a_request(client="198.51.100.9")
    request.device = 0xFF
    assert BlockedRequest(table, Passed()).check(request) is not None
    request.device = 0xFE
    assert BlockedRequest(table, Passed()).check(request) is None


@pytest.mark.parametrize(
    ("more", "challenged"),
    [
        pytest.param({}, True, id="a stranger"),
        pytest.param({"headers": [(b"x-passed", b"1")]}, False, id="who has passed"),
        pytest.param({"path": "/.dawr/challenge"}, False, id="where it is solved"),
        pytest.param({"since": -1}, False, id="a device known a minute before"),
        pytest.param({"since": 0}, True, id="a device of the same minute"),
    ],
)
def test_a_challenge_is_for_who_is_new(more: dict[str, object], challenged: bool) -> None:
    table = a_table("203.0.113.7", measure="challenge")
    since = more.pop("since", None)
    request = a_request(client="203.0.113.7", **more)  # type: ignore[arg-type]
    if since is not None:
        request.device, request.device_since = 5, int(CLOCK.wall() // 60) + int(str(since))
    assert (BlockedRequest(table, Passed()).check(request) is not None) is challenged


def test_what_has_ended_is_dropped_and_what_has_no_end_stays() -> None:
    table = a_table("203.0.113.7", "203.0.113.0/24", seconds=60)
    table.put(entry_of(as_told(a_block("198.51.100.1", seconds=None)), CLOCK))
    now = CLOCK.now()
    assert table.sweep(now + 60 * SECOND - 1) == 0
    assert table.sweep(now + 60 * SECOND) == 2
    assert Blocked(table).judge(address("203.0.113.7")) is None
    assert Blocked(table).judge(address("198.51.100.1")) is not None
    assert table.sweep(now + 9_999 * SECOND) == 0


def test_a_later_block_for_the_same_takes_the_place() -> None:
    table = a_table("203.0.113.7", seconds=60)
    table.put(entry_of(as_told(a_block("203.0.113.7", seconds=600)), CLOCK))
    assert len(table) == 1
    assert table.sweep(CLOCK.now() + 60 * SECOND) == 0
    assert len(table) == 1


def test_the_table_is_bounded_and_counts_what_was_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOUND", 2)
    table = a_table("203.0.113.1", "203.0.113.2", "203.0.113.3")
    assert (len(table), table.refused) == (2, 1)


@pytest.mark.parametrize("whom", ["198.51.100.7", "198.51.100.0/24", "device:0000000000000005"])
@pytest.mark.parametrize("measure", ["block", "challenge"])
def test_the_allow_list_always_wins(whom: str, measure: str) -> None:
    allowed = PrefixTable([(parse_network("198.51.100.0/24"), Verdict(Action.ALLOW, "staff"))])
    table = a_table(whom, measure=measure)
    filters: list[Filter] = [
        BlockedRequest(table, Passed()),
        Blocked(table),
        NetworkList("allow-list", allowed),
    ]
    chain = Chain(filters, Errors(CLOCK))
    request = a_request(client="198.51.100.7")
    request.device = 5
    standing = chain.admit(request.client)
    assert standing is not None
    assert standing.action is Action.ALLOW


def test_a_block_in_shadow_is_told_and_not_done_and_hides_no_wider_one() -> None:
    table = a_table("203.0.113.0/24")
    block = a_block("203.0.113.7")
    block.shadow = True
    table.put(entry_of(as_told(block), CLOCK))
    chain = Chain([Blocked(table), Blocked(table, dry=True)], Errors(CLOCK))
    decided = chain.admit(address("203.0.113.7"))
    assert decided is not None
    assert decided.action is Action.BLOCK
    assert decided.verdict is not None
    assert decided.verdict.code != block.code
    wider = decided.verdict.code
    assert table.remove(wider)
    chain.forget()
    decided = chain.admit(address("203.0.113.7"))
    assert decided is not None
    assert (decided.verdict, [name for name, _ in decided.shadowed]) == (None, ["block"])


def test_who_was_let_in_before_is_asked_again_after_a_change() -> None:
    table = BlockTable()
    chain = Chain([Blocked(table)], Errors(CLOCK))
    client = address("203.0.113.7")
    assert chain.admit(client) is None
    table.put(entry_of(as_told(a_block("203.0.113.7")), CLOCK))
    chain.forget()
    decision = chain.admit(client)
    assert decision is not None
    assert decision.action is Action.BLOCK
