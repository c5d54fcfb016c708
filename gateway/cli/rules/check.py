"""`gateway rules check`."""

import sys
from collections import Counter
from pathlib import Path

import click

from gateway.cli.common import REFUSED, config_option, json_option, print_json
from gateway.cli.rules.common import Bench, folder_option
from gateway.rules import proof


@click.command()
@config_option
@folder_option
@json_option
def command(config: Path, folder: Path | None, as_json: bool) -> None:
    """Say whether all rules are right, and all that is wrong with them.

    Their form, the patterns, the files they name, and the examples inside them. This is what the
    gateway does before it takes up rules: what is wrong here is refused there, and the last good
    rules stay in force.
    """
    bench = Bench(config, folder, as_json=as_json)
    bench.engine()
    faults = proof.faults(bench.ruleset)
    ruleset = bench.ruleset
    if as_json:
        print_json(
            {
                "right": not faults,
                "version": ruleset.version,
                "rules": len(ruleset.rules),
                "faults": [vars(fault) for fault in faults],
                "warnings": ruleset.warnings,
            }
        )
        sys.exit(REFUSED if faults else 0)
    for warning in ruleset.warnings:
        click.echo(f"warning: {warning}", err=True)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(REFUSED)
    tests = sum(len(rule.tests.hits) + len(rule.tests.misses) for rule in ruleset.rules)
    modes = Counter(rule.mode for rule in ruleset.rules)
    told = ", ".join(f"{count} {mode}" for mode, count in sorted(modes.items()))
    files = len({place.file for place in ruleset.places.values()})
    click.echo(
        f"{bench.folder} is right: {len(ruleset.rules)} rules in {files} files ({told}), "
        f"{tests} tests pass; version {ruleset.version}"
    )
