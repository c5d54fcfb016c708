"""Where the shared state is: `state.url`, read and checked.

    embedded | off
    unix:///PATH                       redis://HOST:PORT/DB         rediss://… (TLS)
    redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB                 rediss+sentinel://…
    redis+cluster://HOST:PORT,HOST:PORT                             rediss+cluster://…

All may begin with USER:PASSWORD@ (percent-encoded) and end with options, `?name=value&…`:

    password_env, password_file        where the password is, so that it need not stand here
    timeout                            of connecting and of each answer; 1s
    ca, cert, key                      PEM files for TLS; without `ca` the system's authorities
    sentinel_user, sentinel_password_env, sentinel_password_file    for the sentinels themselves

Files are absolute paths, or come from where the process runs. Errors are ValueErrors whose text is
the whole sentence for the operator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

_SCHEMES: Final[dict[str, tuple[str, bool]]] = {  # kind, TLS
    "unix": ("unix", False),
    "redis": ("server", False),
    "rediss": ("server", True),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
}
_PORTS: Final = {"server": 6379, "sentinel": 26379, "cluster": 6379}
_EXAMPLES: Final = {
    "unix": "unix:///run/valkey.sock",
    "server": "redis://10.0.0.9:6379/0",
    "sentinel": "redis+sentinel://10.0.0.7:26379,10.0.0.8:26379/mymaster/0",
    "cluster": "redis+cluster://10.0.0.7:6379,10.0.0.8:6379",
}
_OPTIONS: Final = (
    "password_env",
    "password_file",
    "timeout",
    "ca",
    "cert",
    "key",
    "sentinel_user",
    "sentinel_password_env",
    "sentinel_password_file",
)
# Those that name files.
FILES: Final = ("password_file", "ca", "cert", "key", "sentinel_password_file")


@dataclass(frozen=True, slots=True)
class StateUrl:
    """`kind`: unix, server, sentinel or cluster. `seconds`: the timeout."""

    kind: str
    tls: bool
    hosts: tuple[tuple[str, int], ...]
    path: str
    db: int
    service: str
    user: str
    password: str
    options: Mapping[str, str]
    seconds: float

    def secret(self, prefix: str, environ: Mapping[str, str]) -> str:
        """The password: of the servers (prefix ""), or of the sentinels ("sentinel_").

        Raises ValueError where it is not where the URL says.
        """
        name = self.options.get(f"{prefix}password_env")
        if name is not None:
            if name not in environ:
                raise ValueError(f"state.url: there is no {name} in the environment")
            return environ[name]
        file = self.options.get(f"{prefix}password_file")
        if file is None:
            return "" if prefix else self.password
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"state.url: {file} cannot be read: {error}") from None


def parse_state_url(text: str) -> StateUrl:
    """Raises ValueError with a sentence that says what to write instead."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in _SCHEMES:
        examples = ", ".join(_EXAMPLES.values())
        raise ValueError(
            f"{_shown(text)!r} is no state; write embedded, off, or such as {examples}"
        )
    kind, tls = _SCHEMES[scheme]
    wrong = _wrong(text, kind)
    rest, _, query = rest.partition("?")
    options = _options(query, kind, tls, wrong)
    before, at, after = rest.rpartition("@")
    user, _, password = before.partition(":")
    hosts: tuple[tuple[str, int], ...] = ()
    service, db = "", 0
    if kind == "unix":
        if not after.startswith("/"):
            raise wrong("has no absolute path")
        path = unquote(after)
    else:
        names, _, path = after.partition("/")
        hosts = _hosts(names, kind, wrong)
        if kind == "sentinel":
            service, _, path = path.partition("/")
            if not service:
                raise wrong("names no service, which is what the sentinels call the master")
        db = _db(path, kind, wrong)
        path = ""
    if password and ("password_env" in options or "password_file" in options):
        raise wrong("gives the password twice: leave it out before the @")
    if at and not (user or password):
        raise wrong("has nothing before the @")
    seconds = _seconds(options.get("timeout", "1s"), wrong)
    return StateUrl(
        kind, tls, hosts, path, db, service, unquote(user), unquote(password), options, seconds
    )


Wrong = Callable[[str], ValueError]


def _wrong(text: str, kind: str) -> Wrong:
    def make(what: str) -> ValueError:
        return ValueError(f"{_shown(text)} {what}; write for example {_EXAMPLES[kind]}")

    return make


def _shown(text: str) -> str:
    """Without the password."""
    scheme, separator, rest = text.partition("://")
    before, at, after = rest.rpartition("@")
    user = before.partition(":")[0]
    return f"{scheme}{separator}{user + ':…' if ':' in before else before}{at}{after}"


def _options(query: str, kind: str, tls: bool, wrong: Wrong) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise wrong(f"has options that are not name=value: {query}") from None
    for name, value in pairs:
        if name not in _OPTIONS:
            raise wrong(f"has an unknown option {name!r}; there are {', '.join(_OPTIONS)}")
        if name in found or not value:
            raise wrong(f"needs {name} once, with a value")
        found[name] = value
    for name in found:
        if name in {"ca", "cert", "key"} and not tls:
            raise wrong(f"has {name}, but no TLS: its scheme is to begin with rediss")
        if name.startswith("sentinel_") and kind != "sentinel":
            raise wrong(f"has {name}, but no sentinels")
    if "key" in found and "cert" not in found:
        raise wrong("has a key without its cert")
    for prefix in ("", "sentinel_"):
        if f"{prefix}password_env" in found and f"{prefix}password_file" in found:
            raise wrong(f"needs one of {prefix}password_env and {prefix}password_file")
    return found


def _hosts(names: str, kind: str, wrong: Wrong) -> tuple[tuple[str, int], ...]:
    hosts = tuple(_host(one, kind, wrong) for one in names.split(","))
    if kind == "server" and len(hosts) > 1:
        raise wrong("names several servers: use redis+cluster:// or redis+sentinel://")
    return hosts


def _host(text: str, kind: str, wrong: Wrong) -> tuple[str, int]:
    host, port = text, ""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise wrong(f"has an address whose brackets are wrong: {text}")
        port = port[1:]
    elif text.count(":") > 1:
        raise wrong(f"has an IPv6 address without brackets: {text}")
    else:
        host, colon, port = text.partition(":")
        if colon and not port:
            raise wrong(f"has a colon without a port: {text}")
    if not host:
        raise wrong("names no host")
    if not port:
        return host, _PORTS[kind]
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise wrong(f"has a port that is none: {port}")
    return host, int(port)


def _db(path: str, kind: str, wrong: Wrong) -> int:
    if not path:
        return 0
    if not path.isascii() or not path.isdigit():
        raise wrong(f"has a database that is no number: {path}")
    if kind == "cluster" and int(path) != 0:
        raise wrong("has a database, and a cluster has only 0")
    return int(path)


def _seconds(text: str, wrong: Wrong) -> float:
    for unit, factor in (("ms", 0.001), ("s", 1.0)):
        number = text.removesuffix(unit)
        if number != text and number.isascii() and number.isdigit() and int(number) > 0:
            return int(number) * factor
    raise wrong(f"has a timeout that is none: {text}; 500ms or 1s are some")
