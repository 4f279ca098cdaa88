"""What a project's templates can do to the daemon: nothing, in a moment, whatever stands in them."""

from pathlib import Path

import pytest

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.prompt_bounds import MAX_TEMPLATE
from treadle.workflows.prompt_templates import MAX_CHARACTERS, check, render
from treadle.workflows.rules import read_rule

PROMPTS = Path(__file__).resolve().parents[3] / "server" / "treadle" / "workflows" / "prompts"
VALUES: dict[str, object] = {
    "description": "Make it so.",
    "rules": "x" * MAX_CHARACTERS,
    "parts": [{"name": "A", "kind": "module"}, {"name": "B", "kind": "context"}],
    "words": ["loop.md", "word"],
    "many": list(range(1_000)),
    "none": None,
}


def twice(what: str) -> str:
    """A template that includes another two times, 60 deep."""
    both = f"{{% include {what} %}}" * 2
    return f"{{% with n = n | default(0) + 1 %}}{{% if n < 60 %}}{both}{{% endif %}}{{% endwith %}}"


def rendered(text: str, **others: str) -> str:
    texts = {"prompts/t.md": text, **{f"prompts/{name}.md": other for name, other in others.items()}}
    return render("t.md", VALUES, texts=texts)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("{{ description | upper }}", "MAKE IT SO."),
        ("{{ description[:4] }}", "Make"),
        ("{% for part in parts %}{{ loop.index }}{{ part.name }}{{ ',' if not loop.last }}{% endfor %}", "1A,2B"),
        ("{% for part in parts if part.kind in ['context', 'system'] %}{{ part.name }}{% endfor %}", "B"),
        ("{{ parts | map(attribute='name') | join(' and ') }}", "A and B"),
        ("{{ parts | selectattr('kind', 'equalto', 'module') | map(attribute='name') | first }}", "A"),
        ("{% set all = parts | length + 1 %}{{ all * 2 }}", "6"),
        ("{{ none or 'nothing' }}{{ none | default('!', true) }}", "nothing!"),
        ("{% with a = words[0] %}{{ a | code }}{% endwith %}", "`loop.md`"),
        ("{% for n in many %}{{ n | string | length }}{% endfor %}", "1" * 10 + "2" * 90 + "3" * 900),
        ("{% for a in none or [] %}{% else %}none{% endfor %}", "none"),
    ],
)
def test_what_a_prompt_needs_is_there(text: str, prompt: str) -> None:
    assert rendered(text) == prompt


def test_a_template_builds_on_another() -> None:
    base = "A {% block middle %}b{% endblock %} c"
    assert rendered('{% extends "base.md" %}{% block middle %}B{% endblock %}', base=base) == "A B c"
    assert rendered('{% include "base.md" %}!', base=base) == "A b c!"


@pytest.mark.requirement("trust.covers-all-code")
@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ description.__class__ }}",
        "{{ description['__class__'] }}",
        "{{ description|attr('__class__') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.system('touch marker') }}",
        "{{ lipsum(1000000) }}",
        "{% import 'os' as os %}",
        "{% for a in range(10) %}{% endfor %}",
        "{% for a in many %}{% for b in many %}{% for c in many %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in rules %}{% for b in rules %}{% endfor %}{% endfor %}",
        "{% for a in many recursive %}{{ loop(many) }}{% endfor %}",
        "{% for a in many %}{{ rules | block | length }}{% endfor %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ rules * 1000000 }}",
        "{% set a = rules + rules %}{{ a }}",
        "{{ rules ~ rules ~ rules }}",
        "{% set a %}{{ rules }}{{ rules }}{% endset %}",
        "{% set ns = namespace(a=1) %}",
        "{% set a = [rules, rules] %}{% set a = [a, a] %}{{ a }}",
        "{{ 'x' | center(999999999) }}",
        "{{ '%0999999999d' | format(1) }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ 'x' | indent(999999999) }}",
        "{{ description.ljust(999999999) }}",
        "{{ rules | join(rules) }}",
        "{{ parts | map('center', 999999999) | list }}",
        "{{ parts | map(**{'attribute': 'name'}) }}",
        "{{ description | replace('', rules) }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% filter upper %}x{% endfilter %}",
        "{{ rules }}{{ rules }}",
        "{{ missing }}",
        "{{ 1 / 0 }}",
        "{{ description < 1 }}",
        "{{ words['a'] }}",
        "{% include 'nowhere.md' %}",
        "{% include '../../../pyproject.toml' %}",
        "{% include '/etc/passwd' %}",
        "{% include 't.md' %}",
        "{% extends 't.md' %}",
        "{% include words %}",
        f"{{{{ {'(' * 300}1{')' * 300} }}}}",
        f"{{{{ {'-' * 5_000}1 }}}}",
        f"{{{{ {'not ' * 5_000}1 }}}}",
        f"{{{{ description{'|upper' * 5_000} }}}}",
        f"{'{% if 1 %}' * 2_000}{'{% endif %}' * 2_000}",
        "x" * (MAX_TEMPLATE + 1),
        "{{ 1" + "0" * 10_000 + " }}",
        "{% unknown %}",
        "{{",
    ],
)
def test_a_hostile_template_ends_in_a_sentence(text: str) -> None:
    with pytest.raises(ProjectInvalidError, match=r"^The prompt .{1,600}\.$"):
        rendered(text, loop=twice("words"))


@pytest.mark.timeout(30)
def test_many_includes_are_too_many() -> None:
    with pytest.raises(ProjectInvalidError, match=r"it takes too long"):
        rendered("{% include 'half.md' %}", half=twice("'half.md'"))


def test_a_text_that_is_longer_than_any_prompt_is_named() -> None:
    with pytest.raises(ProjectInvalidError, match=r"rules has more than 200000 characters"):
        render("t.md", {"rules": "x" * 200_001}, texts={"prompts/t.md": "{{ rules }}"})


def test_what_is_not_allowed_is_said_when_the_folder_is_opened_with_the_line() -> None:
    with pytest.raises(
        ProjectInvalidError, match=r"^The prompt t\.md is wrong in line 2: a call is not allowed in a prompt\.$"
    ):
        check("prompts/t.md", {"prompts/t.md": "Hello\n{{ description.upper() }}\n"})


@pytest.mark.parametrize("path", sorted(PROMPTS.rglob("*.md")), ids=lambda path: path.name)
def test_treadles_own_templates_need_no_more(path: Path) -> None:
    check(path.name, {path.name: path.read_text(encoding="utf-8")})


def test_what_a_rule_is_for_is_said_shortly() -> None:
    head = "kinds: [" + "module, " * 300 + "module]"
    with pytest.raises(ProjectInvalidError, match=r"^\.treadle/rules/r\.md is not valid in line 2: .* 2000 characters"):
        read_rule("rules/r.md", f"---\n{head}\n---\nObey.\n")
