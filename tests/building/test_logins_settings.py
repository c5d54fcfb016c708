"""Logins out of settings, through a real worker: what the guard is told of them in the end."""

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from in_process import InProcess

from gateway.guard.facts import SecondFacts
from gateway.state.distinct import estimate

LOGINS = "{paths: [/login, /api/login], account: [form.username, json.user.name], back: [/sign-in]}"


async def _login(request: web.Request) -> web.Response:
    """Only the user `good` gets in; the form leads elsewhere, the API says so."""
    if request.content_type == "application/json":
        good = (await request.json())["user"]["name"] == "good"
        return web.Response(status=200 if good else 401)
    good = (await request.post()).get("username") == "good"
    return web.Response(status=303, headers={"Location": "/mine" if good else "/sign-in?wrong"})


async def facts(folder: Path, settings: str) -> SecondFacts:
    """Of five logins: two that fail by the form, at one account, two by the API, and one that
    does not; and a form that is none."""
    app = web.Application()
    app.add_routes([web.post("/{path:.*}", _login)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    whole = f"platform: {{backends: ['http://127.0.0.1:{port}']}}\n{settings}"
    try:
        async with InProcess(folder, whole) as gateway, aiohttp.ClientSession() as client:
            for name in ("anna", " ANNA ", "good"):
                await client.post(
                    f"{gateway.url}/login", data={"username": name}, allow_redirects=False
                )
            for name in ("bert", "carl"):
                await client.post(f"{gateway.url}/api/login", json={"user": {"name": name}})
            await client.post(
                f"{gateway.url}/other", data={"username": "dora"}, allow_redirects=False
            )
            told = await gateway.worker.observe(least=1.0, most=10, flooding=[], weight=1.0)
            return told["facts"]
    finally:
        await runner.cleanup()


async def test_accounts_are_told_apart(tmp_path: Path) -> None:
    told = await facts(tmp_path, f"flood: {{logins: [{LOGINS}]}}")
    assert (told["logins"], told["login_failures"]) == (5, 4)
    assert round(estimate(told["login_accounts"])) == 3
    assert sorted(round(one["failures"]) for one in told["top_accounts"].values()) == [1, 1, 2]


@pytest.mark.parametrize("settings", ["", "flood: {logins: []}"], ids=["by default", "none"])
async def test_without_them_each_post_may_be_one(tmp_path: Path, settings: str) -> None:
    told = await facts(tmp_path, settings)
    assert (told["logins"], told["login_failures"]) == (6, 2)
    assert estimate(told["login_accounts"]) == 0
