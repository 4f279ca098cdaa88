"""What templates may name when a step runs is what the table says."""

from collections.abc import Mapping

from tests.unit.workflows.definition.definitions import EVERY_KIND, context_of, defined
from tests.unit.workflows.factories import make_context, make_result
from treadle.domain.result import ResultStatus
from treadle.workflows.definition.snapshot import result_values, snapshot
from treadle.workflows.definition.values import Value, of_step, roots

DEFINITION = defined(EVERY_KIND)


def require_same(table: Mapping[str, Value], found: Mapping[str, object], path: str = "") -> None:
    assert set(found) == set(table), path
    for name, value in table.items():
        there = found[name]
        if there is None:
            assert value.is_optional, f"{path}{name}"
        elif value.kind == "mapping":
            assert isinstance(there, Mapping), f"{path}{name}"
            require_same(value.members, there, f"{path}{name}.")
        elif value.kind == "list":
            assert isinstance(there, list | tuple), f"{path}{name}"
            for each in there:
                if value.members:
                    require_same(value.members, each, f"{path}{name}.")
        else:
            kinds = {"text": str, "number": int | float, "true or false": bool, "any": object}
            assert isinstance(there, kinds[value.kind]), f"{path}{name}"


def test_before_anything_has_run_every_name_is_there() -> None:
    require_same(roots(DEFINITION), snapshot(DEFINITION, context_of()))


def test_without_a_component_and_a_project_every_name_is_there() -> None:
    context = make_context(component=None, components=(), project=None)
    require_same(roots(DEFINITION), snapshot(DEFINITION, context))


def test_of_each_kind_a_result_has_what_the_table_says() -> None:
    child = {"session_id": 3, "title": None, "status": "complete", "reason": None, "cost_usd": 0.5, "branch": "b"}
    data = {"digest": "d", "text": "t", "answer": "a", "comment": "c", "content": "c", "path": "p", "children": [child]}
    result = make_result(ResultStatus.WARNING, code=3, stdout="o", stderr="e", duration_ms=4, data=data)
    for name, step in DEFINITION.steps.items():
        require_same(of_step(name, step).members, result_values(step, result))
    assert result_values(DEFINITION.steps["say"], result) == {
        "status": "warning",
        "code": 3,
        "stdout": "o",
        "stderr": "e",
        "error_message": "It did not work.",
        "duration_ms": 4,
        "digest": "d",
    }
    assert result_values(DEFINITION.steps["share"], result)["children"] == [
        {"session_id": 3, "title": None, "status": "complete", "reason": None, "cost_usd": 0.5}
    ]


def test_what_a_client_reports_amiss_is_nothing() -> None:
    result = make_result(data={"children": [1, "x"], "text": {"a": 1}, "comment": None})
    assert result_values(DEFINITION.steps["share"], result)["children"] == []
    assert result_values(DEFINITION.steps["think"], result)["text"] == ""
    assert result_values(DEFINITION.steps["ask"], result)["comment"] == ""


def test_of_a_long_text_both_ends_are_there() -> None:
    result = make_result(data={"content": f"begin{'x' * 2_000_000}end"})
    content = str(result_values(DEFINITION.steps["read"], result)["content"])
    assert len(content) < 66_000
    assert content.startswith("begin")
    assert content.endswith("end")
    assert "\n[… 1934472 bytes left out …]\n" in content


def test_a_parameter_that_is_not_given_has_its_default() -> None:
    found = snapshot(DEFINITION, context_of({"who": "you"}, state={"said": "hi", "given": {}, "branch": "b"}))
    assert found["parameters"] == {"who": "you", "words": ["a", "b c"]}
    assert found["state"] == {"said": "hi", "comment": "", "branch": "b", "base": "", "commit": ""}
