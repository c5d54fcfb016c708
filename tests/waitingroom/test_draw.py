"""What the draw promises, for any list; and, over many seeds, the chances that follow from it."""

from collections import Counter
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitingroom_lists import hash_of, label_of, lists

from gateway.waitingroom.draw import ALL, ONE, Group, Ticket, draw, keys, people

DIGEST = sha256(b"a list").digest()


def seed(number: int) -> bytes:
    return sha256(b"seed %d" % number).digest()


def tickets_of(name: str, size: int, weight: int = 1) -> list[Ticket]:
    return [(hash_of(f"{name} {n}"), label_of(name), weight) for n in range(size)]


@given(lists(), st.integers(0, 1000))
def test_each_ticket_has_one_rank(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], number: int
) -> None:
    order = draw(seed(number), DIGEST, *listed)
    assert sorted(order) == sorted(hash_ for hash_, _, _ in listed[0])


@given(lists(), st.randoms())
def test_the_order_of_the_list_does_not_matter(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], random: Random
) -> None:
    tickets, groups, wides = listed
    shuffled = tickets[:]
    random.shuffle(shuffled)
    assert keys(seed(1), DIGEST, shuffled, groups, wides) == keys(seed(1), DIGEST, *listed)


@given(lists(most_weight=1), st.fractions(0, 12), st.integers(0, 1000))
def test_no_group_has_more_or_less_than_its_share_at_any_time(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], time: Fraction, number: int
) -> None:
    tickets, groups, wides = listed
    sizes = Counter(label for _, label, _ in tickets)
    label_by_hash = {hash_: label for hash_, label, _ in tickets}
    early = Counter(
        label_by_hash[hash_]
        for key, hash_ in keys(seed(number), DIGEST, *listed)
        if Fraction(key, 1 << 64) < time
    )
    held = people(sizes, groups, wides)
    for label in sizes:
        due = time * Fraction(*held.get(label, (1, 1)))
        assert floor(due) <= early[label] <= ceil(due) or early[label] == sizes[label] <= due


@given(lists(), st.integers(0, 1000))
def test_a_wider_group_stands_for_no_more_people_than_its_share(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], number: int
) -> None:
    tickets, groups, wides = listed
    sizes = Counter(label for _, label, _ in tickets)
    held = people(sizes, groups, wides)
    for wide, share in wides.items():
        within = [label for label in sizes if groups.get(label, (0, b""))[1] == wide]
        total = sum((Fraction(*held[label]) for label in within), Fraction(0))
        asked = sum(min(groups[label][0], ONE * sizes[label]) for label in within)
        assert total == Fraction(min(asked, share), ONE)


@given(lists(), st.integers(1, 20 * ONE), st.integers(0, 1000), st.data())
def test_more_share_costs_no_ticket_of_the_group_a_rank(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]],
    more: int,
    number: int,
    data: st.DataObject,
) -> None:
    tickets, groups, wides = listed
    if not tickets:
        return
    label = data.draw(st.sampled_from(sorted({label for _, label, _ in tickets})))
    share, wide = groups.get(label, (ONE, b""))
    raised = {**groups, label: (share + more, wide)}
    before = draw(seed(number), DIGEST, tickets, groups, wides)
    after = draw(seed(number), DIGEST, tickets, raised, wides)
    for hash_, own, _ in tickets:
        if own == label:
            assert after.index(hash_) <= before.index(hash_)


@given(lists(), st.integers(0, 1000))
def test_a_group_of_its_own_size_has_no_cap(
    listed: tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]], number: int
) -> None:
    tickets, _, wides = listed
    sizes = Counter(label for _, label, _ in tickets)
    whole: dict[bytes, Group] = {label: (ONE * size, b"") for label, size in sizes.items()}
    free: dict[bytes, Group] = dict.fromkeys(sizes, (ALL, b""))
    assert keys(seed(number), DIGEST, tickets, whole, wides) == keys(
        seed(number), DIGEST, tickets, free, wides
    )


def wins(
    tickets: list[Ticket],
    groups: dict[bytes, Group],
    names: dict[bytes, str],
    *,
    draws: int,
    wides: dict[bytes, int] | None = None,
    part: float = 0.1,
) -> dict[str, float]:
    """How often tickets of a kind are below `part` of the first round, on average a ticket."""
    kinds = {hash_: names[label] for hash_, label, _ in tickets}
    won: Counter[str] = Counter()
    for number in range(draws):
        for key, hash_ in keys(seed(number), DIGEST, tickets, groups, wides or {}):
            if key < part * (1 << 64):
                won[kinds[hash_]] += 1
    sizes = Counter(kinds.values())
    return {kind: won[kind] / size / draws for kind, size in sizes.items()}


def kind(name: str, groups: int, size: int, share: int, weight: int = 1) -> tuple[
    list[Ticket], dict[bytes, Group], dict[bytes, str]
]:  # fmt: skip
    tickets: list[Ticket] = []
    for number in range(groups):
        tickets += tickets_of(f"{name} {number}", size, weight)
    labels = {label for _, label, _ in tickets}
    return tickets, dict.fromkeys(labels, (share, b"")), dict.fromkeys(labels, name)


def near(chance: float, samples: float) -> object:
    """Four standard deviations: one test in 16,000 would fail by chance; the seeds are fixed."""
    return pytest.approx(chance, abs=4 * sqrt(chance * (1 - chance) / samples))


@pytest.mark.parametrize(
    ("size", "share", "weight", "chance"),
    [
        pytest.param(1, ONE, 1, 0.1, id="alone"),
        pytest.param(2, 2 * ONE, 1, 0.1, id="two who are believed to be two"),
        pytest.param(5, 5 * ONE, 1, 0.1, id="a family of five"),
        pytest.param(50, ALL, 1, 0.1, id="a carrier"),
        pytest.param(2, 50 * ONE, 1, 0.1, id="two where fifty are usual: no better off"),
        pytest.param(40, ONE, 1, 0.1 / 40, id="forty at an address: together one"),
        pytest.param(40, ONE // 2, 1, 0.1 / 80, id="forty where half a person is believed"),
        pytest.param(10, 5 * ONE, 1, 0.05, id="ten who are believed to be five"),
        pytest.param(1, ONE, 3, 1 - 0.9**3, id="alone, lost twice before"),
        pytest.param(20, ALL, 3, 1 - 0.9**3, id="behind a carrier, lost twice before"),
    ],
)
def test_the_chance_of_a_ticket(size: int, share: int, weight: int, chance: float) -> None:
    tickets, groups, names = kind("these", 200 // size, size, share, weight)
    draws = 600
    found = wins(tickets, groups, names, draws=draws)["these"]
    assert found == near(chance, draws * (200 // size) * size)


def test_forty_of_the_greatest_weight_at_an_address_are_worth_one_of_that_weight() -> None:
    tickets, groups, names = kind("these", 10, 40, ONE, 4)
    found = wins(tickets, groups, names, draws=400)["these"] * 40
    assert found == pytest.approx(0.4, abs=0.04)  # four draws of one person's chance


def test_a_wider_group_divides_its_share_among_its_members() -> None:
    tickets, groups, names = kind("these", 100, 1, ONE)
    wide = label_of("a /48")
    within: dict[bytes, Group] = dict.fromkeys(groups, (ONE, wide))
    found = wins(tickets, within, names, draws=600, wides={wide: 4 * ONE})["these"]
    assert found == near(0.1 * 4 / 100, 60_000)


def test_tickets_are_told_apart_by_nothing_but_their_hash() -> None:
    """Each rank is as likely for each of five: chi-square with 16 degrees of freedom."""
    tickets = [ticket for n in range(5) for ticket in tickets_of(f"{n}", 1)]
    draws = 2000
    seen = Counter(
        (rank, hash_)
        for number in range(draws)
        for rank, hash_ in enumerate(draw(seed(number), DIGEST, tickets, {}, {}))
    )
    expected = draws / 5
    square = sum(
        (seen[(rank, t[0])] - expected) ** 2 / expected for rank in range(5) for t in tickets
    )
    assert square < 39.3  # 99.9 %


@pytest.mark.parametrize(
    ("tickets", "groups", "sentence"),
    [
        pytest.param([*tickets_of("a", 1)] * 2, {}, "listed twice", id="twice in a group"),
        pytest.param(
            [(hash_of("x"), label_of("a"), 1), (hash_of("x"), label_of("b"), 1)],
            {}, "listed twice", id="twice, in two groups",
        ),
        pytest.param(tickets_of("a", 1, 0), {}, "weight", id="weight none"),
        pytest.param(tickets_of("a", 1, 17), {}, "weight", id="weight beyond 16"),
        pytest.param(tickets_of("a", 1), {label_of("a"): (0, b"")}, "share", id="no share"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be(
    tickets: list[Ticket], groups: dict[bytes, Group], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw(seed(1), DIGEST, tickets, groups, {})


def test_what_stands_in_the_formula_by_hand() -> None:
    """Two tickets of one group with a share of 1.5, computed step by step."""
    tickets = tickets_of("a", 2)
    lots = sorted((sha256(seed(7) + DIGEST + t[0] + b"\0").digest(), t[0]) for t in tickets)
    expected = [
        (((k << 64) + int.from_bytes(lot[24:], "big")) * 1000 // 1500, hash_)
        for k, (lot, hash_) in enumerate(lots)
    ]
    assert keys(seed(7), DIGEST, tickets, {label_of("a"): (1500, b"")}, {}) == sorted(expected)
