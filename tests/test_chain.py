"""The chain: filters in order, the first that speaks decides, and what is broken is passed over."""

import logging

import pytest
from helpers import FakeClock, a_refusal, a_request, address, networks

from gateway.address import Address
from gateway.chain import BROKEN, Chain, Errors
from gateway.filters.base import (
    AddressFilter,
    Entrance,
    Filter,
    Inspection,
    PassCheck,
    RateCounters,
)
from gateway.filters.block import Blocked, BlockedRequest, BlockTable, Entry
from gateway.filters.flood import Flood, FloodState
from gateway.filters.geo import Geo, Place, Places
from gateway.filters.lists import NetworkList
from gateway.filters.maintenance import Maintenance
from gateway.filters.order import ORDER, in_order
from gateway.filters.overload import Overload
from gateway.filters.rate_limit import RateLimit
from gateway.filters.room import RoomFilter
from gateway.filters.rules import Rules
from gateway.prefixes import PrefixTable, parse_network
from gateway.pressure import Pressure
from gateway.request import Request
from gateway.verdict import Action, Decision, Verdict


class OfAddress(AddressFilter):
    """Says `verdict` of everybody, or raises."""

    def __init__(self, verdict: Verdict | None, kind: str = "block-list", **more: bool) -> None:
        super().__init__(kind, **more)
        self.verdict = verdict
        self.raises = False
        self.asked = 0

    def judge(self, client: Address) -> Verdict | None:
        self.asked += 1
        if self.raises:
            raise RuntimeError("broken")
        return self.verdict


class OfRequest(Filter):
    def __init__(self, verdict: Verdict | None, kind: str = "rate-limit", **more: bool) -> None:
        super().__init__(kind, **more)
        self.verdict = verdict
        self.raises = False
        self.asked = 0

    def check(self, request: Request) -> Verdict | None:
        self.asked += 1
        if self.raises:
            raise RuntimeError("broken")
        return self.verdict


def chain(*filters: Filter, clock: FakeClock | None = None) -> Chain:
    return Chain(list(filters), Errors(clock or FakeClock()))


def decision(one: Chain, client: str = "192.0.2.1") -> Decision | None:
    """What becomes of a request, as the data plane asks."""
    request = a_request(client=client)
    standing = one.admit(request.client)
    if standing is not None and standing.verdict is not None:
        return standing
    return one.decide(request, standing)


class Spent(RateCounters):
    def take(self, key: int, now: int) -> int:
        return 1


class Shut(Entrance):
    """A room that lets nobody in."""

    def guards(self, request: Request) -> bool:
        return True

    def check(self, request: Request) -> Verdict:
        return a_refusal(Action.WAIT)


class Refusing(Inspection):
    """A ruleset that refuses everything."""

    def head(self, request: Request) -> Verdict:
        return a_refusal()

    def wants_body(self, request: Request) -> int:
        return 0


def pressed() -> Pressure:
    """As pressed as can be."""
    pressure = Pressure()
    pressure.backends = pressure.pressed = pressure.waiting = pressure.room = 1
    return pressure


def blocked(action: Action = Action.BLOCK) -> BlockTable:
    """Everybody of IPv4."""
    table = BlockTable()
    verdict = Verdict(action, "flood", code="0000-0000")
    table.put(Entry("prefix", verdict, version=4))
    return table


def attacked() -> FloodState:
    state = FloodState()
    state.set(2, frozenset(), 0, everywhere=True)
    return state


ALLOW = Verdict(Action.ALLOW, "staff.txt")
ALL = parse_network("0.0.0.0/0")
REFUSERS: dict[str, Filter] = {
    "block-list": NetworkList("block-list", PrefixTable([(ALL, a_refusal())])),
    "geo": Geo(
        Places(lambda _: Place("XX", 1)),
        countries={"XX": a_refusal()},
        asns={},
        only=frozenset(),
        outside=None,
    ),
    "maintenance": Maintenance(a_refusal(Action.MAINTENANCE), paths=("/",), allowed=networks()),
    "block": Blocked(blocked()),
    "block-request": BlockedRequest(blocked(Action.CHALLENGE), PassCheck()),
    "flood": Flood(attacked(), PassCheck(), a_refusal(Action.CHALLENGE)),
    "rate-limit": RateLimit("limit", Spent(), burst=1, window=1),
    "rules": Rules(Refusing()),
    "room": RoomFilter([Shut()]),
    "overload": Overload(pressed(), lesser=("/",)),
}


def test_every_filter_has_a_place_and_stands_in_this_table() -> None:
    assert set(ORDER) == {"allow-list", *REFUSERS, "login"}  # that one only looks


@pytest.mark.parametrize("kind", REFUSERS)
def test_the_allow_list_wins_over_every_other_filter(kind: str) -> None:
    allow = NetworkList("allow-list", PrefixTable([(ALL, ALLOW)]))
    refused = decision(chain(REFUSERS[kind]))
    assert refused is not None
    assert refused.action is not Action.ALLOW
    for filters in ([REFUSERS[kind], allow], [allow, REFUSERS[kind]]):
        decided = decision(chain(*filters))
        assert decided is not None
        assert (decided.action, decided.filter) == (Action.ALLOW, "allow-list")


def test_filters_are_asked_in_the_order_and_then_as_they_were_given() -> None:
    first, second = OfRequest(None), OfRequest(None)
    late, early = OfRequest(None, "maintenance"), OfAddress(None, "allow-list")
    assert in_order([first, late, second, early]) == [early, late, first, second]


def test_a_filter_without_a_place_is_told_at_load() -> None:
    with pytest.raises(KeyError):
        in_order([OfRequest(None, "nowhere")])


def test_who_speaks_first_decides() -> None:
    one, two = OfRequest(a_refusal(rule="one")), OfRequest(a_refusal(rule="two"))
    decided = decision(chain(one, two))
    assert decided is not None
    assert decided.verdict is one.verdict
    assert two.asked == 0


def test_nobody_speaks() -> None:
    assert decision(chain()) is None
    assert decision(chain(OfAddress(None), OfRequest(None))) is None


def test_shadows_are_noted_and_passed_over() -> None:
    by_filter = OfAddress(a_refusal(rule="a"), shadow=True)
    by_verdict = OfRequest(a_refusal(rule="b", shadow=True))
    real = OfRequest(a_refusal(rule="c"))
    decided = decision(chain(by_filter, by_verdict, real))
    assert decided is not None
    assert decided.verdict is real.verdict
    assert [(kind, verdict.rule) for kind, verdict in decided.shadowed] == [
        ("block-list", "a"),
        ("rate-limit", "b"),
    ]
    alone = decision(chain(by_filter, by_verdict))
    assert alone is not None
    assert (alone.verdict, alone.action, len(alone.shadowed)) == (None, Action.ALLOW, 2)


@pytest.mark.parametrize("make", [OfAddress, OfRequest])
@pytest.mark.parametrize("where", ["filter", "verdict"])
def test_a_shadow_is_the_filter_s_or_the_verdict_s(
    make: type[OfAddress] | type[OfRequest], where: str
) -> None:
    one = make(a_refusal(shadow=where == "verdict"), shadow=where == "filter")
    decided = decision(chain(one))
    assert decided is not None
    assert decided.verdict is None
    assert [kind for kind, _ in decided.shadowed] == [one.kind]


def test_a_shadowed_allow_list_lets_nobody_by() -> None:
    shadow = OfAddress(Verdict(Action.ALLOW, "staff.txt", shadow=True), "allow-list")
    decided = decision(chain(shadow, OfRequest(a_refusal())))
    assert decided is not None
    assert decided.action is Action.BLOCK


@pytest.mark.parametrize("make", [OfAddress, OfRequest])
def test_a_broken_filter_is_passed_over_and_counted(
    make: type[OfAddress] | type[OfRequest], caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    one = make(a_refusal())
    one.raises = True
    errors = Errors(clock)
    broken = Chain([one], errors)
    with caplog.at_level(logging.ERROR, "dawr.chain"):
        for _ in range(5):
            assert decision(broken) is None
        assert len(caplog.records) == 1
        clock.advance(59)
        decision(broken)
        assert len(caplog.records) == 1
        clock.advance(1)
        decision(broken)
        assert len(caplog.records) == 2
    assert errors.by_filter == {one.kind: 7}
    assert f"filter {one.kind} failed (7 times so far)" in caplog.text


@pytest.mark.parametrize("make", [OfAddress, OfRequest])
def test_a_broken_filter_refuses_where_that_is_set(
    make: type[OfAddress] | type[OfRequest], caplog: pytest.LogCaptureFixture
) -> None:
    one = make(None, fails_closed=True)
    one.raises = True
    decided = decision(chain(one))
    assert decided is not None
    assert decided.verdict is not None
    assert (decided.action, decided.filter, decided.verdict.rule) == (
        Action.BLOCK,
        one.kind,
        BROKEN,
    )


def test_a_broken_filter_in_shadow_refuses_nobody(caplog: pytest.LogCaptureFixture) -> None:
    one = OfAddress(None, shadow=True, fails_closed=True)
    one.raises = True
    decided = decision(chain(one))
    assert decided is not None
    assert decided.verdict is None


def test_what_a_broken_filter_led_to_is_not_remembered(caplog: pytest.LogCaptureFixture) -> None:
    one = OfAddress(None, fails_closed=True)
    one.raises = True
    mended = chain(one)
    assert mended.admit(address("192.0.2.1")) is not None
    one.raises = False
    assert mended.admit(address("192.0.2.1")) is None


def test_what_an_address_decides_is_remembered_and_bounded() -> None:
    one = OfAddress(None)
    asked = chain(one)
    for _ in range(3):
        asked.admit(address("192.0.2.1"))
    assert one.asked == 1
    for n in range(17_000):
        asked.admit(Address(4, n, ""))
    assert len(asked._known) <= 16_384


@pytest.mark.parametrize("first", ["1.2.3.4", "::102:304"])
def test_ipv4_and_ipv6_addresses_of_one_value_are_told_apart(first: str) -> None:
    block = NetworkList("block-list", PrefixTable([(parse_network("1.2.3.4"), a_refusal())]))
    lists = chain(block)
    lists.admit(address(first))
    assert lists.admit(address("1.2.3.4")) is not None
    assert lists.admit(address("::102:304")) is None


def test_addresses_of_one_64_are_told_apart() -> None:
    block = NetworkList("block-list", PrefixTable([(parse_network("2001:db8::1"), a_refusal())]))
    lists = chain(block)
    assert lists.admit(address("2001:db8::1")) is not None
    assert lists.admit(address("2001:db8::2")) is None
