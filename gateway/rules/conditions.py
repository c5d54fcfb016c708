"""Conditions, compiled: exact, asked only for rules that may hold.

A condition's *need* is what must be found for it to hold: (group, form, pattern) of which at least
one must match in the joined text of the group. None: it may hold without any. A need is never too
narrow; that it is seldom too wide is what makes clean requests cheap.
"""

from collections.abc import Callable, Sequence
from typing import Final

from mypy_extensions import mypyc_attr

from gateway.address import Address
from gateway.prefixes import PrefixTable
from gateway.request import Request
from gateway.rules.fields import Field, Group
from gateway.rules.patterns import Pattern
from gateway.rules.subject import Value, accepts
from gateway.rules.text import Form, in_form

_FEW: Final = 16  # values that are asked one by one
Place = Callable[[Address], tuple[str, int]]  # country and AS number, "" and 0 where unknown


class Need:
    """One pattern that is looked for in a group, in a form.

    `also`: a pattern of the same group and form that has to be found too, "" for none: the field's
    name. `header`: the one header in which it counts, b"" for all.
    """

    __slots__ = ("also", "also_number", "form", "group", "header", "number", "pattern")

    def __init__(
        self, group: Group, form: Form, pattern: str, *, also: str = "", header: bytes = b""
    ) -> None:
        self.group = group
        self.form = form
        self.pattern = pattern
        self.also = also
        self.header = header
        self.number = -1  # within the set of its group and form, once that is built
        self.also_number = -1


@mypyc_attr(allow_interpreted_subclasses=True)
class Facts:
    """What conditions ask of a request; search.py answers."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.tags: set[str] = set()
        self.skipped: frozenset[str] = frozenset()  # fields at which the rule at hand may not look

    def found(self, need: Need) -> Sequence[tuple[Value, str, bool]]:
        """Values in which the pattern was found; each in its form, and whether that is certain."""
        raise NotImplementedError

    def values(self, field: Field) -> list[Value]:
        """The values of a field, as sent."""
        raise NotImplementedError

    def count(self, field: Field) -> int:
        """There are no more values of that field; a guess that costs little."""
        raise NotImplementedError

    def longest(self, group: int) -> int:
        """No value of that group has more characters."""
        raise NotImplementedError

    def at_most(self, name: str) -> int:
        """No number of that field is larger; a guess that costs little."""
        raise NotImplementedError

    def number(self, name: str) -> list[int]:
        """The numbers of a field such as body.size."""
        raise NotImplementedError

    def place(self) -> tuple[str, int]:
        raise NotImplementedError

    def moment(self) -> tuple[str, int, int]:
        """Weekday, minutes since midnight, and the day's ordinal."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Condition:
    def holds(self, facts: Facts) -> bool:
        raise NotImplementedError

    def needs(self) -> list[Need] | None:
        return None

    def all_needs(self) -> list[Need]:
        """Every pattern in it, needed or not."""
        return []

    def parts(self) -> "list[Condition]":
        return []


class All(Condition):
    def __init__(self, parts: list[Condition]) -> None:
        self._parts = parts

    def holds(self, facts: Facts) -> bool:
        return all(one.holds(facts) for one in self._parts)

    def needs(self) -> list[Need] | None:
        """Those of the part that is least often met: a value before a path, few before many."""
        best: list[Need] | None = None
        for one in self._parts:
            needs = one.needs()
            if needs is not None and (best is None or _cost(needs) < _cost(best)):
                best = needs
        return best

    def all_needs(self) -> list[Need]:
        return [need for one in self._parts for need in one.all_needs()]

    def parts(self) -> list[Condition]:
        return self._parts


def _cost(needs: list[Need]) -> tuple[bool, int]:
    return any(need.group in {Group.PATH, Group.HEADERS} for need in needs), len(needs)


class Any(Condition):
    def __init__(self, parts: list[Condition]) -> None:
        self._parts = parts

    def holds(self, facts: Facts) -> bool:
        return any(one.holds(facts) for one in self._parts)

    def needs(self) -> list[Need] | None:
        found: list[Need] = []
        for one in self._parts:
            needs = one.needs()
            if needs is None:
                return None
            found += needs
        return found

    def all_needs(self) -> list[Need]:
        return [need for one in self._parts for need in one.all_needs()]

    def parts(self) -> list[Condition]:
        return self._parts


class Not(Condition):
    def __init__(self, part: Condition) -> None:
        self._part = part

    def holds(self, facts: Facts) -> bool:
        return not self._part.holds(facts)

    def all_needs(self) -> list[Need]:
        return self._part.all_needs()

    def parts(self) -> list[Condition]:
        return [self._part]


class Text(Condition):
    """`pattern` is found in a value of `field`, looked at in a form.

    `detector`: what says so instead of the pattern, which then only says where it is worth asking.
    """

    def __init__(
        self,
        field: Field,
        need: Need,
        pattern: Pattern,
        *,
        case_sensitive: bool = False,
        detector: Callable[[str], bool] | None = None,
    ) -> None:
        self.field = field
        self.need = need
        self._pattern = pattern
        self._doubtful = case_sensitive or detector is not None
        self._detector = detector

    def holds(self, facts: Facts) -> bool:
        return self.found(facts) is not None

    def found(self, facts: Facts) -> tuple[Value, str] | None:
        """The first value in which it holds, and that value's text in its form."""
        field, skipped = self.field, facts.skipped
        if field.single:
            values = facts.values(field)
            if len(values) <= _FEW:
                return self._among(values, skipped)
        for value, text, certain in facts.found(self.need):
            if skipped and value.origin in skipped:
                continue
            if accepts(field.word, field.name, value) and (
                (certain and not self._doubtful) or self._confirmed(text)
            ):
                return value, text
        return None

    def _among(self, values: list[Value], skipped: frozenset[str]) -> tuple[Value, str] | None:
        for value in values:
            if value.origin not in skipped:
                text = in_form(value.text, self.need.form)
                if self._confirmed(text):
                    return value, text
        return None

    def _confirmed(self, text: str) -> bool:
        return self._pattern.matches(text) if self._detector is None else self._detector(text)

    def span(self, text: str) -> tuple[int, int] | None:
        """Where in `text` it is."""
        return self._pattern.found(text)

    def needs(self) -> list[Need] | None:
        return [self.need]

    def all_needs(self) -> list[Need]:
        return [self.need]


class OfValues(Condition):
    """`test` of a field's values, as sent: how long, how many, whether any."""

    def __init__(
        self,
        field: Field,
        test: Callable[[list[str]], bool],
        *,
        longer_than: int = -1,
        more_than: int = -1,
    ) -> None:
        self._field = field
        self._test = test
        self._longer_than = longer_than  # it holds of nothing shorter
        self._more_than = more_than  # nor of fewer

    def holds(self, facts: Facts) -> bool:
        field, skipped = self._field, facts.skipped
        if self._longer_than >= 0 and facts.longest(field.group) <= self._longer_than:
            return False
        if self._more_than >= 0 and facts.count(field) <= self._more_than:
            return False
        return self._test(
            [value.text for value in facts.values(field) if value.origin not in skipped]
        )


class OfNumbers(Condition):
    def __init__(self, name: str, test: Callable[[int], bool], *, above: int = -1) -> None:
        self._name = name
        self._test = test
        self._above = above  # it holds of nothing that is not larger

    def holds(self, facts: Facts) -> bool:
        if self._above >= 0 and facts.at_most(self._name) <= self._above:
            return False
        return any(self._test(number) for number in facts.number(self._name))


class OfClient(Condition):
    def __init__(self, networks: PrefixTable[bool]) -> None:
        self._networks = networks

    def holds(self, facts: Facts) -> bool:
        return self._networks.get(facts.request.client) is not None


class Word(Condition):
    """The method, the country, the weekday, or a tag is one of `words`; `known` instead: whether
    there is one at all."""

    def __init__(self, name: str, words: frozenset[str], known: bool | None = None) -> None:
        self._name = name
        self._words = words
        self._known = known

    def holds(self, facts: Facts) -> bool:
        found = self._found(facts)
        if self._known is not None:
            return bool(found) is self._known
        return not self._words.isdisjoint(found)

    def _found(self, facts: Facts) -> set[str]:
        if self._name == "tags":
            return facts.tags
        if self._name == "method":
            return {facts.request.method.decode("latin-1")}
        if self._name == "weekday":
            return {facts.moment()[0]}
        country = facts.place()[0]
        return {country} if country else set()


class Truth(Condition):
    def __init__(self, name: str, wanted: bool) -> None:
        self._name = name
        self._wanted = wanted

    def holds(self, facts: Facts) -> bool:
        request = facts.request
        found = request.secure if self._name == "tls" else request.device != 0
        return found is self._wanted


class Until(Condition):
    """Before a day, by the rules' clock; `day`: its ordinal, as of datetime.date."""

    def __init__(self, day: int) -> None:
        self._day = day

    def holds(self, facts: Facts) -> bool:
        return facts.moment()[2] < self._day


class Hours(Condition):
    """From the one minute of the day to before the other; over midnight if that is earlier."""

    def __init__(self, begin: int, end: int) -> None:
        self._begin = begin
        self._end = end

    def holds(self, facts: Facts) -> bool:
        minute = facts.moment()[1]
        if self._begin <= self._end:
            return self._begin <= minute < self._end
        return minute >= self._begin or minute < self._end
