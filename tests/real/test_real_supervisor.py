"""The process model, with real processes: start, stop, reload, death."""

import http.client
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import (
    PATIENCE,
    REPOSITORY,
    RunningGateway,
    StartGateway,
    eventually,
    gateway_command,
    wait_for_end,
)

pytestmark = pytest.mark.real

NO_PLATFORM = "http://127.0.0.1:9"  # nobody answers: 502 is an answer too


@pytest.fixture
def gateway(start_gateway: StartGateway) -> RunningGateway:
    return start_gateway(NO_PLATFORM)


@pytest.fixture
def connection(gateway: RunningGateway) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    yield made
    made.close()


def ask(connection: http.client.HTTPConnection, path: str = "/") -> int:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response.status


def test_tells_where_it_serves(gateway: RunningGateway) -> None:
    assert gateway.url("") in gateway.banner
    assert gateway.control_url("/") in gateway.banner


def test_term_ends_it_and_all_its_children(gateway: RunningGateway) -> None:
    children = gateway.worker_pids()
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(PATIENCE) == 0
    for pid in children:
        wait_for_end(pid)


def test_term_lets_a_request_under_way_end(start_gateway: StartGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as platform:
        gateway = start_gateway(f"http://127.0.0.1:{platform.getsockname()[1]}")
        client = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
        client.request("GET", "/slow")
        under_way, _ = platform.accept()
        with under_way:
            assert under_way.recv(4096).startswith(b"GET /slow HTTP/1.1\r\n")
            gateway.process.send_signal(signal.SIGTERM)
            eventually(lambda: gateway.log().count(" drains; ") == 2, "both workers drain")
            under_way.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            response = client.getresponse()
            assert (response.status, response.read()) == (200, b"late")
            assert response.getheader("connection") == "close"
        client.close()
    assert gateway.process.wait(PATIENCE) == 0


def test_term_does_not_wait_for_ever(start_gateway: StartGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as platform:
        gateway = start_gateway(f"http://127.0.0.1:{platform.getsockname()[1]}", "drain: 100ms")
        client = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
        client.request("GET", "/never")
        under_way, _ = platform.accept()
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(PATIENCE) == 0
        under_way.close()
        client.close()


def test_no_child_outlives_a_killed_supervisor(gateway: RunningGateway) -> None:
    children = children_of(gateway.pid)
    assert len(children) == 4, "two workers, the control process and Valkey"
    gateway.process.kill()
    for pid in children:
        wait_for_end(pid)


def test_a_dead_worker_is_started_again(gateway: RunningGateway) -> None:
    dead, other = gateway.worker_pids()
    os.kill(dead, signal.SIGKILL)
    pids = eventually(
        lambda: (now := gateway.worker_pids()) and dead not in now and len(now) == 2 and now,
        "a new worker",
    )
    assert other in pids
    connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    assert ask(connection) == 502
    connection.close()
    assert gateway.status()["restarts"] == 1


def test_what_waited_in_a_dead_workers_queue_is_served(start_gateway: StartGateway) -> None:
    gateway = start_gateway(NO_PLATFORM, "workers: 1")
    (pid,) = gateway.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    waiting = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    waiting.request("GET", "/")  # accepted by the kernel, by nobody else
    os.kill(pid, signal.SIGKILL)
    assert waiting.getresponse().status == 502
    waiting.close()


def test_a_dead_control_process_is_started_again(gateway: RunningGateway) -> None:
    workers = gateway.worker_pids()
    (control,) = set(children_of(gateway.pid)) - set(workers) - set(valkeys(gateway))
    os.kill(control, signal.SIGKILL)
    eventually(lambda: gateway.command("status").returncode == 0, "commands are answered again")
    assert gateway.worker_pids() == workers


def test_counters_do_not_fall_when_a_worker_dies(start_gateway: StartGateway) -> None:
    gateway = start_gateway(NO_PLATFORM, "workers: 1")
    connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    for _ in range(5):
        ask(connection)
    connection.close()
    assert gateway.status()["requests"] == {"error": 5}
    (pid,) = gateway.worker_pids()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: gateway.status()["workers"][0]["pid"] != pid, "a new worker")
    assert gateway.status()["requests"] == {"error": 5}
    workers = gateway.worker_pids()
    (control,) = set(children_of(gateway.pid)) - set(workers) - set(valkeys(gateway))
    os.kill(control, signal.SIGKILL)  # nor when then the control process does
    wait_for_end(control)
    eventually(lambda: gateway.command("status").returncode == 0, "commands are answered again")
    assert gateway.status()["requests"] == {"error": 5}


@pytest.mark.parametrize("how", ["gateway reload", "SIGHUP"])
def test_a_reload_drops_no_connection(
    gateway: RunningGateway, connection: http.client.HTTPConnection, how: str
) -> None:
    assert ask(connection) == 502
    sock = connection.sock
    change(gateway, "limits: []", "limits: []\nmaintenance: {active: true}")
    if how == "SIGHUP":
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: gateway.status()["generation"] == 2, "the new configuration")
    else:
        done = gateway.command("reload")
        assert (done.returncode, done.stdout) == (0, "configuration 2 is in force\n")
    assert ask(connection) == 503
    assert connection.sock is sock


def test_a_wrong_configuration_is_refused_and_the_old_one_stays(
    gateway: RunningGateway, connection: http.client.HTTPConnection
) -> None:
    change(gateway, "drain: 5s", "drian: 5s\nworkres: 3")
    done = gateway.command("reload")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f'{gateway.config}:5:1: drian: unknown key (did you mean "drain"?)',
        f'{gateway.config}:6:1: workres: unknown key (did you mean "workers"?)',
        "refused; the old configuration stays in force",
    ]
    assert ask(connection) == 502
    status = gateway.status()
    assert (status["generation"], status["last_reload_worked"]) == (1, False)


def test_what_was_spent_stays_spent_through_a_reload(
    start_gateway: StartGateway,
) -> None:
    limits = "limits: [{name: per-client, rate: 1/h, burst: 3}]"
    gateway = start_gateway(NO_PLATFORM, f"workers: 1\n{limits}")
    connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    assert [ask(connection), ask(connection)] == [502, 502]
    change(gateway, "rate: 1/h", "rate: 2/h")
    assert gateway.command("reload").returncode == 0
    assert [ask(connection), ask(connection)] == [502, 429]
    connection.close()


def test_a_reload_opens_and_closes_addresses(gateway: RunningGateway, free_port: int) -> None:
    old = gateway.address()
    change(gateway, 'listen: ["127.0.0.1:0"]', f'listen: ["127.0.0.1:{free_port}"]')
    assert gateway.command("reload").returncode == 0
    assert gateway.address() == ("127.0.0.1", free_port)
    connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    assert ask(connection) == 502
    connection.close()
    with socket.socket() as sock:
        assert sock.connect_ex(old) != 0


def test_a_reload_onto_a_taken_address_changes_nothing(gateway: RunningGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        change(gateway, 'listen: ["127.0.0.1:0"]', f'listen: ["127.0.0.1:0", "{where}"]')
        done = gateway.command("reload")
    assert done.returncode == 1
    assert f"cannot listen on {where}: Address already in use" in done.stderr
    assert len(gateway.status()["listen"]) == 1


def test_a_reload_onto_a_log_that_cannot_be_written_changes_nothing(
    gateway: RunningGateway, connection: http.client.HTTPConnection
) -> None:
    change(gateway, "drain: 5s", "drain: 5s\naccess_log: {path: /proc/nowhere/a.log}")
    done = gateway.command("reload")
    assert done.returncode == 1
    assert "access_log.path: /proc/nowhere/a.log cannot be written" in done.stderr
    assert gateway.status()["generation"] == 1
    before = len(gateway.access_log())
    assert ask(connection) == 502
    eventually(lambda: len(gateway.access_log()) > before, "the old log goes on")


def test_a_failing_platform_is_told_without_health_checks(
    gateway: RunningGateway, connection: http.client.HTTPConnection
) -> None:
    for _ in range(12):
        one = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
        assert ask(one) == 502
        one.close()

    def told() -> bool:
        ask_anew(gateway)
        return f"backend {NO_PLATFORM} fails" in gateway.log()

    eventually(told, "a line in the log")
    assert gateway.status()["backends"][0]["up"] is False


@pytest.mark.parametrize("count", [1, 3])
def test_a_reload_changes_the_number_of_workers(gateway: RunningGateway, count: int) -> None:
    before = gateway.worker_pids()
    change(gateway, "workers: 2", f"workers: {count}")
    assert gateway.command("reload").returncode == 0
    after = eventually(lambda: len(p := gateway.worker_pids()) == count and p, "the new crew")
    assert after[: min(count, 2)] == before[: min(count, 2)]
    for pid in before[count:]:
        wait_for_end(pid)
    for _ in range(8):
        connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
        assert ask(connection) == 502
        connection.close()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        pytest.param("listen: ['{taken}']", "cannot listen on {taken}", id="its address"),
        pytest.param("control: '{taken}'", "cannot listen on {taken}", id="the control address"),
        pytest.param("listen: ['192.0.2.1:80']", "cannot listen on 192.0.2.1:80", id="not ours"),
        pytest.param("listen: ['nowhere.invalid:80']", "the host is unknown", id="no host"),
        pytest.param(
            "access_log: {{path: /proc/x/y}}", "/proc/x/y cannot be written", id="the log"
        ),
        pytest.param("lists: {{block: [gone.txt]}}", "gone.txt cannot be read", id="a list"),
        pytest.param("state: {{folder: /proc/x}}", "state folder /proc/x cannot", id="no folder"),
    ],
)
def test_says_in_one_sentence_why_it_cannot_start(tmp_path: Path, more: str, sentence: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = f"127.0.0.1:{server.getsockname()[1]}"
        told = start_in_vain(tmp_path, more.format(taken=taken))
    assert sentence.format(taken=taken) in told
    assert "Traceback" not in told


def test_the_demo_takes_no_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        config = REPOSITORY / "config/gateway.yaml"
        done = subprocess.run(
            [*gateway_command(), "run", "-c", str(config), "--demo", "--demo-port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, "DAWR_STATE": str(tmp_path)},
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the demo platform cannot listen on 127.0.0.1:{port}" in done.stderr


def test_two_gateways_cannot_share_an_address(gateway: RunningGateway, tmp_path: Path) -> None:
    where = ":".join(map(str, gateway.address()))
    assert f"cannot listen on {where}" in start_in_vain(tmp_path, f"listen: ['{where}']")


def test_two_gateways_cannot_share_a_state_folder(gateway: RunningGateway, tmp_path: Path) -> None:
    told = start_in_vain(tmp_path, f"state: {{folder: '{gateway.state}'}}")
    assert f"a gateway runs on the state folder {gateway.state} already" in told


@pytest.mark.parametrize("command", ["status", "reload"])
def test_a_command_without_a_gateway_says_so(tmp_path: Path, command: str) -> None:
    done = RunningGateway(tmp_path, "").command(command)
    assert done.returncode == 3
    assert done.stderr == f"no gateway runs on the state folder {tmp_path}/var\n"


def test_runs_as_an_ordinary_user(start_gateway: StartGateway) -> None:
    """Without a single capability: what is left of root is the name."""
    powerless = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.getuid() == 0 else ()
    gateway = start_gateway(NO_PLATFORM, prefix=powerless)
    status = Path(f"/proc/{gateway.process.pid}/status").read_text("ascii")
    assert "CapEff:\t0000000000000000\n" in status
    assert gateway.worker_pids()


def test_its_workers_may_open_as_many_files_as_the_system_grants(
    start_gateway: StartGateway,
) -> None:
    gateway = start_gateway(
        NO_PLATFORM, "bounds: {connections: 400}", prefix=("prlimit", "-n=512:9000")
    )
    for pid in gateway.worker_pids():
        limits = Path(f"/proc/{pid}/limits").read_text("ascii")
        assert re.search(r"Max open files +9000 +9000 ", limits)
    assert "each process may open" not in gateway.log()


def test_says_that_the_system_grants_too_few_files(start_gateway: StartGateway) -> None:
    gateway = start_gateway(NO_PLATFORM, prefix=("prlimit", "-n=512:512"))
    assert "each process may open 512 files, bounds.connections needs" in gateway.log()


def test_works_as_process_1_and_reaps_strangers(start_gateway: StartGateway) -> None:
    own = ("--user", "--map-root-user") if os.getuid() else ()
    gateway = start_gateway(
        NO_PLATFORM,
        prefix=("unshare", *own, "--pid", "--fork", "--mount-proc", "--kill-child"),
    )
    assert gateway.status()["pid"] == 1
    (supervisor,) = children_of(gateway.process.pid)
    # A process whose parent ends at once is handed to process 1.
    enter = ("nsenter", "--target", str(supervisor), "--pid", "--mount", *own[:1])
    subprocess.run([*enter, "sh", "-c", "true & exec true"], check=True, timeout=PATIENCE)
    eventually(lambda: not zombies_among(children_of(supervisor)), "no zombies")
    assert len(children_of(supervisor)) == 4
    os.kill(supervisor, signal.SIGTERM)
    assert gateway.process.wait(PATIENCE) == 0


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(child) for child in listed]


def zombies_among(pids: list[int]) -> list[int]:
    return [pid for pid in pids if ") Z " in Path(f"/proc/{pid}/stat").read_text("ascii")]


def change(gateway: RunningGateway, old: str, new: str) -> None:
    text = gateway.config.read_text("utf-8")
    assert old in text
    gateway.config.write_text(text.replace(old, new), "utf-8")


def start_in_vain(folder: Path, more: str) -> str:
    """What a gateway that cannot start says; it ends with 1."""
    config = folder / "vain.yaml"
    text = f"listen: ['127.0.0.1:0']\ncontrol: 127.0.0.1:0\nstate: {{folder: '{folder}/vain'}}\n"
    keys = more.partition(":")[0]
    kept = [line for line in text.splitlines() if not line.startswith(keys + ":")]
    config.write_text("\n".join([*kept, more, ""]), "utf-8")
    done = subprocess.run(
        [*gateway_command(), "run", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    return done.stderr


def test_workers_share_what_a_client_has_spent(start_gateway: StartGateway) -> None:
    """Alone, two workers would grant twenty each."""
    limits = "limits: [{name: per-client, rate: 1/h, burst: 20}]"
    gateway = start_gateway(NO_PLATFORM, f"workers: 2\n{limits}")
    answers: list[int] = []
    for _ in range(10):
        answers += [ask_anew(gateway) for _ in range(4)]
        gateway.status()  # takes longer than the tick by which they tell each other
    assert 20 <= answers.count(502) <= 28
    assert set(answers[-4:]) == {429}


def test_the_embedded_valkey_is_started_again_and_ends_with_us(gateway: RunningGateway) -> None:
    (valkey,) = valkeys(gateway)
    os.kill(valkey, signal.SIGKILL)
    (new,) = eventually(lambda: [p for p in valkeys(gateway) if p != valkey], "a new Valkey")
    assert "the embedded Valkey ended (killed by SIGKILL)" in gateway.log()
    gateway.process.kill()
    wait_for_end(new)


def test_without_shared_state_none_is_started(start_gateway: StartGateway) -> None:
    gateway = start_gateway(NO_PLATFORM, "state: {url: 'off'}")
    assert valkeys(gateway) == []
    assert ask_anew(gateway) == 502


def ask_anew(gateway: RunningGateway) -> int:
    connection = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    try:
        return ask(connection)
    finally:
        connection.close()


def valkeys(gateway: RunningGateway) -> list[int]:
    def runs_valkey(pid: int) -> bool:
        return "valkey" in Path(f"/proc/{pid}/comm").read_text("ascii")

    return [pid for pid in children_of(gateway.pid) if runs_valkey(pid)]
