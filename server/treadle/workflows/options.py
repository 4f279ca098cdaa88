"""What a person may choose for a session of a type: a pydantic model, which clients see as JSON Schema.

A session keeps the options as they were given, without the defaults: what was left open follows the type.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict

from treadle.agents.claude_code_command import MODEL, PermissionMode

LONGEST_SECONDS = 30 * 24 * 3_600


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
    permission_mode: Annotated[PermissionMode, Strict(strict=False)] | None = None
    """What the agent may do unasked where no rule speaks: `acceptEdits` changes files, `manual` asks, `plan` changes
    nothing; null: `acceptEdits`."""
    budget_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    """What the session's agents may cost, in US dollars; then the session asks whether it may cost so much again. Each
    session that it spawns has the same limit for itself. Null: no limit."""
    stall_timeout_s: float | None = Field(default=None, ge=0, le=LONGEST_SECONDS)
    """After so many seconds without a sign of life of the agent the session asks what to do; 0: never; null: 600."""
    ask_timeout_s: float | None = Field(default=None, gt=0, le=LONGEST_SECONDS)
    """A question of the agent whether it may do something is answered with no after so many seconds; null: never."""


_WORDS = frozenset({"model", "permission_mode"})
"""Options that are texts; the others are numbers."""


def chosen_for_agent(options: Mapping[str, object]) -> dict[str, object]:
    """Of a session's options, those of its agent that were not left open. What is none of a kind is left out: a session
    may be older than the rule.
    """
    return {
        name: value
        for name in AgentOptions.model_fields
        if (value := options.get(name)) not in (None, "") and isinstance(value, str) is (name in _WORDS)
    }


def options_schema(options: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of what a person may give.

    :raises Exception: whatever a model raises that has none
    """
    schema: dict[str, Any] = json.loads(json.dumps(options.model_json_schema(), allow_nan=False))
    return schema
