"""What a cluster did, as numbers: its features, each only where there is enough to say something.

A feature is a value with the number of observations it rests on; with fewer than `least` there is
none, and nothing is concluded from it. Shares are of what is known: a form time nobody measured is
neither fast nor slow. Nothing here knows a threshold of suspicion: that is in weights.yaml.

The persons' number is looked at **by the week**: a neighbour who books for twelve relatives in a
year is not what books for twelve in a week.

One pass over the cluster's events, sorted once: some 20 microseconds an event.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Final

from gateway.brokers.events import ATTEMPT, JOIN, Event
from gateway.brokers.links import CARRIER, DAY, HOSTING, SWIFT_MS, VPN, person, subject

_SECOND: Final = 1_000_000  # microseconds
_HOUR: Final = 3600 * _SECOND
_WEEK: Final = 7 * DAY
_PROMPT: Final = 20 * _SECOND  # after an opening: with a form that is filled in beforehand
_BREAK: Final = 1800 * _SECOND  # between two sittings
_NIGHT: Final = range(1, 6)  # hours by the clock on the wall
_LEAST: Final = 3
_LEAST_SPREAD: Final = 6

FEATURES: Final = (
    "persons_a_week", "days_a_week", "weeks", "persons_a_phone", "persons_a_device",
    "devices_a_phone", "devices_an_address", "addresses_a_device", "prompt", "swift",
    "form_seconds", "form_spread", "pace_spread", "hosting", "vpn", "moved", "one_shape",
    "errors", "night", "won",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What events do not tell themselves: an address's network (links.NETWORKS), when an opening
    was, the hour by the clock on the wall (both of microseconds since 1970)."""

    network: Callable[[str], str]
    openings: Mapping[str, int]
    hour: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Feature:
    """`value` rests on `of` observations."""

    value: float
    of: int


def features(events: Iterable[Event], around: Surroundings) -> dict[str, Feature]:
    """By name (FEATURES), those there is enough for. `events`: of one cluster, in any order."""
    known = sorted(events, key=lambda one: (one.at, one.request))
    tries = [one for one in known if one.kind == ATTEMPT]
    if not tries:
        return {}
    found: dict[str, Feature] = {}
    for part in (_volume(tries), _sharing(tries, around), _timing(tries, around)):
        found.update(part)
    found.update(_manner(known, tries, around))
    moved = _moved(known)
    if moved is not None:
        found["moved"] = moved
    return found


def _volume(tries: Sequence[Event]) -> dict[str, Feature]:
    days = {one.at // DAY for one in tries}
    weeks = {one.at // _WEEK for one in tries}
    return {
        "persons_a_week": Feature(_most_a_week(tries), len(tries)),
        "days_a_week": Feature(len(days) / len(weeks), len(days)),
        "weeks": Feature(len(weeks), len(tries)),
    }


def _most_a_week(tries: Sequence[Event]) -> int:
    """The most distinct subjects within any seven days."""
    inside: Counter[str] = Counter()
    most = first = 0
    for one in tries:
        inside[_who(one)] += 1
        while tries[first].at <= one.at - _WEEK:
            gone = _who(tries[first])
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        most = max(most, len(inside))
    return most


def _sharing(tries: Sequence[Event], around: Surroundings) -> dict[str, Feature]:
    phones: defaultdict[str, set[str]] = defaultdict(set)
    hands: defaultdict[str, set[str]] = defaultdict(set)
    devices: defaultdict[str, set[str]] = defaultdict(set)
    places: defaultdict[str, set[str]] = defaultdict(set)
    roads: defaultdict[str, set[str]] = defaultdict(set)
    for one in tries:
        who = _who(one)
        if one.phone or one.email:
            phones[one.phone or one.email].add(who)
            if one.device:
                hands[one.phone or one.email].add(one.device)
        if not one.device:
            continue
        devices[one.device].add(who)
        if one.address and around.network(one.address) != CARRIER:
            places[one.address].add(one.device)
            roads[one.device].add(one.address)
    found: dict[str, Feature] = {}
    for name, sets in (
        ("persons_a_phone", phones),
        ("persons_a_device", devices),
        ("devices_a_phone", hands),
        ("devices_an_address", places),
        ("addresses_a_device", roads),
    ):
        if sets:
            found[name] = Feature(max(map(len, sets.values())), len(sets))
    return found


def _timing(tries: Sequence[Event], around: Surroundings) -> dict[str, Feature]:
    found: dict[str, Feature] = {}
    waits = [
        one.at - around.openings[one.opening] for one in tries if one.opening in around.openings
    ]
    if len(waits) >= _LEAST:
        found["prompt"] = _share(0 <= wait < _PROMPT for wait in waits)
    forms = [one.form_ms for one in tries if one.form_ms is not None]
    if len(forms) >= _LEAST:
        found["swift"] = _share(ms < SWIFT_MS for ms in forms)
        found["form_seconds"] = Feature(median(forms) / 1000, len(forms))
    if len(forms) >= _LEAST_SPREAD:
        found["form_spread"] = _spread(forms)
    gaps = [later.at - one.at for one, later in pairwise(tries) if later.at - one.at < _BREAK]
    if len(gaps) >= _LEAST_SPREAD:
        found["pace_spread"] = _spread(gaps)
    found["night"] = _share(around.hour(one.at) in _NIGHT for one in tries)
    return found


def _manner(
    known: Sequence[Event], tries: Sequence[Event], around: Surroundings
) -> dict[str, Feature]:
    found: dict[str, Feature] = {}
    networks = [around.network(one.address) for one in known if one.address]
    if networks:
        found["hosting"] = _share(one == HOSTING for one in networks)
        found["vpn"] = _share(one == VPN for one in networks)
    shaped: defaultdict[str, set[str]] = defaultdict(set)
    addresses = set()
    for one in tries:
        if one.shape and one.address:
            shaped[one.shape].add(one.address)
            addresses.add(one.address)
    if len(addresses) >= _LEAST_SPREAD:
        found["one_shape"] = Feature(
            max(map(len, shaped.values())) / len(addresses), len(addresses)
        )
    answered = [one for one in tries if one.ok is not None]
    if len(answered) >= _LEAST:
        won = {_who(one) for one in answered if one.ok}
        asked = {_who(one) for one in answered}
        found["won"] = Feature(len(won) / len(asked), len(asked))
    statuses = [one.status for one in tries if one.status is not None]
    if len(statuses) >= _LEAST:
        found["errors"] = _share(status in {400, 401, 403, 422, 429} for status in statuses)
    return found


def _moved(known: Sequence[Event]) -> Feature | None:
    """Tickets that were used on another device than they were drawn on."""
    drawn = {one.ticket: one.device for one in known if one.kind == JOIN and one.device}
    used = {
        one.ticket: one.device
        for one in known
        if one.kind == ATTEMPT and one.device and one.ticket in drawn
    }
    if not used:
        return None
    return _share(drawn[ticket] != device for ticket, device in used.items())


def _who(event: Event) -> str:
    return person(subject(event))


def _share(of: Iterable[bool]) -> Feature:
    all_ = list(of)
    return Feature(sum(all_) / len(all_), len(all_))


def _spread(of: Sequence[int]) -> Feature:
    """Standard deviation over the mean: a program 0 to 0.3, people 0.5 and more."""
    mean = fmean(of)
    return Feature(pstdev(of) / mean if mean else 0.0, len(of))
