"""The command line: `gateway COMMAND`, one command a file.

Exit codes, of every command: 0 done, 1 refused or failed, 2 used wrongly, 3 no gateway is running.
"""

from importlib import import_module
from typing import Final

import click

_COMMANDS: Final = {
    "run": "Run the gateway in the foreground.",
    "check": "Say whether a configuration is right, and all that is wrong with it.",
    "schema": "Write the configuration's JSON Schema, for editors.",
    "reload": "Have a running gateway take up its changed configuration.",
    "status": "Show a running gateway in one screen.",
    "explain": "Say what became of a request, and why.",
    "level": "Show or set how alarmed a running gateway is.",
    "rules": "Write, test and understand rules.",
    "block": "See, add and lift blocks of a running gateway.",
    "room": "See the waiting rooms, and open, close or pause them.",
    "simulate": "Play booking days: who gets the places, and how long all wait.",
    "draw": "Take part in a draw as a witness, or check one.",
    "demo": "Run the bundled demo platform by itself.",
    "version": "Say what is installed.",
}


class _Commands(click.Group):
    """Commands, in the order above, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"gateway.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            ctx.fail(f"there is no command {name!r}; there are {', '.join(_COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 refused or failed, 2 used wrongly, 3 no gateway is running.",
)
def main() -> None:
    """Dawr: a protection gateway that gives everyone a fair turn.

    It stands in front of a platform that cannot be changed.
    """
