"""What is looked for in a request, found in two steps.

First the values of a group, joined by line feeds, are searched once for all patterns that a rule
needs (a `PatternSet` for each group and form). Where nothing is found no rule can hold, and that is
all that a clean request costs; of what repeats (paths, headers, queries) even that is remembered.
Else each value of the group is searched by itself, once, for the patterns of all rules; conditions
then look up what was found. So the work is bounded by values × forms, whatever the rules are.

The law: what is found in a value is found in the joined text (`text.is_local`, `PatternSet`).
Memory: each of the memories holds REMEMBERED answers about texts of LONGEST bytes at most, 3 MiB.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.request import NO_BODY, Request
from gateway.rules.conditions import Facts, Need, Place
from gateway.rules.fields import Field, Group
from gateway.rules.patterns import Pattern, PatternSet
from gateway.rules.subject import Subject, Value, asked
from gateway.rules.text import (
    DEEP,
    Form,
    decoded,
    deep,
    encoded,
    in_form,
    is_local,
    is_plain,
    odd,
)

REMEMBERED: Final = 8192
LONGEST: Final = 256
Found = tuple[Value, str, bool]
Now = Callable[[], tuple[str, int, int]]
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NONE: Final[tuple[int, ...]] = ()


class Sought:
    """All patterns of one group in one form, and the rules that need each."""

    def __init__(self, group: Group, form: Form) -> None:
        self.group = group
        self.form = form
        self.patterns: list[str] = []
        # By pattern: the rules that need it, each with what must be found too, and in which header.
        self.rules: list[list[tuple[int, int, bytes]]] = []
        self._numbers: dict[str, int] = {}
        self._single: list[Pattern] = []
        self._local = is_local(form)
        self._odd = -1  # the number of the pattern that tells text from its form
        self._set: PatternSet | None = None
        self._known: dict[str, tuple[str, list[int]]] = {}
        self.failures = 0  # searches that ran out of memory

    def add(self, need: Need) -> None:
        need.number = self._number(need.pattern)
        if need.also:
            need.also_number = self._number(need.also)

    def _number(self, pattern: str) -> int:
        number = self._numbers.get(pattern)
        if number is None:
            number = self._numbers[pattern] = len(self.patterns)
            self.patterns.append(pattern)
            self.rules.append([])
        return number

    def build(self) -> None:
        """Raises PatternError where the patterns do not fit."""
        telling = odd(self.form)
        self._set = PatternSet([*self.patterns, telling] if telling else self.patterns)
        self._odd = len(self.patterns) if telling else -1
        self._single = [Pattern(pattern) for pattern in self.patterns]

    def text_of(self, value: str) -> str:
        return deep(value) if self.form == DEEP else in_form(value, self.form)

    def in_joined(self, raw: bytes, subject: Subject | None) -> list[int]:
        """The patterns that match in some line of `raw`, and perhaps some that match in none.

        `subject`: whose values the lines are; None: it is one value. Most text need not be brought
        into its form: it is in it already.
        """
        if self._odd >= 0 and is_plain(raw):
            found = self._search(raw)
            if not found or found[-1] != self._odd:
                return found
        if self._local or subject is None:
            return self.in_value(self.text_of(decoded(raw)))
        values = subject.values(self.group)
        return self.in_value("\n".join([self.text_of(value.text) for value in values]))

    def in_value(self, text: str) -> list[int]:
        """The same of one value, given in its form."""
        found = self._search(encoded(text))
        return found[:-1] if found and found[-1] == self._odd else found

    def looked_at(self, value: str) -> tuple[str, list[int]]:
        """The value in its form, and what was found in it."""
        text = self.text_of(value)
        return text, self.in_value(text)

    def remembered(self, value: str) -> tuple[str, list[int]]:
        """The same; short values are not searched twice."""
        known = self._known.get(value)
        if known is None:
            known = self.looked_at(value)
            if len(value) <= LONGEST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[value] = known
        return known

    def _search(self, raw: bytes) -> list[int]:
        if self._set is None:
            return []
        found = self._set.search(raw)
        if found is None:
            self.failures += 1
            text = raw.decode("utf-8", "replace")
            return [n for n, one in enumerate(self._single) if "\n" in text or one.matches(text)]
        return found


class Index:
    """Every pattern of a ruleset, and what was found in texts that come again."""

    def __init__(self) -> None:
        self._sought: dict[tuple[int, Form], Sought] = {}
        self.by_group: dict[int, list[Sought]] = {}
        self._known: dict[int, dict[object, tuple[int, ...]]] = {
            Group.PATH: {},
            Group.HEADERS: {},
            Group.HEADER_NAMES: {},
            Group.ARGUMENTS: {},
        }

    def add(self, needs: list[Need], rule: int, *, needed: list[Need] | None) -> None:
        """`needs` of rule number `rule`; it is asked where one of `needed` is found."""
        for need in needs:
            key = (int(need.group), need.form)
            sought = self._sought.get(key)
            if sought is None:
                sought = self._sought[key] = Sought(need.group, need.form)
                self.by_group.setdefault(int(need.group), []).append(sought)
            sought.add(need)
        for need in needed or ():
            rules = self.of(need).rules[need.number]
            entry = (rule, need.also_number, need.header)
            if entry not in rules:
                rules.append(entry)

    def build(self) -> None:
        for sought in self._sought.values():
            sought.build()

    def of(self, need: Need) -> Sought:
        return self._sought[int(need.group), need.form]

    @property
    def failures(self) -> int:
        return sum(one.failures for one in self._sought.values())

    def candidates(self, subject: Subject) -> set[int] | None:
        """The rules that may hold; None: none."""
        request = subject.request
        found: set[int] | None = None
        for group, sought in self.by_group.items():
            if group == Group.PATH:
                rules = self._remembered(group, request.path, subject, sought)
            elif group == Group.HEADERS:
                rules = self._of_headers(request, subject, sought)
            elif group == Group.HEADER_NAMES:
                names = b"\n".join([name for name, _ in request.headers])
                rules = self._remembered(group, names, subject, sought)
            elif group == Group.ARGUMENTS and request.body == NO_BODY:
                query = asked(request)
                if not query:
                    continue
                rules = self._remembered(group, query, subject, sought)
            else:
                rules = self._rules(subject.joined(group), sought, subject)
            if rules:
                found = {*rules} if found is None else found.union(rules)
        return found

    def _remembered(
        self, group: int, key: str | bytes, subject: Subject, sought: list[Sought]
    ) -> tuple[int, ...]:
        known = self._known[group]
        rules = known.get(key)
        if rules is None:
            rules = self._rules(subject.joined(group), sought, subject)
            if len(known) >= REMEMBERED:
                known.clear()
            if len(key) <= LONGEST:
                known[key] = rules
        return rules

    def _of_headers(
        self, request: Request, subject: Subject, sought: list[Sought]
    ) -> tuple[int, ...]:
        """Header by header: the same few values come again and again."""
        known = self._known[Group.HEADERS]
        found: tuple[int, ...] = _NONE
        for header in [(b"host", request.host), *request.headers]:
            name = header[0]
            if name in {b"cookie", b"content-length"}:
                continue
            rules = known.get(header)
            if rules is None:
                rules = self._rules(header[1], sought, None, name)
                if len(header[1]) <= LONGEST:
                    if len(known) >= REMEMBERED:
                        known.clear()
                    known[header] = rules
            if rules:
                found += rules
        return found

    def _rules(
        self, raw: bytes, sought: list[Sought], subject: Subject | None, header: bytes = b""
    ) -> tuple[int, ...]:
        if not raw:
            return _NONE
        found: set[int] = set()
        for one in sought:
            numbers = one.in_joined(raw, subject)
            for number in numbers:
                for rule, also, name in one.rules[number]:
                    if (also < 0 or also in numbers) and (not name or name == header):
                        found.add(rule)
        return tuple(found)


class Search(Facts):
    """What conditions ask of one request. `work`: values searched by themselves, so far."""

    def __init__(self, index: Index, subject: Subject, place: Place | None, now: Now) -> None:
        super().__init__(subject.request)
        self.subject = subject
        self.work = 0
        self._index = index
        self._place = place
        self._now = now
        self._found: dict[tuple[int, Form], dict[int, list[Found]]] = {}

    def found(self, need: Need) -> Sequence[Found]:
        key = (int(need.group), need.form)
        by_pattern = self._found.get(key)
        if by_pattern is None:
            by_pattern = self._found[key] = self._search(self._index.of(need))
        return by_pattern.get(need.number, ())

    def _search(self, sought: Sought) -> dict[int, list[Found]]:
        look = sought.remembered if sought.group == Group.HEADERS else sought.looked_at
        by_pattern: dict[int, list[Found]] = {}
        for value in self.subject.values(sought.group):
            self.work += 1
            text, numbers = look(value.text)
            certain = "\n" not in text
            for number in numbers:
                by_pattern.setdefault(number, []).append((value, text, certain))
        return by_pattern

    def values(self, field: Field) -> list[Value]:
        return self.subject.of(field)

    def count(self, field: Field) -> int:
        return self.subject.count(field)

    def longest(self, group: int) -> int:
        return self.subject.longest(group)

    def at_most(self, name: str) -> int:
        return self.subject.at_most(name)

    def number(self, name: str) -> list[int]:
        request, subject = self.request, self.subject
        if name == "body.size":
            return [max(0, request.content_length) if request.body != NO_BODY else 0]
        if name == "client.asn":
            return [self.place()[1]]
        values = subject.values(Group.ARGUMENTS)  # takes it apart
        if name == "upload.size":
            return subject.upload_sizes
        if name == "json.depth":
            return [subject.depth]
        return [sum(one.source in {"query", "form", "json"} for one in values)]

    def place(self) -> tuple[str, int]:
        return ("", 0) if self._place is None else self._place(self.request.client)

    def moment(self) -> tuple[str, int, int]:
        return self._now()


def zoned(clock: Clock, zone: str) -> Now:
    """The moment, for conditions, in `zone` (IANA name), read from the one clock."""
    where = ZoneInfo(zone)

    def now() -> tuple[str, int, int]:
        moment = datetime.fromtimestamp(clock.wall(), where)
        minute = moment.hour * 60 + moment.minute
        return _DAYS[moment.weekday()], minute, moment.toordinal()

    return now
