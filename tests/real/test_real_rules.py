"""Rules in a running gateway: taken up as their files change, refused when wrong, explained."""

import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RunningGateway, RunningNginx, StartGateway, eventually, gateway_command

pytestmark = pytest.mark.real

RULE = """\
- id: union
  title: UNION SELECT in a value
  when: {field: any argument, matches: 'union\\s+select'}
  then: block
  message: {ar: ممنوع, en: not here}
  tests: {hits: ["GET /?q=union select"], misses: [GET /]}
"""


@pytest.fixture
def gateway(
    start_gateway: StartGateway, tmp_path: Path, free_port: int
) -> Iterator[RunningGateway]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own.yaml").write_text(RULE)
    config = f"rules: {{path: {rules}}}\nblocking: {{mode: 'off'}}\nworkers: 2\n"
    with RunningNginx(folder, free_port, "location / { return 200 hello; }"):
        yield start_gateway(f"http://127.0.0.1:{free_port}", config)


def ask(gateway: RunningGateway, path: str, body: bytes | None = None) -> tuple[int, str, str]:
    """Status, body, request id."""
    host, port = gateway.address()
    url = f"http://{host}:{port}{path}"
    try:
        with urllib.request.urlopen(url, body, timeout=30) as response:
            return response.status, response.read().decode(), response.headers["x-request-id"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["x-request-id"]


def typed(gateway: RunningGateway, *arguments: str) -> str:
    return subprocess.run(
        [*gateway_command(), *arguments, "-c", str(gateway.config)],
        env=gateway._environ,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_rules_are_enforced_taken_up_and_excepted(gateway: RunningGateway, tmp_path: Path) -> None:
    file = tmp_path / "rules/own.yaml"
    evil = "/?q=" + urllib.parse.quote_plus("1 union  select 2")
    status, page, number = ask(gateway, evil)
    assert (status, "not here" in page, "ممنوع" in page) == (403, True, True)
    assert ask(gateway, "/", b"a=b&q=%75nion+select")[0] == 403
    assert ask(gateway, "/?q=onion", b"a=b")[0] == 200

    told = typed(gateway, "explain", number)
    assert "rule      union" in told
    assert "found_in  query.q" in told
    assert "UNION SELECT in a value" in told

    # A file that is wrong changes nothing, and is told; it does not switch a rule off.
    file.write_text(RULE.replace("matches", "mtches"))
    eventually(lambda: "the new ruleset is refused" in gateway.log(), "a refusal")
    assert "own.yaml:3:31: union.when.mtches: unknown key" in gateway.log()
    assert ask(gateway, evil)[0] == 403

    file.write_text(RULE + RULE.replace("union", "onion"))
    eventually(lambda: ask(gateway, "/?q=onion+select")[0] == 403, "the new rule in force")

    assert "- rule: union" in typed(gateway, "rules", "except", number)
    eventually(lambda: ask(gateway, evil)[0] == 200, "the exception in force")
    assert ask(gateway, "/?p=union+select")[0] == 403, "in that field alone"
