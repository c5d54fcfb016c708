"""A YAML file as data, with the line and column of each key and value.

Of YAML 1.1's surprises none: `off`, `no` and `on` are words, 12:30 is no number. Keys written twice
are told. `${NAME}` and `${NAME:-default}` in a value are replaced from the environment; `$${` is a
plain `${`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from gateway.errors import OperatorError

Path = tuple[str | int, ...]
_VARIABLE: Final = re.compile(r"\$(\$\{|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})")


class Fault:
    """One thing wrong: `file`, `line` and `column` from 1, `path` to the key, and a sentence."""

    def __init__(self, file: str, line: int, column: int, path: str, message: str) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ConfigError(OperatorError):
    """The configuration is wrong; `faults` holds all that is, the text one line for each."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

    def __reduce__(self) -> tuple[Any, ...]:
        return ConfigError, (self.faults,)


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2: null, true and false, decimal numbers."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _whole(_: _Loader, node: yaml.Node) -> int:
    """Decimal, also with a zero in front: YAML 1.1 would read 010 as eight, and stumble at 08."""
    return int(str(node.value))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)


class Source:
    """A parsed file: `data`, and `place(path)` for messages. `environ` None: ${…} is mere text."""

    def __init__(self, file: str, text: str, environ: Mapping[str, str] | None) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self._environ = environ
        self._keys: dict[Path, tuple[int, int]] = {}
        self._values: dict[Path, tuple[int, int]] = {(): (1, 1)}
        self.data: Any = self._load(text)

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value (or key) at `path`, or of what is nearest around it."""
        if key and path in self._keys:
            return self._keys[path]
        while path not in self._values:
            path = path[:-1]
        return self._values[path]

    def fault(self, path: Path, message: str, *, key: bool = False) -> Fault:
        return Fault(self.file, *self.place(path, key=key), self.name(path), message)

    def name(self, path: Path) -> str:
        """`path` for people: entries of a list by their name where they have one."""
        data, names = self.data, []
        for part in path:
            name = str(part)
            try:
                data = data[part]
            except (KeyError, IndexError, TypeError):
                data = None
            if isinstance(part, int):
                own = (data.get("name") or data.get("id")) if isinstance(data, dict) else None
                name = own if isinstance(own, str) else f"[{part}]"
            names.append(name)
        return ".".join(names).replace(".[", "[")

    def _load(self, text: str) -> Any:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            return {} if node is None else self._build(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.faults.append(
                Fault(self.file, line, column, "", f"this is not YAML: {_told(str(error.problem))}")
            )
        except yaml.YAMLError as error:
            self.faults.append(Fault(self.file, 1, 1, "", f"this is not YAML: {error}"))
        except RecursionError:
            self.faults.append(Fault(self.file, 1, 1, "", "an alias (*name) holds itself"))
        finally:
            loader.dispose()
        return {}

    def _build(self, loader: _Loader, node: yaml.Node, path: Path) -> Any:
        self._values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._build(loader, item, (*path, index)) for index, item in enumerate(node.value)
            ]
        try:
            value = loader.construct_object(node)
        except ValueError:
            self.faults.append(
                Fault(
                    self.file,
                    *self.place(path),
                    ".".join(str(part) for part in path),
                    f"{node.value!r} is not what its tag says",
                )
            )
            return None
        return self._substituted(value, path) if isinstance(value, str) else value

    def _build_mapping(self, loader: _Loader, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                mark = key_node.start_mark
                at = (mark.line + 1, mark.column + 1)
                self.faults.append(Fault(self.file, *at, "", "a key must be a plain word"))
                continue
            key = str(key_node.value)
            at = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            here = (*path, key)
            if key in made:
                first = self._keys[here][0]
                self.faults.append(
                    Fault(self.file, *at, key, f"this key stands in line {first} already")
                )
                continue
            self._keys[here] = at
            made[key] = self._build(loader, value_node, here)
        return made

    def _substituted(self, text: str, path: Path) -> str:
        environ = self._environ
        if environ is None:
            return text

        def replace(match: re.Match[str]) -> str:
            if match[1] == "${":
                return "${"
            value = environ.get(match[2], match[3])
            if value is None:
                self.faults.append(
                    Fault(
                        self.file,
                        *self.place(path),
                        ".".join(str(part) for part in path),
                        f"the environment has no variable {match[2]}; set it, or write a "
                        f"default as ${{{match[2]}:-…}}",
                    )
                )
                return ""
            return value

        return _VARIABLE.sub(replace, text)


def _told(problem: str) -> str:
    """What the parser says, and what it mostly means."""
    if problem.startswith("expected ',' or"):
        return f"{problem}: within [ ] and {{ }} put a text that holds ? : , or # in quotes"
    return problem
