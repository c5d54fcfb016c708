"""`python -m gateway.demo`: serve the booking site."""

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import click
from aiohttp import web

from gateway.demo.settings import Fail, Settings
from gateway.demo.site import make_app
from gateway.demo.store import StoreError

# Requests under way when the site is told to stop get twice this long: aiohttp waits once for
# them to end by themselves and once more before it cancels them.
_GOODBYE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes any that is free."""

    host: str
    port: int


class _AddressType(click.ParamType[Address]):
    """HOST:PORT, with an IPv6 host in brackets."""

    name = "HOST:PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address:
        if isinstance(value, Address):
            return value
        host, colon, port = str(value).rpartition(":")
        if not colon or not host:
            self.fail(f"{value!r} is not HOST:PORT, such as 127.0.0.1:8000", param, ctx)
        if not (port.isascii() and port.isdecimal() and int(port) <= 65535):
            self.fail(f"{port!r} is not a port: a number from 0 to 65535", param, ctx)
        return Address(host.removeprefix("[").removesuffix("]"), int(port))


class _ShareType(click.ParamType[Fraction]):
    """A number from 0 to 1, exactly as written."""

    name = "SHARE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        try:
            share = Fraction(str(value))
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a number from 0 to 1", param, ctx)
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not from 0 to 1", param, ctx)
        return share


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option(
    "--listen", type=_AddressType(), default="127.0.0.1:8000", help="Port 0 takes any free one."
)
@click.option(
    "--database", metavar="FILE", default=":memory:", help="SQLite file, made if it is not there."
)
@click.option(
    "--places", type=click.IntRange(0, 1_000_000), default=500, help="In each branch, each day."
)
@click.option(
    "--capacity",
    type=click.IntRange(1, 1_000_000),
    default=50,
    help="Requests at once that are served at full speed; beyond it all slow down.",
)
@click.option(
    "--base-ms",
    type=click.FloatRange(0, 60_000),
    default=10.0,
    help="Time of one dynamic page while the site is not busy, in milliseconds.",
)
@click.option(
    "--fail",
    type=click.Choice([fail.value for fail in Fail]),
    default=Fail.NONE.value,
    help="slow: ten seconds more; 500: an error; hangup: close in the middle of the answer.",
)
@click.option(
    "--fail-share",
    type=_ShareType(),
    default="1",
    help="The share of dynamic requests that fail, evenly spread: 0.25 is every fourth.",
)
def demo(
    listen: Address,
    database: str,
    places: int,
    capacity: int,
    base_ms: float,
    fail: str,
    fail_share: Fraction,
) -> None:
    """Serve a small booking site: passport appointments, in Arabic and in English.

    It stands for a platform that cannot be changed, and knows nothing of a gateway in front of it.
    It slows down as load rises, like a real one, and fails when told to. SIGTERM or Ctrl-C ends it.

    Static files, /health and the WebSocket are neither slowed nor failed.

    \b
    Exit status: 0 ended by a signal, 1 cannot listen or cannot use the database, 2 wrong usage.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # It tells of each request that is no HTTP, with a traceback. Our own mistakes are dawr.demo's.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    settings = Settings(
        database=database,
        places=places,
        capacity=capacity,
        base_seconds=base_ms / 1000,
        fail=Fail(fail),
        fail_share=fail_share,
    )
    try:
        asyncio.run(_serve(settings, listen))
    except StoreError as error:
        raise click.ClickException(f"cannot use the database {error}") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        where = f"{listen.host}:{listen.port}"
        raise click.ClickException(f"cannot listen on {where}: {reason or error}") from None


async def _serve(settings: Settings, listen: Address) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_app(settings), access_log=None, shutdown_timeout=_GOODBYE_SECONDS)
    try:
        await runner.setup()
        await web.TCPSite(runner, listen.host, listen.port, backlog=1024).start()
        host, port = runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"The demo platform listens on http://{shown}:{port}")
        await stop.wait()
    finally:
        await runner.cleanup()
