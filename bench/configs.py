"""What the peers are told: one function a configuration, text out of values.

All log each request, all keep connections open on both sides, all have one worker unless said
otherwise. nginx and HAProxy name the client to the origin and limit by address, as the gateway
does.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ALLOWED_NETWORKS: Final = 200
BLOCKED_NETWORKS: Final = 4_000
EVERYBODY: Final = "127.0.0.0/8"  # each client of the bench


@dataclass(frozen=True)
class Place:
    """Where a peer listens, what stands behind it, and where its files go."""

    port: int
    origin: int
    folder: Path


def nginx_origin(port: int, folder: Path, body: int) -> str:
    """Answers everything with `body` bytes from memory."""
    return nginx(
        folder,
        f"""
    access_log off;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        keepalive_requests 1000000;
        default_type text/plain;
        location / {{ return 200 "{"x" * body}"; }}
    }}
""",
    )


def nginx_proxy(
    place: Place, *, workers: int = 1, log_buffer: str = "", stream: bool = False
) -> str:
    """limit_req with a rate that lets all pass. `stream`: bodies go through, not to a file."""
    buffered = f" buffer={log_buffer} flush=1s" if log_buffer else ""
    streamed = """client_max_body_size 0;
            client_body_buffer_size 64k;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_buffers 4 64k;
            proxy_buffer_size 64k;"""
    return nginx(
        place.folder,
        f"""
    access_log {place.folder}/access.log combined{buffered};
    limit_req_zone $binary_remote_addr zone=clients:10m rate=1000000r/s;
    upstream origin {{
        server 127.0.0.1:{place.origin};
        keepalive 256;
        keepalive_requests 1000000;
    }}
    server {{
        listen 127.0.0.1:{place.port} backlog=4096 reuseport;
        keepalive_requests 10000;
        keepalive_timeout 75s;
        location / {{
            limit_req zone=clients burst=100000 nodelay;
            {streamed if stream else ""}
            {NGINX_PASS}
        }}
    }}
""",
        workers=workers,
    )


def nginx_refusals(place: Place, sizes: dict[str, int]) -> str:
    """`/bare` is nginx's own 403; `/NAME` one with a body of that size; `/limited` a 429."""
    sized = "".join(
        f"""
        location = /{name} {{ return 403 "{"x" * size}"; }}"""
        for name, size in sizes.items()
    )
    return nginx(
        place.folder,
        f"""
    access_log {place.folder}/access.log combined;
    limit_req_zone $binary_remote_addr zone=few:10m rate=1r/m;
    upstream origin {{ server 127.0.0.1:{place.origin}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{place.port} backlog=4096;
        keepalive_requests 10000;
        default_type text/html;
        location = /bare {{ return 403; }}{sized}
        location = /limited {{
            limit_req zone=few;
            limit_req_status 429;
            {NGINX_PASS}
        }}
    }}
""",
    )


def nginx_files(place: Place, folder: Path) -> str:
    """What lies in a folder."""
    return nginx(
        place.folder,
        f"""
    access_log {place.folder}/access.log combined;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100;
    server {{
        listen 127.0.0.1:{place.port} backlog=4096;
        keepalive_requests 10000;
        root {folder};
    }}
""",
    )


NGINX_PASS: Final = """proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;"""


def nginx(folder: Path, http: str, *, workers: int = 1) -> str:
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its workers cannot read the folder
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{user}daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 12000; }}
http {{
{temporary}{http}}}
"""


def haproxy(place: Place, *, connections: int = 4000) -> str:
    """A stick table counts each client; `/blocked` and `/limited` are refused, the rest passes."""
    return haproxy_frontend(
        f"""    bind 127.0.0.1:{place.port} backlog 4096
    stick-table type ip size 100k expire 60s store http_req_rate(10s)
    http-request track-sc0 src
    http-request set-header X-Forwarded-Proto http
    http-request deny deny_status 403 if {{ path /blocked }}
    http-request deny deny_status 429 if {{ path /limited }} {{ sc_http_req_rate(0) gt 1 }}
    http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 1000000000 }}
    default_backend origin
backend origin
    server origin 127.0.0.1:{place.origin}
""",
        connections=connections,
    )


def haproxy_frontend(text: str, *, connections: int) -> str:
    """All of the configuration, where `text` is what stands in its frontend and behind it."""
    return f"""global
    nbthread 1
    maxconn {connections}
    log stdout len 4096 format raw local0
defaults
    mode http
    log global
    option httplog
    option forwardfor
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 75s
    timeout server 75s
    timeout http-keep-alive 75s
frontend clients
{text}"""


def gateway(
    place: Place,
    control: int,
    *,
    workers: int = 1,
    rate: str = "1000000/s",
    burst: int = 1_000_000,
    blocked: str = "",
    bounds: dict[str, object] | None = None,
    rules: str | None = None,
    secret: str | None = None,
    rooms: Sequence[dict[str, object]] = (),
) -> str:
    """The defaults, the whole guard too, but for addresses and numbers that the load has to pass.

    Both lists are filled, and the access log is JSON, as by default.
    """
    lists = {"allow": networks(10, ALLOWED_NETWORKS), "block": networks(11, BLOCKED_NETWORKS)}
    if blocked:
        lists["block"] = [*lists["block"], blocked]
    return json.dumps(  # JSON is YAML
        {
            "listen": [f"127.0.0.1:{place.port}"],
            "control": f"127.0.0.1:{control}",
            "workers": workers,
            "drain": "1s",
            "state": {"folder": str(place.folder / "state")},
            "platform": {"backends": [f"http://127.0.0.1:{place.origin}"]},
            "bounds": bounds or {},
            **({"rules": {"path": rules}} if rules else {}),
            **({"secret": secret} if secret else {}),
            **({"rooms": list(rooms)} if rooms else {}),
            "lists": {
                kind: [{"name": kind, "networks": list(entries)}] for kind, entries in lists.items()
            },
            # The guard watches everything, and lets one address make all the load.
            "blocking": {"threshold": 1e12},
            "limits": [{"name": "per-client", "rate": rate, "burst": burst}],
        },
        indent=1,
    )


def networks(first: int, count: int) -> list[str]:
    """`count` different /24 networks below `first`.0.0.0/8."""
    return [f"{first}.{n // 256}.{n % 256}.0/24" for n in range(count)]
