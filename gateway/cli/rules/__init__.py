"""`gateway rules …`: the workbench of those who write rules. One command a file.

None of these needs a running gateway.
"""

from importlib import import_module
from typing import Final

import click

_COMMANDS: Final = {
    "check": "Say whether all rules are right, and all that is wrong with them.",
    "test": "Try the examples inside the rules.",
    "list": "List the rules.",
    "show": "Show a rule as it is written, and where.",
    "explain": "Say, condition by condition, what the rules make of a request.",
    "replay": "Say what the rules would have made of the requests in an access log.",
    "profile": "Measure what each rule costs.",
    "new": "Begin a new rule.",
    "schema": "Write the JSON Schema of a file of rules, for editors.",
    "except": "Write the exception that would have spared a request.",
}

_MODULES: Final = {"except": "exception"}  # what cannot be a module's name


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(
            f"gateway.cli.rules.{_MODULES.get(cmd_name, cmd_name)}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands)
def command() -> None:
    """Write, test and understand rules.

    The rules are those of the configuration's `rules.path`, or of --rules FOLDER. No command here
    changes a running gateway: that takes up the files by itself, or by `gateway reload`.
    """
