import hashlib

import pytest

from tests.unit.workflows.factories import COMPONENT, make_context, make_project, make_result, make_session
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import Component, DeclaredComponent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import Environment
from treadle.workflows.contract import StepContext, StepOutcome
from treadle.workflows.validate_design import ValidateContextDesign, ValidateDesign

PATH = "docs/design/calculator.md"
GOOD = "# C\n## Purpose\na\n## Public API\nb\n## Errors\nNone.\n## Test assertions\nd\n"
GOOD_CONTEXT = "# Shop\n## Purpose\na\n## Public API\nb\n## Components\n### Item\nOne.\n## Dependencies\nNone.\n"
SHOP = Component(id=9, project_id=3, name="Shop", kind="module", paths={"design": "docs/design/shop.md"})
GIVEN = {"src/calculator.py": None, "tests/test_calculator.py": "t"}


def read(content: object, status: ResultStatus = ResultStatus.OK, **data: object) -> Result:
    return make_result(status, data={"path": PATH, "content": content, **data})


def judged(result: Result, context: StepContext | None = None) -> StepOutcome:
    return ValidateDesign().handle_result(context or make_context(), result)


def shop(text: str, **settings: object) -> StepOutcome:
    project = make_project(language="python", **settings)
    context = make_context(component=SHOP, components=(SHOP, COMPONENT), project=project)
    return ValidateContextDesign().handle_result(context, read(text))


def test_the_file_is_read_where_the_component_says() -> None:
    command = ValidateDesign().get_command(make_context())
    assert (command.module, command.command, command.metadata) == ("validate_design", "read_file", {"path": PATH})
    with pytest.raises(ProjectInvalidError, match=r"no path for its design: add paths\.design"):
        ValidateDesign().get_command(make_context(component=Component(id=7, project_id=3, name="C", kind="module")))


def test_a_valid_design() -> None:
    outcome = judged(read(GOOD))
    assert outcome.result.status is ResultStatus.OK
    assert outcome.result.data == {
        "path": PATH,
        "sha256": hashlib.sha256(GOOD.encode()).hexdigest(),
        "sections": ["Purpose", "Public API", "Errors", "Test assertions"],
        "verdict": "The design has all 4 required sections.",
        "problems": [],
        "digest": "The design has all 4 required sections.",
    }
    assert (outcome.components, outcome.parts_of, outcome.state, outcome.status) == ((), None, {}, None)


def test_what_is_wrong_is_told_by_line() -> None:
    text = GOOD.replace("## Errors\nNone.\n", "").replace("b\n", "TODO\n")
    result = judged(read(text)).result
    messages = [
        "Line 4: the section “Public API” holds only a placeholder.",
        "The section “Errors” is missing; it belongs after “Public API” (line 4).",
    ]
    assert (result.status, result.error_message) == (
        ResultStatus.ERROR,
        f"{messages[0]} There is 1 more problem.",
    )
    assert result.data["problems"] == [{"line": 4, "message": message} for message in messages]
    assert result.data["digest"] == "\n".join(messages)
    assert "content" not in result.data


def test_one_problem_is_all_there_is() -> None:
    result = judged(read(GOOD.replace("# C\n", "\n", 1))).result
    assert result.error_message == "The document has no title: begin it with one heading of level 1 (# Name)."


def test_many_problems_are_not_all_told() -> None:
    result = judged(read(GOOD + "# Again\n" * 60)).result
    assert str(result.error_message).endswith("There are 59 more problems.")
    assert isinstance(result.data["problems"], list)
    assert len(result.data["problems"]) == 50
    assert str(result.data["digest"]).endswith("\n… and 10 more.")


@pytest.mark.requirement("defect.unread-exit-code")
def test_a_file_that_could_not_be_read_is_the_clients_word() -> None:
    failed = make_result(ResultStatus.ERROR, error_message=f"{PATH} does not exist.", data={"content": GOOD})
    result = judged(failed).result
    assert (result.status, result.error_message) == (ResultStatus.ERROR, f"{PATH} does not exist.")
    assert result.data == {
        "path": PATH,
        "verdict": f"{PATH} does not exist.",
        "problems": [],
        "digest": f"{PATH} does not exist.",
    }


@pytest.mark.requirement("defect.chat-is-no-document")
@pytest.mark.parametrize(
    "data", [{}, {"text": GOOD}, {"content": None}, {"content": [GOOD]}, {"content": {"text": GOOD}}]
)
def test_nothing_but_the_content_of_the_file_is_a_document(data: dict[str, object]) -> None:
    result = judged(make_result(data=data, stdout=GOOD)).result
    assert (result.status, result.error_message) == (ResultStatus.ERROR, f"The content of {PATH} was not reported.")


def test_progress_stays_as_it_is() -> None:
    pending = make_result(ResultStatus.PENDING, data={"content": GOOD})
    assert judged(pending) == StepOutcome(result=pending)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a" * 2 * 1024 * 1024, ">" * 90_000])
def test_any_text_has_an_answer(text: str) -> None:
    result = judged(read(text)).result
    assert result.status is ResultStatus.ERROR
    assert str(result.error_message).startswith("The document has ")


@pytest.mark.requirement("design.sections-by-kind")
def test_the_sections_of_the_components_kind_are_required() -> None:
    schema = Component(id=7, project_id=3, name="C", kind="schema", paths={"design": PATH})
    assert judged(read(GOOD), make_context(component=schema)).result.error_message == (
        "The section “Fields” is missing; it belongs after “Purpose” (line 2). There is 1 more problem."
    )
    project = make_project(design_sections={"schema": ["Purpose"]})
    verdict = judged(read(GOOD), make_context(component=schema, project=project)).result.data["verdict"]
    assert verdict == "The design has its required section."


def test_a_component_that_has_parts_declares_none() -> None:
    """That is what a context's own type is for."""
    assert judged(read(GOOD + "## Components\n### Item\nOne.\n")).components == ()


def test_a_valid_context_declares_its_components() -> None:
    outcome = shop(GOOD_CONTEXT)
    assert outcome.result.status is ResultStatus.OK
    assert outcome.result.data["verdict"] == (
        "The design has all 4 required sections and declares 1 component: “Item”."
    )
    paths = {
        "design": "docs/design/shop/item.md",
        "code": "src/shop/item.py",
        "tests": "tests/shop/test_item.py",
    }
    assert outcome.components == (DeclaredComponent(name="Item", kind="module", parent="Shop", paths=paths),)
    assert outcome.parts_of == SHOP.id, "others that earlier designs declared go"


def test_an_invalid_context_declares_nothing() -> None:
    for text in (GOOD_CONTEXT.replace("None.", ""), GOOD_CONTEXT.replace("One.", "")):
        outcome = shop(text)
        assert outcome.result.status is ResultStatus.ERROR
        assert (outcome.components, outcome.parts_of) == ((), None)


def test_problems_of_sections_and_components_stand_in_the_order_of_their_lines() -> None:
    result = shop(GOOD_CONTEXT.replace("One.", "").replace("### Item", "text\n### Item").replace("None.", "")).result
    assert [each["line"] for each in result.data["problems"]] == [8, 10]  # type: ignore[attr-defined]


def test_a_context_has_components_whatever_the_project_requires() -> None:
    result = shop("# Shop\n## Aim\na\n", design_sections={"context": ["Aim"]}).result
    assert result.error_message == "The section “Components” is missing; it belongs after “Aim” (line 2)."


@pytest.mark.parametrize("environment", Environment)
def test_code_and_tests_are_looked_at_only_where_the_session_is_alone(environment: Environment) -> None:
    context = make_context(session=make_session(environment=environment, state={"given": GIVEN}))
    looked_at = ValidateDesign().get_command(context).metadata.get("fingerprints")
    assert looked_at == (sorted(GIVEN) if environment is Environment.LOCAL else None)


def test_a_design_does_not_count_while_code_is_changed() -> None:
    context = make_context(session=make_session(state={"given": GIVEN}))
    assert judged(read(GOOD, fingerprints=GIVEN), context).result.status is ResultStatus.OK
    result = judged(read(GOOD, fingerprints={**GIVEN, "src/calculator.py": "c"}), context).result
    problem = "src/calculator.py was made, although it is not this session's work: remove it."
    assert (result.error_message, result.data["altered"]) == (problem, ["src/calculator.py"])
    both = judged(read("# C\n", fingerprints={**GIVEN, "src/calculator.py": "c"}), context).result
    assert both.error_message == f"{problem} There are 4 more problems."
    assert str(both.data["digest"]).splitlines()[0] == problem
