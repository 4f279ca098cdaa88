from pathlib import Path

import pytest

from tests.unit.workflows.factories import make_project
from treadle.workflows.design_document import parse
from treadle.workflows.design_sections import problems, required_sections

ROOT = Path(__file__).resolve().parents[3]
REQUIRED = ("Purpose", "Public API", "Errors")
NO_TITLE = "The document has no title: begin it with one heading of level 1 (# Name)."
GOOD = "# Cart\n\n## Purpose\n\nIt holds.\n\n## Public API\n\n`add`\n\n## Errors\n\nNone.\n"


def found(text: str, required: tuple[str, ...] = REQUIRED) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in problems(parse(text), required)]


@pytest.mark.parametrize(
    ("kind", "sections"),
    [
        ("context", ("Purpose", "Public API", "Components", "Dependencies")),
        ("schema", ("Purpose", "Fields", "Constraints", "Test assertions")),
        ("module", ("Purpose", "Public API", "Errors", "Test assertions")),
        ("whatever", ("Purpose", "Public API", "Errors", "Test assertions")),
    ],
)
def test_what_is_required_of_each_kind(kind: str, sections: tuple[str, ...]) -> None:
    assert required_sections(make_project(), kind) == required_sections(None, kind) == sections


def test_what_a_project_requires_instead() -> None:
    settings = {"module": ["Purpose"], "context": ["Aim", "2. COMPONENTS"], "script": [], "*": ["Aim"]}
    project = make_project(design_sections=settings)
    assert required_sections(project, "module") == ("Purpose",)
    assert required_sections(project, "context") == ("Aim", "2. COMPONENTS")
    assert required_sections(project, "script") == ()
    assert required_sections(project, "whatever") == ("Aim",)
    assert required_sections(project, "schema") == required_sections(None, "schema")


def test_a_context_always_names_its_components() -> None:
    assert required_sections(make_project(design_sections={"context": ["Aim"]}), "context") == ("Aim", "Components")


@pytest.mark.parametrize("settings", [None, 3, ["a"]])
def test_settings_that_say_nothing(settings: object) -> None:
    project = make_project(design_sections=settings)
    assert required_sections(project, "module") == required_sections(None, "module")


def test_the_design_of_the_example_is_valid() -> None:
    text = (ROOT / "examples" / "calculator" / "docs" / "design" / "calculator.md").read_text(encoding="utf-8")
    assert found(text, required_sections(None, "module")) == []


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        "---\nowner: me\n---\n" + GOOD,
        "Cart\n====\n\nPurpose\n-------\n\nIt.\n\n## 2. **Public API**:\n\nIt.\n\n## errors\n\nNone.\n",
        GOOD + "\n## More\n\n## More\n\nTODO\n",
    ],
)
def test_a_good_document(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "",
            [
                (1, NO_TITLE),
                (1, "The section “Purpose” is missing."),
                (1, "The section “Public API” is missing."),
                (1, "The section “Errors” is missing."),
            ],
        ),
        (
            "# Cart\n",
            [
                (1, "The section “Purpose” is missing; it belongs after “Cart” (line 1)."),
                (1, "The section “Public API” is missing; it belongs after “Cart” (line 1)."),
                (1, "The section “Errors” is missing; it belongs after “Cart” (line 1)."),
            ],
        ),
        (
            GOOD.replace("## Public API\n\n`add`\n\n", ""),
            [(3, "The section “Public API” is missing; it belongs after “Purpose” (line 3).")],
        ),
        (
            GOOD.replace("## Errors\n\nNone.\n", "### Errors\n\nNone.\n"),
            [(11, "Line 11: “Errors” must be a section: give it a heading of level 2 (##).")],
        ),
        (GOOD.replace("`add`", "<!-- add -->"), [(7, "Line 7: the section “Public API” is empty.")]),
        (GOOD.replace("`add`", "### add"), [(7, "Line 7: the section “Public API” is empty.")]),
        (GOOD.replace("`add`", "TBD"), [(7, "Line 7: the section “Public API” holds only a placeholder.")]),
        (GOOD + "\n## 4. errors\n", [(15, "Line 15: the section “Errors” comes twice; the first is in line 11.")]),
        (
            GOOD + "\n# Other\n",
            [(15, "Line 15: “Other” is a second title; sections have headings of level 2 (##).")],
        ),
        (GOOD.replace("# Cart\n", "\n", 1), [(1, NO_TITLE)]),
        (GOOD.replace("# Cart\n", "#\n", 1), [(1, NO_TITLE)]),
        (GOOD + "\n~~~\n## Errors\n", [(15, "Line 15: this code fence is not closed.")]),
        (
            GOOD.replace("`add`", "```\nadd"),
            [
                (7, "The section “Errors” is missing; it belongs after “Public API” (line 7)."),
                (9, "Line 9: this code fence is not closed."),
            ],
        ),
        (
            "x" * 100_001,
            [(1, "The document has more than 3,000 lines or 100,000 characters: leave out what readers do not need.")],
        ),
    ],
)
def test_what_is_wrong_and_where(text: str, expected: list[tuple[int, str]]) -> None:
    assert found(text) == expected


def test_a_component_may_be_named_as_a_section() -> None:
    text = GOOD.replace("# Cart", "# Errors").replace("## Errors\n\nNone.\n", "")
    assert found(text) == [(7, "The section “Errors” is missing; it belongs after “Public API” (line 7).")]


def test_a_heading_is_shown_on_one_line_and_not_whole() -> None:
    ((_, message),) = found(GOOD + f"\n# a\x1b[1m {'b' * 200}\n")
    assert message.startswith("Line 15: “a?[1m bbb")
    assert "bbb…”" in message
    assert len(message) < 200
