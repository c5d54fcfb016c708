"""The rules, asked: of a request's head, and of the beginning of its body.

Rules are asked in their order (allow before all others). A score is summed up over all rules that
hold; at the threshold of the path's level the request is blocked in the name of the rule that gave
most. What is in shadow is counted, and reported with the verdict. `always` are those that may hold
without any pattern: a network, an hour.
"""

from collections.abc import Sequence
from typing import Final

from gateway.address import Address
from gateway.filters.base import BodyFilter, Inspection
from gateway.request import NO_BODY, Request
from gateway.rules.conditions import Condition, Not, Place, Text
from gateway.rules.search import Index, Now, Search
from gateway.rules.subject import Subject, Value
from gateway.verdict import Action, Verdict

MASKED: Final = 80  # characters of what matched that are told
_SHARE: Final = 10_000
_SPREAD: Final = 0x9E3779B97F4A7C15


class Exemption:
    """Where a rule does not look: `path` "" for everywhere, `fields` () for all of the request."""

    __slots__ = ("client", "field", "path")

    def __init__(self, path: str, field: str, client: Condition | None) -> None:
        self.path = path
        self.field = field
        self.client = client


class Rule:
    """One rule, ready to be asked. `share`: of clients, in hundredths of a percent, for whom it is
    enforced. `verdict` None: it has no other effect than `score`, `tag`, being counted, or being
    handed to `limit`."""

    def __init__(
        self,
        id: str,
        when: Condition,
        *,
        verdict: Verdict | None = None,
        shadow: Verdict | None = None,
        score: int = 0,
        tag: str = "",
        limit: str = "",
        level: int = 1,
        share: int = _SHARE,
        reads_body: bool = False,
        exempt: Sequence[Exemption] = (),
    ) -> None:
        self.id = id
        self.when = when
        self.verdict = verdict
        self.shadow = shadow or Verdict(Action.BLOCK, id, shadow=True)
        self.score = score
        self.tag = tag
        self.limit = limit
        self.level = level
        self.share = share
        self.reads_body = reads_body
        self.exempt = tuple(exempt)
        self._salt = hash_of(id)

    def enforced(self, client: Address) -> bool:
        """Whether it is enforced for `client`: the same clients as long as the share is the same,
        and those again when it grows."""
        if self.share >= _SHARE:
            return True
        return ((client.key ^ self._salt) * _SPREAD >> 24) % _SHARE < self.share

    def holds(self, search: Search) -> bool:
        request = search.request
        search.skipped = frozenset()
        for one in self.exempt:
            if one.path and not request.path.startswith(one.path):
                continue
            if one.client is not None and not one.client.holds(search):
                continue
            if not one.field:
                return False
            search.skipped |= {one.field}
        return self.when.holds(search)


def hash_of(text: str) -> int:
    """64 bits of a rule's name, the same in every process (FNV-1a)."""
    made = 0xCBF29CE484222325
    for byte in text.encode():
        made = (made ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return made


def first_found(condition: Condition, search: Search) -> tuple[Value, str, tuple[int, int]] | None:
    """The first value in which a part of `condition` holds, its text, and where in that."""
    if isinstance(condition, Text):
        found = condition.found(search)
        if found is None:
            return None
        return found[0], found[1], condition.span(found[1]) or (0, len(found[1]))
    if isinstance(condition, Not):
        return None
    best: tuple[Value, str, tuple[int, int]] | None = None
    for part in condition.parts():
        found_in_part = first_found(part, search)
        # What stands in a value says more than the path that goes with it.
        if found_in_part is not None and (best is None or best[0].origin == "path"):
            best = found_in_part
    return best


def masked(text: str, span: tuple[int, int]) -> str:
    """What matched, without what may be personal: nothing around it, no digits, MASKED at most."""
    begin, end = span
    end = min(end, begin + MASKED)
    plain = "".join("0" if letter.isdigit() else letter for letter in text[begin:end])
    return ("…" if begin else "") + plain + ("…" if end < len(text) else "")


class Levels:
    """From which points on a request is blocked, and up to which level rules are asked, by path."""

    def __init__(
        self, level: int, threshold: int, by_path: Sequence[tuple[str, int, int]] = ()
    ) -> None:
        self._default = (level, threshold)
        self._by_path = [(path, (own, points)) for path, own, points in by_path]
        self._by_path.sort(key=lambda one: -len(one[0]))

    def of(self, path: str) -> tuple[int, int]:
        for prefix, found in self._by_path:
            if path.startswith(prefix):
                return found
        return self._default


class Counts:
    """What each rule did, by its id, and bodies that were not looked at as a whole. Outlives the
    engine: a reload begins with no numbers anew."""

    def __init__(self) -> None:
        self.enforced: dict[str, int] = {}
        self.shadowed: dict[str, int] = {}
        self.bodies: dict[str, int] = {}  # "beyond", "unreadable"


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


class Engine(Inspection):
    """`inspect` bytes of a body are looked at; `beyond` and `unreadable`: the verdicts on a body
    that is longer, or cannot be taken apart; None lets it pass, what was read having been asked."""

    def __init__(
        self,
        rules: list[Rule],
        levels: Levels,
        *,
        place: Place | None,
        now: Now,
        inspect: int,
        beyond: Verdict | None = None,
        unreadable: Verdict | None = None,
    ) -> None:
        # One that allows is asked before those that forbid; else the order of the files holds.
        self.rules = sorted(
            rules, key=lambda one: one.verdict is None or one.verdict.action is not Action.ALLOW
        )
        self.counts = Counts()
        self.limits: dict[str, BodyFilter] = {}  # whom rules hand requests to, by name
        self.index = Index()
        self._levels = levels
        self._place = place
        self._now = now
        self._inspect = inspect
        self._beyond = beyond
        self._unreadable = unreadable
        self._reads_bodies = any(rule.reads_body for rule in rules)
        self._always: list[int] = []
        for number, rule in enumerate(self.rules):
            needed = rule.when.needs()
            if needed is None:
                self._always.append(number)
            self.index.add(rule.when.all_needs(), number, needed=needed)
        self.index.build()

    def wants_body(self, request: Request) -> int:
        if not self._reads_bodies or request.body == NO_BODY or request.content_length == 0:
            return 0
        return self._inspect

    def head(self, request: Request) -> Verdict | None:
        return self._ask(Subject(request), with_body=False)

    def body(self, request: Request, body: bytes, whole: bool) -> Verdict | None:
        subject = Subject(request, body, whole)
        verdict = self._ask(subject, with_body=True, body=body, whole=whole)
        if verdict is not None and not verdict.shadow:
            return verdict
        if not whole:
            _count(self.counts.bodies, "beyond")
            if self._beyond is not None:
                return self._beyond
        if subject.unreadable:
            _count(self.counts.bodies, "unreadable")
            if self._unreadable is not None:
                return self._unreadable
        return verdict

    def search(self, subject: Subject) -> Search:
        return Search(self.index, subject, self._place, self._now)

    def asked(self, subject: Subject) -> list[int]:
        """The numbers of the rules that may hold."""
        return sorted({*(self.index.candidates(subject) or ()), *self._always})

    def held(self, subject: Subject) -> tuple[list[int], Search]:
        """The numbers of all rules that hold, exemptions and level included."""
        search = self.search(subject)
        level = self._levels.of(subject.request.path)[0]
        held: list[int] = []
        for number in self.asked(subject):
            rule = self.rules[number]
            if rule.level <= level and rule.holds(search):
                held.append(number)
                if rule.tag:
                    search.tags.add(rule.tag)
        return held, search

    def _told(self, verdict: Verdict, rule: Rule, search: Search) -> Verdict:
        """The verdict, with what was found and where."""
        rule.holds(search)  # exceptions are those of the rule last asked
        evidence = first_found(rule.when, search)
        if evidence is None:
            return verdict
        value, text, span = evidence
        return Verdict(
            verdict.action,
            verdict.rule,
            reason=verdict.reason,
            found_in=value.origin,
            found=masked(text, span),
        )

    def _limited(self, name: str, request: Request, body: bytes, whole: bool) -> Verdict | None:
        limit = self.limits.get(name)
        if limit is None:
            return None
        if body and limit.wants_body(request):
            return limit.check_body(request, body, whole)
        return limit.check(request)

    def _ask(
        self, subject: Subject, *, with_body: bool, body: bytes = b"", whole: bool = True
    ) -> Verdict | None:
        numbers = self.asked(subject)
        if not numbers:
            return None
        request = subject.request
        search = self.search(subject)
        level, threshold = self._levels.of(request.path)
        final = with_body or self.wants_body(request) == 0  # else all are asked again
        points, best, by = 0, 0, -1
        shadowed: Verdict | None = None
        for number in numbers:
            rule = self.rules[number]
            if rule.level > level or (rule.reads_body and not final) or not rule.holds(search):
                continue
            if rule.tag:
                search.tags.add(rule.tag)
            enforced = rule.enforced(request.client)
            if final or (enforced and rule.verdict is not None):
                _count(self.counts.enforced if enforced else self.counts.shadowed, rule.id)
            if not enforced:
                shadowed = shadowed or rule.shadow
            elif rule.verdict is not None:
                allows = rule.verdict.action is Action.ALLOW
                return None if allows else self._told(rule.verdict, rule, search)
            elif rule.score:
                points += rule.score
                if rule.score > best:
                    best, by = rule.score, number
            elif rule.limit and final:
                limited = self._limited(rule.limit, request, body, whole)
                if limited is not None and not limited.shadow:
                    return limited
        if by >= 0 and points >= threshold:
            return self._told(Verdict(Action.BLOCK, self.rules[by].id), self.rules[by], search)
        return shadowed
