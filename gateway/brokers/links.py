"""Who belongs together: subjects that share a phone, a device, an address, a tool.

A **subject** is a person as tried for with one telephone (or e-mail address): a citizen who tried
alone before and one for whom an office tries are two subjects, so that an office does not draw in
its customers' families. Where no identity is known it is the device, or the address with its shape.
A **value** is what subjects share: (sort, text). Its weight falls with its degree, the
number of its subjects: `base` up to `free` subjects, then base x free / degree. It is a strong
link while that is at least STRONG; clusters are what strong links join, and nothing else.

    phone, email, device, ticket     strong among hundreds; beyond, a placeholder (0000000000)
    address, nobody lives there      (hosting) strong up to a thousand
    address, unknown or a home       strong up to ten: a household, not a house
    address of a carrier, VPN,       never strong by itself
      university
    place: address and header shape  strong up to eighty, where an address counts at all
    tool: header shape, among those  strong where at least half of all with this shape are as fast,
      faster than a person           for then it is a program's and no browser's

A cluster that hangs on wide links, of CORE subjects and more, has a core: those who touch one, and
those who hold a ticket of theirs. The rest are **beside** it: the family of a customer, reached by
the customer's own telephone. Nothing is concluded from them or about them.

Laws (tests): clusters are a function of the events that are alive, so their order does not matter
(a degree is looked at when clusters are asked for, never when an event comes); what expired links
nothing; the bound holds whatever arrives.

Bound: `bound` links (subject, value), 500,000 by default, 120 to 200 bytes each with their texts:
100 MB. Beyond it the longest-silent eighth is forgotten and counted; at the bound, and only there,
what came first may matter.

Why no library: networkx takes ten times the memory and neither it nor igraph forgets what is old;
with degrees that change, clusters are made anew each time anyway, which here is a union-find over
the strong links: a second for 500,000.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.brokers.events import Event

PHONE: Final = "phone"
EMAIL: Final = "email"
DEVICE: Final = "device"
TICKET: Final = "ticket"
PLACE: Final = "place"
TOOL: Final = "tool"
SHAPE: Final = "shape"  # joins nobody; a tool is measured by it
# What a network is, as far as a file of networks tells; an address is a value of that sort.
HOME: Final = "home"
CARRIER: Final = "carrier"
HOSTING: Final = "hosting"
VPN: Final = "vpn"
EDUCATION: Final = "education"
UNKNOWN: Final = "unknown"
NETWORKS: Final = (HOME, CARRIER, HOSTING, VPN, EDUCATION, UNKNOWN)

STRONG: Final = 0.5
CORE: Final = 8  # subjects of one value: more than a household
SWIFT_MS: Final = 4_000  # a form of ten fields: browsers that fill it in leave a person to look
DAY: Final = 86_400_000_000  # microseconds

Value = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Hub:
    """The weight of a value by its degree."""

    base: float
    free: int

    def weight(self, degree: int) -> float:
        return self.base if degree <= self.free else self.base * self.free / degree


HUBS: Final[dict[str, Hub]] = {
    PHONE: Hub(1.0, 200),
    EMAIL: Hub(1.0, 200),
    DEVICE: Hub(1.0, 200),
    TICKET: Hub(1.0, 200),
    HOSTING: Hub(1.0, 500),
    HOME: Hub(1.0, 5),
    UNKNOWN: Hub(1.0, 5),
    CARRIER: Hub(0.2, 5),
    VPN: Hub(0.2, 5),
    EDUCATION: Hub(0.2, 5),
    PLACE: Hub(1.0, 40),
    TOOL: Hub(1.0, 500),
    SHAPE: Hub(0.0, 1),
}
_LIVED_IN: Final = frozenset({HOME, UNKNOWN})


def subject(event: Event) -> str:
    """Whom an event is about: one letter for the kind, and the value. Empty: nobody is known."""
    if event.person:
        return f"p{event.person} {event.phone or event.email}"
    if event.device:
        return f"d{event.device}"
    return f"a{event.address} {event.shape}" if event.address else ""


def person(who: str) -> str:
    """Of a subject, without its telephone; the subject itself where no identity is known."""
    return who.partition(" ")[0] if who.startswith("p") else who


def values(event: Event, network: str) -> Iterator[Value]:
    """What may link the event to others, eight at most. `network`: of its address (NETWORKS)."""
    for sort, text in (
        (PHONE, event.phone),
        (EMAIL, event.email),
        (DEVICE, event.device),
        (TICKET, event.ticket),
        (network, event.address),
    ):
        if text:
            yield sort, text
    if event.shape and event.address and network in _LIVED_IN:
        yield PLACE, f"{event.address} {event.shape}"
    if event.shape and event.form_ms is not None:
        yield SHAPE, event.shape
        if event.form_ms < SWIFT_MS:
            yield TOOL, event.shape


@dataclass(slots=True)
class Cluster:
    """Subjects joined by strong links, those beside them, and the links with their degrees."""

    subjects: list[str]
    beside: list[str] = field(default_factory=list)
    bonds: dict[Value, int] = field(default_factory=dict)


class Links:
    """The graph. `keep`: microseconds a link lives after it was last seen."""

    def __init__(
        self, network: Callable[[str], str], *, keep: int = 35 * DAY, bound: int = 500_000
    ) -> None:
        self._network = network
        self._keep = keep
        self._bound = max(8, bound)
        self._seen: dict[Value, dict[str, int]] = {}
        self._count = 0
        self.forgotten = 0

    def __len__(self) -> int:
        return self._count

    def add(self, event: Event) -> None:
        who = subject(event)
        if not who:
            return
        for value in values(event, self._network(event.address)):
            subjects = self._seen.setdefault(value, {})
            last = subjects.get(who)
            if last is None:
                self._count += 1
            if last is None or last < event.at:
                subjects[who] = event.at
        if self._count > self._bound:
            self._crowded()

    def expire(self, now: int) -> None:
        """Drop what was last seen `keep` ago or before. `now`: microseconds since 1970."""
        self._drop(now - self._keep)

    def clusters(self, now: int) -> list[Cluster]:
        """Who is joined with at least one other now, by size; each a sorted list."""
        self.expire(now)
        strong = [
            (value, subjects)
            for value, subjects in self._seen.items()
            if _joins(value, len(subjects)) and not self._a_browser(value, len(subjects))
        ]
        roots = _Roots()
        for _, subjects in strong:
            first, *others = subjects
            for other in others:
                roots.join(first, other)
        found: dict[str, Cluster] = {}
        for who in roots.known():
            found.setdefault(roots.of(who), Cluster([])).subjects.append(who)
        for value, subjects in strong:
            found[roots.of(next(iter(subjects)))].bonds[value] = len(subjects)
        for cluster in found.values():
            self._part(cluster)
        return sorted(found.values(), key=lambda one: (-len(one.subjects), one.subjects))

    def _part(self, cluster: Cluster) -> None:
        """The core, and those beside it."""
        wide = (value for value, degree in cluster.bonds.items() if degree >= CORE)
        core = {who for value in wide for who in self._seen[value]}
        tickets = (self._seen[value] for value in cluster.bonds if value[0] == TICKET)
        sold = [holders for holders in tickets if not core.isdisjoint(holders)]
        core.update(who for holders in sold for who in holders)
        everyone = sorted(cluster.subjects)
        cluster.subjects = [who for who in everyone if who in core] or everyone
        cluster.beside = [who for who in everyone if who not in core] if core else []

    def _a_browser(self, value: Value, degree: int) -> bool:
        """A tool most of whose users are slower than tools are."""
        return value[0] == TOOL and 2 * degree < len(self._seen.get((SHAPE, value[1]), ()))

    def _crowded(self) -> None:
        times = sorted(at for subjects in self._seen.values() for at in subjects.values())
        before = self._count
        self._drop(times[self._count - self._bound * 7 // 8 - 1])
        self.forgotten += before - self._count

    def _drop(self, until: int) -> None:
        for value, subjects in list(self._seen.items()):
            old = [who for who, at in subjects.items() if at <= until]
            for who in old:
                del subjects[who]
            self._count -= len(old)
            if not subjects:
                del self._seen[value]


def _joins(value: Value, degree: int) -> bool:
    return degree > 1 and HUBS[value[0]].weight(degree) >= STRONG


class _Roots:
    """A union-find with halved paths: the least text of a set is its root, whatever the order."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def known(self) -> Iterator[str]:
        return iter(list(self._above))

    def of(self, who: str) -> str:
        above = self._above
        up = above.setdefault(who, who)
        while up != who:
            above[who] = above[up]
            who = above[who]
            up = above[who]
        return who

    def join(self, one: str, other: str) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._above[max(one, other)] = min(one, other)
