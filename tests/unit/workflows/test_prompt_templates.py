import pytest

from tests.unit.workflows.factories import make_context, make_session
from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.prompt_templates import check, render
from treadle.workflows.task import Work

ASKED = make_session(type="task", options={"description": "add a flag"})


def prompt(**texts: str) -> str:
    named = {f"prompts/{name.replace('__', '/')}.md": text for name, text in texts.items()}
    made = Work().get_command(make_context(session=ASKED, texts=named)).metadata["prompt"]
    assert isinstance(made, str)
    return made


@pytest.mark.requirement("prompts.project-overrides")
def test_a_projects_own_template_takes_the_place_of_a_steps() -> None:
    assert prompt(task__work="Please: {{ description }}. Tests: {{ suite_command | shell }}") == (
        "Please: add a flag. Tests: .venv/bin/python -m pytest"
    )


def test_it_may_build_on_the_one_that_it_replaces() -> None:
    own = prompt(task__work='{% include "treadle/task/work.md" %}\nSpeak French.')
    assert own.splitlines() == [*prompt().splitlines(), "Speak French."]


def test_a_part_that_others_include_may_be_replaced_where_they_name_the_projects_own() -> None:
    assert "Our words." not in prompt(shared__rules="Our words.")
    assert prompt(task__work='{% include "shared/rules.md" %}', shared__rules="Our words.") == "Our words."


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{% include 'nothing.md' %}", "there is no template nothing.md"),
        ("{% include '../contract.py' %}", "there is no template"),
        ("{% include '/etc/passwd' %}", "there is no template"),
        ("{{ description | nothing }}", "there is no filter nothing"),
        ("{% for a in parts %}" * 25 + "{% endfor %}" * 25, "nested"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("one\ntwo {% if %}", "in line 2"),
    ],
)
def test_a_template_that_cannot_be_rendered_is_named(template: str, reason: str) -> None:
    with pytest.raises(ProjectInvalidError) as raised:
        prompt(task__work=template)
    assert "The prompt task/work.md is wrong" in raised.value.message or "The prompt" in raised.value.message
    assert reason in raised.value.message


def test_a_wrong_template_is_found_when_its_folder_is_opened() -> None:
    checked("{{ whatever.it.is }}")
    with pytest.raises(ProjectInvalidError, match=r"The prompt task/work\.md is wrong in line 3: "):
        checked("a\nb\n{% endif %}")


def checked(text: str, name: str = "task/work.md", **others: str) -> None:
    named = {f"prompts/{other.replace('__', '/')}.md": content for other, content in others.items()}
    check(f"prompts/{name}", {f"prompts/{name}": text, **named})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\n{% if a %}{{ b | bloc }}{% endif %}", "in line 2: there is no filter bloc"),
        ("a\n{% if a is defind %}{% endif %}", "in line 2: there is no test defind"),
        ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", "in line 2: block 'a' defined twice"),
        ("{% for a in parts %}" * 25 + "{% endfor %}" * 25, ": too many statically nested blocks"),
        ('a\n{% include "shared/ruls.md" %}', "in line 2: there is no template shared/ruls.md"),
        ('{% include "treadle/task/wrk.md" %}', "in line 1: there is no template treadle/task/wrk.md"),
        ('{% include ["a.md", "b.md"] %}', "in line 1: there is no template a.md"),
        ('{% extends "task/wrk.md" %}', "in line 1: there is no template task/wrk.md"),
        ('{% extends "task/work.md" %}', "in line 1: it builds on itself; what it replaces is treadle/task/work.md"),
        ('{% include "../contract.py" %}', "in line 1: there is no template ../contract.py"),
        ("{% include 7 %}", "in line 1: there is no template 7"),
    ],
)
def test_what_could_only_fail_later_is_found_when_its_folder_is_opened(text: str, reason: str) -> None:
    with pytest.raises(ProjectInvalidError) as raised:
        checked(text, ours="o", treadle__task__wrk="not Treadle's")
    assert raised.value.message == f"The prompt task/work.md is wrong {reason}.".replace(" :", ":")


@pytest.mark.parametrize(
    "text",
    [
        '{% include "ours.md" %}{% include "shared/rules.md" %}{% include "treadle/shared/rules.md" %}',
        '{% include ["nothing.md", "ours.md"] %}{% include "nothing.md" ignore missing %}{% include ours %}',
        '{% extends "treadle/task/work.md" %}',
        "{% if ours is defined and ours is divisibleby 2 %}{{ ours | sort | first | code }}{% endif %}",
    ],
)
def test_what_can_be_found_is_good(text: str) -> None:
    checked(text, ours="o")


def test_what_belongs_to_another_package_may_include_what_that_one_has() -> None:
    checked('{% include "changelog_entry/shared.md" %}', name="changelog_entry/write.md")
    with pytest.raises(ProjectInvalidError, match="there is no template treadle/shared/nothing"):
        checked('{% include "treadle/shared/nothing.md" %}', name="changelog_entry/write.md")


def test_the_package_of_a_step_has_its_own_templates_and_treadles() -> None:
    with pytest.raises(ProjectInvalidError, match="there is no template"):
        render("task/work.md", {}, texts={}, package="treadle.domain")
    assert render("treadle/shared/rules.md", {"rules": ""}, texts={}, package="treadle.domain").strip() == ""
