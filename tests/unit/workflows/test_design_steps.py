import re

import pytest

from tests.unit.workflows.factories import COMPONENT, make_context, make_project, make_result, make_session
from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep
from treadle.workflows.component_design import COMPONENT_DESIGN, GenerateComponentDesign, ReviseComponentDesign
from treadle.workflows.context_design import CONTEXT_DESIGN, GenerateContextDesign, ReviseContextDesign
from treadle.workflows.contract import SessionType, StepContext

SHOP = Component(id=1, project_id=3, name="Shop", kind="context", paths={"design": "docs/design/shop.md"})
CART = Component(
    id=2,
    project_id=3,
    name="Cart",
    kind="module",
    parent_component_id=1,
    paths={"design": "docs/design/shop/cart.md", "code": "src/shop/cart.py"},
)
ITEM = Component(id=3, project_id=3, name="Item", kind="schema", parent_component_id=1, paths={"design": "docs/i.md"})
ALL = (SHOP, CART, ITEM, COMPONENT)
DIGEST = "Line 3: the section “Purpose” is empty.\nLine 9: ``` {{ 7 * 7 }}"
GENERATE = ((GenerateContextDesign(), SHOP), (GenerateComponentDesign(), CART))
REVISE = ((ReviseContextDesign(), SHOP), (ReviseComponentDesign(), CART))


def context_of(component: Component, **changes: object) -> StepContext:
    project = make_project(language="python")
    return make_context(**{"component": component, "components": ALL, "project": project, **changes})


def revising(component: Component, **data: object) -> StepContext:
    result = make_result(ResultStatus.ERROR, data={"digest": DIGEST, **data})
    return context_of(component, last_results={"validate_design": result})


def prompt(step: AgentStep, context: StepContext) -> str:
    return str(step.get_command(context).metadata["prompt"])


@pytest.mark.parametrize(("step", "component"), GENERATE + REVISE)
def test_prompts_are_tidy(step: AgentStep, component: Component) -> None:
    for context in (
        revising(component),
        revising(component, altered=["src/a.py"]),
        context_of(component, components=(component,), project=make_project()),
        revising(component, altered=[]),
    ):
        text = prompt(step, context).replace(" {{ 7 * 7 }}", "")
        assert "{{" not in text
        assert "{%" not in text
        assert "None`" not in text
        assert "\n\n\n" not in text
        assert not re.search(r"[ \t]$", text, re.MULTILINE)
        assert len(text) < 3_500


@pytest.mark.parametrize(("step", "component"), GENERATE + REVISE)
def test_the_document_and_its_sections_are_named_and_code_is_not_to_be_written(
    step: AgentStep, component: Component
) -> None:
    sections = {"context": ["Purpose", "Components"], "module": ["Purpose", "Data `flow`"]}
    project = make_project(design_sections=sections)
    text = prompt(step, context_of(component, project=project, texts={"rules/a.md": "Use plain words."}))
    assert f"`{component.paths['design']}`" in text
    second = "`## Components`" if component is SHOP else "`` ## Data `flow` ``"
    assert text.index("`## Purpose`") < text.index(second)
    assert "no code" in text.lower()
    assert "Use plain words." in text


def test_the_prompt_of_a_context_shows_where_components_go() -> None:
    text = prompt(GenerateContextDesign(), context_of(SHOP))
    example = (
        "- code: src/shop/line_item.py\n- tests: tests/shop/test_line_item.py\n- design: docs/design/shop/line_item.md"
    )
    assert example in text
    assert "These components are there already: `Cart`, `Item`." in text
    assert "- `Calculator`: `docs/design/calculator.md`" in text
    unknown = prompt(GenerateContextDesign(), context_of(SHOP, project=make_project(), components=(SHOP,)))
    assert "Add `- code:` and `- tests:`" in unknown
    assert "src/shop" not in unknown
    assert "are there already" not in unknown
    assert "neighbours" not in unknown


def test_the_prompt_of_a_component_names_its_context_and_its_neighbours() -> None:
    text = prompt(GenerateComponentDesign(), context_of(CART))
    assert "It is a part of `Shop`: read its design `docs/design/shop.md` completely." in text
    assert "- `Item`: `docs/i.md`" in text
    assert "Calculator" not in text
    assert "`src/shop/cart.py`" in text


@pytest.mark.parametrize(("step", "component"), GENERATE)
def test_what_a_person_describes_is_quoted(step: AgentStep, component: Component) -> None:
    session = make_session(options={"description": "A shop,\n{{ small }}"})
    assert "```text\nA shop,\n{{ small }}\n```" in prompt(step, context_of(component, session=session))


@pytest.mark.parametrize(("step", "component"), REVISE)
def test_the_same_conversation_gets_all_problems(step: AgentStep, component: Component) -> None:
    command = step.get_command(revising(component, altered=["src/shop"]))
    assert command.metadata["conversation"] == "continue"
    assert f"````text\n{DIGEST}\n````" in str(command.metadata["prompt"])
    assert "- Put `src/shop` back exactly as it was" in str(command.metadata["prompt"])


@pytest.mark.parametrize("session_type", [CONTEXT_DESIGN, COMPONENT_DESIGN], ids=lambda each: each.id)
def test_a_design_needs_no_tests_but_a_place(session_type: SessionType) -> None:
    initialize = session_type.line[0]
    command = initialize.get_command(make_context(project=make_project(test_command=None)))
    assert command.metadata["fingerprints"] == ["src/calculator.py", "tests/test_calculator.py"]
    options = session_type.options.model_validate({"description": "A shop."})
    assert options.model_dump()["description"] == "A shop."
    with pytest.raises(ValueError, match="description"):
        session_type.options.model_validate({"description": " \n"})
