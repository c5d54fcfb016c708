"""Loading the configuration: the file, what it names, and all that is wrong with them at once.

Everything is read here, lists included, so that what was checked is what the workers get: a file
that changes a moment later changes nothing by half.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from gateway.clock import Clock
from gateway.errors import OperatorError
from gateway.prefixes import Network, parse_network
from gateway.rules import proof
from gateway.rules.loader import EMPTY, Ruleset, today
from gateway.rules.loader import load as load_rules
from gateway.rules.patterns import PatternError
from gateway.secret import load_secrets, read_secrets
from gateway.settings.draws import NetworkShare
from gateway.settings.files import missing_variables, named_files, state_files
from gateway.settings.models import ListModel, Settings
from gateway.settings.source import ConfigError, Fault, Source
from gateway.settings.wording import faults as faults_of

__all__ = ["ConfigError", "Fault", "ListedNetwork", "Loaded", "json_schema", "load", "loads"]

_LIST_LINES: Final = 5_000_000
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
        ruleset: Ruleset = EMPTY,
    ) -> None:
        self.path = path
        self.settings = settings
        self.lists = lists
        self.state_folder = state_folder
        self.warnings = warnings
        self.ruleset = ruleset

    def input(self, path: Path) -> Path:
        """A file that the configuration names: relative to its own folder."""
        return path if path.is_absolute() else self.path.parent / path

    def secrets(self) -> list[bytes]:
        """The keys of our cookies, made at the first start. Raises OperatorError."""
        given = self.settings.secret
        return load_secrets(self.state_folder, None if given is None else self.input(given))


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
        found = [dict(one) for one in error.errors(include_url=False)]
        faults = faults_of(source, found, Settings)
        raise ConfigError(_sorted(source.faults + faults)) from None
    folder = settings.state.folder or Path(environ.get("DAWR_STATE") or "var")
    loaded = Loaded(path, settings, {}, folder.absolute(), [])
    if files:
        source.faults += _read_files(loaded, source, environ)
    if source.faults:
        raise ConfigError(_sorted(source.faults))
    _warn(loaded)
    return loaded


def with_rules_anew(loaded: Loaded) -> Loaded:
    """The same settings with the rules as their files now stand. Raises ConfigError."""
    anew = Loaded(loaded.path, loaded.settings, loaded.lists, loaded.state_folder, [])
    faults = _read_rules(anew)
    if faults:
        raise ConfigError(faults)
    return anew


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
    for index, room in enumerate(loaded.settings.rooms):
        for number, share in enumerate(room.draw.shares):
            path = ("rooms", index, "draw", "shares", number)
            name = share_list(room.name, number)
            loaded.lists[name], wrong = _read_list(loaded, share, source, path)
            faults += wrong
    faults += _read_rules(loaded)
    for path, file in named_files(loaded.settings):
        faults += _unreadable(loaded.input(file), source, path)
    for file in state_files(loaded.settings):
        faults += _unreadable(file, source, ("state", "url"))
    for name in missing_variables(loaded.settings, environ):
        faults.append(
            source.fault(("state", "url"), f"the environment has no variable {name}: set it")
        )
    return faults


def share_list(room: str, number: int) -> str:
    """Under which name `Loaded.lists` holds the networks of a room's share."""
    return f"rooms/{room}/{number}"


def _read_rules(loaded: Loaded) -> list[Fault]:
    folder = loaded.settings.rules.path
    if folder is None:
        return []
    limits = loaded.settings.limits_of_rules
    try:
        loaded.ruleset = load_rules(loaded.input(folder), today(Clock()), limits)
    except ConfigError as error:
        return error.faults
    loaded.warnings += loaded.ruleset.warnings
    try:
        return proof.faults(loaded.ruleset)
    except PatternError as error:
        return [Fault(str(loaded.input(folder)), 0, 0, "", str(error))]


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
    loaded: Loaded, entry: ListModel | NetworkShare, source: Source, path: tuple[str | int, ...]
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
    if settings.device_cookie is None:
        for room in settings.rooms:
            if room.draw.carry is not None and room.identity is None:
                loaded.warnings.append(
                    f"rooms.{room.name}.draw.carry: a device carries it, and device_cookie is off: "
                    "nobody does"
                )
    for listen in settings.listen:
        for one in listen.tls.certificates if listen.tls else []:
            key = loaded.input(one.key)
            if key.exists() and key.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
                loaded.warnings.append(f"{key}: others can read this private key: chmod 600")
