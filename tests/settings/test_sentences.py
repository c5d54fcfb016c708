"""Faults in the settings: every one that can be has words of ours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from gateway.config import ConfigError, loads
from gateway.settings.models import Settings
from gateway.settings.sentences import KINDS, OFF, PATTERNS

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e400, -1e400, "", "x", "off", "1" * 5000, "\ud800", [],
    [None], [[]], [{}], ["x"] * 100, {}, {"x": None}, {"ar": 1}, {"x": []},
)  # fmt: skip
# pydantic's words, and Python's.
FOREIGN = re.compile(
    r"[Ii]nput should|should |valid |tuple|dict|pattern|None|True|False|Error|cannot stand here"
)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def places(
    model: type[BaseModel], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], bool]]:
    """Every key of the configuration, and whether a part with keys of its own stands there; where
    a list of such belongs, those of an entry."""
    for name, field in model.model_fields.items():
        within = next(models(field.annotation), None)
        own = within is not None and within.__module__.startswith("gateway.settings")
        yield (*path, name), own
        if within is not None and own and within.__name__ not in {"Endpoint", "Rate"}:
            is_list = "list[" in str(field.annotation)
            yield from places(within, (*path, name, 0) if is_list else (*path, name))


PLACES = list(places(Settings))


def written(path: tuple[str | int, ...], value: Any) -> Any:
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
    return value


def test_the_places_are_all_of_the_settings() -> None:
    assert len(PLACES) > 150
    assert (("limits", 0, "match", "methods"), False) in PLACES
    assert (("listen", 0, "tls", "certificates", 0, "key"), False) in PLACES


@pytest.mark.parametrize("path", [path for path, _ in PLACES], ids=str)
def test_no_value_meets_foreign_words(path: tuple[str | int, ...]) -> None:
    for junk in JUNK:
        data = written(path, junk)
        try:
            Settings.model_validate(data)
        except ValidationError as error:
            kinds = {one["type"] for one in error.errors()}
            assert kinds <= KINDS | {"missing", "extra_forbidden"}, f"{path}: {junk!r:.80}"


@pytest.mark.parametrize("path", [path for path, _ in PLACES], ids=str)
def test_no_value_is_told_in_foreign_words(path: tuple[str | int, ...]) -> None:
    for junk in ("null", "true", "-1", "1.5", "x", "off", "''", "[]", "[[]]", "{}", "{x: [1]}"):
        text = str(written(path, "JUNK")).replace("'JUNK'", junk).replace("'", "")
        try:
            loads(text, Path("gw.yaml"), {}, files=False)
        except ConfigError as error:
            for fault in error.faults:
                assert not FOREIGN.search(fault.message), f"{text}: {fault}"


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if schema.get("type") == "str" and "pattern" in schema:
            yield schema["pattern"]
        for one in schema.values():
            yield from patterns(one)
    elif isinstance(schema, list | tuple):
        for one in schema:
            yield from patterns(one)


def test_every_pattern_has_its_words() -> None:
    assert set(patterns(Settings.__pydantic_core_schema__)) == set(PATTERNS)


def test_every_part_of_the_file_says_how_it_is_switched_off() -> None:
    top = {str(path[0]) for path, own in PLACES if own and len(path) == 1}
    assert top - set(OFF) == {"listen", "control", "platform", "http"}
    known = {".".join(part for part in path if isinstance(part, str)) for path, _ in PLACES}
    assert set(OFF) <= known


@pytest.mark.parametrize("path", sorted(OFF))
def test_what_is_said_of_off_can_be_written(path: str) -> None:
    """Where an example stands, it is taken."""
    example = OFF[path].removeprefix("write ")
    if example == OFF[path] or not example.startswith(f"{path.rpartition('.')[2]}: "):
        return
    example = re.sub(r"[,;] (for|which) .*", "", example)
    for part in reversed(path.split(".")[:-1]):
        example = f"{part}: {{{example}}}"
    loads(example, Path("gw.yaml"), {}, files=False)
