"""What the tests with real processes share."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from running import RunningGateway, StartGateway

_CONFIG = """
listen: ["127.0.0.1:0"]
control: 127.0.0.1:0
workers: 2
drain: 5s
platform: {{backends: ["{backend}"]}}
limits: []
"""


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def start_gateway(tmp_path: Path) -> Iterator[StartGateway]:
    """Starts gateways before `backend`; `more` is added to, or replaces keys of, their settings."""
    with ExitStack() as stack:
        number = 0

        def start(backend: str, more: str = "", *, prefix: tuple[str, ...] = ()) -> RunningGateway:
            nonlocal number
            number += 1
            folder = tmp_path / f"gateway{number}"
            folder.mkdir()
            config = _with(_CONFIG.format(backend=backend), more)
            return stack.enter_context(RunningGateway(folder, config, prefix=prefix))

        yield start


def _with(config: str, more: str) -> str:
    """`config` with the top-level keys of `more` in place of its own."""
    keys = {line.partition(":")[0] for line in more.splitlines() if line[:1].isalpha()}
    kept = [line for line in config.splitlines() if line.partition(":")[0] not in keys]
    return "\n".join([*kept, more, ""])
