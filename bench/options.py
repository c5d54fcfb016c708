"""The options that every bench has."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

Option = Callable[[Any], Any]

gateway_option: Final[Option] = click.option(
    "--gateway",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path(sys.executable).with_name("gateway"),
    show_default=True,
    help="The gateway's executable.",
)
json_option: Final[Option] = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write all figures here."
)
write_option: Final[Option] = click.option(
    "--write/--no-write", default=False, help="Write the section in docs/benchmarks.md."
)
