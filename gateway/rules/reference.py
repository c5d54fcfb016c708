"""The rule language told from its models: tables for the reference, and a schema for editors."""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from gateway.rules.fields import REFERENCE
from gateway.rules.models import OPERATORS, Check, ExceptionModel, RequestModel, RuleModel
from gateway.rules.text import TRANSFORMS

Rows = list[tuple[str, ...]]
_KINDS: Final = ("text", "word", "address", "number", "true or false", "time of day")


def rule_keys() -> Rows:
    """Key, whether it must be there, what it means."""
    return _keys(RuleModel)


def example_keys() -> Rows:
    return _keys(RequestModel)


def exception_keys() -> Rows:
    return _keys(ExceptionModel)


def field_rows() -> Rows:
    return [(name, _KINDS[kind], told) for name, kind, told in REFERENCE]


def operator_rows() -> Rows:
    """Operator, the kinds of field it fits, what it means."""
    told = {info.alias or name: info for name, info in Check.model_fields.items()}
    return [
        (name, ", ".join(_KINDS[kind] for kind in kinds), told[name].description or "")
        for name, kinds in OPERATORS.items()
    ]


def transform_rows() -> Rows:
    return [(one.name, one.told) for one in TRANSFORMS.values()]


def json_schema() -> dict[str, Any]:
    """Of a file of rules, for editors."""
    schema = TypeAdapter(list[RuleModel]).json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of Dawr",
        **schema,
    }


def _keys(model: Any) -> Rows:
    rows: Rows = []
    for name, info in model.model_fields.items():
        rows.append((info.alias or name, _default(info), info.description or ""))
    return rows


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    default = info.get_default(call_default_factory=True)
    if default in (None, "", [], {}) or not isinstance(default, str | int):
        return "–"
    return str(default)
