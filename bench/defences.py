"""What the peers of `bench.attack` are told against a flood: text out of values.

Each is set up as its documentation has it, with the same numbers where it knows the same limits.
*Narrow* is the rate of one who thinks that an address is a person: a citizen never comes near it.
*Wide* thinks of sixty citizens behind one: the numbers that the gateway has.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import configs
from bench.configs import Place
from bench.day import Day
from bench.processes import REPOSITORY
from bench.scene import EXPENSIVE

FAIL2BAN: Final = Path("/etc/fail2ban")  # Debian's filters and actions, as they are


@dataclass(frozen=True)
class Limits:
    """Of one address: requests a second in all and of the expensive page, each with its burst;
    `connections` with a request under way, and new ones in ten seconds."""

    rate: int
    burst: int
    search_rate: int
    search_burst: int
    connections: int
    new_connections: int


NARROW: Final = Limits(10, 20, 1, 10, 20, 100)
WIDE: Final = Limits(50, 200, 5, 20, 100, 1000)


def nginx_bare(place: Place) -> str:
    return configs.nginx_proxy(place)


def nginx(place: Place, limits: Limits) -> str:
    """limit_req and limit_conn by address; what is beyond gets 429."""
    return configs.nginx(
        place.folder,
        f"""
    access_log {place.folder}/access.log combined;
    limit_req_zone $binary_remote_addr zone=clients:10m rate={limits.rate}r/s;
    limit_req_zone $binary_remote_addr zone=search:10m rate={limits.search_rate}r/s;
    limit_conn_zone $binary_remote_addr zone=connections:10m;
    limit_req_status 429;
    limit_conn_status 429;
    upstream origin {{
        server 127.0.0.1:{place.origin};
        keepalive 256;
        keepalive_requests 1000000;
    }}
    server {{
        listen 127.0.0.1:{place.port} backlog=4096 reuseport;
        keepalive_requests 10000;
        keepalive_timeout 75s;
        limit_conn connections {limits.connections};
        limit_req zone=clients burst={limits.burst} nodelay;
        location / {{
            {configs.NGINX_PASS}
        }}
        location {EXPENSIVE} {{
            limit_req zone=clients burst={limits.burst} nodelay;
            limit_req zone=search burst={limits.search_burst} nodelay;
            {configs.NGINX_PASS}
        }}
    }}
""",
    )


def fail2ban(folder: Path, log: Path, port: int) -> None:
    """A folder of configuration: Debian's jail nginx-limit-req with its defaults (five lines in ten
    minutes, banned for ten), its action nftables-multiport, and nothing else."""
    folder.mkdir()
    for part in ("filter.d", "action.d"):
        (folder / part).symlink_to(FAIL2BAN / part)
    (folder / "fail2ban.conf").write_text(
        f"""[Definition]
loglevel = INFO
logtarget = {folder}/fail2ban.log
syslogsocket = auto
socket = {folder}/socket
pidfile = {folder}/pid
dbfile = None
dbpurgeage = 1d
dbmaxmatches = 10
allowipv6 = auto
[Thread]
""",
        "utf-8",
    )
    (folder / "jail.conf").write_text(
        f"""[DEFAULT]
bantime = 10m
findtime = 10m
maxretry = 5
ignoreself = false
usedns = no
backend = polling
[nginx-limit-req]
enabled = true
filter = nginx-limit-req
logpath = {log}
action = nftables-multiport[name=nginx-limit-req, port="{port}", protocol=tcp]
""",
        "utf-8",
    )


def haproxy(place: Place, limits: Limits) -> str:
    """Stick tables by address: 429 above a rate of requests, silent-drop above one of new
    connections. Both count what is refused too, so that who goes on stays out."""
    return configs.haproxy_frontend(
        f"""    bind 127.0.0.1:{place.port} backlog 4096
    stick-table type ip size 100k expire 60s store http_req_rate(10s),conn_rate(10s)
    tcp-request connection track-sc0 src
    tcp-request connection silent-drop if {{ sc_conn_rate(0) gt {limits.new_connections} }}
    http-request track-sc1 src table search if {{ path_beg {EXPENSIVE} }}
    http-request set-header X-Forwarded-Proto http
    http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt \
{limits.rate * 10 + limits.burst} }}
    http-request deny deny_status 429 if {{ sc_http_req_rate(1) gt \
{limits.search_rate * 10 + limits.search_burst} }}
    default_backend origin
backend search
    stick-table type ip size 100k expire 60s store http_req_rate(10s)
backend origin
    server origin 127.0.0.1:{place.origin}
""",
        connections=8000,
    )


def gateway(place: Place, control: int, *, kernel: bool) -> str:
    """The defaults, and a limit on the expensive page by device, as the examples have it."""
    return json.dumps(
        {
            "listen": [f"127.0.0.1:{place.port}"],
            "control": f"127.0.0.1:{control}",
            "workers": 1,
            "drain": "1s",
            "state": {"folder": str(place.folder / "state")},
            "platform": {"backends": [f"http://127.0.0.1:{place.origin}"]},
            "blocking": {"kernel": "auto" if kernel else "off"},
            "limits": [
                {"name": "per-client", "key": "client", "rate": f"{WIDE.rate}/s",
                 "burst": WIDE.burst},
                {"name": "search", "key": ["client", "device"], "match": {"paths": [EXPENSIVE]},
                 "rate": f"{NARROW.search_rate}/s", "burst": NARROW.search_burst},
            ],
        },
        indent=1,
    )  # fmt: skip


# A room's numbers, for a day in which all is short (bench.day). Seconds.
POLLS: Final = 2000  # a second
RATE: Final = 60  # people let in, a second
GRACE: Final = 25.0
IDLE: Final = 30.0
TOTAL: Final = 60.0
# More inside than there can be: it is rate and places that decide.
ACTIVE: Final = RATE * 50


def room(
    place: Place, control: int, day: Day, opens: dict[str, Any], *, workers: int, draw: bool
) -> str:
    """The gateway with a room before the form, the rules, the guard as by default, and the limit
    by address that the shipped configuration has."""
    shares = [{"networks": day.networks(), "share": "auto"}] if draw else []
    share = day.places / Day.places
    return json.dumps(
        {
            "listen": [f"127.0.0.1:{place.port}"],
            "control": f"127.0.0.1:{control}",
            "workers": workers,
            "drain": "1s",
            "state": {"folder": str(place.folder / "state")},
            "platform": {"backends": [f"http://127.0.0.1:{place.origin}"]},
            "rules": {"path": str(REPOSITORY / "rules")},
            "limits": [{"name": "per-client", "key": "client", "rate": f"{WIDE.rate}/s",
                        "burst": WIDE.burst}],
            "rooms": [
                {
                    "name": "passports",
                    "paths": ["/booking/"],
                    "opens": opens,
                    "quota": {"places": day.places},
                    "admit": {
                        "rate": f"{max(1, round(RATE * share))}/s",
                        "active": max(10, round(ACTIVE * share)),
                        "idle": f"{IDLE:g}s",
                        "total": f"{TOTAL:g}s",
                        "grace": f"{GRACE:g}s",
                    },
                    "draw": {"shares": shares},
                    "challenge": "off",  # the cast has no browsers that would work for it
                    "polls": max(10, round(POLLS * share)),
                }
            ],
        },
        indent=1,
    )  # fmt: skip
