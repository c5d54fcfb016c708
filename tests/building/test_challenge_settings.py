"""The challenge as the settings have it, and what is told of it afterwards."""

from pathlib import Path

import aiohttp
import pytest
from in_process import InProcess

from gateway.control.guard_metrics import NOTHING
from gateway.control.metrics import render
from gateway.control.totals import Totals

OVERVIEW = {"workers": 1, "restarts": 0, "reloads": {}, "last_reload_worked": True, "loaded_at": 0}


def settings(more: str) -> str:
    return f"state: {{url: off}}\nlimits: []\n{more}"


@pytest.mark.parametrize(
    "more",
    ["challenge: off", "device_cookie: off", "challenge: off\ndevice_cookie: off"],
)
async def test_there_is_none_where_it_is_off_or_nobody_is_known(tmp_path: Path, more: str) -> None:
    async with InProcess(tmp_path, settings(more)) as gateway, aiohttp.ClientSession() as client:
        assert gateway.worker._plane.challenge is None
        async with client.get(f"{gateway.url}/.dawr/challenge") as answer:
            assert answer.status == 404


async def test_the_terms_are_those_of_the_settings(tmp_path: Path) -> None:
    more = (
        "challenge: {pass_time: 2h, wait: 20s, waited_pass_time: 5min, lifetime: 3min,\n"
        "  difficulty: {elevated: 1234, under_attack: 5678}}\ndevice_cookie: {name: mine}"
    )
    async with InProcess(tmp_path, settings(more)) as gateway, aiohttp.ClientSession() as client:
        challenge = gateway.worker._plane.challenge
        assert challenge is not None
        terms = challenge._terms
        assert (terms.pass_time, terms.wait, terms.waited_pass_time) == (7200, 20, 300)
        assert (terms.lifetime, challenge.passes.name) == (180, b"mine-pass")
        for under_attack, most in ((False, 1234), (True, 5678)):
            challenge.under_attack = under_attack
            async with client.get(f"{gateway.url}/.dawr/challenge") as answer:
                assert (await answer.json())["maxnumber"] == most


async def test_a_reload_keeps_the_level_and_what_was_spent(tmp_path: Path) -> None:
    async with InProcess(tmp_path, settings("")) as gateway:
        plane = gateway.worker._plane
        assert plane.challenge is not None
        plane.challenge.under_attack = True
        before, spent = plane.challenge, plane.spent
        await gateway.configure(settings("challenge: {wait: 20s}"))
        assert plane.challenge is not before
        assert plane.challenge.under_attack
        assert plane.challenge._altcha._spent is plane.challenge._spent is spent


async def test_what_happened_is_told_in_the_metrics_and_outlives_a_worker(tmp_path: Path) -> None:
    async with InProcess(tmp_path, settings("")) as gateway, aiohttp.ClientSession() as client:
        for _ in range(2):
            async with client.get(f"{gateway.url}/.dawr/challenge") as answer:
                assert answer.status == 200
        async with client.post(f"{gateway.url}/.dawr/challenge", data={"a": "b"}) as answer:
            assert answer.status == 400
        snapshot = await gateway.snapshot()
    totals = Totals()
    totals.update([snapshot], 0)
    totals.update([{**snapshot, "pid": 1, "challenges": {("passed", "solved"): 3}}], 1)
    page = render(totals, OVERVIEW, {}, NOTHING).decode()
    assert 'dawr_challenges_issued_total{to="application"} 2.0' in page
    assert 'dawr_challenges_failed_total{reason="malformed"} 1.0' in page
    assert 'dawr_challenges_passed_total{grade="solved"} 3.0' in page
