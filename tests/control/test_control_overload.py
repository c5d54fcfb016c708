"""A backend under overload, as metrics and status tell it."""

from pathlib import Path

import pytest
from in_process import InProcess
from rich.console import Console

from gateway.cli.status import _backends
from gateway.control.guard_metrics import NOTHING
from gateway.control.metrics import render
from gateway.control.status import make_status
from gateway.control.totals import Totals
from gateway.ledger.snapshot import Snapshot

URL = "http://127.0.0.1:1"
OVERVIEW = {
    "workers": 2, "restarts": 0, "reloads": {}, "last_reload_worked": True, "loaded_at": 0,
    "pid": 1, "config": "gateway.yaml", "generation": 1, "listen": [],
}  # fmt: skip


async def snapshots(folder: Path) -> list[Snapshot]:
    """Of two workers, one of which is pressed."""
    found: list[Snapshot] = []
    for number in range(2):
        async with InProcess(folder, f"platform: {{backends: ['{URL}']}}") as gateway:
            one = await gateway.snapshot()
        one["worker"] = number
        one["backends"][0].update(
            limit=10,
            in_flight=9,
            waiting=3,
            pressed=bool(number),
            unhurried=0.04 + number,
            queued=100,
            queued_ns=2_500_000_000,
            shed={"crawler": 5, "lesser": 0, "ordinary": 2, "known": 0, "holder": 0},
        )
        found.append(one)
    return found


async def test_metrics_add_the_workers_up(tmp_path: Path) -> None:
    totals = Totals()
    totals.update(await snapshots(tmp_path), 0)
    page = render(totals, OVERVIEW, {}, NOTHING).decode().splitlines()
    for line in (
        f'dawr_backend_limit{{backend="{URL}"}} 20.0',
        f'dawr_backend_in_flight_requests{{backend="{URL}"}} 18.0',
        f'dawr_backend_pressed{{backend="{URL}"}} 1.0',
        f'dawr_backend_unhurried_seconds{{backend="{URL}"}} 1.04',
        f'dawr_backend_queued_requests_total{{backend="{URL}"}} 200.0',
        f'dawr_backend_queue_seconds_total{{backend="{URL}"}} 5.0',
        f'dawr_backend_shed_total{{backend="{URL}",rank="crawler"}} 10.0',
        f'dawr_backend_shed_total{{backend="{URL}",rank="ordinary"}} 4.0',
    ):
        assert line in page


async def test_status_has_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = Totals()
    totals.update(await snapshots(tmp_path), 0)
    Console(width=140, highlight=False).print(
        _backends(dict(make_status(totals, OVERVIEW, {}, NOTHING)))
    )
    (line,) = [one for one in capsys.readouterr().out.splitlines() if URL in one]
    assert "PRESSED" in line
    assert line.split()[-6:] == ["18", "20", "6", "14", "0", "0"]
