"""The platform knows nothing of the gateway."""

import ast
from pathlib import Path

import gateway.demo

FOLDER = Path(gateway.demo.__file__).parent


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


def test_imports_nothing_of_the_rest() -> None:
    files = list(FOLDER.rglob("*.py"))
    assert len(files) > 20
    reached = {name for file in files for name in imported(file) if name.startswith("gateway")}
    assert {name for name in reached if not name.startswith("gateway.demo.")} <= {"gateway.demo"}
