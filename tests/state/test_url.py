"""What `state.url` may be, what becomes of it, and what the operator is told where it is wrong."""

from pathlib import Path

import pytest
from redis.asyncio import Redis, RedisCluster

from gateway.state.client import connect
from gateway.state.url import parse_state_url

TWO = (("10.0.0.7", 26379), ("10.0.0.8", 26380))


@pytest.mark.parametrize(
    ("url", "kind", "tls", "hosts", "db", "service", "user", "password"),
    [
        pytest.param(
            "redis://10.0.0.9", "server", False, (("10.0.0.9", 6379),), 0, "", "", "",
            id="a server, plainly",
        ),
        pytest.param(
            "redis://dawr:s%40cret@db.inside:7000/3", "server", False, (("db.inside", 7000),), 3,
            "", "dawr", "s@cret", id="with everything",
        ),
        pytest.param(
            "rediss://:only@[2001:db8::1]:6380/0", "server", True, (("2001:db8::1", 6380),), 0, "",
            "", "only", id="TLS, IPv6, a password alone",
        ),
        pytest.param(
            "rediss://[::1]", "server", True, (("::1", 6379),), 0, "", "", "", id="no port",
        ),
        pytest.param(
            "redis+sentinel://10.0.0.7,10.0.0.8:26380/main/2", "sentinel", False, TWO, 2, "main",
            "", "", id="sentinels",
        ),
        pytest.param(
            "rediss+sentinel://u:p@10.0.0.7/main", "sentinel", True, TWO[:1], 0, "main", "u", "p",
            id="sentinels with TLS",
        ),
        pytest.param(
            "redis+cluster://10.0.0.7:26379,10.0.0.8:26380", "cluster", False, TWO, 0, "", "", "",
            id="a cluster",
        ),
        pytest.param("unix:///run/v.sock", "unix", False, (), 0, "", "", "", id="a socket"),
    ],
)  # fmt: skip
def test_what_is_read(
    url: str,
    kind: str,
    tls: bool,
    hosts: tuple[tuple[str, int], ...],
    db: int,
    service: str,
    user: str,
    password: str,
) -> None:
    read = parse_state_url(url)
    assert (read.kind, read.tls, read.hosts, read.db) == (kind, tls, hosts, db)
    assert (read.service, read.user, read.password) == (service, user, password)
    assert read.seconds == 1.0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("redis:/10.0.0.9", "is no state; write embedded, off, or such as", id="slash"),
        pytest.param("valkey", "is no state; write embedded", id="a word"),
        pytest.param("http://10.0.0.9", "is no state; write embedded", id="another scheme"),
        pytest.param("redis://", "names no host; write for example redis://10.0.0.9", id="no host"),
        pytest.param("redis://a:port", "has a port that is none: port", id="a port in words"),
        pytest.param("redis://a:0", "has a port that is none: 0", id="port 0"),
        pytest.param("redis://a:65536", "has a port that is none: 65536", id="too great a port"),
        pytest.param("redis://a:", "has a colon without a port", id="a colon alone"),
        pytest.param("redis://2001:db8::1", "IPv6 address without brackets", id="no brackets"),
        pytest.param("redis://[::1", "brackets are wrong", id="half a bracket"),
        pytest.param("redis://a/zero", "has a database that is no number: zero", id="database"),
        pytest.param("redis://a,b", "names several servers: use redis+cluster", id="two servers"),
        pytest.param("redis+cluster://a/1", "a cluster has only 0", id="a cluster's database"),
        pytest.param("redis+sentinel://a", "names no service", id="no service"),
        pytest.param("redis+sentinel://a//0", "names no service", id="an empty service"),
        pytest.param("redis+sentinel://a,,b/m", "names no host", id="an empty host"),
        pytest.param("unix://run/v.sock", "has no absolute path", id="a relative socket"),
        pytest.param("redis://@a", "has nothing before the @", id="nobody"),
        pytest.param("redis://a?ca=/x", "has ca, but no TLS", id="an authority without TLS"),
        pytest.param("rediss://a?key=/x", "has a key without its cert", id="a key alone"),
        pytest.param("redis://a?pass=x", "has an unknown option 'pass'", id="unknown option"),
        pytest.param("redis://a?timeout", "not name=value", id="an option without a value"),
        pytest.param("redis://a?timeout=", "needs timeout once, with a value", id="an empty one"),
        pytest.param("redis://a?timeout=1s&timeout=2s", "needs timeout once", id="one twice"),
        pytest.param("redis://a?timeout=1", "timeout that is none: 1; 500ms or 1s", id="no unit"),
        pytest.param("redis://a?timeout=0s", "timeout that is none", id="no time at all"),
        pytest.param("redis://a?sentinel_user=x", "but no sentinels", id="no sentinels"),
        pytest.param(
            "redis://u:p@a?password_env=P", "gives the password twice", id="two passwords"
        ),
        pytest.param(
            "redis://a?password_env=P&password_file=/p", "needs one of password_env", id="both"
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_an_example(url: str, said: str) -> None:
    with pytest.raises(ValueError, match="write") as raised:
        parse_state_url(url)
    assert said in str(raised.value)
    assert "://" in str(raised.value)


def test_a_password_is_not_told() -> None:
    with pytest.raises(ValueError, match="no number") as raised:
        parse_state_url("redis://dawr:hunter2@a/x")
    assert "hunter2" not in str(raised.value)
    assert "dawr" in str(raised.value)


def test_a_password_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from the file\n")
    env = parse_state_url("redis://dawr@a?password_env=P")
    assert env.secret("", {"P": "from outside"}) == "from outside"
    with pytest.raises(ValueError, match="there is no P in the environment"):
        env.secret("", {})
    assert parse_state_url(f"redis://a?password_file={file}").secret("", {}) == "from the file"
    with pytest.raises(ValueError, match="gone cannot be read"):
        parse_state_url(f"redis://a?password_file={tmp_path}/gone").secret("", {})
    own = parse_state_url("redis+sentinel://u:data@a/m?sentinel_password_env=S")
    assert (own.secret("", {}), own.secret("sentinel_", {"S": "theirs"})) == ("data", "theirs")


async def test_the_right_client_is_made() -> None:
    server = connect("rediss://dawr:p@a:7000/3?ca=/ca.pem&timeout=250ms")
    assert isinstance(server, Redis)
    made = server.connection_pool.connection_kwargs
    assert (made["host"], made["port"], made["db"]) == ("a", 7000, 3)
    assert (made["username"], made["password"], made["socket_timeout"]) == ("dawr", "p", 0.25)
    assert made["ssl_ca_certs"] == "/ca.pem"
    assert isinstance(connect("redis+cluster://a,b"), RedisCluster)
    assert isinstance(connect("redis+sentinel://a/m"), Redis)
    assert isinstance(connect("unix:///run/v.sock"), Redis)
