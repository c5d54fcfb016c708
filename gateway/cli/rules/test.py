"""`gateway rules test`."""

import sys
from pathlib import Path

import click

from gateway.cli.common import REFUSED, config_option, json_option, print_json
from gateway.cli.rules.common import Bench, folder_option
from gateway.rules import proof


@click.command()
@config_option
@folder_option
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Show every example, not only those that fail.")
@click.argument("ids", metavar="[RULE]...", nargs=-1)
def command(
    config: Path, folder: Path | None, as_json: bool, verbose: bool, ids: tuple[str, ...]
) -> None:
    """Try the examples inside the rules: all, or those of each RULE.

    A hit must make its rule hold, a miss must not; whatever the rule's mode and level.
    """
    bench = Bench(config, folder, as_json=as_json)
    wanted = {bench.rule(name).id for name in ids}
    outcomes = [one for one in proof.prove(bench.ruleset) if not wanted or one.rule in wanted]
    failed = [one for one in outcomes if one.wrong]
    if as_json:
        fields = ("rule", "hit", "request", "wrong")
        print_json([{name: getattr(one, name) for name in fields} for one in outcomes])
        sys.exit(REFUSED if failed else 0)
    for one in outcomes if verbose else failed:
        mark = click.style("✗", fg="red") if one.wrong else click.style("✓", fg="green")
        kind = "hit " if one.hit else "miss"
        click.echo(f"{mark} {one.rule}  {kind}  {one.request}")
        if one.wrong:
            place = bench.ruleset.places[one.rule]
            click.echo(f"    {one.wrong} ({place}); see: gateway rules explain --rule {one.rule} …")
    rules = len({one.rule for one in outcomes})
    click.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} tests of {rules} rules pass")
    sys.exit(REFUSED if failed else 0)
