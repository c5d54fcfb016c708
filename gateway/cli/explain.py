"""`gateway explain`."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from gateway.cli.block import print_block
from gateway.cli.common import (
    REFUSED,
    ask,
    config_option,
    fail,
    json_option,
    print_json,
    state_folder,
)
from gateway.config import load
from gateway.errors import OperatorError
from gateway.guard.block import read_code
from gateway.ledger.audit import find_block

_WHAT: Final = {
    "forward": "forwarded to the platform",
    "block": "blocked",
    "limit": "refused: too many requests",
    "maintenance": "answered with the maintenance page",
    "drop": "dropped without an answer",
    "refuse": "refused: its bytes break a law or a bound",
    "redirect": "sent to https",
    "error": "not answered by the platform",
}
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
_SHOWN_FIRST: Final = ("id", "time", "decision", "filter", "rule", "fault", "status")


@click.command()
@config_option
@json_option
@click.argument("request_id", metavar="REQUEST-ID|CODE")
def command(config: Path, request_id: str, as_json: bool) -> None:
    """Say what became of a request, or why somebody is blocked.

    CODE is what a blocked person reads on our page, in any spelling; blocks that have ended are
    looked up in the audit trail. REQUEST-ID is what our other pages show, what the X-Request-Id
    header carries and what stands in the access log. The last 2,000 refusals of each worker are
    remembered; what is older is looked up in the access log, where that is a file of JSON lines.
    """
    code = read_code(request_id)
    if code is not None and (block := _block(config, code)) is not None:
        if as_json:
            print_json(block)
        else:
            print_block(block)
        return
    if not _REQUEST_ID.fullmatch(request_id):
        raise click.BadParameter("that is no request's number", param_hint="REQUEST-ID")
    record = record_of(config, request_id)
    if record is None:
        fail(
            f"nothing is known of {request_id}: neither the workers remember it, "
            "nor is it in the access log"
        )
    if as_json:
        print_json(record)
        return
    _print(record)
    if record.get("filter") == "rules":
        _print_rule(config, record)


def record_of(config: Path, request_id: str) -> Any:
    """What is known of a request: by the workers, else by the access log; None: nothing."""
    status, record = ask(config, "GET", f"/explain/{quote(request_id, safe='')}")
    return record if status == 200 else _from_log(config, request_id)


def _print_rule(config: Path, record: dict[str, Any]) -> None:
    """What the rule is, and what to do if it was wrong."""
    from gateway.cli.rules.common import Bench  # noqa: PLC0415 - only rules need RE2

    ruleset = Bench(config, None).ruleset
    model = next((one for one in ruleset.rules if one.id == record.get("rule")), None)
    if model is None:
        return
    click.echo(f"\n{model.title} ({ruleset.places[model.id]})")
    if model.why:
        click.echo(model.why.strip())
    click.echo(f"If that was a mistake: gateway rules except {record['id']}")


def _block(config: Path, code: str) -> dict[str, Any] | None:
    """The block with that code, in force or not."""
    status, found = ask(config, "GET", f"/blocks/{code}")
    if status == 200:
        block: dict[str, Any] = {**found, "in_force": True}
        return block
    past = find_block(state_folder(config) / "audit.log", code)
    return None if past is None else {**past, "in_force": False}


def _from_log(config: Path, request_id: str) -> Any:
    try:
        loaded = load(config, files=False)
    except OperatorError as error:
        fail(f"{error}\nso the access log cannot be found", REFUSED)
    access = loaded.settings.access_log
    if access.path in {None, "stdout"} or access.format != "json":
        return None
    wanted = f'"id":{json.dumps(request_id)}'.encode()
    try:
        with (loaded.state_folder / str(access.path)).open("rb") as file:
            line = next((line for line in file if wanted in line), None)
    except OSError:
        return None
    return None if line is None else json.loads(line)


def _print(record: dict[str, Any]) -> None:
    moment = datetime.fromtimestamp(record["time"], UTC)
    what = _WHAT.get(record["decision"], record["decision"])
    click.echo(f"Request {record['id']} was {what}.")
    click.echo(f"  when      {moment:%Y-%m-%d %H:%M:%S} UTC")
    if "filter" in record:
        click.echo(f"  filter    {record['filter']}")
    if "rule" in record:
        click.echo(f"  rule      {record['rule']}")
    click.echo(f"  answer    {record['status'] or 'none: the connection was closed'}")
    if record.get("retry_after"):
        click.echo(f"  told      to come back after {record['retry_after']} s")
    for name, value in record.items():
        if name not in {*_SHOWN_FIRST, "retry_after"} and value not in (None, ""):
            click.echo(f"  {name:<9} {value}")
