"""The configuration: every fault at once, in one exact sentence each."""

# ruff: noqa: E501, ISC004 - messages stand as they are told

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SECOND
from gateway.config import ConfigError, Loaded, json_schema, load, loads
from gateway.settings.models import Settings
from gateway.settings.source import Source

BAD: dict[str, tuple[str, list[str]]] = {
    "not a mapping": (
        "- 1",
        ["gw.yaml:1:1: a configuration is keys and values, like listen: …"],
    ),
    "a key mistyped": ("lisen: 1", ['gw.yaml:1:1: lisen: unknown key (did you mean "listen"?)']),
    "a key far from any": (
        "geo:\n  x: 1",
        [
            "gw.yaml:2:3: geo.x: unknown key (there are: asn, block, country, on_error, only, shadow)"
        ],
    ),
    "a key mistyped in a list's entry": (
        "limits:\n  - {name: login, rte: 5/s}",
        [
            'gw.yaml:2:19: limits.login.rte: unknown key (did you mean "rate"?)',
        ],
    ),
    "a key mistyped deep down": (
        "platform:\n  timeouts:\n    conect: 2s",
        ['gw.yaml:3:5: platform.timeouts.conect: unknown key (did you mean "connect"?)'],
    ),
    "a key that is no word": (
        "? [a]\n: b",
        ["gw.yaml:1:3: a key must be a plain word"],
    ),
    "a host with a line in it": (
        'platform: {host: "x\\r\\nEvil: 1"}',
        [
            "gw.yaml:1:18: platform.host: 'x\\r\\nEvil: 1' is no host; write keep, backend, or a "
            "name such as a.example"
        ],
    ),
    "a challenge that is over at once": (
        "challenge: {pass_time: 10s, wait: 1ms}",
        [
            "gw.yaml:1:24: challenge.pass_time: this is too short to use a page in: 1min at least",
            "gw.yaml:1:35: challenge.wait: whole seconds are counted: write 1s at least",
        ],
    ),
    "a challenge that nobody could meet": (
        "challenge: {difficulty: {elevated: 2000000, under_attack: 10}}",
        [
            "gw.yaml:1:36: challenge.difficulty.elevated: 2000000 is too large: 1000000 at most",
            "gw.yaml:1:59: challenge.difficulty.under_attack: 10 is too small: 1000 at least",
        ],
    ),
    "a challenge that is neither on nor off": (
        "challenge: yes please",
        ["gw.yaml:1:12: challenge: keys and values belong here, not 'yes please'"],
    ),
    "three faults": (
        "a: 1\nlisten: '0.0.0.0:80'\nworkers: 0",
        [
            f"gw.yaml:1:1: a: unknown key (there are: {', '.join(sorted(Settings.model_fields))})",
            "gw.yaml:2:9: listen: a list belongs here: [one, two], not '0.0.0.0:80'",
            "gw.yaml:3:10: workers: workers is auto, or a number from 1 to 256",
        ],
    ),
    "a key twice and a fault": (
        "listen: [x]\nlisten: [y]",
        [
            "gw.yaml:1:10: listen[0].address: 'x' is no address; write HOST:PORT, for example "
            "0.0.0.0:8080 or [::]:8080",
            "gw.yaml:2:1: listen: this key stands in line 1 already",
        ],
    ),
    "a variable that is not there": (
        "control: ${NOPE}",
        [
            "gw.yaml:1:10: control: the environment has no variable NOPE; set it, or write a "
            "default as ${NOPE:-…}",
            "gw.yaml:1:10: control: '' is no address; write HOST:PORT, for example 0.0.0.0:8080 "
            "or [::]:8080",
        ],
    ),
    "no listener": ("listen: []", ["gw.yaml:1:9: listen: this list must not be empty"]),
    "a port too large": (
        "listen: ['0.0.0.0:65536']",
        [
            "gw.yaml:1:10: listen[0].address: '0.0.0.0:65536' is no address; write HOST:PORT, for "
            "example 0.0.0.0:8080 or [::]:8080"
        ],
    ),
    "a redirect that serves": (
        "listen:\n  - address: 0.0.0.0:80\n    redirect: https\n"
        "    tls: {certificates: [{certificate: a, key: b}]}",
        [
            "gw.yaml:2:5: listen[0]: a listener either redirects to https or serves it: drop one "
            "of both"
        ],
    ),
    "PROXY in TLS": (
        "listen:\n  - address: 0.0.0.0:80\n    proxy_protocol: true\n"
        "    tls: {certificates: [{certificate: a, key: b}]}",
        [
            "gw.yaml:2:5: listen[0]: proxy_protocol and tls do not go together on one listener "
            "yet: let the load balancer in front terminate TLS, or pass TLS through without PROXY "
            "headers"
        ],
    ),
    "no certificate": (
        "listen: [{address: '0.0.0.0:443', tls: {certificates: []}}]",
        ["gw.yaml:1:55: listen[0].tls.certificates: this list must not be empty"],
    ),
    "workers in words": (
        "workers: many",
        ["gw.yaml:1:10: workers: workers is auto, or a number from 1 to 256"],
    ),
    "too many workers": (
        "workers: 257",
        ["gw.yaml:1:10: workers: workers is auto, or a number from 1 to 256"],
    ),
    "half a worker": (
        "workers: 1.5",
        ["gw.yaml:1:10: workers: workers is auto, or a number from 1 to 256"],
    ),
    "a size without a unit": (
        "bounds:\n  header_bytes: 32",
        ["gw.yaml:2:17: bounds.header_bytes: 32 what? Give the unit, for example 8KiB"],
    ),
    "a time in words": (
        "bounds: {idle: long}",
        ["gw.yaml:1:16: bounds.idle: 'long' is no duration; write for example 30s"],
    ),
    "a number too small": (
        "bounds: {header_count: 0}",
        ["gw.yaml:1:24: bounds.header_count: 0 is too small: 1 at least"],
    ),
    "overload, a queue that is none": (
        "overload: {queue: 1min}",
        [
            "gw.yaml:1:19: overload.queue: 1min is no time to wait in a short queue; "
            "write 5ms to 5s, for example 100ms"
        ],
    ),
    "overload, a tolerance in words": (
        "overload: {tolerance: high}",
        ["gw.yaml:1:23: overload.tolerance: a number belongs here, not 'high'"],
    ),
    "overload, no tolerance at all": (
        "overload: {tolerance: 1}",
        ["gw.yaml:1:23: overload.tolerance: 1 is too small: 1.1 at least"],
    ),
    "overload, a word that fits everybody": (
        "overload: {crawlers: [o]}",
        [
            "gw.yaml:1:23: overload.crawlers[0]: 'o' is no word to find a crawler by; "
            "write 3 to 40 ASCII letters"
        ],
    ),
    "overload, neither on nor off": (
        "overload: maybe",
        ["gw.yaml:1:11: overload: keys and values belong here, not 'maybe'"],
    ),
    "a number that is a word": (
        "bounds: {header_count: x}",
        ["gw.yaml:1:24: bounds.header_count: a whole number belongs here, not 'x'"],
    ),
    "a number where keys belong": (
        "bounds: 5",
        ["gw.yaml:1:9: bounds: keys and values belong here, not 5"],
    ),
    "a backend without a scheme": (
        "platform:\n  backends: [localhost]",
        [
            "gw.yaml:2:14: platform.backends[0]: 'localhost' is no backend; write "
            "http://HOST:PORT, https://HOST:PORT or unix:/PATH, without a path behind it"
        ],
    ),
    "a backend with a path": (
        "platform:\n  backends: ['http://a', 'http://b/x']",
        [
            "gw.yaml:2:26: platform.backends[1]: 'http://b/x' is no backend; write "
            "http://HOST:PORT, https://HOST:PORT or unix:/PATH, without a path behind it"
        ],
    ),
    "a backend with a port too large": (
        "platform: {backends: ['http://a:65536']}",
        [
            "gw.yaml:1:23: platform.backends[0]: 'http://a:65536' is no backend; write "
            "http://HOST:PORT, https://HOST:PORT or unix:/PATH, without a path behind it"
        ],
    ),
    "no backend": (
        "platform: {backends: []}",
        ["gw.yaml:1:22: platform.backends: this list must not be empty"],
    ),
    "host bits": (
        "client_address: {trusted: [10.0.0.1/8]}",
        [
            "gw.yaml:1:28: client_address.trusted[0]: 10.0.0.1/8 has host bits set; write for "
            "example 10.0.0.0/8 or 2001:db8::/32"
        ],
    ),
    "a header hops do not write": (
        "client_address: {header: x-real-ip}",
        [
            "gw.yaml:1:26: client_address.header: 'x-real-ip' is not one of x-forwarded-for, "
            "forwarded, none"
        ],
    ),
    "a word close to another": (
        "log: {level: infos}",
        [
            "gw.yaml:1:14: log.level: 'infos' is not one of debug, info, warning, error "
            '(did you mean "info"?)'
        ],
    ),
    "a truth in words": (
        "lists: {block: [{name: a, networks: [10.0.0.0/8], shadow: perhaps}]}",
        ["gw.yaml:1:59: lists.block.a.shadow: true or false belongs here, not 'perhaps'"],
    ),
    "a list that is nothing": (
        "lists: {allow: [{name: a}]}",
        ["gw.yaml:1:17: lists.allow.a: a list is either a file or networks: give one of both"],
    ),
    "countries without a database": (
        "geo: {only: [SY]}",
        ["gw.yaml:1:6: geo: countries need a database: give geo.country a file"],
    ),
    "systems without a database": (
        "geo: {block: {asns: [1]}}",
        ["gw.yaml:1:6: geo: AS numbers need a database: give geo.asn a file"],
    ),
    "a country in lower case": (
        "geo: {country: x.mmdb, only: [sy]}",
        [
            "gw.yaml:1:31: geo.only[0]: 'sy' is no code of a country; write two capital letters, for example SY"
        ],
    ),
    "an AS number too large": (
        "geo: {asn: x.mmdb, block: {asns: [4294967296]}}",
        ["gw.yaml:1:35: geo.block.asns[0]: 4294967296 is too large: less than 4294967296"],
    ),
    "a limit without a rate": (
        "limits:\n  - name: login",
        ["gw.yaml:2:5: limits.login: 'rate' is missing here (or concurrent)"],
    ),
    "a limit of nothing": (
        "limits: [{name: login, rate: 0/s}]",
        [
            "gw.yaml:1:30: limits.login.rate: '0/s': a rate of nothing; leave the limit out, or "
            "block instead"
        ],
    ),
    "two limits of one name": (
        "limits:\n  - {name: a, rate: 1/s}\n  - {name: a, rate: 2/s}",
        ["gw.yaml:2:3: limits: two limits are called a: give each its own name"],
    ),
    "a limit on a method in lower case": (
        "limits: [{name: a, rate: 1/s, match: {methods: [post]}}]",
        [
            "gw.yaml:1:49: limits.a.match.methods[0]: 'post' is no method; write it in capitals, for example POST"
        ],
    ),
    "a path without its slash": (
        "maintenance: {paths: [booking]}",
        [
            "gw.yaml:1:23: maintenance.paths[0]: 'booking' is no path; begin it with a slash, for example /booking/"
        ],
    ),
    "a honeypot that is everything": (
        "blocking: {honeypots: [/.env, /./]}",
        [
            "gw.yaml:1:31: blocking.honeypots[1]: '/' is the beginning of every path: whoever asks for anything would be blocked; write for example /.env"
        ],
    ),
    "two feeds of one name": (
        "blocking:\n  feeds:\n    - {name: a, file: a.txt}\n    - {name: a, file: b.txt}",
        ["gw.yaml:3:5: blocking.feeds: two feeds are called a: give each its own name"],
    ),
    "blocking switched off by a word": (
        "blocking: off",
        ["gw.yaml:1:11: blocking: 'off' does not go here: write blocking: {mode: off}"],
    ),
    "limits switched off by a word": (
        "limits: false",
        ["gw.yaml:1:9: limits: false does not go here: write limits: []"],
    ),
    "a challenge switched off by another word": (
        "challenge: no",
        ["gw.yaml:1:12: challenge: 'no' does not go here: write challenge: off"],
    ),
    "what has no word of its own, switched off": (
        "platform: {pool: off, backends: none}",
        [
            "gw.yaml:1:18: platform.pool: 'off' does not go here: leave it out, and its defaults hold",
            "gw.yaml:1:33: platform.backends: 'none' does not go here: write [] for none",
        ],
    ),
    "what may be of two kinds, and is of neither": (
        "access_log: {mask_query: 5}\nlimits: [{name: a, rate: 1/s, match: {headers: {x: [1]}}}]",
        [
            "gw.yaml:1:26: access_log.mask_query: one of all, none or a list belongs here: [one, two], not 5",
            "gw.yaml:2:52: limits.a.match.headers.x: true or false or a text belongs here, not a list",
        ],
    ),
    "a weight without an end": (
        "blocking: {strikes: {limit: inf}, threshold: 0}",
        [
            "gw.yaml:1:29: blocking.strikes.limit: a number that has an end belongs here, not 'inf'",
            "gw.yaml:1:46: blocking.threshold: 0 is too small: more than 0",
        ],
    ),
    "a login without its account": (
        "flood: {logins: [{paths: [/login]}]}",
        ["gw.yaml:1:18: flood.logins[0]: 'account' is missing here"],
    ),
    "a login's account without its form": (
        "flood: {logins: [{paths: [/login], account: user}]}",
        [
            "gw.yaml:1:45: flood.logins[0].account: 'user' names no account; write for example form.username or json.user.name"
        ],
    ),
    "a login's account where none can be": (
        "flood: {logins: [{paths: [/login], account: [form.user, cookie.user]}]}",
        [
            "gw.yaml:1:45: flood.logins[0].account: 'cookie.user' names no account; write for example form.username or json.user.name"
        ],
    ),
    "a language we do not speak": (
        "http: {contact: {fr: x}}",
        ["gw.yaml:1:22: http.contact.fr: 'fr' is not one of ar, en (did you mean \"ar\"?)"],
    ),
}


def loaded(text: str, *, files: bool = False, **environ: str) -> Loaded:
    return loads(text, Path("gw.yaml"), environ, files=files)


@pytest.mark.parametrize(
    ("text", "messages"), [pytest.param(*entry, id=name) for name, entry in BAD.items()]
)
def test_every_fault_is_told_at_once(text: str, messages: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    assert str(caught.value).split("\n") == messages


def test_nothing_is_a_configuration() -> None:
    settings = loaded("").settings
    assert str(settings.listen[0].address) == "0.0.0.0:8080"
    assert settings.bounds.header_bytes == 32 * 1024
    assert settings.platform.timeouts.connect == 2 * SECOND
    assert [limit.name for limit in settings.limits] == ["per-client"]
    assert settings == Settings()


def test_the_example_of_everything() -> None:
    settings = loaded(
        """
        listen:
          - 0.0.0.0:80
          - {address: "[::]:443", tls: {certificates: [{certificate: c.pem, key: k.pem}]}}
          - {address: ":8080", redirect: https, redirect_port: 8443}
          - {address: "localhost:1", proxy_protocol: true}
        workers: ${WORKERS:-3}
        platform:
          backends: ["http://10.0.0.5:8000/", "https://b.example", "unix:/run/app.sock"]
          balance: round_robin
          health: {path: /health, every: 2s}
          ejection: off
          upgrades: {paths: [/live]}
        client_address: {trusted: [10.0.0.0/8, "::1"], header: forwarded}
        lists:
          allow: [lists/staff.txt, 192.0.2.1]
          block: [{name: bad, networks: ["2001:db8::/32"], shadow: true}]
        limits:
          - {name: login, match: {methods: [POST], paths: [/login]}, rate: 5/min, burst: 10}
        maintenance: {active: true, message: {ar: غداً}, allow: [10.0.0.0/8]}
        access_log: {path: off, mask_query: [token]}
        """
    ).settings
    assert [str(one.address) for one in settings.listen] == [
        "0.0.0.0:80", "[::]:443", "0.0.0.0:8080", "localhost:1",
    ]  # fmt: skip
    assert settings.worker_count == 3
    assert settings.platform.backends == [
        "http://10.0.0.5:8000", "https://b.example", "unix:/run/app.sock",
    ]  # fmt: skip
    assert settings.platform.ejection is None
    assert settings.platform.health is not None
    assert settings.lists.allow[0].file == Path("lists/staff.txt")
    assert settings.lists.allow[1].networks == ["192.0.2.1"]
    assert settings.limits[0].rate.events == 5
    assert settings.access_log.path is None


def test_files_are_read_and_their_faults_told(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("# staff\n192.0.2.1 # one\n\n2001:db8::/32\n", "utf-8")
    (tmp_path / "bad.txt").write_text("192.0.2.1\nnonsense\n10.0.0.1/8\n", "utf-8")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    path = tmp_path / "gw.yaml"
    path.write_text("lists: {allow: [good.txt]}", "utf-8")
    good = load(path, {})
    assert [(one.text, one.line) for one in good.lists["good.txt"]] == [
        ("192.0.2.1", 2), ("2001:db8::/32", 4),
    ]  # fmt: skip
    path.write_text(
        "lists:\n  allow: [good.txt, bad.txt]\n  block: [none.txt, good.txt, binary.txt]\n"
        "listen: [{address: ':1', tls: {certificates: [{certificate: c, key: k}]}}]\n",
        "utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).replace(f"{tmp_path}/", "").split("\n") == [
        "bad.txt:2:1: 'nonsense' does not appear to be an IPv4 or IPv6 network",
        "bad.txt:3:1: 10.0.0.1/8 has host bits set",
        "gw.yaml:3:11: lists.block[0]: none.txt cannot be read: No such file or directory",
        "gw.yaml:3:21: lists.block[1]: two lists are called good.txt: name them",
        "gw.yaml:3:31: lists.block[2]: binary.txt cannot be read: it is not UTF-8 text",
        "gw.yaml:4:61: listen[0].tls.certificates[0].certificate: c cannot be read: "
        "No such file or directory",
        "gw.yaml:4:69: listen[0].tls.certificates[0].key: k cannot be read: "
        "No such file or directory",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "secret: short.txt",
            "gw.yaml:1:9: secret: HERE/short.txt must hold one secret a line, each of 32 characters "
            "at least; make one with: openssl rand -hex 32 > HERE/short.txt",
            id="a secret too short",
        ),
        pytest.param("secret: long.txt", None, id="a secret just long enough"),
        pytest.param(
            "secret: off",
            "gw.yaml:1:9: secret: HERE/off cannot be read: No such file or directory; for none "
            "write null",
            id="a word that is no file",
        ),
        pytest.param(
            "blocking: {feeds: [{name: a, file: long.txt}, {name: b, file: gone.txt}]}",
            "gw.yaml:1:63: blocking.feeds.b.file: HERE/gone.txt cannot be read: No such file or "
            "directory",
            id="a feed's file",
        ),
        pytest.param(
            "platform: {tls: {ca: gone.pem}}",
            "gw.yaml:1:22: platform.tls.ca: HERE/gone.pem cannot be read: No such file or directory",
            id="an authority of the platform",
        ),
        pytest.param(
            "state: {url: 'rediss://a?ca=/nowhere/ca.pem'}",
            "gw.yaml:1:14: state.url: /nowhere/ca.pem cannot be read: No such file or directory",
            id="an authority of the shared state",
        ),
        pytest.param(
            "state: {url: 'redis://a?password_file=/nowhere/password'}",
            "gw.yaml:1:14: state.url: /nowhere/password cannot be read: No such file or directory",
            id="the password of the shared state",
        ),
        pytest.param(
            "state: {url: 'redis://a?password_env=NOPE'}",
            "gw.yaml:1:14: state.url: the environment has no variable NOPE: set it",
            id="a password that the environment does not have",
        ),
        pytest.param("state: {url: 'redis://a?password_env=THERE'}", None, id="one that it has"),
        pytest.param(
            'geo: {country: "a\\0b"}',
            "gw.yaml:1:16: geo.country: this is no path of a file: it holds a NUL",
            id="a path that can be none",
        ),
    ],
)
def test_what_would_fail_at_the_start_is_told_before(
    tmp_path: Path, text: str, told: str | None
) -> None:
    (tmp_path / "short.txt").write_text("s" * 31 + "\n", "utf-8")
    (tmp_path / "long.txt").write_text("s" * 32 + "\n", "utf-8")
    path = tmp_path / "gw.yaml"
    if told is None:
        loads(text, path, {"THERE": "x"})
        return
    with pytest.raises(ConfigError) as caught:
        loads(text, path, {"THERE": "x"})
    assert str(caught.value).replace(f"{tmp_path}/gw", "gw").replace(str(tmp_path), "HERE") == told


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gw\.yaml: cannot be read: No such file or directory"):
        load(tmp_path / "gw.yaml", {})


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "client_address: {trusted: [0.0.0.0/0]}",
            "client_address.trusted: 0.0.0.0/0 trusts everybody: any client can name any address",
        ),
        (
            "lists: {allow: [10.0.0.0/8]}",
            "lists.allow.10.0.0.0/8: 10.0.0.0/8 is wide: nothing stops its clients",
        ),
        ("lists: {allow: [10.0.0.0/9]}", None),
        ("client_address: {trusted: [10.0.0.0/8]}", None),
        (
            "device_cookie: off",
            "challenge: a pass belongs to a device, and device_cookie is off: who would be "
            "challenged is limited",
        ),
        ("{device_cookie: off, challenge: off}", None),
        (
            "{device_cookie: off, challenge: off, rooms: [{name: r, mode: always, "
            "draw: {carry: {}}}]}",
            "rooms.r.draw.carry: a device carries it, and device_cookie is off: nobody does",
        ),
    ],
)
def test_what_is_odd_is_warned_of(text: str, warning: str | None) -> None:
    assert loaded(text, files=True).warnings == ([] if warning is None else [warning])


def test_a_key_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    for name, mode in (("c.pem", 0o644), ("k.pem", 0o640)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    text = "listen: [{address: ':1', tls: {certificates: [{certificate: c.pem, key: k.pem}]}}]"
    path = tmp_path / "gw.yaml"
    assert loads(text, path, {}).warnings == [
        f"{tmp_path}/k.pem: others can read this private key: chmod 600"
    ]
    (tmp_path / "k.pem").chmod(0o600)
    assert loads(text, path, {}).warnings == []


@pytest.mark.parametrize(
    ("text", "environ", "folder"),
    [
        ("", {}, Path("var").absolute()),
        ("", {"DAWR_STATE": "/srv/dawr"}, Path("/srv/dawr")),
        ("state: {folder: /data}", {"DAWR_STATE": "/srv/dawr"}, Path("/data")),
    ],
)
def test_the_state_folder(text: str, environ: dict[str, str], folder: Path) -> None:
    assert loaded(text, **environ).state_folder == folder


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether `value` fits a JSON Schema: as much of it as ours uses."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return any(fits(value, one, root) for one in schema["anyOf"])
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if kind == "object":
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        return isinstance(value, dict) and all(
            fits(one, known[key], root)
            if key in known
            else more is True or (isinstance(more, dict) and fits(one, more, root))
            for key, one in value.items()
        )
    if kind == "array":
        return isinstance(value, list) and all(fits(one, schema["items"], root) for one in value)
    if kind == "string":
        return isinstance(value, str) and re.search(schema.get("pattern", ""), value) is not None
    types: dict[str, Any] = {
        "integer": int,
        "boolean": bool,
        "null": type(None),
        "number": float | int,
    }
    assert kind in types, schema
    return isinstance(value, types[kind])


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{}", True),
        ("{listen: ['0.0.0.0:80', {address: '[::]:1'}], control: '127.0.0.1:9090'}", True),
        ("{platform: {health: off, ejection: {failures: 3}, timeouts: {connect: 2s}}}", True),
        ("{lists: {allow: [a.txt, {name: a, networks: [10.0.0.0/8]}]}, workers: 4}", True),
        ("{limits: [{name: a, rate: 5/min}], bounds: {idle: 75s, header_bytes: 8KiB}}", True),
        ("{limits: [{name: a, rate: 5}]}", False),
        ("{bounds: {idle: 75}}", False),
        ("{listen: [1]}", False),
        ("{nope: 1}", False),
        ("{workers: some}", False),
    ],
)
def test_the_schema_says_of_a_file_what_we_say(text: str, valid: bool) -> None:
    schema = json_schema()
    data = Source("gw.yaml", text, {}).data
    assert fits(data, schema, schema) is valid
    if valid:
        loaded(text)
    else:
        with pytest.raises(ConfigError):
            loaded(text)


def test_every_key_has_a_description_and_every_default_fits() -> None:
    schema = json_schema()
    json.dumps(schema)
    for name, model in [("Dawr", schema), *schema["$defs"].items()]:
        assert model["additionalProperties"] is False, name
        for key, field in model["properties"].items():
            assert "description" in field or "$ref" in field, f"{name}.{key}: no description"
            if "default" in field:
                assert fits(field["default"], field, schema), f"{name}.{key}"
