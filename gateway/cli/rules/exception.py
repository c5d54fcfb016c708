"""`gateway rules except`."""

import json
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.common import config_option, fail
from gateway.cli.explain import record_of
from gateway.cli.rules.common import Bench, folder_option
from gateway.rules import proof
from gateway.rules.fields import field
from gateway.rules.loader import EXCEPTIONS

_HEAD: Final = (
    "# Where rules do not look: exceptions of ours to rules of any file of this folder.\n"
    "# Each may have a request that the rule must now let pass: miss.\n"
)


@click.command()
@config_option
@folder_option
@click.option("--why", default="", help="For those who read it later.")
@click.option("--dry-run", is_flag=True, help="Show the exception, and write nothing.")
@click.argument("request_id", metavar="REQUEST-ID")
def command(config: Path, folder: Path | None, why: str, dry_run: bool, request_id: str) -> None:
    """Write the exception that would have spared a request which a rule refused by mistake.

    It is as narrow as can be: the rule, the path, and the one field in which the rule found
    something. It is added to exceptions.yaml beside the rules.
    """
    bench = Bench(config, folder)
    record = record_of(config, request_id)
    if record is None:
        fail(f"nothing is known of {request_id}: neither the workers nor the access log have it")
    if record.get("filter") != "rules":
        fail(f"{request_id} was not refused by a rule, but by {record.get('filter') or 'nobody'}")
    if "path" not in record:
        fail(f"of {request_id} no path is known")
    rule = bench.rule(str(record["rule"]))
    text = _entry(rule.id, record, why or f"{request_id} was refused by mistake")
    if dry_run:
        click.echo(text, nl=False)
        return
    file = bench.folder / f"{EXCEPTIONS}.yaml"
    before = file.read_text("utf-8") if file.exists() else _HEAD
    file.write_text(f"{before.rstrip()}\n\n{text}", "utf-8")
    wrong = proof.faults(Bench(config, folder).ruleset)
    if wrong:
        file.write_text(before, "utf-8")
        fail(f"that exception would be refused:\n{wrong[0]}")
    click.echo(f"{text}stands in {file}; a running gateway takes it up within a second")


def _entry(rule: str, record: dict[str, Any], why: str) -> str:
    lines = [f"rule: {rule}", f"path: {_quoted(str(record['path']))}"]
    if (name := _field(str(record.get("found_in") or ""))) is not None:
        lines.append(f"field: {_quoted(name)}")
    lines.append(f"why: {_quoted(why)}")
    return "- " + "\n  ".join(lines) + "\n"


def _field(origin: str) -> str | None:
    """The field as a rule would name it; None: it is none that can be left out by itself."""
    try:
        return field(origin).name
    except ValueError:
        return None


def _quoted(text: str) -> str:
    """As YAML, which JSON is."""
    return json.dumps(text, ensure_ascii=False)
