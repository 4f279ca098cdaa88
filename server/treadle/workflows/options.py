"""What a person may choose for a session of a type: a pydantic model, which clients see as JSON Schema.

A session keeps the options as they were given, without the defaults: what was left open follows the type.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from treadle.agents.claude_code_command import MODEL


class SessionOptions(BaseModel):
    """The base of a type's options: nothing is converted, nothing unknown is taken.

    What stands under an attribute as a string is its description for the person who chooses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class AgentOptions(SessionOptions):
    """How the agent of a session works."""

    model: str | None = Field(default=None, min_length=1, max_length=200, pattern=f"^{MODEL.pattern}$")
    """The model, by the name that the agent knows; null: the agent's own choice."""
    max_turns: int | None = Field(default=None, ge=1, le=1_000)
    """At most so many turns of the agent in one step; null: the step's own limit."""


def options_schema(options: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of what a person may give.

    :raises Exception: whatever a model raises that has none
    """
    schema: dict[str, Any] = json.loads(json.dumps(options.model_json_schema(), allow_nan=False))
    return schema
