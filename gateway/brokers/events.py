"""An event: what happened, once, as a value; read from and written to its line's JSON object.

Nothing in it is a clear value of a person: `person`, `phone`, `name` and `email` are keyed hashes.
What is unknown is empty (a text) or None (a number) and is not written. Unknown keys are passed
over: whoever writes may be newer than whoever reads. A known key of the wrong kind is an error that
names the key, for a line that is half true is not evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

ATTEMPT: Final = "attempt"
FORM: Final = "form"
JOIN: Final = "join"
ENTER: Final = "enter"
LEAVE: Final = "leave"
BLOCK: Final = "block"
KINDS: Final = (ATTEMPT, FORM, JOIN, ENTER, LEAVE, BLOCK)

MOST_TEXT: Final = 512  # characters of a text; a writer cuts what is longer


@dataclass(frozen=True, slots=True)
class Event:
    """`at` in microseconds since 1970; `service_ms` of the platform, `form_ms` since this device's
    form was served, in milliseconds. `shape`: of the header's order and casing."""

    kind: str
    at: int
    request: str = ""
    worker: str = ""
    address: str = ""
    device: str = ""
    connection: str = ""
    shape: str = ""
    ja4: str = ""
    agent: str = ""
    path: str = ""
    method: str = ""
    status: int | None = None
    ok: bool | None = None
    opening: str = ""
    number: int | None = None
    ticket: str = ""
    person: str = ""
    phone: str = ""
    name: str = ""
    email: str = ""
    service_ms: int | None = None
    form_ms: int | None = None


KEYS: Final[dict[str, str]] = {
    "kind": "k", "at": "t", "request": "r", "worker": "w", "address": "a", "device": "d",
    "connection": "c", "shape": "fp", "ja4": "ja4", "agent": "ua", "path": "p", "method": "m",
    "status": "s", "ok": "ok", "opening": "o", "number": "n", "ticket": "tk", "person": "id",
    "phone": "ph", "name": "nm", "email": "em", "service_ms": "ms", "form_ms": "dt",
}  # fmt: skip
_FLAGS: Final = frozenset({"ok"})
_NUMBERS: Final = frozenset({"at", "status", "number", "service_ms", "form_ms"})
_FIELDS: Final = tuple(one.name for one in fields(Event))


def written(event: Event) -> dict[str, Any]:
    """The line's object, with short keys; what is unknown is left out."""
    found = ((KEYS[name], getattr(event, name)) for name in _FIELDS)
    return {key: value for key, value in found if value is not None and value != ""}


def read(line: Mapping[str, Any]) -> Event:
    """The event of a line's object. ValueError: a key is missing, or is not what it has to be."""
    for key in ("k", "t"):
        if key not in line:
            raise ValueError(f"an event without {key!r}")
    return Event(**{name: _value(name, line[key]) for name, key in KEYS.items() if key in line})


def _value(name: str, value: Any) -> Any:
    key = KEYS[name]
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise ValueError(f"{key!r} is true or false")
    elif name in _NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{key!r} is a whole number, 0 at least")
    elif not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError(f"{key!r} is a text of up to {MOST_TEXT} characters")
    elif name == "kind" and value not in KINDS:
        raise ValueError(f"{value[:20]!r} is no kind of event")
    return value
