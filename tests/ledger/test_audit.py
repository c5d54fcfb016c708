"""The audit trail: who did what, one line each, never taken back."""

import json
from pathlib import Path

import pytest
from helpers import FakeClock

from gateway.ledger.audit import Audit, find_block

BLOCK = {"what": "block", "code": "0000-0001", "key": "203.0.113.7"}


def test_each_change_is_a_line_with_who_and_when(tmp_path: Path) -> None:
    clock = FakeClock()
    audit = Audit(tmp_path / "audit.log", clock)
    audit.write("guard", [BLOCK, {**BLOCK, "code": "0000-0002"}])
    clock.advance(5)
    audit.write("root", [{**BLOCK, "what": "lift"}])
    audit.write("root", [])
    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [(one["who"], one["what"], one["code"]) for one in lines] == [
        ("guard", "block", "0000-0001"), ("guard", "block", "0000-0002"),
        ("root", "lift", "0000-0001"),
    ]  # fmt: skip
    assert lines[2]["time"] - lines[0]["time"] == 5


def test_a_block_is_found_by_its_code_after_it_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    assert find_block(path, "0000-0001") is None
    audit = Audit(path, FakeClock())
    audit.write("guard", [BLOCK])
    audit.write("root", [{**BLOCK, "what": "lift"}])
    found = find_block(path, "0000-0001")
    assert found is not None
    assert (found["what"], found["key"]) == ("block", "203.0.113.7")
    assert find_block(path, "0000-0002") is None


def test_a_trail_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Audit(tmp_path / "gone" / "audit.log", FakeClock()).write("root", [BLOCK])
