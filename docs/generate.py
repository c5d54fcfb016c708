"""Writes what the code knows into the pages: tables between markers, and the settings' JSON Schema.

`python docs/generate.py` writes, `--check` only says what is out of date (and ends with 1).
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.cli.rules.schema import schema_text
from gateway.config import json_schema
from gateway.control.metrics import page_families
from gateway.http import faults
from gateway.http.faults import BOUNDS, Fault
from gateway.http.fields import CLIENT_CLAIMS
from gateway.rules import reference

ROOT = Path(__file__).resolve().parent.parent


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _answer(fault: Fault) -> str:
    if fault is faults.HELD_BODIES:
        return "–"
    return str(fault.status) if fault.status else "closed"


def _faults() -> str:
    known = [one for one in vars(faults).values() if isinstance(one, Fault)]
    rows = [(f"`{f.name}`", _answer(f), f.hint) for f in known if f.name not in BOUNDS]
    return _table(("fault", "answer", "what was found"), rows)


def _bounds() -> str:
    known = [one for one in vars(faults).values() if isinstance(one, Fault)]
    rows = [(f"`{f.name}`", _answer(f), f.hint) for f in known if f.name in BOUNDS]
    return _table(("bound", "answer", "when"), rows)


def _metrics() -> str:
    rows = []
    for family in page_families():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in family._labelnames) or "–"
        rows.append((f"`{name}`", family.type, labels, family.documentation))
    return _table(("metric", "type", "labels", "what it says"), rows)


def _claims() -> str:
    names = sorted(name.decode() for name in CLIENT_CLAIMS)
    return ", ".join(f"`{name}`" for name in names) + "."


def _bench() -> str:
    page = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    return page.partition("## In short\n")[2].partition("\n## ")[0].strip()


def _code(rows: reference.Rows) -> reference.Rows:
    return [(f"`{row[0]}`", *(cell.replace("|", "\\|") for cell in row[1:])) for row in rows]


def _rule_keys() -> str:
    return _table(("key", "default", "what it means"), _code(reference.rule_keys()))


def _exception_keys() -> str:
    return _table(("key", "default", "what it means"), _code(reference.exception_keys()))


def _example_keys() -> str:
    return _table(("key", "default", "what it means"), _code(reference.example_keys()))


def _fields() -> str:
    return _table(("field", "kind", "what it is"), _code(reference.field_rows()))


def _operators() -> str:
    return _table(("operator", "for", "holds when the value"), _code(reference.operator_rows()))


def _transforms() -> str:
    return _table(("transform", "what it makes of a value"), _code(reference.transform_rows()))


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "faults": ("docs/security.md", _faults),
    "bounds": ("docs/security.md", _bounds),
    "claims": ("docs/security.md", _claims),
    "metrics": ("docs/monitoring.md", _metrics),
    "rule-keys": ("docs/rules.md", _rule_keys),
    "exception-keys": ("docs/rules.md", _exception_keys),
    "example-keys": ("docs/rules.md", _example_keys),
    "fields": ("docs/rules.md", _fields),
    "operators": ("docs/rules.md", _operators),
    "transforms": ("docs/rules.md", _transforms),
    "bench": ("README.md", _bench),
}
SCHEMA = "config/gateway.schema.json"
RULES_SCHEMA = "rules/rules.schema.json"


def pages() -> dict[str, str]:
    """Each page as it should be, by its path."""
    made: dict[str, str] = {}
    for name, (path, write) in PARTS.items():
        text = made.get(path) or (ROOT / path).read_text("utf-8")
        before, begin, rest = text.partition(f"<!-- {name}: docs/generate.py -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            sys.exit(f"{path} has no place for {name}")
        made[path] = f"{before}{begin}{write()}\n{end}{after}"
    made[SCHEMA] = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    made[RULES_SCHEMA] = schema_text()
    return made


def main() -> None:
    stale = []
    for path, text in pages().items():
        file = ROOT / path
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv:
                file.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}; run: make docs")


if __name__ == "__main__":
    main()
