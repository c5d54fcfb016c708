"""In which order who came before the opening is called, by each policy.

draw         the waiting room's: draw.draw, with share.Shares
shuffle      lots alone: each ticket is as good as each other
first-come   who came first; of those who came in one second, bots
per-address  no waiting room, but so many requests a minute of each address, and bots are first
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from gateway.simulation.people import CITIZEN, People
from gateway.simulation.scenario import Scenario
from gateway.waitingroom.draw import ONE, Group, Ticket, draw
from gateway.waitingroom.share import CERTAIN, Labels, Membership, Shares, chance


class Groups:
    """Where each place of `people` is drawn, with the shares of one day."""

    def __init__(self, people: People, learned: dict[bytes, int]) -> None:
        shares = Shares(people.entries, {}, learned)
        self.at: list[Membership] = [shares.of(address) for address in people.where]


class Ordered:
    """Visitors in their order, and the day's chance of a person, in millionths."""

    def __init__(self, visitors: list[int], its_chance: int) -> None:
        self.visitors = visitors
        self.chance = its_chance


def order(
    scenario: Scenario, people: People, groups: Groups, joined: Sequence[int], random: Random
) -> Ordered:
    """`joined`: who came before the opening, in the order of coming."""
    certain = min(CERTAIN, scenario.places * CERTAIN // max(1, len(joined)))
    if scenario.policy == "first-come":
        return Ordered(list(joined), certain)
    if scenario.policy == "per-address":
        return Ordered(_per_address(people, joined, scenario.per_address), certain)
    hashes = [random.randbytes(16) for _ in joined]
    if scenario.policy == "shuffle":
        tickets = [(hash_, hash_[:8], 1) for hash_ in hashes]
        given: dict[bytes, Group] = {}
        wides: dict[bytes, int] = {}
    elif scenario.identity == "bound":
        tickets, given, wides = _by_person(people, joined, hashes)
    else:
        tickets, given, wides = _by_network(people, groups, joined, hashes, random)
    whose = dict(zip(hashes, joined, strict=True))
    ranked = draw(random.randbytes(32), random.randbytes(32), tickets, given, wides)
    if scenario.policy == "draw":
        sizes = Counter([label for _, label, _ in tickets])
        certain = chance(scenario.places, sizes, given, wides)
    return Ordered([whose[hash_] for hash_ in ranked], certain)


_Drawn = tuple[list[Ticket], dict[bytes, Group], dict[bytes, int]]


def _by_person(people: People, joined: Sequence[int], hashes: list[bytes]) -> _Drawn:
    """All tickets of one person are worth one, from wherever (groups.of_identity)."""
    labels = [people.person[visitor].to_bytes(8, "big") for visitor in joined]
    tickets = [(hash_, label, 1) for hash_, label in zip(hashes, labels, strict=True)]
    return tickets, {}, {}


def _by_network(
    people: People, groups: Groups, joined: Sequence[int], hashes: list[bytes], random: Random
) -> _Drawn:
    labels = Labels(random.randbytes(32), "simulated", "")
    given: dict[bytes, Group] = {}
    wides: dict[bytes, int] = {}
    label_at: list[bytes] = []
    for at in groups.at:
        label = labels.of(at.group)
        wide = labels.of(at.wide) if at.wide else b""
        if wide:
            wides[wide] = at.wide_share
        if at.share != ONE or wide:
            given[label] = (at.share, wide)
        label_at.append(label)
    place = people.place
    tickets = [
        (hash_, label_at[place[visitor]], 1) for hash_, visitor in zip(hashes, joined, strict=True)
    ]
    return tickets, given, wides


def _per_address(people: People, joined: Sequence[int], limit: int) -> list[int]:
    """A minute's worth of each address, then the next: bots before citizens in each."""
    asked: Counter[int] = Counter()
    keys: list[tuple[int, bool, int, int]] = []
    for number, visitor in enumerate(joined):
        place = people.place[visitor]
        minute = asked[place] // limit
        asked[place] += 1
        keys.append((minute, people.office[visitor] == CITIZEN, number, visitor))
    keys.sort()
    return [visitor for *_, visitor in keys]
