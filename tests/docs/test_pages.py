"""The pages say what the code knows, and the configuration files are what they claim to be."""

import re
import runpy
import textwrap
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

import gateway
from gateway.config import load
from gateway.rules.loader import loads
from gateway.rules.proof import faults
from gateway.settings.models import Settings
from gateway.settings.network import Endpoint

ROOT = Path(gateway.__file__).resolve().parent.parent
PAGES = runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]()
DEFAULT = ROOT / "config/gateway.yaml"
EXAMPLES = ROOT / "config/examples"


@pytest.mark.parametrize("path", sorted(PAGES))
def test_the_page_is_as_the_code_has_it(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == PAGES[path], "run: make docs"


def test_the_default_configuration_holds_the_defaults() -> None:
    said = load(DEFAULT, {}).settings
    own = {"lists", "platform", "rules"}
    assert said.model_dump(exclude=own) == Settings().model_dump(exclude=own)
    assert said.rules.model_dump(exclude={"path"}) == Settings().rules.model_dump(exclude={"path"})
    platform = said.platform.model_dump()
    assert platform["upgrades"].pop("paths") == ["/live/"], "the demo's"
    assert platform == {**Settings().platform.model_dump(), "upgrades": platform["upgrades"]}


def test_the_default_configuration_names_every_key() -> None:
    # The numbers behind flood detection have a file of their own: few will ever look at them.
    text = DEFAULT.read_text("utf-8")
    expert = EXAMPLES / "flood-detection.yaml"
    data = yaml.safe_load(text)
    data["flood"] |= yaml.safe_load(expert.read_text("utf-8"))["flood"]
    silent = [
        path
        for path in _keys(Settings)
        if not _holds(data, path.split(".")) and not re.search(rf"\b{path.split('.')[-1]}:", text)
    ]
    assert silent == []


def test_the_example_of_flood_detection_holds_the_defaults() -> None:
    said = load(EXAMPLES / "flood-detection.yaml", {}).settings.flood
    own = {"openings", "zone", "logins"}
    assert said.model_dump(exclude=own) == Settings().flood.model_dump(exclude=own)


def test_the_default_configuration_explains_every_key() -> None:
    lines = DEFAULT.read_text("utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r"^\w+:", line) and "#" not in line and not before.startswith("#")
    ]
    assert bare == []


def test_the_platform_is_taken_from_the_environment() -> None:
    said = load(DEFAULT, {"BACKEND": "http://10.0.0.5:8000"}).settings
    assert said.platform.backends == ["http://10.0.0.5:8000"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=str)
def test_an_example_is_right(path: Path) -> None:
    assert load(path, {}, files=False).settings


@pytest.mark.parametrize("path", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_lead_somewhere(path: str) -> None:
    page = ROOT / path
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    gone = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert gone == []


def _keys(model: type[BaseModel], before: str = "") -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        found.append(before + name)
        inner = field.annotation
        if inner is Endpoint:  # written as one text
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _keys(inner, f"{before}{name}.")
    return found


def _holds(data: Any, path: list[str]) -> bool:
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _cookbook(kind: str) -> list[str]:
    page = (ROOT / "docs/rules.md").read_text("utf-8")
    blocks = re.findall(rf"^ *```{kind}\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in blocks]


def test_the_rules_in_the_page_are_right() -> None:
    """Each as it stands there, with its tests; and more than twenty of them."""
    rules, exceptions = "\n".join(_cookbook("yaml")), "\n".join(_cookbook("yaml exceptions"))
    texts = {Path("page.yaml"): rules, Path("exceptions.yaml"): exceptions}
    found = loads(texts, Path(), date(2026, 12, 1))
    assert [str(fault) for fault in faults(found)] == []
    assert len(found.rules) > 20
