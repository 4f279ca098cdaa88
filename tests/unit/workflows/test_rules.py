import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.rules import FOLDER, read_rule, rules_for

MONEY = "---\nkinds: [module]\nstages: [tests, code]\n---\n\nMoney is `Decimal`.\n"
TEXTS = {
    "rules/10-money.md": MONEY,
    "rules/20-all.md": "No abbreviations.\n",
    "rules/05-design.md": "---\nstages: [design]\n---\nDecide.",
    "rules/99-empty.md": "---\nkinds: [module]\n---\n",
    "prompts/task/work.md": "Not a rule.",
}


@pytest.mark.requirement("rules.by-kind-and-stage")
@pytest.mark.parametrize(
    ("kind", "stage", "texts"),
    [
        ("module", "code", ["Money is `Decimal`.", "No abbreviations."]),
        ("module", "tests", ["Money is `Decimal`.", "No abbreviations."]),
        ("context", "code", ["No abbreviations."]),
        ("module", "design", ["Decide.", "No abbreviations."]),
        (None, "task", ["No abbreviations."]),
    ],
)
def test_a_rule_holds_for_its_kinds_and_stages_in_the_order_of_the_names(
    kind: str | None, stage: str, texts: list[str]
) -> None:
    assert rules_for(TEXTS, kind=kind, stage=stage) == "\n\n".join(texts)


def test_without_rules_there_is_nothing() -> None:
    assert rules_for({"prompts/task/work.md": "x"}, kind="module", stage="code") == ""


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\nkinds: module\n---\n", 2, "kinds: Input should be a valid list"),
        ("---\nkind: [module]\n---\n", 2, "kind: Extra inputs are not permitted"),
        ("---\nstages: [tests, coding]\n---\n", 2, "there is no stage coding; the stages are design, tests, code"),
        ("---\nkinds: [module]\nstages: }\n---\n", 3, "A value is missing here, before }."),
        ("---\n- module\n---\n", 2, "valid dictionary"),
        ("---\nkinds: &a [x]\nstages: *a\n---\n", 2, "an anchor is not allowed here"),
        ("---\nkinds: [module]\nstages: *a\n---\n", 3, "an alias is not allowed here"),
        ("---\nkinds:\n- module\n- 1\n---\n", 4, "kinds.1: Input should be a valid string"),
        ("---\nstages:\n- tests\n- coding\n---\n", 4, "there is no stage coding"),
        ("---\nkinds: [yes]\nkinds: [no]\n---\n", 3, "kinds comes twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(ProjectInvalidError, match=re.escape(reason)) as raised:
        read_rule("rules/a.md", text)
    assert raised.value.message.startswith(f".treadle/rules/a.md is not valid in line {line}: ")


@pytest.mark.parametrize("text", ["", "---", "--- \nno end", "a --- b", "# Title\n---\nkinds: [x]\n---\n"])
def test_a_text_that_does_not_say_what_it_is_for_holds_for_all(text: str) -> None:
    rule = read_rule("rules/a.md", text)
    assert (rule.kinds, rule.stages, rule.text) == ((), (), text.strip())


@given(st.text(st.sampled_from("-\n :[]{}&*ab,#'\"!")))
def test_any_text_is_a_rule_or_is_refused_in_a_sentence(text: str) -> None:
    said = None
    try:
        rule = read_rule(f"{FOLDER}a.md", text)
    except ProjectInvalidError as error:
        said = error.message
    assert "\n" not in said if said is not None else rule.text in text
