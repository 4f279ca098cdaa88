from typing import Any

import pytest
from pydantic import ValidationError

from treadle.workflows.options import AgentOptions, SessionOptions, options_schema


@pytest.mark.parametrize(
    "given",
    ["{}", '{"model": null}', '{"model": "opus", "max_turns": 1}', '{"max_turns": 1000}', '{"model": "opus[1m]"}'],
)
def test_the_agents_options(given: str) -> None:
    AgentOptions.model_validate_json(given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ('{"model": ""}', "string_too_short"),
        ('{"model": 1}', "string_type"),
        ('{"model": "--version"}', "string_pattern_mismatch"),
        ('{"model": "a b"}', "string_pattern_mismatch"),
        ('{"model": "opus\\n"}', "string_pattern_mismatch"),
        ('{"model": "x\\u0000"}', "string_pattern_mismatch"),
        (f'{{"model": "{"m" * 201}"}}', "string_too_long"),
        ('{"max_turns": 0}', "greater_than_equal"),
        ('{"max_turns": 1001}', "less_than_equal"),
        ('{"max_turns": true}', "int_type"),
        ('{"max_turns": "3"}', "int_type"),
        ('{"max_turns": 3.0}', "int_type"),
        ('{"maxTurns": 3}', "extra_forbidden"),
        ("[]", "model_type"),
    ],
)
def test_what_they_cannot_be(given: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        AgentOptions.model_validate_json(given)
    assert [each["type"] for each in refusal.value.errors()] == [reason]


def test_the_schema_says_what_each_option_is_for() -> None:
    schema = options_schema(AgentOptions)
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == [
        "model",
        "max_turns",
        "permission_mode",
        "budget_usd",
        "stall_timeout_s",
        "ask_timeout_s",
    ]
    assert all(each["description"].endswith(".") for each in schema["properties"].values())
    assert schema["properties"]["max_turns"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 1_000}


def test_a_type_has_options_of_its_own() -> None:
    class Options(SessionOptions):
        depth: int
        """How deep."""

    schema: dict[str, Any] = options_schema(Options)
    assert (schema["required"], schema["properties"]["depth"]["description"]) == (["depth"], "How deep.")
