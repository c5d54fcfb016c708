"""`gateway rules …`, as typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

RULES = """\
- id: union
  title: UNION SELECT in a value
  why: It asks the database for more than was meant.
  when:
    all:
      - {field: path, starts_with: /search}
      - {field: any argument, matches: 'union\\s+select'}
      - not: {field: client.address, in_network: 10.0.0.0/8}
  then: block
  tests: {hits: ["GET /search?q=union select"], misses: ["GET /search?q=union"]}
- id: quiet
  title: nothing yet
  when: {field: path, is: /quiet}
  then: block
  mode: 'off'
  tests: {hits: [GET /quiet], misses: [GET /]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own.yaml").write_text(RULES)
    (tmp_path / "gateway.yaml").write_text("rules: {path: rules}")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    name, *more = arguments
    config = str(folder / "gateway.yaml")
    return CliRunner().invoke(main, ["rules", name, "-c", config, *more])


def test_check(folder: Path) -> None:
    good = run(folder, "check")
    assert good.exit_code == 0
    assert "is right: 2 rules in 1 files (1 enforce, 1 off), 4 tests pass" in good.output
    (folder / "rules/own.yaml").write_text(RULES.replace("starts_with", "start_with"))
    bad = run(folder, "check")
    assert bad.exit_code == 1
    assert "own.yaml:6:23: union.when.all[0].start_with: unknown key (did you mean" in bad.output
    told = json.loads(run(folder, "check", "--json").output)
    assert told["right"] is False
    assert told["faults"][0]["line"] == 6


def test_test(folder: Path) -> None:
    good = run(folder, "test", "union", "-v")
    assert good.exit_code == 0
    assert "✓ union  hit   GET /search?q=union select" in good.output
    assert "2 of 2 tests of 1 rules pass" in good.output
    (folder / "rules/own.yaml").write_text(RULES.replace("misses: [GET /]", "misses: [GET /quiet]"))
    bad = run(folder, "test")
    assert bad.exit_code == 1
    assert "✗ quiet  miss  GET /quiet" in bad.output
    assert "3 of 4 tests of 2 rules pass" in bad.output


def test_list_and_show(folder: Path) -> None:
    assert "2 of 2 rules" in run(folder, "list").output
    assert "1 of 2 rules" in run(folder, "list", "--mode", "off").output
    assert [one["id"] for one in json.loads(run(folder, "list", "union", "--json").output)] == [
        "union"
    ]
    shown = run(folder, "show", "quiet").output
    assert "own.yaml:11" in shown
    assert "mode: 'off'" in shown
    assert "union" not in shown
    missing = run(folder, "show", "unoin")
    assert missing.exit_code == 1
    assert "no rule is called 'unoin' (did you mean \"union\"?)" in missing.output


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        (["GET /search?q=x union%20 select"], "GET /search → block by union"),
        (["GET /search?q=x"], "GET /search → passed on"),
        (["curl", "-d", "q=union+select", "http://a.example/search"], "block by union"),
        (
            ["curl", "-G", "--data-urlencode", "q=union select", "a.example/search"],
            "block by union",
        ),
        (["curl", "-F", "q=union select", "http://a.example/search"], "block by union"),
        (["curl", "--json", '{"q": "union select"}', "http://a.example/search"], "block by union"),
        (['{"path": "/search", "form": {"q": "union select"}}'], "block by union"),
        (['{"path": "/search?q=union select", "client": "10.1.1.1"}'], "passed on"),
    ],
)
def test_explain(folder: Path, request_: list[str], outcome: str) -> None:
    told = run(folder, "explain", *request_)
    assert told.exit_code == 0, told.output
    assert outcome in told.output


def test_explain_a_rule_that_does_not_hold_or_is_off(folder: Path) -> None:
    told = run(folder, "explain", "--rule", "union", "--rule", "quiet", "GET /quiet?q=a")
    assert "✗ union" in told.output
    assert "✗ any argument matches union\\s+select" in told.output
    assert "query.q: a" in told.output
    assert "✓ quiet" in told.output
    assert "passed on" in told.output


def test_explain_from_a_har_file(folder: Path) -> None:
    har = folder / "a.har"
    request = {"method": "GET", "url": "http://a.example/search?q=union+select", "headers": []}
    har.write_text(json.dumps({"log": {"entries": [{"request": request}]}}))
    assert "block by union" in run(folder, "explain", "--har", str(har)).output
    missing = run(folder, "explain", "--har", str(har), "--entry", "2")
    assert "the file holds 1 requests; there is no number 2" in missing.output
    har.write_text("{}")
    assert "this is no HAR file" in run(folder, "explain", "--har", str(har)).output


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (["nonsense"], "'nonsense' is no request: write METHOD /path"),
        (['{"pth": 1}'], "these are no fields of a request"),
        (["curl", "--strange", "http://a.example/"], "curl: --strange is not understood here"),
        ([], "which request? Give a line"),
    ],
)
def test_explain_says_what_is_wrong(folder: Path, request_: list[str], told: str) -> None:
    result = run(folder, "explain", *request_)
    assert result.exit_code in {1, 2}
    assert told in result.output


def test_replay(folder: Path) -> None:
    log = folder / "access.log"
    line = '192.0.2.{n} - - [01/Dec/2026:08:00:00 +0000] "{m} {t} HTTP/1.1" 200 5 "-" "Firefox"'
    lines = [line.format(n=n, m="GET", t="/search?q=union+select") for n in (1, 2, 2)]
    lines += [line.format(n=2, m="POST", t="/booking"), line.format(n=3, m="GET", t="/")]
    record = {"method": "GET", "path": "/search", "query": "q=union%20select", "status": 200}
    record |= {"client": "2001:db8::1", "agent": "x"}
    log.write_text("\n".join([*lines, json.dumps(record), "nonsense"]) + "\n")
    told = json.loads(run(folder, "replay", "--json", str(log)).output)
    assert (told["requests"], told["unread"]) == (6, 1)
    (change,) = told["changes"]
    assert (change["before"], change["after"]) == ("passed on", "block by union")
    assert (change["requests"], change["clients"], change["booked"]) == (4, 3, 1)
    assert change["networks"] == {"192.0.2.0/24": 2, "2001:db8::/48": 1}
    same = run(folder, "replay", "--against", str(folder / "rules"), str(log))
    assert "0 of 6 requests would be treated otherwise" in same.output


def test_profile(folder: Path) -> None:
    told = json.loads(run(folder, "profile", "--json").output)
    assert told["requests"] == 2
    assert {row["rule"]: row["asked"] for row in told["rules"]} == {"union": 0.0}
    assert "the search costs" in run(folder, "profile").output


def test_new(folder: Path) -> None:
    begun = run(folder, "new", "my-rule")
    assert begun.exit_code == 0
    first = (folder / "rules/own.yaml").read_text().splitlines()[0]
    assert first == "- id: union", "what was there stays"
    schema = json.loads((folder / "rules/rules.schema.json").read_text())
    assert schema == json.loads(CliRunner().invoke(main, ["rules", "schema"]).output)
    assert "6 of 6 tests of 3 rules pass" in run(folder, "test").output
    assert "my-rule stands at" in run(folder, "new", "my-rule").output
    assert "is no name for a rule" in run(folder, "new", "My rule").output
