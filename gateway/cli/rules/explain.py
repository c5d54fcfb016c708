"""`gateway rules explain`."""

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from gateway.cli.common import config_option, fail, json_option, print_json
from gateway.cli.rules.common import Bench, effect, folder_option
from gateway.rules.explaining import Told, explained
from gateway.rules.given import from_curl, from_har
from gateway.rules.line import LineError, Made, made
from gateway.rules.models import RequestModel, RuleModel
from gateway.rules.subject import Subject
from gateway.verdict import Verdict

_LONG: Final = 100


@click.command(context_settings={"allow_interspersed_args": False})
@config_option
@folder_option
@json_option
@click.option(
    "--rule", "ids", metavar="RULE", multiple=True, help="Explain this rule, held or not."
)
@click.option(
    "--har", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A HAR file."
)
@click.option("--entry", default=1, show_default=True, help="The request's number in that file.")
@click.argument("request_", metavar="[REQUEST]", nargs=-1, type=click.UNPROCESSED)
def command(
    config: Path,
    folder: Path | None,
    as_json: bool,
    ids: tuple[str, ...],
    har: Path | None,
    entry: int,
    request_: tuple[str, ...],
) -> None:
    """Say, condition by condition, what the rules make of a request.

    \b
    REQUEST is one of
      a line                 'POST /login user=a&password=b'
      curl and its arguments curl -d q=x http://localhost/search
      fields, as JSON        '{"path": "/api", "json": {"a": 1}}'

    Options stand before it. Without --rule, every rule that holds is explained.
    """
    bench = Bench(config, folder)
    example = _given(request_, har, entry)
    engine = bench.engine()
    subject = Subject(example.request, example.body or None)
    numbers, search = engine.held(subject)
    held = {engine.rules[number].id for number in numbers}
    wanted = [bench.rule(name) for name in ids] or [m for m in bench.ruleset.rules if m.id in held]
    own = {one.id: one for one in engine.rules}
    told = [
        explained(model, own[model.id], search)
        if model.id in own
        else _though_off(model, bench, subject)
        for model in wanted
    ]
    verdict = engine.head(example.request)
    if (verdict is None or verdict.shadow) and engine.wants_body(example.request):
        verdict = engine.body(example.request, example.body, True)
    if as_json:
        print_json({"verdict": _verdict(verdict), "held": sorted(held), "rules": told})
        return
    _print(example, subject, verdict, told, bench)


def _though_off(model: RuleModel, bench: Bench, subject: Subject) -> Told:
    """What a rule that is switched off, or past its day, would make of it."""
    alone = bench.engine(bench.ruleset.only(model.id))
    switched_on = model.model_copy(update={"expires": None})
    return explained(switched_on, alone.rules[0], alone.search(subject))


def _given(given: tuple[str, ...], har: Path | None, entry: int) -> Made:
    try:
        if har is not None:
            return from_har(har.read_text("utf-8", "replace"), entry)
        if not given:
            raise click.UsageError("which request? Give a line, curl and its arguments, or --har")
        if given[0] == "curl":
            return from_curl(list(given[1:]))
        line = " ".join(given)
        return made(RequestModel.model_validate(json.loads(line)) if line[:1] == "{" else line)
    except LineError as error:
        fail(str(error))
    except ValueError as error:
        fail(f"these are no fields of a request: {error}")


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"action": verdict.action.value, "rule": verdict.rule, "shadow": verdict.shadow}


def _print(
    example: Made, subject: Subject, verdict: Verdict | None, told: list[Told], bench: Bench
) -> None:
    console = Console(highlight=False)
    request = example.request
    line = f"{request.method.decode()} {request.path}"
    console.print(Text.assemble(line, " → ", _outcome(verdict)))
    if subject.unreadable:
        console.print(f"its body was looked at as text: {subject.unreadable}", style="yellow")
    for one in told:
        console.print(_tree(one, bench.rule(one["rule"])))
    if not told:
        console.print("no rule holds", style="dim")


def _outcome(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("passed on", "green")
    if verdict.shadow:
        return Text(f"passed on; {verdict.rule}, in shadow, would {verdict.action.value}", "yellow")
    return Text(f"{verdict.action.value} by {verdict.rule}", "red")


def _tree(told: Told, model: RuleModel) -> Tree:
    head = Text.assemble(
        _mark(told["holds"]), " ", (model.id, "bold"), f"  {model.title}  ",
        (f"{effect(model)}, {told['mode']}", "dim"),
    )  # fmt: skip
    if "spared" in told:
        head.append(f"  spared {told['spared']}", "yellow")
    tree = Tree(head)
    _grow(tree, told["when"])
    return tree


def _grow(tree: Tree, told: Told) -> None:
    branch = tree.add(Text.assemble(_mark(told["holds"]), " ", told["condition"]))
    for part in told.get("parts", ()):
        _grow(branch, part)
    if found := told.get("found"):
        text = found["looked_at"]
        branch.add(
            Text.assemble(
                (f"{found['field']}: ", "dim"), text[: found["from"]],
                (text[found["from"] : found["to"]], "bold reverse"), text[found["to"] :],
            )
        )  # fmt: skip
        if found["value"] != text:
            branch.add(Text.assemble(("as sent: ", "dim"), found["value"]))
    for seen in told.get("seen", ()):
        branch.add(Text.assemble((f"{seen['field']}: ", "dim"), seen["looked_at"][:_LONG]))
    if "seen" in told and not told["seen"]:
        branch.add(Text("there is no such value", "dim"))


def _mark(holds: bool) -> Text:
    return Text("✓", "green") if holds else Text("✗", "red")
