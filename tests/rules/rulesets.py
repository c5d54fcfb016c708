"""Rulesets of the tests, and requests asked of them."""

import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from gateway.rules import loader
from gateway.rules.assembly import assembled
from gateway.rules.engine import Engine, Levels
from gateway.rules.line import from_line, from_model
from gateway.rules.loader import Ruleset
from gateway.rules.models import RequestModel
from gateway.rules.subject import Subject

TODAY = datetime.date(2026, 12, 1)
MONDAY_NOON = ("mon", 12 * 60, TODAY.toordinal())


def ruleset(text: str, folder: Path = Path("rules"), **files: str) -> Ruleset:
    texts = {folder / "a.yaml": dedent(text)}
    texts |= {folder / f"{name}.yaml": dedent(more) for name, more in files.items()}
    return loader.loads(texts, folder, TODAY)


def a_rule(when: str, then: str = "block", **more: Any) -> str:
    """A file of one rule: `when` and `then` in flow style."""
    lines = [f"{name}: {value}" for name, value in more.items()]
    keys = "".join(f"\n  {line}" for line in lines if not line.startswith("id:"))
    name = more.get("id", "the-rule")
    return f"- id: {name}\n  title: a rule\n  when: {when}\n  then: {then}{keys}\n"


def engine(text: str, *, level: int = 1, threshold: int = 5, **more: Any) -> Engine:
    return assembled(
        ruleset(text),
        TODAY,
        levels=Levels(level, threshold),
        inspect=1 << 17,
        place=more.pop("place", None),
        now=lambda: MONDAY_NOON,
        **more,
    )


def holds(text: str, request: str | RequestModel) -> bool:
    """Whether the one rule of `text` holds of a request."""
    made = from_line(request) if isinstance(request, str) else from_model(request)
    numbers, _ = engine(text, level=4).held(Subject(made.request, made.body or None))
    return bool(numbers)
