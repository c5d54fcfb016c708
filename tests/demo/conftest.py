"""The site itself, served on a real socket, on a Wednesday that stays."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from gateway.demo.settings import Settings
from gateway.demo.site import make_app

TODAY = date(2026, 11, 25)

Client = TestClient[Any, Any]


@pytest.fixture
def serve(aiohttp_client: AiohttpClient) -> Callable[..., Awaitable[Client]]:
    """`await serve(places=3)`: a client of a site with these settings."""

    async def start(**settings: Any) -> Client:
        fixed = {"today": lambda: TODAY, "base_seconds": 0.0}
        return await aiohttp_client(make_app(Settings(**fixed | settings)))

    return start
