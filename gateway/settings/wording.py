"""What pydantic found wrong, in plain sentences: what is written, and what to write instead."""

import typing
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from gateway.settings.source import Fault, Source
from gateway.settings.suggest import did_you_mean

_NO_TAGS: Final[Mapping[str, type[BaseModel]]] = {}


def fault(
    source: Source,
    error: dict[str, Any],
    root: type[BaseModel],
    tagged: Mapping[str, type[BaseModel]] = _NO_TAGS,
) -> Fault:
    """The fault that `error`, one of a ValidationError's, is.

    `root`: the model at path (), or of each entry of a list; `tagged`: members of unions by their
    tag, which has a bracket in it.
    """
    path = tuple(part for part in error["loc"] if not _is_tag(part))
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(root, error["loc"][:-1], tagged)
        return source.fault(path, f"unknown key{did_you_mean(str(path[-1]), known)}", key=True)
    if kind == "missing":
        return source.fault(path[:-1], f"{path[-1]!r} is missing here")
    return source.fault(path, _sentence(kind, context, error))


def _sentence(kind: str, context: dict[str, Any], error: dict[str, Any]) -> str:
    got = error["input"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in _words(context["expected"])]
        guess = did_you_mean(str(got), allowed).partition(" (there are")[0]
        return f"{got!r} is not one of {', '.join(allowed)}{guess}"
    if kind == "string_pattern_mismatch":
        return f"{got!r} does not fit the pattern {context['pattern']}"
    sentences = {
        "int_type": f"a whole number belongs here, not {got!r}",
        "int_parsing": f"a whole number belongs here, not {got!r}",
        "int_from_float": f"a whole number belongs here, not {got!r}",
        "float_type": f"a number belongs here, not {got!r}",
        "float_parsing": f"a number belongs here, not {got!r}",
        "bool_type": f"true or false belongs here, not {got!r}",
        "bool_parsing": f"true or false belongs here, not {got!r}",
        "string_type": f"a text belongs here, not {got!r}",
        "list_type": f"a list belongs here: [one, two], not {got!r}",
        "dict_type": f"keys and values belong here, not {got!r}",
        "model_type": f"keys and values belong here, not {got!r}",
        "path_type": f"the path of a file belongs here, not {got!r}",
        "too_short": "this list must not be empty",
        "greater_than_equal": f"{got!r} is too small: {context.get('ge')} at least",
        "less_than_equal": f"{got!r} is too large: {context.get('le')} at most",
        "less_than": f"{got!r} is too large: less than {context.get('lt')}",
    }
    return sentences.get(kind, f"{error['msg']} (written: {got!r})")


def _words(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _is_tag(part: object) -> bool:
    """Pydantic names the members of a union in the path; no key of ours looks like one."""
    return isinstance(part, str) and ("[" in part or part in {"int", "str", "constrained-str"})


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
