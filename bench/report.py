"""Tables for people and programs: the terminal, JSON, and the Markdown page."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from bench.figures import Column, Row, Spread, Table, Value
from bench.summary import summary

_NOTHING: Final = "–"
_WIDTH: Final = 104
_PAGE: Final = """# Benchmarks

Written by `make bench`; the notes at the end are from `bench/notes.md`. Figures are medians, with
the lowest and highest round in brackets. Compare within a table, never with one of another run.

{machine}

## In short

{short}
## Goals

{goals}
{tables}{notes}"""


def number(value: Value, digits: int) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, Spread):
        return f"{value.median:,.{digits}f}"
    return value if isinstance(value, str) else f"{value:,.{digits}f}"


def cell(value: Value, digits: int) -> str:
    """The number, and how far the rounds lay apart where that can be seen."""
    text = number(value, digits)
    if isinstance(value, Spread):
        low, high = f"{value.low:,.{digits}f}", f"{value.high:,.{digits}f}"
        if low != high:
            text += f" ({low}–{high})"
    return text


def cells(row: Row, columns: list[Column]) -> list[str]:
    return [cell(row.values.get(column.key), column.digits) for column in columns]


def show(table: Table, console: Console) -> None:
    if table.failed:
        console.print(f"{table.title}: not measured. {table.failed}", style="red", markup=False)
        return
    shown = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD)
    shown.add_column("")
    for column in table.columns:
        shown.add_column(column.title, justify="right")
    for row in table.rows:
        if row.skipped:
            shown.add_row(row.peer, f"[dim]skipped: {row.skipped}[/dim]")
        else:
            shown.add_row(
                row.peer,
                *(number(row.values.get(column.key), column.digits) for column in table.columns),
            )
    console.print(shown)
    for goal in table.goals:
        colour = "green" if goal.reached else "red"
        console.print(goal.sentence(), style=colour, highlight=False)
    console.print()


def as_json(tables: list[Table], machine: Mapping[str, Any]) -> str:
    """All figures, with the rounds behind them."""
    return json.dumps(
        {
            "machine": machine,
            "scenarios": {
                table.name: {
                    "title": table.title,
                    "failed": table.failed,
                    "rows": [asdict(row) for row in table.rows],
                    "goals": [{**asdict(goal), "reached": goal.reached} for goal in table.goals],
                    "rounds": table.raw,
                }
                for table in tables
            },
        },
        indent=1,
        ensure_ascii=False,
    )


def as_markdown(tables: list[Table], machine: Mapping[str, Any], notes: str) -> str:
    goals = [f"- {goal.sentence()}\n" for table in tables for goal in table.goals]
    return _PAGE.format(
        machine="\n".join(f"- {key}: {value}" for key, value in machine.items()),
        short=summary({table.name: table.raw for table in tables if table.raw}),
        goals="".join(goals) or "No scenario that ran has one.\n",
        tables="".join(section(table) for table in tables),
        notes=f"\n{notes.strip()}\n" if notes.strip() else "",
    )


def section(table: Table) -> str:
    if table.failed:
        return f"\n## {table.title}\n\nNot measured: {table.failed}\n"
    lines = [
        _line(["", *(column.title for column in table.columns)]),
        _line(["---", *("---:" for _ in table.columns)]),
    ]
    for row in table.rows:
        shown = cells(row, table.columns)
        if row.skipped:
            shown = [f"skipped: {row.skipped}", *([_NOTHING] * (len(table.columns) - 1))]
        lines.append(_line([row.peer, *shown]))
    body = "\n".join(lines)
    return f"\n## {table.title}\n\n{body}\n\n{table.how.strip()}\n"


def paragraphs(text: str) -> str:
    """Prose with numbers filled in, broken into lines anew."""
    return "\n\n".join(
        textwrap.fill(" ".join(one.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)
        for one in text.strip().split("\n\n")
    )


def _line(entries: list[str]) -> str:
    return "| " + " | ".join(entry.replace("|", "\\|") for entry in entries) + " |"
