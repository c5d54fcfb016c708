"""`gateway rules new`."""

import re
from pathlib import Path
from typing import Final

import click

from gateway.cli.common import config_option, fail
from gateway.cli.rules.common import Bench, folder_option
from gateway.cli.rules.schema import schema_text
from gateway.rules.models import ID

_HEAD: Final = "# yaml-language-server: $schema=rules.schema.json\n#\n# Rules of our own.\n"
_TEMPLATE: Final = """\
- id: {id}
  title: {title}
  why: >
    For whoever is asked why: what this rule is against, and whom it could hit by mistake.
  when:
    all:
      - {{field: path, starts_with: /example/}}
      - {{field: any argument, contains: "what gives it away"}}
  then: block                  # or challenge, {{score: 3}}, {{tag: name}}, allow, log
  mode: shadow                 # watch what it would do, then 10%, then enforce
  severity: medium
  owner: ""
  tests:
    hits:
      - GET /example/page?q=what gives it away
    misses:
      - GET /example/page?q=something else
"""


@click.command()
@config_option
@folder_option
@click.option("--title", default="What it is about, in one line", help="Of the rule.")
@click.option("--file", "name", default="own.yaml", show_default=True, help="Where it is added.")
@click.argument("id", metavar="RULE")
def command(config: Path, folder: Path | None, title: str, name: str, id: str) -> None:
    """Begin a new rule: in shadow, with an example of everything, and tests that pass."""
    bench = Bench(config, folder)
    if not re.match(ID, id):
        fail(f"{id!r} is no name for a rule: small letters, digits and -, such as no-crawlers")
    if id in bench.ruleset.places:
        fail(f"{id} stands at {bench.ruleset.places[id]} already")
    if not re.fullmatch(r"[\w-]+\.ya?ml", name):
        fail(f"{name!r} is no file of rules: write a name such as own.yaml")
    file = bench.folder / name
    before = file.read_text("utf-8") if file.exists() else _HEAD
    schema = bench.folder / "rules.schema.json"
    if not schema.exists():
        schema.write_text(schema_text(), "utf-8")
    text = _TEMPLATE.format(id=id, title=title)
    file.write_text(f"{before.rstrip()}\n\n{text}", "utf-8")
    click.echo(f"{id} stands in {file}, in shadow; change it, then: gateway rules test {id}")
