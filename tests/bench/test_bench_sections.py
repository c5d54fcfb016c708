"""Where each command of the bench writes in docs/benchmarks.md, and what it leaves alone."""

from itertools import permutations

import pytest

from bench.figures import Column, Goal, Row, Table
from bench.sections import ATTACK, OPENING, OVERLOAD, SECTIONS, SLOW, Section, carried

MACHINE = {"When": "today", "Machine": "one", "Versions": "Dawr", "Measured": "once"}
PAGE = "# Benchmarks\n\n## Refusing\n\ntext\n\n## Where the time goes\n\nmore\n"


def text(section: Section, value: float = 1) -> str:
    goals = [Goal("it", value, 2, " s")]
    rows = [Row("nginx", {"a": value})]
    table = Table(section.name, section.name.title(), [Column("a", "A")], rows, goals)
    return section.text(MACHINE, table)


def test_a_section_is_written_once_and_stays_when_the_page_is_written_anew() -> None:
    once = OVERLOAD.written(PAGE, text(OVERLOAD))
    assert once.index("## Refusing") < once.index("## Overload") < once.index("## Where the time")
    assert OVERLOAD.written(once, text(OVERLOAD)) == once
    assert OVERLOAD.kept(once) == text(OVERLOAD)
    assert carried(once, PAGE) == once


def test_a_page_without_a_section_stays_without() -> None:
    assert OVERLOAD.kept(PAGE) == ""
    assert carried(PAGE, PAGE) == PAGE


@pytest.mark.parametrize("order", list(permutations(SECTIONS)))
def test_sections_stand_in_one_order_whichever_was_written_first(
    order: tuple[Section, ...],
) -> None:
    page = PAGE
    for section in order:
        page = section.written(page, text(section))
    at = [page.index(section.begin) for section in SECTIONS]
    assert at == sorted(at)
    assert page.endswith(f"{OPENING.end}\n## Where the time goes\n\nmore\n")
    assert carried(page, PAGE) == page


def test_a_section_written_again_leaves_the_others() -> None:
    page = PAGE
    for section in SECTIONS:
        page = section.written(page, text(section))
    again = ATTACK.written(page, text(ATTACK, 7))
    assert "7.0" in ATTACK.kept(again)
    assert SLOW.kept(again) == text(SLOW)
    assert again.replace(text(ATTACK, 7), text(ATTACK)) == page
