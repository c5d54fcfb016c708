"""A client for wherever the shared state is: a socket, a server, what sentinels call the master, or
a cluster.

It tries nothing twice: who asked is told, and asks again on its next tick. A client that failed is
best thrown away: that of a cluster forgets the nodes that failed, one after another, until none is
left.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from gateway.state.url import StateUrl, parse_state_url

Client = Redis | RedisCluster
# Whatever a call can fail with: the cluster's own is no RedisError.
FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)


def connect(url: str, environ: Mapping[str, str] = os.environ) -> Client:
    """A client; nothing is sent yet. Raises ValueError where the URL or what it names is wrong."""
    where = parse_state_url(url)
    options = _options(where, environ)
    if where.kind == "unix":
        return Redis(unix_socket_path=where.path, db=where.db, **options)
    if where.kind == "server":
        ((host, port),) = where.hosts
        return Redis(host=host, port=port, db=where.db, **options, **_tls(where))
    if where.kind == "cluster":
        return RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in where.hosts],
            require_full_coverage=False,  # a limit whose node is away counts alone, others go on
            **options,
            **_tls(where),
        )
    own = {
        **options,
        "username": where.options.get("sentinel_user"),
        "password": where.secret("sentinel_", environ) or None,
    }
    sentinel = Sentinel(where.hosts, sentinel_kwargs={**own, **_tls(where)})  # type: ignore[no-untyped-call]
    master: Redis = sentinel.master_for(where.service, db=where.db, **options, **_tls(where))
    return master


async def disconnect(client: Client) -> None:
    """Close its connections, those to sentinels too, which it would leave open."""
    manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    for one in [client, *(manager.sentinels if manager is not None else [])]:
        with suppress(*FAILURES):
            await one.aclose()


class Link:
    """A client that is made when it is first asked for; after `close` the next is another."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None

    def there(self) -> Client:
        """Raises ValueError where the URL or what it names is wrong."""
        if self._client is None:
            self._client = connect(self._url)
        return self._client

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)


def said(failure: Exception) -> str:
    """In a few words: what follows a sentinel's is the client, in all its parts."""
    return str(failure).partition(" : ")[0]


class Script:
    """A script of ours, by its file's name; sent whole where a server does not know it yet. All its
    keys share one hash tag."""

    def __init__(self, file: str) -> None:
        self._text = (files("gateway.state") / file).read_text("utf-8")
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, client: Client, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        try:
            return await client.evalsha(self._digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await client.eval(self._text, len(keys), *keys, *arguments)


def _options(where: StateUrl, environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        "username": where.user or None,
        "password": where.secret("", environ) or None,
        "socket_timeout": where.seconds,
        "socket_connect_timeout": where.seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,  # our answers are bytes and lists; HELLO need not be allowed
    }


def _tls(where: StateUrl) -> dict[str, Any]:
    if not where.tls:
        return {}
    return {
        "ssl": True,
        "ssl_ca_certs": where.options.get("ca"),
        "ssl_certfile": where.options.get("cert"),
        "ssl_keyfile": where.options.get("key"),
    }
