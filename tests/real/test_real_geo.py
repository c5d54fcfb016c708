"""Country and network operator, from real database files."""

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from in_process import InProcess
from mmdb import write_database

TRUST = "client_address: {trusted: [127.0.0.0/8]}"
SYRIAN, GERMAN, NOWHERE = "203.0.113.7", "198.51.100.7", "192.0.2.7"


@pytest.fixture
def databases(tmp_path: Path) -> str:
    country = write_database(
        tmp_path / "country.mmdb",
        "GeoLite2-Country",
        {
            "203.0.113.0/24": {"country": {"iso_code": "SY"}},
            "198.51.100.0/24": {"registered_country": {"iso_code": "DE"}},
        },
    )
    asn = write_database(
        tmp_path / "asn.mmdb",
        "GeoLite2-ASN",
        {"203.0.113.0/24": {"autonomous_system_number": 64500}},
    )
    return f"country: '{country}', asn: '{asn}'"


@pytest.mark.parametrize(
    ("rule", "served", "refused"),
    [
        pytest.param("only: [SY]", {SYRIAN}, {GERMAN, NOWHERE}, id="one country alone"),
        pytest.param("block: {countries: [DE]}", {SYRIAN, NOWHERE}, {GERMAN}, id="all but one"),
        pytest.param("block: {asns: [64500]}", {GERMAN, NOWHERE}, {SYRIAN}, id="an operator"),
        pytest.param("only: [SY], shadow: true", {SYRIAN, GERMAN}, set(), id="in shadow"),
    ],
)
async def test_refuses_by_what_the_database_says(
    aiohttp_server: object,
    tmp_path: Path,
    databases: str,
    rule: str,
    served: set[str],
    refused: set[str],
) -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    platform = await aiohttp_server(app)  # type: ignore[operator]
    backend = f"platform: {{backends: ['http://127.0.0.1:{platform.port}']}}"
    settings = f"{backend}\n{TRUST}\ngeo: {{{databases}, {rule}}}"
    async with InProcess(tmp_path, settings) as gateway, aiohttp.ClientSession() as client:
        for address in served | refused:
            headers = {"X-Forwarded-For": address}
            async with client.get(gateway.url, headers=headers) as response:
                assert response.status == (200 if address in served else 403), address


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    from gateway.app import Built
    from gateway.clock import Clock
    from gateway.config import ConfigError, load

    (tmp_path / "x.mmdb").write_text("hello")
    config = tmp_path / "gateway.yaml"
    config.write_text("geo: {country: x.mmdb, only: [SY]}")
    with pytest.raises(ConfigError, match=r"geo\.country: .*x\.mmdb is no MaxMind database"):
        Built(load(config, {}), Clock())
