"""What templates may name is one table: what a step finds when it runs is what is checked, completed and explained."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.workflows.factories import COMPONENT, make_context, make_project, make_session
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.snapshot import snapshot
from treadle.workflows.definition.values import Value, lookup, roots

TEXT = """
name: everything
parameters:
  words: {type: list, default: [a]}
  text: {type: string, default: a}
  whole: {type: integer, default: 1}
  share: {type: number, default: 0.5}
  is_fast: {type: boolean, default: false}
  nothing: {default: null}
steps:
  one: {run: "true", save: {last: "{{ result.stdout }}"}}
  two: {agent: Do it., title: The second}
  three: {spawn: task}
  four: {ask: "Good?"}
  five: {read_file: a.txt}
"""
KINDS: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "number": (int, float),
    "true or false": bool,
    "list": list,
    "mapping": dict,
}


def definition() -> WorkflowDefinition:
    analysis = analyse(TEXT)
    assert analysis.diagnostics == ()
    assert analysis.definition is not None
    return analysis.definition


def require_equal(table: Mapping[str, Value], values: Any, path: str = "") -> None:
    assert set(table) == set(values), path
    for name, value in table.items():
        there = values[name]
        assert value.description.endswith("."), f"{path}{name}"
        if there is None:
            assert value.is_optional, f"{path}{name}"
            continue
        is_of_its_kind = isinstance(there, KINDS[value.kind])
        assert is_of_its_kind, f"{path}{name}"
        if value.kind == "mapping":
            require_equal(value.members, there, f"{path}{name}.")
        elif value.kind == "list" and value.items == "mapping":
            for item in there:
                require_equal(value.members, item, f"{path}{name}[].")


@pytest.mark.parametrize("is_about_a_component", [True, False])
def test_a_run_finds_what_the_table_says(is_about_a_component: bool) -> None:
    component = COMPONENT if is_about_a_component else None
    context = make_context(
        session=make_session(component_id=7 if component else None), project=make_project(), component=component
    )
    workflow = definition()
    require_equal(roots(workflow), snapshot(workflow, context))


def test_the_own_result_is_there_where_it_is_saved() -> None:
    found = roots(definition(), saving="two")
    assert found["result"].members == found["results"].members["two"].members
    assert "result" not in roots(definition())


def test_a_chain_is_looked_up_part_by_part() -> None:
    found = roots(definition())
    text = lookup(found, ("results", "two", "text"))
    assert text is not None
    assert (text.kind, text.description) == ("text", "The last message of the agent.")
    assert lookup(found, ("results", "one", "text")) is None
    assert lookup(found, ("results", "one", "stdout", "more")) is None
    assert lookup(found, ()) is None
    assert found["results"].members["two"].description == "The last result of the step two (The second)."
