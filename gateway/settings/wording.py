"""What pydantic found wrong, as faults at their place; sentences.py has the words."""

import typing
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from gateway.settings.sentences import allowed_words, sentence
from gateway.settings.source import Fault, Source
from gateway.settings.suggest import did_you_mean

_TAGS: Final = frozenset({"int", "str", "bool", "constrained-str", "constrained-int"})
_NO_TAGS: Final[Mapping[str, type[BaseModel]]] = {}
Error = dict[str, Any]


def faults(
    source: Source,
    errors: Sequence[Error],
    root: type[BaseModel],
    tagged: Mapping[str, type[BaseModel]] = _NO_TAGS,
) -> list[Fault]:
    """The faults that `errors`, those of a ValidationError, are. What might be of several kinds is
    told once, though pydantic tells of each kind.

    `root`: the model at path (), or of each entry of a list; `tagged`: members of unions by their
    tag, which has a bracket in it.
    """
    by_path: dict[tuple[str | int, ...], list[Error]] = {}
    for error in errors:
        path = tuple(part for part in error["loc"] if not _is_tag(part))
        by_path.setdefault(path, []).append(error)
    return [_fault(source, path, found, root, tagged) for path, found in by_path.items()]


def _fault(
    source: Source,
    path: tuple[str | int, ...],
    errors: list[Error],
    root: type[BaseModel],
    tagged: Mapping[str, type[BaseModel]],
) -> Fault:
    kind = errors[0]["type"]
    if kind == "extra_forbidden":
        known = _keys_at(root, errors[0]["loc"][:-1], tagged)
        return source.fault(path, f"unknown key{did_you_mean(str(path[-1]), known)}", key=True)
    if kind == "missing":
        return source.fault(path[:-1], f"{path[-1]!r} is missing here")
    told = sentence(errors, ".".join(part for part in path if isinstance(part, str)))
    if kind == "literal_error" and len(errors) == 1:
        guess = did_you_mean(str(errors[0]["input"]), allowed_words(errors[0]))
        told += guess.partition(" (there are")[0]
    return source.fault(path, told)


def _is_tag(part: object) -> bool:
    """Pydantic names the members of a union in the path; no key of ours looks like one."""
    return isinstance(part, str) and ("[" in part or part in _TAGS)


def _keys_at(
    root: Any, path: tuple[str | int, ...], tagged: Mapping[str, type[BaseModel]]
) -> list[str]:
    """The keys that the model at `path` knows."""
    model: Any = root
    for part in path:
        if part in tagged:
            model = tagged[str(part)]
        elif _is_tag(part):
            continue
        elif isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(part)
            model = _model_within(field.annotation) if field else None
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _model_within(annotation: Any) -> Any:
    """The model in `list[Model]`, `Model | None` or `Annotated[Model, …]`."""
    if get_origin(annotation) is typing.Annotated:
        return _model_within(get_args(annotation)[0])
    for argument in get_args(annotation):
        found = _model_within(argument)
        if found is not None:
            return found
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None
