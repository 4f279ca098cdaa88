"""What stands under a field of a wire message in its source, as the field's description in the JSON Schema.

pydantic can find it as well (`use_attribute_docstrings`), but reads and parses the sources whenever the daemon starts,
which needs no descriptions.
"""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from treadle.protocol.wire import Params, Response

Schema = dict[str, Any]


def models_by_name() -> dict[str, type[BaseModel]]:
    """Every message and entity that is imported."""
    return {model.__name__: model for base in (Params, Response) for model in _below(base)}


def described(model: type[BaseModel], schema: Schema) -> Schema:
    """The model's schema with the descriptions of its fields, each member in its place by the alphabet."""
    texts = {model.model_fields[name].alias or name: text for name, text in _texts(model)}
    properties = {
        name: dict(sorted({**member, "description": texts[name]}.items())) if name in texts else member
        for name, member in schema.get("properties", {}).items()
    }
    return {name: properties if name == "properties" else member for name, member in schema.items()}


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _below(model)


def _texts(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Those of the bases first."""
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            body = ast.parse(inspect.getsource(owner)).body[0]
            assert isinstance(body, ast.ClassDef)
            yield from _of_class(body)


def _of_class(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, following in zip(definition.body, definition.body[1:], strict=False):
        match field, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
