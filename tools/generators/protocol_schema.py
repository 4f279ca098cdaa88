"""The JSON Schema of every wire message, from the method table."""

import json
from typing import Any, cast

from pydantic.json_schema import models_json_schema

from tools.generators.descriptions import described, models_by_name
from treadle.protocol.error_codes import NUMBERS, PROTOCOL_VERSION
from treadle.protocol.methods import METHODS, NOTICES

FILENAME = "docs/protocol.schema.json"

Schema = dict[str, Any]


def definitions() -> dict[str, Schema]:
    """Each named type: what is sent as the reader must accept it, what is answered as the daemon writes it."""
    models = (
        [(method.params, "validation") for method in METHODS]
        + [(method.response, "serialization") for method in METHODS]
        + [(notice.params, "serialization") for notice in NOTICES]
    )
    _, schema = models_json_schema(cast(Any, models), ref_template="#/definitions/{model}")
    known = models_by_name()
    return {
        name: without_titles(described(known[name], definition) if name in known else definition)
        for name, definition in sorted(schema["$defs"].items())
    }


def without_titles(node: Any, *, is_properties: bool = False) -> Any:
    if isinstance(node, dict):
        return {
            key: without_titles(value, is_properties=key == "properties" and not is_properties)
            for key, value in node.items()
            if is_properties or key != "title"
        }
    if isinstance(node, list):
        return [without_titles(item) for item in node]
    return node


def make() -> dict[str, str]:
    return {FILENAME: text()}


def text() -> str:
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Treadle protocol",
        "protocolVersion": PROTOCOL_VERSION,
        "methods": {
            method.name: {
                "params": {"$ref": f"#/definitions/{method.params.__name__}"},
                "response": {"$ref": f"#/definitions/{method.response.__name__}"},
                "errors": [error.code for error in method.errors],
                "serialises": method.serialises,
            }
            for method in METHODS
        },
        "notifications": {
            notice.name: {"params": {"$ref": f"#/definitions/{notice.params.__name__}"}} for notice in NOTICES
        },
        "errorCodes": NUMBERS,
        "definitions": definitions(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
