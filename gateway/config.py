"""Loading the configuration: the file, what it names, and all that is wrong with them at once.

Everything is read here, lists included, so that what was checked is what the workers get: a file
that changes a moment later changes nothing by half.
"""

import difflib
import os
import stat
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gateway.errors import OperatorError
from gateway.prefixes import Network, parse_network
from gateway.secret import read_secrets
from gateway.settings.files import missing_variables, named_files, state_files
from gateway.settings.models import ListModel, Settings
from gateway.settings.sentences import allowed_words, sentence
from gateway.settings.source import ConfigError, Fault, Source

__all__ = ["ConfigError", "Fault", "ListedNetwork", "Loaded", "json_schema", "load", "loads"]

_LIST_LINES: Final = 5_000_000
_TAGS: Final = frozenset({"int", "str", "bool", "constrained-str", "constrained-int"})
_WIDE: Final = 8  # an allowed network of this prefix or shorter is worth a warning


class ListedNetwork:
    """A network of a list, and where it stands."""

    __slots__ = ("file", "line", "network", "text")

    def __init__(self, network: Network, text: str, file: str, line: int) -> None:
        self.network = network
        self.text = text
        self.file = file
        self.line = line


class Loaded:
    """A configuration, complete: `lists` holds what the list files held, by the list's name."""

    def __init__(
        self,
        path: Path,
        settings: Settings,
        lists: dict[str, list[ListedNetwork]],
        state_folder: Path,
        warnings: list[str],
    ) -> None:
        self.path = path
        self.settings = settings
        self.lists = lists
        self.state_folder = state_folder
        self.warnings = warnings

    def input(self, path: Path) -> Path:
        """A file that the configuration names: relative to its own folder."""
        return path if path.is_absolute() else self.path.parent / path


def load(path: Path, environ: Mapping[str, str] = os.environ, *, files: bool = True) -> Loaded:
    """The configuration in `path`. Raises ConfigError with every fault.

    `files` False: the files it names need not be there (to check an example).
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([Fault(str(path), 0, 0, "", f"cannot be read: {reason}")]) from None
    return loads(text, path, environ, files=files)


def loads(
    text: str, path: Path, environ: Mapping[str, str] = os.environ, *, files: bool = True
) -> Loaded:
    """As `load`, with the text at hand."""
    source = Source(str(path), text, environ)
    if source.faults and not source.data:
        raise ConfigError(source.faults)
    if not isinstance(source.data, dict):
        raise ConfigError([source.fault((), "a configuration is keys and values, like listen: …")])
    try:
        settings = Settings.model_validate(source.data)
    except ValidationError as error:
        faults = _faults(source, [dict(one) for one in error.errors(include_url=False)])
        raise ConfigError(_sorted(source.faults + faults)) from None
    folder = settings.state.folder or Path(environ.get("DAWR_STATE") or "var")
    loaded = Loaded(path, settings, {}, folder.absolute(), [])
    if files:
        source.faults += _read_files(loaded, source, environ)
    if source.faults:
        raise ConfigError(_sorted(source.faults))
    _warn(loaded)
    return loaded


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    schema = Settings.model_json_schema(mode="validation")
    for model in [schema, *schema["$defs"].values()]:
        for field in model["properties"].values():
            if isinstance(field.get("default"), dict):
                # In parsed numbers, not as one writes them; each key within tells its own.
                del field["default"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Dawr", **schema}


def _sorted(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))


# Faults, in plain sentences.


def _faults(source: Source, errors: list[dict[str, Any]]) -> list[Fault]:
    """What might be of several kinds is told once, though pydantic tells of each kind."""
    by_path: dict[tuple[str | int, ...], list[dict[str, Any]]] = {}
    for error in errors:
        path = tuple(part for part in error["loc"] if not _is_tag(part))
        by_path.setdefault(path, []).append(error)
    return [_fault(source, path, found) for path, found in by_path.items()]


def _fault(source: Source, path: tuple[str | int, ...], errors: list[dict[str, Any]]) -> Fault:
    kind = errors[0]["type"]
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1])
        return source.fault(path, f"unknown key{_did_you_mean(str(path[-1]), known)}", key=True)
    if kind == "missing":
        return source.fault(path[:-1], f"{path[-1]!r} is missing here")
    told = sentence(errors, ".".join(part for part in path if isinstance(part, str)))
    if kind == "literal_error" and len(errors) == 1:
        guess = _did_you_mean(str(errors[0]["input"]), allowed_words(errors[0]))
        told += guess.partition(" (there are")[0]
    return source.fault(path, told)


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    if close:
        return f' (did you mean "{close[0]}"?)'
    return f" (there are: {', '.join(sorted(known))})" if known else ""


def _is_tag(part: object) -> bool:
    """Pydantic names the members of a union in the path; no key of ours looks like one."""
    return isinstance(part, str) and ("[" in part or part in _TAGS)


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model at `path` knows."""
    model: Any = Settings
    for part in path:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(part)
            model = _model_within(field.annotation) if field else None
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
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


# The files that the configuration names.


def _read_files(loaded: Loaded, source: Source, environ: Mapping[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    for kind in ("allow", "block"):
        for index, entry in enumerate(getattr(loaded.settings.lists, kind)):
            path: tuple[str | int, ...] = ("lists", kind, index)
            if entry.name in loaded.lists:
                faults.append(source.fault(path, f"two lists are called {entry.name}: name them"))
                continue
            loaded.lists[entry.name], wrong = _read_list(loaded, entry, source, path)
            faults += wrong
    for path, file in named_files(loaded.settings):
        faults += _unreadable(loaded.input(file), source, path)
    for file in state_files(loaded.settings):
        faults += _unreadable(file, source, ("state", "url"))
    for name in missing_variables(loaded.settings, environ):
        faults.append(
            source.fault(("state", "url"), f"the environment has no variable {name}: set it")
        )
    return faults


def _unreadable(file: Path, source: Source, path: tuple[str | int, ...]) -> list[Fault]:
    try:
        with file.open("rb"):
            pass
        if path == ("secret",):
            read_secrets(file)
    except OSError as error:
        off = "; for none write null" if file.name in {"off", "none", "no"} else ""
        return [source.fault(path, f"{file} cannot be read: {error.strerror}{off}")]
    except OperatorError as error:
        return [source.fault(path, str(error))]
    except ValueError:
        return [source.fault(path, "this is no path of a file: it holds a NUL")]
    return []


def _read_list(
    loaded: Loaded, entry: ListModel, source: Source, path: tuple[str | int, ...]
) -> tuple[list[ListedNetwork], list[Fault]]:
    if entry.file is None:
        line = source.place(path)[0]
        return [
            ListedNetwork(parse_network(text), text, str(loaded.path), line)
            for text in entry.networks
        ], []
    file = loaded.input(entry.file)
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return [], [source.fault(path, f"{file} cannot be read: {reason}")]
    found: list[ListedNetwork] = []
    faults: list[Fault] = []
    for number, raw in enumerate(lines[:_LIST_LINES], 1):
        text = raw.partition("#")[0].strip()
        if not text:
            continue
        try:
            found.append(ListedNetwork(parse_network(text), text, str(file), number))
        except ValueError as error:
            faults.append(Fault(str(file), number, 1, "", f"{error}"))
    return found, faults


def _warn(loaded: Loaded) -> None:
    settings = loaded.settings
    for text in settings.client_address.trusted:
        if parse_network(text).length == 0:
            loaded.warnings.append(
                f"client_address.trusted: {text} trusts everybody: any client can name any address"
            )
    for entry in settings.lists.allow:
        for listed in loaded.lists.get(entry.name, []):
            if listed.network.length <= _WIDE:
                loaded.warnings.append(
                    f"lists.allow.{entry.name}: {listed.text} is wide: nothing stops its clients"
                )
    if settings.challenge is not None and settings.device_cookie is None:
        loaded.warnings.append(
            "challenge: a pass belongs to a device, and device_cookie is off: who would be "
            "challenged is limited"
        )
    for listen in settings.listen:
        for one in listen.tls.certificates if listen.tls else []:
            key = loaded.input(one.key)
            if key.exists() and key.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
                loaded.warnings.append(f"{key}: others can read this private key: chmod 600")
