"""What commands share: where the configuration is, how to speak with a running gateway."""

import http.client
import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from gateway.run_state import RunState
from gateway.settings.source import Source

REFUSED: Final = 1
NOT_RUNNING: Final = 3
_PLACES: Final = (Path("config/gateway.yaml"), Path("/etc/dawr/gateway.yaml"))
_TIMEOUT: Final = 95.0  # a reload of a large configuration takes its time


def _default_config() -> Path:
    named = os.environ.get("DAWR_CONFIG")
    if named:
        return Path(named)
    return next((place for place in _PLACES if place.exists()), _PLACES[0])


config_option = click.option(
    "-c",
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_default_config,
    show_default="$DAWR_CONFIG, config/gateway.yaml or /etc/dawr/gateway.yaml",
    help="The configuration file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def fail(message: str, status: int = REFUSED) -> NoReturn:
    """End with a message for the operator."""
    click.echo(message, err=True)
    sys.exit(status)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def forced(alarm: dict[str, Any]) -> str:
    """Who holds the level, and until when: behind its name."""
    if not alarm["forced"]:
        return ""
    if alarm["forced_until"] is None:
        return " by flood.level in the configuration"
    until = datetime.fromtimestamp(alarm["forced_until"], UTC)
    return f" by hand until {until:%Y-%m-%d %H:%M} UTC"


def state_folder(config: Path) -> Path:
    """Where the gateway with this configuration keeps its files, even if the file is now wrong."""
    try:
        data = Source(str(config), config.read_text("utf-8"), os.environ).data
        named = data["state"]["folder"]
    except (OSError, ValueError, KeyError, TypeError):
        named = None
    return Path(named or os.environ.get("DAWR_STATE") or "var").absolute()


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(config: Path, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """What the running gateway answers: status and JSON. Ends with 3 where none runs."""
    folder = state_folder(config)
    connection = _Connection(RunState(folder).socket_path)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (FileNotFoundError, ConnectionRefusedError):
        fail(f"no gateway runs on the state folder {folder}", NOT_RUNNING)
    except PermissionError:
        fail(f"the gateway on {folder} belongs to another user: use sudo -u that user", NOT_RUNNING)
    except (OSError, http.client.HTTPException, ValueError) as error:
        fail(f"the gateway on {folder} does not answer: {error}", NOT_RUNNING)
    finally:
        connection.close()
