"""What is seen from outside: metrics, health, status, explain, the access log."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
from running import PATIENCE, RunningGateway, RunningNginx, StartGateway, eventually

pytestmark = pytest.mark.real

LIMITED = """
limits: [{name: per-client, rate: 1/h, burst: 2}, {name: later, rate: 1/h, burst: 1, shadow: true}]
lists: {block: [{name: today, networks: [127.0.0.66/32]}]}
workers: 1
"""


@pytest.fixture
def gateway(
    start_gateway: StartGateway, tmp_path: Path, free_port: int
) -> Iterator[RunningGateway]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = "location / { return 200 hello; } location /health { return 200 well; }"
    with RunningNginx(folder, free_port, server):
        yield start_gateway(f"http://127.0.0.1:{free_port}", LIMITED)


def ask(gateway: RunningGateway, path: str = "/", *, source: str = "127.0.0.1") -> tuple[int, str]:
    """Status and request id."""
    client = http.client.HTTPConnection(
        *gateway.address(), timeout=PATIENCE, source_address=(source, 0)
    )
    client.request("GET", path, headers={"Accept": "application/json"})
    response = client.getresponse()
    response.read()
    client.close()
    return response.status, str(response.headers["x-request-id"])


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def a_little_of_everything(gateway: RunningGateway) -> None:
    assert [ask(gateway)[0] for _ in range(3)] == [200, 200, 429]
    assert ask(gateway, source="127.0.0.66")[0] == 403


def test_metrics_tell_what_happened_and_promtool_finds_them_clean(gateway: RunningGateway) -> None:
    a_little_of_everything(gateway)
    status, page = get(gateway.control_url("/metrics"))
    assert status == 200
    requests = "dawr_requests_total{decision="
    for line in (
        f'{requests}"forward",filter="",rule="",status="2xx"}} 2.0',
        f'{requests}"limit",filter="rate-limit",rule="per-client",status="4xx"}} 1.0',
        f'{requests}"block",filter="block-list",rule="today",status="4xx"}} 1.0',
        'dawr_shadowed_total{filter="rate-limit",rule="later"} 1.0',
        "dawr_connections_accepted_total 4.0",
        "dawr_request_duration_seconds_count 2.0",
        'dawr_limit_keys{limit="per-client"} 1.0',
        "dawr_workers 1.0",
    ):
        assert line in page.splitlines()
    assert re.search(r'dawr_backend_up\{backend="http://127.0.0.1:\d+"\} 1.0', page)
    assert "127.0.0.66" not in page
    names = re.findall(r"^# TYPE (\S+)", page, re.MULTILINE)
    assert all(name.startswith("dawr_") for name in names)
    promtool = shutil.which("promtool")
    assert promtool, "make test installs it, as root"
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_status_tells_the_same_in_one_screen(gateway: RunningGateway) -> None:
    a_little_of_everything(gateway)
    status = gateway.status()
    assert status["requests"] == {"forward": 2, "limit": 1, "block": 1}
    assert status["refused_by"][0]["requests"] == 1
    screen = gateway.command("status").stdout
    for word in ("rate-limit · per-client", "block-list · today", "rate-limit · later (shadow"):
        assert word in screen


def test_is_healthy_and_ready(gateway: RunningGateway) -> None:
    assert get(gateway.control_url("/healthz")) == (200, '{\n  "healthy": true\n}\n')
    assert get(gateway.control_url("/readyz")) == (200, '{\n  "ready": true\n}\n')


def test_is_healthy_but_not_ready_without_a_platform(start_gateway: StartGateway) -> None:
    gateway = start_gateway(
        "http://127.0.0.1:9",
        'platform: {backends: ["http://127.0.0.1:9"], '
        "health: {path: /, every: 50ms, unhealthy_after: 2}}",
    )
    eventually(lambda: get(gateway.control_url("/readyz"))[0] == 503, "not ready")
    assert get(gateway.control_url("/healthz"))[0] == 200
    eventually(lambda: ask(gateway)[0] == 503, "503 instead of 502: nobody is up")
    assert "DOWN" in gateway.command("status").stdout


def test_the_control_port_takes_no_commands(gateway: RunningGateway) -> None:
    _, request_id = ask(gateway)
    assert get(gateway.control_url(f"/explain/{request_id}"))[0] == 404
    request = urllib.request.Request(gateway.control_url("/reload"), method="POST")
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE)
    refused.value.close()
    assert refused.value.code == 404
    assert (gateway.state / "control.sock").stat().st_mode & 0o077 == 0


def test_explains_a_refusal_by_its_id(gateway: RunningGateway) -> None:
    answers = [ask(gateway) for _ in range(3)]
    told = gateway.command("explain", answers[2][1])
    assert told.returncode == 0
    assert told.stdout.startswith(f"Request {answers[2][1]} was refused: too many requests.\n")
    for line in (
        "filter    rate-limit",
        "rule      per-client",
        "answer    429",
        "told      to",
    ):
        assert line in told.stdout
    record = json.loads(gateway.command("explain", answers[2][1], "--json").stdout)
    assert (record["client"], record["rule"]) == ("127.0.0.1", "per-client")


def test_explains_what_was_forwarded_from_the_access_log(gateway: RunningGateway) -> None:
    _, request_id = ask(gateway, "/page?name=secret")
    gateway.logged(request_id)
    told = gateway.command("explain", request_id).stdout
    assert told.startswith(f"Request {request_id} was forwarded to the platform.\n")
    assert "secret" not in told


@pytest.mark.parametrize("strange", ["", "a b", "x\nreload", "x" * 200, "\u0661"])
def test_says_what_is_no_number_of_a_request(gateway: RunningGateway, strange: str) -> None:
    told = gateway.command("explain", strange)
    assert told.returncode == 2
    assert "that is no request's number" in told.stderr


def test_says_that_it_knows_nothing_of_a_strange_id(gateway: RunningGateway) -> None:
    told = gateway.command("explain", "nonesuch")
    assert (told.returncode, told.stdout) == (1, "")
    assert "nothing is known of nonesuch" in told.stderr


def test_the_access_log_is_opened_anew_by_signal(gateway: RunningGateway) -> None:
    _, before = ask(gateway)
    gateway.logged(before)
    moved = gateway.state / "access.log.1"
    (gateway.state / "access.log").rename(moved)
    gateway.process.send_signal(signal.SIGUSR1)
    eventually((gateway.state / "access.log").exists, "a new file")
    _, after = ask(gateway)
    gateway.logged(after)
    assert before in moved.read_text("utf-8")
    assert after not in moved.read_text("utf-8")


def test_a_line_of_the_access_log_tells_all_but_secrets(gateway: RunningGateway) -> None:
    client = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    headers = {"Cookie": "session=hush", "Authorization": "Bearer hush", "User-Agent": "t/1"}
    client.request("POST", "/form?id=hush&lang=ar", body="field=hush", headers=headers)
    response = client.getresponse()
    response.read()
    client.close()
    line = gateway.logged(str(response.headers["x-request-id"]))
    assert "hush" not in json.dumps(line)
    expected = {
        "client": "127.0.0.1",
        "method": "POST",
        "path": "/form",
        "query": "id=***&lang=***",
        "status": 200,
        "decision": "forward",
        "agent": "t/1",
        "received": 10,
        "sent": 5,
        "tls": False,
        "shadow": [],
    }
    line.setdefault("shadow", [])
    assert {name: line[name] for name in expected} == expected
    assert 0 <= line["own_ms"] <= line["total_ms"]


def test_a_flood_is_limited_while_others_are_served(gateway: RunningGateway) -> None:
    flood = [ask(gateway, source="127.0.0.7")[0] for _ in range(20)]
    assert flood == [200, 200, *[429] * 18]
    assert ask(gateway, source="127.0.0.8")[0] == 200


def test_429_says_when_to_come_back(gateway: RunningGateway) -> None:
    client = http.client.HTTPConnection(*gateway.address(), timeout=PATIENCE)
    for _ in range(3):
        client.request("GET", "/", headers={"Accept": "text/html"})
        response = client.getresponse()
        page = response.read().decode()
    client.close()
    assert response.status == 429
    assert int(response.headers["retry-after"]) in range(3500, 3601)
    assert response.headers["ratelimit-policy"] == '"per-client";q=2;w=7200'
    assert response.headers["ratelimit"].startswith('"per-client";r=0;t=')
    assert 'dir="rtl"' in page
    assert str(response.headers["x-request-id"]) in page
