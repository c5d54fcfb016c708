"""`gateway draw`: witnesses commit and reveal, and anybody checks a draw."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.common import REFUSED, ask, config_option, fail
from gateway.errors import OperatorError
from gateway.private_file import write_private
from gateway.waitingroom.seeds import SEED, commitment

_HEX: Final = 2 * SEED


def _digits(what: str, text: str) -> str:
    """64 hexadecimal digits, as they are handed on."""
    plain = text.strip().lower()
    if len(plain) != _HEX or any(one not in "0123456789abcdef" for one in plain):
        fail(f"{what} has {_HEX} hexadecimal digits; this one reads {text.strip()[:80]!r}")
    return plain


@click.group()
def command() -> None:
    """Take part in a draw as a witness, or check one."""


@command.command()
@click.argument("room")
@click.argument("opening")
@click.argument("name")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the seed is kept; else NAME-ROOM-OPENING.seed in this folder.",
)
def witness(room: str, opening: str, name: str, path: Path | None) -> None:
    """Make a witness' seed, and the commitment to be given to the operator before the pre-queue.

    Needs no gateway, and is best run on the witness' own machine. OPENING is the opening's id, such
    as 2026-11-29. The seed stays in a file that only you can read, until the list is closed.
    """
    target = path or Path(f"{name}-{room}-{opening}.seed".replace("/", "_").replace(" ", "_"))
    if target.exists():
        fail(f"{target} is there already: a seed is never replaced; name another --file")
    seed = os.urandom(SEED)
    try:
        made = commitment(room, opening, name, seed)
        write_private(target, seed.hex().encode() + b"\n", durable=True)
    except (OperatorError, OSError) as error:
        fail(str(error))
    click.echo(f"seed        {target}  (tell nobody before the list is closed)")
    click.echo(f"commitment  {made.hex()}")
    click.echo(f"the operator types: gateway draw commit {room} {opening} '{name}' {made.hex()}")


@command.command()
@click.argument("room")
@click.argument("opening")
@click.argument("name")
@click.argument("value")
@config_option
def commit(room: str, opening: str, name: str, value: str, config: Path) -> None:
    """Take in a witness' commitment, before the pre-queue of that opening begins."""
    body = {"opening": opening, "name": name, "value": _digits("a commitment", value)}
    _send(config, room, "commit", body)
    click.echo(f"{room} {opening}: {name} has committed to a seed")


@command.command()
@click.argument("room")
@click.argument("opening")
@click.argument("name")
@click.argument("seed", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file that `gateway draw witness` made, instead of SEED.",
)
@config_option
def reveal(
    room: str, opening: str, name: str, seed: str | None, path: Path | None, config: Path
) -> None:
    """Hand in a witness' seed, after the list is closed."""
    if (seed is None) == (path is None):
        fail("give the seed, or --file with it: one of both", 2)
    text = path.read_text("ascii", "replace") if path is not None else str(seed)
    body = {"opening": opening, "name": name, "value": _digits("a seed", text)}
    _send(config, room, "reveal", body)
    click.echo(f"{room} {opening}: the seed of {name} is in")


@command.command()
@click.argument("room")
@click.argument("opening")
@click.argument("value")
@config_option
def beacon(room: str, opening: str, value: str, config: Path) -> None:
    """Hand in the announced value of the public beacon (drand's `randomness`)."""
    body = {"opening": opening, "name": "", "value": _digits("a beacon's value", value)}
    _send(config, room, "beacon", body)
    click.echo(f"{room} {opening}: the beacon's value is in")


def _send(config: Path, room: str, what: str, body: dict[str, Any]) -> None:
    status, found = ask(config, "POST", f"/rooms/{room}/draw/{what}", body)
    if status != 200:
        fail(found.get("error", "the gateway refused"))


@command.command()
@click.argument("where")
@click.option("--ticket", help="A ticket's 32 digits, as its page shows them: tell its rank.")
def verify(where: str, ticket: str | None) -> None:
    """Check a draw: WHERE is a folder, or the address at which it is published.

    The same as `python3 verify_draw.py WHERE`, the script that is published with each draw.
    """
    script = files("gateway.waitingroom") / "verify_draw.py"
    arguments = [where, *(["--ticket", ticket] if ticket else [])]
    done = subprocess.run([sys.executable, str(script), *arguments], check=False)  # noqa: S603
    if done.returncode:
        raise click.exceptions.Exit(REFUSED)
