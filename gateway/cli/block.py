"""`gateway block …`."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from gateway.cli.common import ask, config_option, fail, json_option, print_json
from gateway.clock import SECOND, Clock
from gateway.guard.block import REASONS, SCOPES, block_of, read_code, read_whom
from gateway.settings.units import parse_duration

_SHOWN: Final = 100
_LONGEST: Final = 3650 * 86_400  # seconds


@click.group()
def command() -> None:
    """See, add and lift blocks of a running gateway.

    WHO is an address (203.0.113.7), a network (203.0.113.0/24), AS64496, a country (XX), or
    device:0123456789abcdef. A block by hand holds until it is lifted, unless --for says how long.
    """


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "until lifted"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _duration(_: Any, __: Any, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = parse_duration(value) / SECOND
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if seconds > _LONGEST:
        raise click.BadParameter("10 years (3650d) at most; without --for it has no end")
    return seconds


@command.command()
@config_option
@json_option
@click.option("--for", "seconds", callback=_duration, help="How long, such as 1h or 7d.")
@click.option("--note", default="", help="Why, for those who look it up later.")
@click.option(
    "--reason", type=click.Choice(REASONS), default="by-hand", help="What the blocked are told."
)
@click.option("--challenge", is_flag=True, help="A challenge instead of a block.")
@click.argument("who", nargs=-1, required=True)
def add(
    config: Path,
    who: tuple[str, ...],
    seconds: float | None,
    note: str,
    reason: str,
    challenge: bool,
    as_json: bool,
) -> None:
    """Block WHO (several at once), on all gateways that share the state."""
    now = Clock().wall()
    entries = []
    for text in who:
        try:
            scope, key = read_whom(text)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="WHO") from None
        entries.append(
            {
                "scope": scope,
                "key": key,
                "reason": reason,
                "note": note,
                "since": now,
                "until": None if seconds is None else now + seconds,
                "measure": "challenge" if challenge else "block",
            }
        )
    _send(config, entries, as_json)


def _send(
    config: Path, entries: list[dict[str, Any]], as_json: bool, *, imported: bool = False
) -> None:
    path = "/blocks?import" if imported else "/blocks"
    status, said = ask(config, "POST", path, entries)
    if status != 200:
        fail("\n".join(said.get("faults") or [said["error"]]))
    if as_json:
        print_json(said)
        return
    for block in said["blocks"]:
        click.echo(f"{block['code']}  {block['key']}  {_time(block['until'])}")
    if said["added"] > len(said["blocks"]):
        click.echo(f"… {said['added']} in all")
    if said["added"] < len(entries):
        fail(f"{len(entries) - said['added']} were left out: the book of blocks is full")


@command.command("list")
@config_option
@json_option
@click.option("--scope", type=click.Choice(SCOPES), help="Only these.")
@click.option("--by", help="Only those made by guard, hand:USER, feed:NAME.")
def list_(config: Path, scope: str | None, by: str | None, as_json: bool) -> None:
    """List the blocks in force, the newest first."""
    blocks = _filtered(_all(config), scope, by)
    if as_json:
        print_json(blocks)
        return
    table = Table(box=None, pad_edge=False)
    for title in ("code", "who", "what", "reason", "by", "until", "no."):
        table.add_column(title, no_wrap=title in {"code", "who"})
    for block in blocks[:_SHOWN]:
        table.add_row(
            block["code"], _who(block), _what(block), block["reason"], block["by"],
            _time(block["until"]), str(block["offence"]),
        )  # fmt: skip
    if blocks:
        Console().print(table)
    more = f"; the newest {_SHOWN} are shown, --json has them all" if len(blocks) > _SHOWN else ""
    click.echo(f"{len(blocks)} in force{more}")


def _who(block: dict[str, Any]) -> str:
    return f"device:{block['key']}" if block["scope"] == "device" else str(block["key"])


def _what(block: dict[str, Any]) -> str:
    return f"{block['measure']}, in shadow" if block.get("shadow") else str(block["measure"])


def _all(config: Path) -> list[dict[str, Any]]:
    _, blocks = ask(config, "GET", "/blocks")
    return sorted(blocks, key=lambda block: -block["since"])


def _filtered(
    blocks: Iterable[dict[str, Any]], scope: str | None, by: str | None
) -> list[dict[str, Any]]:
    return [
        block
        for block in blocks
        if (scope is None or block["scope"] == scope) and (by is None or block["by"] == by)
    ]


def _found(config: Path, which: str) -> list[dict[str, Any]]:
    """The block with that code, or those for whom it names."""
    code = read_code(which)
    blocks = _all(config)
    if code is not None and (found := [block for block in blocks if block["code"] == code]):
        return found
    try:
        scope, key = read_whom(which)
    except ValueError:
        return []
    return [block for block in blocks if (block["scope"], block["key"]) == (scope, key)]


@command.command()
@config_option
@json_option
@click.argument("which", metavar="CODE|WHO")
def show(config: Path, which: str, as_json: bool) -> None:
    """Show a block and its evidence."""
    found = _found(config, which)
    if not found:
        fail(f"no block in force has the code {which}, or is for it")
    if as_json:
        print_json(found[0])
        return
    print_block(found[0])


def print_block(block: dict[str, Any]) -> None:
    """A block, for people."""
    ended = "" if block.get("in_force", True) else " (not in force any more)"
    click.echo(f"Block {block['code']}: {block['scope']} {block['key']}{ended}")
    rows = {
        "what": _what(block),
        "reason": block["reason"],
        "by": block["by"],
        "since": _time(block["since"]),
        "until": _time(block["until"]),
        "offence": block["offence"],
        "note": block["note"],
        **{name.replace("_", " "): value for name, value in block["evidence"].items()},
    }
    for name, value in rows.items():
        if value not in ("", None, {}):
            text = (
                ", ".join(f"{k} {v}" for k, v in value.items())
                if isinstance(value, dict)
                else value
            )
            click.echo(f"  {name:<14} {text}")


@command.command()
@config_option
@json_option
@click.option("--pardon", is_flag=True, help="It was a mistake: it does not count for the next.")
@click.argument("which", metavar="CODE|WHO", nargs=-1, required=True)
def remove(config: Path, which: tuple[str, ...], pardon: bool, as_json: bool) -> None:
    """Lift blocks, by their code or by whom they are for.

    A feed that lists the same is held off until it drops the entry, or until `gateway block add`.
    """
    codes: list[str] = []
    for one in dict.fromkeys(which):
        found = _found(config, one)
        if not found:
            fail(f"no block in force has the code {one}, or is for it; nothing was lifted")
        codes += [block["code"] for block in found]
    status, said = ask(config, "DELETE", "/blocks", {"codes": codes, "pardon": pardon})
    if status != 200:
        fail(said["error"])
    if as_json:
        print_json(said["lifted"])
        return
    for block in said["lifted"]:
        click.echo(f"lifted {block['code']}  {block['key']}")
        if feeds := said["held_off"].get(block["code"]):
            click.echo(
                f"  the feed {', '.join(feeds)} lists it: held off until it no longer does, or "
                f"until `gateway block add {_who(block)}`"
            )


@command.command()
@config_option
@click.option("--scope", type=click.Choice(SCOPES), help="Only these.")
@click.option("--by", help="Only those made by guard, hand:USER, feed:NAME.")
@click.argument("file", type=click.File("w"), default="-")
def export(config: Path, file: Any, scope: str | None, by: str | None) -> None:
    """Write the blocks in force to FILE (else the standard output), one JSON object a line."""
    for block in _filtered(_all(config), scope, by):
        file.write(json.dumps(block, ensure_ascii=False) + "\n")


@command.command("import")
@config_option
@json_option
@click.option("--for", "seconds", callback=_duration, help="How long, where the file is silent.")
@click.option("--note", default="", help="Why, where the file is silent.")
@click.argument("file", type=click.File("r"))
def import_(config: Path, file: Any, seconds: float | None, note: str, as_json: bool) -> None:
    """Block all that FILE lists: lines as `export` writes them, or one address or network a line.

    Nothing is blocked if any line is wrong.
    """
    now = Clock().wall()
    entries: list[dict[str, Any]] = []
    faults: list[str] = []
    for number, line in enumerate(_lines(file), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            entries.append(_entry(text, now, seconds, note))
        except ValueError as error:
            faults.append(f"{file.name}:{number}: {error}")
    if faults:
        more = f"\n… and {len(faults) - 20} more" if len(faults) > 20 else ""
        fail("\n".join(faults[:20]) + more + "\nnothing was blocked")
    if not entries:
        click.echo(f"{file.name} lists nobody")
        sys.exit(0)
    _send(config, entries, as_json, imported=True)


def _lines(file: Any) -> list[str]:
    try:
        text: str = file.read()
    except UnicodeDecodeError:
        fail(f"{file.name} is not UTF-8 text; nothing was blocked")
    return text.removeprefix("\ufeff").splitlines()


def _entry(text: str, now: float, seconds: float | None, note: str) -> dict[str, Any]:
    until = None if seconds is None else now + seconds
    if text.startswith("{"):
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ValueError(f"it begins like JSON and is none: {error}") from None
        return {**block_of({"since": now, "until": until, "note": note, **data}).as_data()}
    scope, key = read_whom(text.partition("#")[0])
    return {"scope": scope, "key": key, "note": note, "since": now, "until": until}
