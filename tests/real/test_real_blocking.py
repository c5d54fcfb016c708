"""Blocks with real processes: made by the guard and by hand, told, lifted, kept, shared."""

import getpass
import http.client
import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from running import (
    PATIENCE,
    RunningGateway,
    RunningNginx,
    StartGateway,
    eventually,
    wait_for_end,
)

pytestmark = pytest.mark.real

LIMITED = "limits: [{name: per-client, rate: 5/s, burst: 20}]\nblocking: {threshold: 30}"
BOT, CITIZEN = "127.0.0.66", "127.0.0.7"


@pytest.fixture
def backend(tmp_path: Path, free_port: int) -> object:
    with RunningNginx(tmp_path, free_port, "location / { return 200 ok; }"):
        yield f"http://127.0.0.1:{free_port}"


def ask(gateway: RunningGateway, client: str, times: int = 1) -> Counter[int]:
    """The statuses of requests from an address of this machine, on one connection."""
    connection = http.client.HTTPConnection(
        *gateway.address(), timeout=PATIENCE, source_address=(client, 0)
    )
    found: Counter[int] = Counter()
    for _ in range(times):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        found[response.status] += 1
    connection.close()
    return found


def flood(gateway: RunningGateway, client: str) -> None:
    """Ask until blocked."""
    eventually(lambda: 403 in ask(gateway, client, 20), f"{client} is blocked")


def blocks(gateway: RunningGateway) -> list[dict[str, object]]:
    done = gateway.command("block", "list", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_who_floods_is_blocked_by_itself_and_nobody_else(
    start_gateway: StartGateway, backend: str
) -> None:
    gateway = start_gateway(backend, LIMITED)
    flood(gateway, BOT)
    assert ask(gateway, CITIZEN) == {200: 1}
    [block] = blocks(gateway)
    assert (block["key"], block["reason"], block["by"]) == (BOT, "limits", "guard")
    code = str(block["code"])
    explained = gateway.command("explain", code.lower()).stdout
    assert f"Block {code}: address {BOT}" in explained
    assert "strikes        limit" in explained
    assert gateway.command("block", "remove", code, "--pardon").stdout == f"lifted {code}  {BOT}\n"
    assert ask(gateway, BOT).keys() <= {200, 429}
    assert "not in force any more" in gateway.command("explain", code).stdout
    trail = [json.loads(line) for line in (gateway.state / "audit.log").read_text().splitlines()]
    assert [(one["what"], one["code"]) for one in trail] == [("block", code), ("lift", code)]


def test_a_block_by_hand_holds_over_everything(start_gateway: StartGateway, backend: str) -> None:
    gateway = start_gateway(backend)
    open_before = http.client.HTTPConnection(
        *gateway.address(), timeout=PATIENCE, source_address=(BOT, 0)
    )
    open_before.request("GET", "/")
    assert open_before.getresponse().read() == b"ok"
    added = gateway.command("block", "add", BOT, "203.0.113.0/24", "--for", "1h", "--note", "test")
    assert added.returncode == 0, added.stderr
    open_before.request("GET", "/")
    assert open_before.getresponse().status == 403  # on a connection that was let in before
    open_before.close()
    assert ask(gateway, BOT) == {403: 1}
    assert gateway.command("reload").returncode == 0
    assert ask(gateway, BOT) == {403: 1}
    for pid in gateway.worker_pids():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(gateway.worker_pids()) == 2, "workers are back")
    assert ask(gateway, BOT) == {403: 1}
    assert ask(gateway, CITIZEN) == {200: 1}


def test_a_block_outlives_the_gateway(start_gateway: StartGateway, backend: str) -> None:
    gateway = start_gateway(backend)
    gateway.command("block", "add", BOT)
    gateway.__exit__()
    with gateway:
        assert ask(gateway, BOT) == {403: 1}
        assert [block["key"] for block in blocks(gateway)] == [BOT]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("add", "nobody"), 2, "nobody that can be blocked"),
        (("add", "203.0.113.7/24"), 2, "write an address"),
        (("add", BOT, "--for", "soon"), 2, "no duration"),
        (("add", BOT, "--for", "9999999999d"), 2, "10 years"),
        (("add", "AS64496"), 1, "without geo.asn nobody is known to be of it"),
        (("add", "0.0.0.0/0"), 2, "much of the internet"),
        (("import", "/bin/ls"), 1, "is not UTF-8 text"),
        (("remove", "0000-0000"), 1, "no block in force has the code 0000-0000"),
        (("show", BOT), 1, "no block in force"),
    ],
)
def test_a_mistake_is_told(
    start_gateway: StartGateway, backend: str, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = start_gateway(backend).command("block", *arguments)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_exported_can_be_imported_and_nothing_by_half(
    start_gateway: StartGateway, backend: str, tmp_path: Path
) -> None:
    gateway = start_gateway(backend)
    gateway.command("block", "add", BOT, "2001:db8::1", "--note", "why", "--for", "1h")
    file = tmp_path / "blocks.jsonl"
    file.write_text(gateway.command("block", "export").stdout, "utf-8")
    before = blocks(gateway)
    gateway.command("block", "remove", BOT, "2001:db8::7")
    assert blocks(gateway) == []
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("203.0.113.7\n\n# a comment\n203.0.113.300\n", "utf-8")
    refused = gateway.command("block", "import", str(wrong))
    assert refused.returncode == 1
    assert "wrong.txt:4: '203.0.113.300' is nobody" in refused.stderr
    assert "nothing was blocked" in refused.stderr
    assert blocks(gateway) == []
    done = gateway.command("block", "import", str(file))
    assert done.returncode == 0, done.stderr
    made = {"by": f"import:{getpass.getuser()}"}
    assert blocks(gateway) == [{**block, **made} for block in before]


SHARED = "state: {{url: 'unix://{}/valkey.sock'}}"


def test_gateways_on_one_state_block_together_and_hold_when_it_dies(
    start_gateway: StartGateway, backend: str
) -> None:
    one = start_gateway(backend, LIMITED)
    other = start_gateway(backend, f"{LIMITED}\n{SHARED.format(one.state)}")
    flood(one, BOT)
    eventually(lambda: 403 in ask(other, BOT), "the other gateway knows")
    [block] = blocks(other)
    one.process.send_signal(signal.SIGTERM)  # and its Valkey with it
    assert one.process.wait(PATIENCE) == 0
    assert 403 in ask(other, BOT)
    assert ask(other, CITIZEN) == {200: 1}
    done = other.command("block", "add", "127.0.0.99")
    assert done.returncode == 0, done.stderr
    assert ask(other, "127.0.0.99") == {403: 1}
    assert {b["key"] for b in blocks(other)} == {block["key"], "127.0.0.99"}


def test_a_feed_is_followed(start_gateway: StartGateway, backend: str, tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text(f"{BOT}\n", "utf-8")
    more = f"blocking: {{feeds: [{{name: bad, file: {feed}, every: 200ms}}]}}"
    gateway = start_gateway(backend, more)
    eventually(lambda: 403 in ask(gateway, BOT), "the feed's address is blocked")
    assert [block["by"] for block in blocks(gateway)] == ["feed:bad"]
    feed.write_text("203.0.113.0/24\n", "utf-8")
    eventually(lambda: 200 in ask(gateway, BOT), "and let go")
    feed.write_text("no network\n", "utf-8")
    eventually(lambda: "last reading stays" in gateway.log(), "a broken feed is told")
    assert [block["key"] for block in blocks(gateway)] == ["203.0.113.0/24"]


def test_what_is_lifted_of_a_feed_stays_so(
    start_gateway: StartGateway, backend: str, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text(f"{BOT}\n", "utf-8")
    gateway = start_gateway(
        backend, f"blocking: {{feeds: [{{name: bad, file: {feed}, every: 100ms}}]}}"
    )
    eventually(lambda: 403 in ask(gateway, BOT), "the feed's address is blocked")
    told = gateway.command("block", "remove", BOT).stdout
    assert "the feed bad lists it: held off until it no longer does" in told
    assert f"`gateway block add {BOT}`" in told
    feed.write_text(f"{BOT}\n127.0.0.99\n", "utf-8")
    eventually(lambda: 403 in ask(gateway, "127.0.0.99"), "the feed is read again")
    assert ask(gateway, BOT) == {200: 1}


def test_the_level_is_set_by_hand(start_gateway: StartGateway, backend: str) -> None:
    gateway = start_gateway(backend)
    assert gateway.command("level").stdout == "level calm\n"
    assert "level under attack by hand" in gateway.command("level", "under-attack").stdout
    eventually(lambda: gateway.status()["alarm"]["level"] == "under_attack", "the level holds")
    children = Path(f"/proc/{gateway.pid}/task/{gateway.pid}/children").read_text().split()
    [control] = [
        pid for pid in children if b"gateway.control" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(int(control), signal.SIGKILL)
    wait_for_end(int(control))
    eventually(lambda: gateway.command("status").returncode == 0, "the control process is back")
    assert " by hand until " in gateway.command("level").stdout
    assert " by hand until " in gateway.command("status").stdout
    gateway.command("level", "auto")
    eventually(lambda: gateway.status()["alarm"]["level"] == "calm", "and goes")
    assert gateway.command("level", "panic").returncode == 2
    for wrong in ("0s", "31d", "soon"):
        done = gateway.command("level", "calm", "--for", wrong)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_the_allow_list_wins_over_a_block(start_gateway: StartGateway, backend: str) -> None:
    gateway = start_gateway(backend, f"lists: {{allow: ['{BOT}']}}")
    gateway.command("block", "add", BOT)
    assert ask(gateway, BOT) == {200: 1}
