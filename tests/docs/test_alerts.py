"""The alerting rules: Prometheus takes them, and every metric in them is one of ours."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.control.guard_metrics import NOTHING
from gateway.control.metrics import render
from gateway.control.totals import Totals

ALERTS = Path(__file__).parents[2] / "deploy" / "alerts.yaml"
OVERVIEW = {
    "workers": 1, "restarts": 0, "reloads": {}, "last_reload_worked": True, "loaded_at": 0,
}  # fmt: skip


def test_every_metric_in_the_alerts_is_told() -> None:
    named = set(re.findall(r"\bdawr_\w+", ALERTS.read_text("utf-8")))
    page = render(Totals(), OVERVIEW, {}, NOTHING).decode()
    told = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    assert {name.removesuffix("_bucket") for name in named} - told == set()
    assert len(named) > 10


def test_prometheus_takes_the_alerts() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([promtool, "check", "rules", str(ALERTS)], capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout + done.stderr
