"""`gateway run`."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from gateway import __version__
from gateway.app import Built, log_path
from gateway.cli.bundled_platform import BundledPlatform
from gateway.cli.common import config_option, fail
from gateway.clock import Clock
from gateway.config import Loaded, load
from gateway.errors import OperatorError
from gateway.logs import configure_logging
from gateway.supervisor import Supervisor

_ANYWHERE: Final = ("0.0.0.0:", "[::]:")


@click.command()
@config_option
@click.option(
    "--demo", is_flag=True, help="Start the bundled demo platform too, and stand before it."
)
@click.option(
    "--demo-port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Its port."
)
def command(config: Path, demo: bool, demo_port: int) -> None:
    """Run the gateway in the foreground.

    \b
    Signals: TERM and INT stop it (connections get `drain` to end; a second signal stops at once),
    HUP reloads the configuration, USR1 opens the access log anew after it was moved away.
    """
    configure_logging()
    try:
        with _bundled(demo, demo_port, config) as platform:
            _run(config, platform)
    except OperatorError as error:
        fail(str(error))


@contextlib.contextmanager
def _bundled(demo: bool, port: int, config: Path) -> Iterator[BundledPlatform | None]:
    """The demo platform, as the environment's BACKEND, where it is asked for."""
    if not demo:
        yield None
        return
    with BundledPlatform(port) as platform:
        os.environ["BACKEND"] = platform.url
        loaded = load(config)
        if platform.url not in loaded.settings.platform.backends:
            raise OperatorError(
                f"--demo needs platform.backends in {config} to take ${{BACKEND}}, "
                "as config/gateway.yaml does"
            )
        platform.start(loaded.state_folder)
        yield platform


def _run(config: Path, platform: BundledPlatform | None) -> None:
    def read() -> Loaded:
        return load(config)

    loaded = read()
    Built(loaded, Clock())  # what is wrong is told before anything is started
    configure_logging(loaded.settings.log.level)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)

    def ready(supervisor: Supervisor) -> None:
        click.echo(_banner(supervisor, platform))

    asyncio.run(Supervisor(loaded, read, Clock(), ready).run())


def _banner(supervisor: Supervisor, platform: BundledPlatform | None) -> str:
    loaded = supervisor.loaded
    listen = zip(supervisor.addresses, loaded.settings.listen, strict=True)
    serving = ", ".join(f"{'https' if e.tls else 'http'}://{_for_browsers(a)}" for a, e in listen)
    backends = ", ".join(loaded.settings.platform.backends)
    log = log_path(loaded) or loaded.settings.access_log.path or "off"
    workers = loaded.settings.worker_count
    return "\n".join(
        (
            f"Dawr {__version__} serves; workers: {workers}. Ctrl-C stops it.",
            f"  open      {serving}",
            f"  platform  {backends}{' (the bundled demo)' if platform else ''}",
            f"  control   http://{supervisor.control_address}/  (metrics, status, health)",
            f"  log       {log}",
            f"  config    {loaded.path}  (change it, then: gateway reload)",
        )
    )


def _for_browsers(address: str) -> str:
    """An address that a browser here can open."""
    for anywhere in _ANYWHERE:
        if address.startswith(anywhere):
            return "localhost:" + address.removeprefix(anywhere)
    return address
