"""The JSON Schema of a workflow file, from its models: for editors that know no language server but YAML's."""

import json
from typing import Any

from tools.generators.protocol_schema import without_titles
from treadle.workflows.definition.model import WorkflowDefinition

FILENAMES = ("docs/workflow.schema.json", "client-vscode/schemas/workflow.schema.json")
TITLE = "A workflow of Treadle"
WHOLE_NUMBER = "^[0-9]{1,3}$"

Schema = dict[str, Any]


def make() -> dict[str, str]:
    return dict.fromkeys(FILENAMES, text())


def text() -> str:
    schema = _closed(without_titles(WorkflowDefinition.model_json_schema(ref_template="#/$defs/{model}")))
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **schema}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _closed(node: Any) -> Any:
    """Where names must be of a kind, others are refused; and without what only the daemon understands."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    found: Schema = {key: _closed(value) for key, value in node.items() if not (key == "template" and value is True)}
    if "patternProperties" in found:
        found["additionalProperties"] = False
    if "exit_codes" in found and "additionalProperties" in found["exit_codes"]:
        found["exit_codes"]["propertyNames"] = {"pattern": WHOLE_NUMBER}
    return found
