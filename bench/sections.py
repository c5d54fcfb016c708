"""Sections of docs/benchmarks.md that have a command of their own, between marks.

`make bench` writes the page anew and keeps them; each command writes its own and keeps all else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import report
from bench.figures import Table
from bench.processes import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "benchmarks.md"
_NEXT: Final = "\n## Where the time goes\n"  # they stand before it


@dataclass(frozen=True)
class Section:
    """`name` is the module's in bench/."""

    name: str

    @property
    def begin(self) -> str:
        return f"<!-- {self.name}: python -m bench.{self.name} -->\n"

    @property
    def end(self) -> str:
        return f"<!-- end of {self.name} -->\n"

    def text(self, machine: dict[str, str], *tables: Table) -> str:
        """What stands between the marks, and they."""
        measured = f"{machine['When']}; {machine['Machine']}; {machine['Versions']}; "
        goals = "".join(f"- {goal.sentence()}\n" for table in tables for goal in table.goals)
        body = "".join(map(report.section, tables)).lstrip("\n")
        goals = f"\n{goals}" if goals else ""
        return f"{self.begin}{body}{goals}\n{measured}{machine['Measured']}.\n{self.end}"

    def kept(self, page: str) -> str:
        """The section as it stands in `page`; "" without one."""
        _, begin, rest = page.partition(self.begin)
        text, end, _ = rest.partition(self.end)
        return begin + text + end if end else ""

    def written(self, page: str, text: str) -> str:
        """`page` with the section in it: where it stood, or else behind those named before it."""
        old = self.kept(page)
        if not text:
            return page
        if old:
            return page.replace(old, text)
        for other in reversed(SECTIONS[: SECTIONS.index(self)]):
            if other.kept(page):
                before, mark, after = page.partition(other.end)
                return f"{before}{mark}\n{text}{after}"
        for other in SECTIONS[SECTIONS.index(self) + 1 :]:
            if other.kept(page):
                before, mark, after = page.partition(other.begin)
                return f"{before}{text}\n{mark}{after}"
        before, mark, after = page.partition(_NEXT)
        return f"{before}\n{text}{mark}{after}"

    def write(self, machine: dict[str, str], *tables: Table, page: Path = PAGE) -> None:
        text = self.text(machine, *tables)
        page.write_text(self.written(page.read_text("utf-8"), text), "utf-8")


OVERLOAD: Final = Section("overload")
ATTACK: Final = Section("attack")
SLOW: Final = Section("slow")
MEMORY: Final = Section("memory")
OPENING: Final = Section("opening")
SECTIONS: Final = (OVERLOAD, ATTACK, SLOW, MEMORY, OPENING)


def carried(old: str, new: str) -> str:
    """The page made anew, with all sections that stand in the old one."""
    for section in SECTIONS:
        new = section.written(new, section.kept(old))
    return new
