"""The JSON Schema of a workflow file says what the models say, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tools.generate import ROOT
from tools.generators.workflow_schema import FILENAMES
from treadle.workflows.definition.yaml_nodes import value
from treadle.workflows.definition.yaml_tree import compose

DEFINITIONS = ROOT / "tests" / "unit" / "workflows" / "definition"
GOOD = sorted((DEFINITIONS / "good_definitions").glob("*.yaml"))
OF_THE_SCHEMA = (
    *("missing_key", "unknown_key", "wrong_type", "unknown_value", "no_kind", "several_kinds", "invalid_name"),
)
"""The kinds of mistakes that a schema finds."""
BEYOND = {"route_empty"}
"""What the schema lets pass."""


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / FILENAMES[0]).read_text(encoding="utf-8"))
    return loaded


def plain(path: Path) -> Any:
    return value(compose(path.read_bytes().decode("utf-8")))


def bad() -> list[Path]:
    found = sorted((DEFINITIONS / "bad_definitions").glob("*.yaml"))
    codes = {path: path.read_bytes().decode("utf-8-sig").split(":", 2)[1].split()[-1] for path in found}
    return [path for path, code in codes.items() if code in OF_THE_SCHEMA and path.stem not in BEYOND]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_is_valid(path: Path) -> None:
    assert list(Draft202012Validator(schema()).iter_errors(plain(path))) == []


@pytest.mark.parametrize("path", bad(), ids=lambda path: path.stem)
def test_a_file_with_a_mistake_of_its_form_is_not(path: Path) -> None:
    assert not Draft202012Validator(schema()).is_valid(plain(path))


def test_every_key_is_explained() -> None:
    models = [schema(), *schema()["$defs"].values()]
    unexplained = [
        f"{model.get('title', model.get('description', ''))[:30]}: {key}"
        for model in models
        for key, member in model.get("properties", {}).items()
        if not member.get("description")
    ]
    assert unexplained == []
