"""From the models of rules to conditions that can be asked."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.prefixes import PrefixTable, parse_network
from gateway.rules import conditions, models
from gateway.rules.conditions import Condition, Need
from gateway.rules.detectors import sqli, xss
from gateway.rules.fields import Field, Group, Kind, field
from gateway.rules.patterns import Pattern
from gateway.rules.text import DEEP, Form, in_form, is_local

# operator: what says so for certain, and the pattern without which it never does
_DETECTORS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "is_sqli": (sqli.found, sqli.HINT),
    "is_xss": (xss.found, xss.HINT),
}
_GUESSED: Final = frozenset({"arguments.count", "json.depth", "upload.size"})
_REMEMBERED: Final = 4096  # answers of a detector, of texts of _SHORT characters: 3 MiB
_SHORT: Final = 256
_ALTERNATIVES: Final = 200  # texts of one pattern; more are looked up in a table
_SPECIAL: Final = re.compile(r"([^A-Za-z0-9_\u0080-\U0010ffff])")
Files = Mapping[str, tuple[str, ...]]  # lines of the files that rules name


def compiled(model: Any, files: Files) -> Condition:
    """The condition that `model` (of models.Condition) describes."""
    if isinstance(model, models.AllOf):
        return conditions.All([compiled(one, files) for one in model.all])
    if isinstance(model, models.AnyOf):
        return conditions.Any([compiled(one, files) for one in model.any])
    if isinstance(model, models.NotOf):
        return conditions.Not(compiled(model.not_, files))
    return _check(model, files)


def form_of(check: models.Check) -> Form:
    return DEEP if check.transform is None else tuple(check.transform)


def literals(check: models.Check, files: Files) -> list[str]:
    """The texts that a value is compared with."""
    operator, value = check.operand()
    if operator == "in_file":
        return list(files[value])
    if operator in {"is", "in", "contains", "contains_any", "starts_with", "ends_with"}:
        return [str(one) for one in (value if isinstance(value, list) else [value])]
    return []


def unreachable(check: models.Check, files: Files) -> str:
    """Why a condition can never hold; "" if it can."""
    form = form_of(check)
    if field(check.field).kind is not Kind.TEXT:
        return ""
    for text in literals(check, files):
        made = in_form(text, form)
        if made.casefold() != text.casefold():
            return (
                f"{text!r} is never found: values are looked at after {', '.join(form)}, which "
                f"makes it {made!r}; write that, or transform: []"
            )
    return ""


def _check(check: models.Check, files: Files) -> Condition:
    own = field(check.field)
    operator, value = check.operand()
    if own.kind is Kind.TEXT:
        return _of_text(check, own, operator, value, files)
    if own.kind is Kind.ADDRESS:
        texts = literals(check, files) if operator != "in_network" else value
        return conditions.OfClient(PrefixTable((parse_network(text), True) for text in texts))
    if own.kind is Kind.NUMBER:
        above = value if operator == "greater_than" and own.name in _GUESSED else -1
        return conditions.OfNumbers(own.name, _number_test(operator, value), above=above)
    if own.kind is Kind.TRUTH:
        return conditions.Truth(own.name, value)
    if own.kind is Kind.TIME:
        begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in value.split("-"))
        return conditions.Hours(begin, end)
    if operator == "exists":
        return conditions.Word(own.name, frozenset(), value)
    words = literals(check, files)
    if own.name in {"method", "client.country"}:
        words = [word.upper() for word in words]
    return conditions.Word(own.name, frozenset(words))


def _of_text(check: models.Check, own: Field, operator: str, value: Any, files: Files) -> Condition:
    if operator == "exists":
        return conditions.OfValues(own, lambda texts: bool(texts) is value)
    if operator == "more_than":
        return conditions.OfValues(own, lambda texts: len(texts) > value, more_than=value)
    if operator == "longer_than":
        return conditions.OfValues(
            own, lambda texts: any(len(text) > value for text in texts), longer_than=value
        )
    if operator == "in_file" and len(files[value]) > _ALTERNATIVES:
        return _in_table(own, form_of(check), files[value], check.case_sensitive)
    detector = None
    if operator in _DETECTORS:
        found, pattern = _DETECTORS[operator]
        detector = remembering(found)
    else:
        pattern = _pattern(operator, value, literals(check, files))
    return conditions.Text(
        own,
        _need(own, form_of(check), pattern),
        Pattern(pattern, case_sensitive=check.case_sensitive),
        case_sensitive=check.case_sensitive,
        detector=detector,
    )


def remembering(found: Callable[[str], bool]) -> Callable[[str], bool]:
    """`found`, which need not look twice at a short text that comes again, as headers do."""
    known = functools.lru_cache(_REMEMBERED)(found)
    return lambda text: known(text) if len(text) <= _SHORT else found(text)


def _need(own: Field, form: Form, pattern: str) -> Need:
    """What must be found for a condition to hold: in the one header, with the field's name."""
    if own.word in {"host", "header.NAME"}:
        return Need(own.group, form, pattern, header=(own.argument or "host").encode("latin-1"))
    name = own.argument
    if not name or own.group is not Group.ARGUMENTS or not is_local(form):
        return Need(own.group, form, pattern)
    begin = "^"
    if own.word == "json.PATH":
        begin, name = r"(?:^|\.)", name.rpartition(".")[2]
    if in_form(name, form).casefold() != name.casefold():
        return Need(own.group, form, pattern)
    return Need(own.group, form, pattern, also=f"{begin}{_escaped(name)}$")


def _in_table(own: Field, form: Form, lines: tuple[str, ...], case_sensitive: bool) -> Condition:
    known = frozenset(lines if case_sensitive else [line.casefold() for line in lines])

    def test(texts: list[str]) -> bool:
        made = [in_form(text, form) for text in texts]
        return any((text if case_sensitive else text.casefold()) in known for text in made)

    return conditions.OfValues(own, test)


def _pattern(operator: str, value: Any, texts: list[str]) -> str:
    if operator == "matches":
        return str(value)
    choice = "(?:" + "|".join(map(_escaped, texts)) + ")"
    if operator in {"is", "in", "in_file"}:
        return f"^{choice}$"
    if operator == "starts_with":
        return f"^{choice}"
    return f"{choice}$" if operator == "ends_with" else choice


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _number_test(operator: str, value: Any) -> Callable[[int], bool]:
    if operator == "greater_than":
        return lambda number: number > value
    if operator == "less_than":
        return lambda number: number < value
    if operator == "exists":
        return lambda number: bool(number) is value
    among = frozenset(value if operator == "in" else [value])
    return lambda number: number in among
