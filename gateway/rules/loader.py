"""Reading a ruleset: every file of the folder, and all that is wrong with any of them at once.

A ruleset with a fault is refused whole: whoever has a good one keeps it. What is read here travels
to the workers as it is, so that what was checked is what they ask.
"""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from gateway.clock import Clock
from gateway.prefixes import parse_network
from gateway.rules import compiler
from gateway.rules.fields import Kind, field
from gateway.rules.models import TAGGED, AllOf, AnyOf, Check, ExceptionEntry, NotOf, RuleModel, Then
from gateway.settings.source import ConfigError, Fault, Source
from gateway.settings.suggest import did_you_mean
from gateway.settings.wording import Error, faults

SOON: Final = 14  # days before a rule's end in which it is warned of
_RULES: Final = TypeAdapter(list[RuleModel])
EXCEPTIONS: Final = "exceptions"  # the file, of .yaml, that holds exceptions to rules of the others
_EXCEPTIONS: Final = TypeAdapter(list[ExceptionEntry])
_MOST: Final = 1_000_000  # lines of a file that rules name


class Place:
    """Where a rule stands."""

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Ruleset:
    """Rules in the order of the files' names; `files`: lines of those that rules name, by name;
    `version`: a digest of all that was read, ten hexadecimal digits."""

    def __init__(
        self,
        rules: list[RuleModel],
        places: dict[str, Place],
        files: dict[str, tuple[str, ...]],
        version: str,
        warnings: list[str],
    ) -> None:
        self.rules = rules
        self.places = places
        self.files = files
        self.version = version
        self.warnings = warnings

    def active(self, today: datetime.date) -> list[RuleModel]:
        """Those that are asked: neither switched off nor past their day."""
        return [
            rule
            for rule in self.rules
            if rule.mode != "off" and (rule.expires is None or today < rule.expires)
        ]

    def only(self, name: str) -> "Ruleset":
        """The one rule, enforced whatever its mode and its last day."""
        changed = {"mode": "enforce", "expires": None}
        rules = [one.model_copy(update=changed) for one in self.rules if one.id == name]
        return Ruleset(rules, self.places, self.files, self.version, [])


def today(clock: Clock) -> datetime.date:
    """The day by which rules begin and end, in UTC."""
    return datetime.datetime.fromtimestamp(clock.wall(), datetime.UTC).date()


EMPTY: Final = Ruleset([], {}, {}, "none", [])


def load(folder: Path, today: datetime.date, limits: Iterable[str] | None = None) -> Ruleset:
    """All rules of `folder`/*.yaml. Raises ConfigError with every fault.

    `limits`: names of the configuration's limits, where they are known.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
        texts = {path: path.read_text("utf-8") for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([Fault(str(folder), 0, 0, "", f"cannot be read: {reason}")]) from None
    return loads(texts, folder, today, limits)


def loads(
    texts: Mapping[Path, str],
    folder: Path,
    today: datetime.date,
    limits: Iterable[str] | None = None,
) -> Ruleset:
    """As `load`, with the files' texts at hand."""
    reading = _Reading(folder, None if limits is None else list(limits))
    digest = hashlib.sha256()
    for path, text in texts.items():
        reading.file(path, text)
        digest.update(f"{path.name}\0{text}\0".encode())
    reading.except_some()
    if reading.faults:
        raise ConfigError(sorted(reading.faults, key=lambda f: (f.file, f.line, f.column)))
    for name, lines in sorted(reading.files.items()):
        digest.update("\0".join((name, *lines)).encode())
    for rule in reading.rules:
        reading.warn(rule, today)
    version = digest.hexdigest()[:10] if texts else "none"
    return Ruleset(reading.rules, reading.places, reading.files, version, reading.warnings)


class _Reading:
    def __init__(self, folder: Path, limits: list[str] | None) -> None:
        self.rules: list[RuleModel] = []
        self.places: dict[str, Place] = {}
        self.files: dict[str, tuple[str, ...]] = {}
        self.faults: list[Fault] = []
        self.warnings: list[str] = []
        self._folder = folder
        self._exceptions: Source | None = None
        self._limits = limits

    def file(self, path: Path, text: str) -> None:
        source = Source(str(path), text, None)
        self.faults += source.faults
        if source.faults and not source.data:
            return
        if source.data == {}:
            return  # nothing but comments
        if not isinstance(source.data, list):
            self.faults.append(source.fault((), "a rules file is a list: each rule begins with -"))
            return
        if path.stem == EXCEPTIONS:
            self._exceptions = source
            return
        for index, entry in enumerate(source.data):
            try:
                (rule,) = _RULES.validate_python([entry])
            except ValidationError as error:
                self.faults += faults(source, _placed(error, index), RuleModel, TAGGED)
                continue
            self._take(rule, source, index)

    def except_some(self) -> None:
        """What the file of exceptions says, put to the rules, which are all read."""
        source = self._exceptions
        if source is None:
            return
        numbers = {rule.id: number for number, rule in enumerate(self.rules)}
        for index, entry in enumerate(source.data):
            try:
                (made,) = _EXCEPTIONS.validate_python([entry])
            except ValidationError as error:
                self.faults += faults(source, _placed(error, index), ExceptionEntry, TAGGED)
                continue
            number = numbers.get(made.rule)
            if number is None:
                close = did_you_mean(made.rule, numbers).partition(" (there are")[0]
                told = f"no rule is called {made.rule!r}{close}"
                self.faults.append(source.fault((index, "rule"), told))
                continue
            rule = self.rules[number]
            tests = rule.tests
            if made.miss is not None:
                tests = tests.model_copy(update={"misses": [*tests.misses, made.miss]})
            changed = {"except_": [*rule.except_, made], "tests": tests}
            self.rules[number] = rule.model_copy(update=changed)

    def _take(self, rule: RuleModel, source: Source, index: int) -> None:
        place = Place(source.file, source.place((index,))[0])
        if rule.id in self.places:
            self.faults.append(
                source.fault((index, "id"), f"{rule.id} stands at {self.places[rule.id]} already")
            )
            return
        before = len(self.faults)
        for path, check in _checks(rule.when, (index, "when")):
            self._examine(check, source, path)
        if isinstance(rule.then, Then) and rule.then.limit is not None:
            name = rule.then.limit
            if self._limits is not None and name not in self._limits:
                told = (
                    f"the configuration has no limit {name!r} with by_rules: true"
                    f"{did_you_mean(name, self._limits)}"
                )
                self.faults.append(source.fault((index, "then", "limit"), told))
        if len(self.faults) == before:
            self.places[rule.id] = place
            self.rules.append(rule)

    def _examine(self, check: Check, source: Source, path: tuple[str | int, ...]) -> None:
        if check.in_file is not None and not self._read(check, source, path):
            return
        why = compiler.unreachable(check, self.files)
        if why:
            self.faults.append(source.fault((*path, check.operand()[0]), why))

    def _read(self, check: Check, source: Source, path: tuple[str | int, ...]) -> bool:
        name = str(check.in_file)
        at = (*path, "in_file")
        if name in self.files:
            return True
        if Path(name).is_absolute() or ".." in Path(name).parts:
            self.faults.append(source.fault(at, f"{name} does not lie beside the rules"))
            return False
        try:
            lines = (self._folder / name).read_text("utf-8").splitlines()[:_MOST]
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.faults.append(source.fault(at, f"{self._folder / name} cannot be read: {reason}"))
            return False
        found = [line.partition(" #")[0].strip() for line in lines if not line.startswith("#")]
        self.files[name] = tuple(line for line in found if line)
        if not self.files[name]:
            self.faults.append(source.fault(at, f"{self._folder / name} holds nothing"))
            return False
        if field(check.field).kind is Kind.ADDRESS:
            for line in self.files[name]:
                try:
                    parse_network(line)
                except ValueError as error:
                    self.faults.append(source.fault(at, f"{self._folder / name}: {error}"))
                    return False
        return True

    def warn(self, rule: RuleModel, today: datetime.date) -> None:
        place = self.places[rule.id]
        if not rule.tests.hits or not rule.tests.misses:
            missing = "a hit" if not rule.tests.hits else "a miss"
            self.warnings.append(f"{place}: {rule.id} has no test with {missing}: write one")
        if rule.expires is not None:
            left = (rule.expires - today).days
            if left <= 0:
                self.warnings.append(f"{place}: {rule.id} is off since {rule.expires}: remove it")
            elif left <= SOON:
                self.warnings.append(f"{place}: {rule.id} is off from {rule.expires} on")


def _placed(error: ValidationError, index: int) -> list[Error]:
    """The errors of a list's one entry, at that entry's place in the file."""
    return [{**one, "loc": (index, *one["loc"][1:])} for one in error.errors(include_url=False)]


def _checks(
    condition: Any, path: tuple[str | int, ...]
) -> Iterable[tuple[tuple[str | int, ...], Check]]:
    if isinstance(condition, AllOf):
        for number, one in enumerate(condition.all):
            yield from _checks(one, (*path, "all", number))
    elif isinstance(condition, AnyOf):
        for number, one in enumerate(condition.any):
            yield from _checks(one, (*path, "any", number))
    elif isinstance(condition, NotOf):
        yield from _checks(condition.not_, (*path, "not"))
    else:
        yield path, condition
