"""Who is joined with whom, and the laws of the graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.brokers.events import ATTEMPT, JOIN, Event
from gateway.brokers.links import (
    CARRIER,
    CORE,
    DAY,
    EDUCATION,
    HOME,
    HOSTING,
    HUBS,
    STRONG,
    SWIFT_MS,
    UNKNOWN,
    VPN,
    Cluster,
    Links,
    subject,
    values,
)

NOW = 100 * DAY


def network(address: str) -> str:
    """Addresses here are named by what they are: carrier-1."""
    return address.partition("-")[0] or UNKNOWN


def linked(events: list[Event], now: int = NOW, **options: int) -> list[Cluster]:
    links = Links(network, **options)
    for event in events:
        links.add(event)
    return links.clusters(now)


def sharing(count: int, **shared: str | int) -> list[Event]:
    """So many persons who have something in common, and nothing else."""
    return [Event(ATTEMPT, NOW - 1, person=f"{n:03}", **shared) for n in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shared", "most"),
    [
        pytest.param({"phone": "1"}, 400, id="a phone, until it is a placeholder"),
        pytest.param({"email": "1"}, 400, id="an e-mail address"),
        pytest.param({"device": "1"}, 400, id="a device"),
        pytest.param({"ticket": "1"}, 400, id="a ticket"),
        pytest.param({"address": "home-1"}, 10, id="a household's address"),
        pytest.param({"address": "unknown-1"}, 10, id="an address nobody knows"),
        pytest.param({"address": "hosting-1"}, 1000, id="an address where nobody lives"),
        pytest.param({"address": "home-1", "shape": "s"}, 80, id="a place: address and browser"),
        pytest.param({"shape": "s", "form_ms": SWIFT_MS - 1}, 1000, id="a tool"),
    ],
)
def test_is_strong_up_to_so_many(shared: dict[str, str | int], most: int) -> None:
    assert [len(one.subjects) for one in linked(sharing(most, **shared))] == [most]
    assert linked(sharing(most + 1, **shared)) == []


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"address": f"{CARRIER}-1", "shape": "s"}, id="a carrier"),
        pytest.param({"address": f"{VPN}-1", "shape": "s"}, id="a VPN"),
        pytest.param({"address": f"{EDUCATION}-1", "shape": "s"}, id="a university"),
        pytest.param({"shape": "s", "form_ms": SWIFT_MS}, id="a browser of slow people"),
        pytest.param({"shape": "s"}, id="a browser"),
        pytest.param({"opening": "o", "agent": "u"}, id="an opening"),
    ],
)
def test_is_never_strong(shared: dict[str, str | int]) -> None:
    assert linked(sharing(2, **shared)) == []


def test_the_weight_falls_with_the_degree_and_never_rises() -> None:
    for hub in HUBS.values():
        weights = [hub.weight(degree) for degree in range(1, 1000)]
        assert weights == sorted(weights, reverse=True)
    assert HUBS[HOME].weight(12) < STRONG < HUBS["phone"].weight(12)


def test_says_by_what_they_are_joined() -> None:
    (cluster,) = linked(sharing(3, phone="7") + sharing(2, phone="7", device="d"))
    assert cluster.bonds == {("phone", "7"): 3, ("device", "d"): 2}


def test_a_person_with_two_telephones_is_two_subjects() -> None:
    """One who tried alone before does not bring the family into the office."""
    events = [Event(ATTEMPT, 1, person=p, phone=t) for p, t in ("a1", "b1", "b2", "c2")]
    assert [one.subjects for one in linked(events, now=2)] == [["pa 1", "pb 1"], ["pb 2", "pc 2"]]


def test_a_customers_family_is_beside_the_office() -> None:
    office = sharing(CORE, address=f"{HOSTING}-1")
    family = [Event(ATTEMPT, NOW - 1, person=p, device="d") for p in ("000", "son")]
    (cluster,) = linked(office + family)
    assert len(cluster.subjects) == CORE
    assert cluster.beside == ["pson "]


def test_who_bought_a_ticket_is_not_beside() -> None:
    drawn = [Event(JOIN, NOW - 1, device=f"{n}", ticket=f"{n}", address=f"{HOSTING}-1")
             for n in range(CORE)]  # fmt: skip
    (cluster,) = linked([*drawn, Event(ATTEMPT, NOW - 1, person="buyer", ticket="3")])
    assert "pbuyer " in cluster.subjects


def test_a_browser_with_some_fast_users_is_no_tool() -> None:
    fast, slow = sharing(4, shape="s", form_ms=SWIFT_MS - 1), range(4)
    slow_ones = [
        Event(ATTEMPT, NOW - 1, person=f"slow{n}", shape="s", form_ms=SWIFT_MS) for n in slow
    ]
    assert len(linked(fast + slow_ones)) == 1
    one_more = Event(ATTEMPT, NOW - 1, person="slow", shape="s", form_ms=SWIFT_MS)
    assert linked([*fast, *slow_ones, one_more]) == []


def test_chains_are_one_cluster() -> None:
    held = (("a", "1", ""), ("b", "1", "x"), ("c", "2", "x"), ("d", "3", "y"))
    chain = [Event(ATTEMPT, 1, person=p, phone=t, device=d) for p, t, d in held]
    assert [one.subjects for one in linked(chain, now=2)] == [["pa 1", "pb 1", "pc 2"]]


def test_without_an_identity_the_device_is_the_subject() -> None:
    events = [Event(ATTEMPT, 1, device=d, phone="1") for d in "xy"]
    assert linked(events, now=2)[0].subjects == ["dx", "dy"]


@pytest.mark.parametrize(("later", "found"), [(DAY - 1, 1), (DAY, 0), (DAY + 1, 0)])
def test_a_link_ends_when_its_time_is_over(later: int, found: int) -> None:
    assert len(linked(sharing(2, phone="1"), now=NOW - 1 + later, keep=DAY)) == found


EVENTS = st.lists(
    st.builds(
        Event,
        kind=st.just(ATTEMPT),
        at=st.integers(1, 40),
        person=st.sampled_from("abcdefgh "),
        phone=st.sampled_from(["", "1", "2", "3"]),
        device=st.sampled_from(["", "x", "y"]),
        address=st.sampled_from(["", "home-1", "home-2", f"{HOSTING}-1", f"{CARRIER}-1"]),
        shape=st.sampled_from(["", "s", "t"]),
        form_ms=st.sampled_from([None, 100, 9000]),
    ),
    max_size=30,
)


@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_the_order_of_events_does_not_matter(events: list[Event], random, now: int) -> None:
    mixed = events[:]
    random.shuffle(mixed)
    assert linked(events, now, keep=20) == linked(mixed, now, keep=20)


@given(EVENTS, st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_what_expired_is_as_if_it_had_never_been(events: list[Event], now: int) -> None:
    alive = [event for event in events if event.at > now - 20]
    assert linked(events, now, keep=20) == linked(alive, now, keep=20)


@given(EVENTS, st.integers(8, 40))
@settings(max_examples=40, deadline=None)
def test_the_bound_holds_whatever_arrives(events: list[Event], bound: int) -> None:
    links = Links(network, bound=bound)
    brought = set()
    for event in events:
        links.add(event)
        brought |= {(subject(event), *value) for value in values(event, network(event.address))}
        assert len(links) <= bound
    assert links.forgotten > 0 or len(links) == len(brought)


def test_at_the_bound_the_longest_silent_are_forgotten() -> None:
    old = [Event(ATTEMPT, n, person=f"{n}", phone=f"{n // 2}") for n in range(8)]
    links = Links(network, bound=8)
    for event in old:
        links.add(event)
    links.add(Event(ATTEMPT, 90, person="new", phone="3"))
    assert links.forgotten == 2
    assert links.clusters(NOW - DAY * 70)[0].subjects == ["p6 3", "p7 3", "pnew 3"]
