"""Clients that people use: curl, the aiohttp client, a browser; the platform is the demo."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from running import PATIENCE, RunningGateway, StartGateway, eventually

pytestmark = pytest.mark.real

UPGRADES = "platform: {{backends: ['{backend}'], upgrades: {{paths: [/live/]}}}}\nworkers: 1"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """Its URL."""
    command = [sys.executable, "-m", "gateway.demo", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--database", str(tmp_path / "demo.db")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        yield process.stdout.readline().rsplit(" ", 1)[1].strip()
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture
def gateway(start_gateway: StartGateway, demo: str) -> RunningGateway:
    # Overload off: on a busy machine two hundred requests at once are one, and some would be shed.
    return start_gateway(demo, "overload: 'off'\n" + UPGRADES.format(backend=demo))


def curl(*arguments: str) -> str:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "20", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_curl_reads_a_page(gateway: RunningGateway, version: str) -> None:
    page = curl(version, gateway.url("/"))
    assert 'dir="rtl"' in page
    assert page.rstrip().endswith("</html>")


def test_curl_reads_heads_and_several_pages_of_a_connection(gateway: RunningGateway) -> None:
    assert curl("--head", gateway.url("/")).startswith("HTTP/1.1 200 ")
    codes = curl(
        *("--write-out", "%{http_code}/%{num_connects} ", "--output", "/dev/null"),
        *("--output", "/dev/null", gateway.url("/"), gateway.url("/search?q=x")),
    )
    assert codes == "200/1 200/0 "


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_curl_uploads_a_photo_that_waits_for_100(
    gateway: RunningGateway, tmp_path: Path, chunked: bool
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8192)  # 2 MiB
    extra = ["--header", "Transfer-Encoding: chunked"] if chunked else []
    told = curl(
        *("--include", "--location", "--header", "Expect: 100-continue", *extra),
        *("--form", f"photo=@{photo};type=image/png", gateway.url("/photo")),
    )
    assert told.startswith("HTTP/1.1 100 Continue\n")
    assert "/photo/" in told


def test_a_place_is_booked_through_the_gateway(gateway: RunningGateway) -> None:
    offered = json.loads(curl(gateway.url("/api/availability")))
    date = offered["dates"][0]
    booking = {
        "branch": "damascus",
        "date": date,
        "full_name": "ليلى حداد",
        "national_id": "01020304050",
        "phone": "0912345678",
    }
    body = json.dumps(booking)
    told = curl(
        *("--include", "--header", "Content-Type: application/json", "--data-binary", body),
        gateway.url("/api/bookings"),
    )
    assert told.startswith("HTTP/1.1 201 ")
    again = curl(
        *("--include", "--header", "Content-Type: application/json", "--data-binary", body),
        gateway.url("/api/bookings"),
    )
    assert again.startswith("HTTP/1.1 409 ")


async def test_aiohttp_keeps_many_connections_busy(gateway: RunningGateway) -> None:
    async with aiohttp.ClientSession() as client:

        async def fetch(number: int) -> tuple[int, bool]:
            async with client.get(gateway.url(f"/search?q={number}")) as response:
                return response.status, str(number) in await response.text()

        found = await asyncio.gather(*(fetch(1000 + n) for n in range(200)))
    assert found == [(200, True)] * 200


async def test_aiohttp_speaks_through_a_web_socket(gateway: RunningGateway) -> None:
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(gateway.url("/live/socket")) as socket,
    ):
        await socket.send_str("ping")
        messages = []
        with contextlib.suppress(TimeoutError):
            while "pong" not in messages:
                messages.append(await socket.receive_str(timeout=PATIENCE))
        assert "pong" in messages
    assert gateway.status()["connections"]["tunnels"] in {0, 1}


async def test_a_web_socket_elsewhere_is_not_let_through(
    start_gateway: StartGateway, demo: str
) -> None:
    gateway = start_gateway(demo)
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(gateway.url("/live/socket"))
    assert refused.value.status == 400, "the platform sees a plain request"


def test_a_browser_sees_places_change_over_its_web_socket(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    """Chromium runs the page's own script: the text it shows comes through the socket."""
    dom = subprocess.run(
        [
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--virtual-time-budget=4000", "--dump-dom", gateway.url("/live?lang=en")),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    ).stdout
    assert "</html>" in dom

    def tunnels() -> list[dict[str, Any]]:
        return [line for line in gateway.access_log() if line["status"] == 101]

    (tunnel,) = eventually(tunnels, "the tunnel in the log")
    assert tunnel["path"] == "/live/socket"
    assert tunnel["sent"] > 0


def test_an_application_is_told_in_json_that_its_bytes_are_no_request(
    gateway: RunningGateway,
) -> None:
    told = curl(
        *("--include", "--path-as-is", "--header", "Accept: application/json"),
        gateway.url("/%2e%2e/etc/passwd"),
    )
    assert told.startswith("HTTP/1.1 400 ")
    assert '"error": "malformed"' in told
