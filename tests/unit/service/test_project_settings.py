import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import ProjectInvalidError
from treadle.service.declared_project import NOTHING
from treadle.service.project_settings import parse
from treadle.service.settings_file import MAX_COMPONENTS


def test_a_whole_file() -> None:
    parsed = parse(
        b"""\
name: shop
language: python
folders: {tests: spec, design: docs}
test_command: [.venv/bin/python, -m, pytest]
test_tool: pytest
components:
  - name: Cart
    kind: context
  - name: Item
    parent: Cart
    paths:
      design: docs/item.md
      code: src/item.py
"""
    )
    assert parsed.name == "shop"
    assert parsed.settings == {
        "language": "python",
        "folders": {"tests": "spec", "design": "docs"},
        "test_command": [".venv/bin/python", "-m", "pytest"],
        "test_tool": "pytest",
    }
    assert [(each.name, each.kind, each.parent) for each in parsed.components] == [
        ("Cart", "context", None),
        ("Item", "module", "Cart"),
    ]
    assert parsed.components[1].paths == {"design": "docs/item.md", "code": "src/item.py"}


@pytest.mark.parametrize("content", [b"gate: [make, lint]\n", b"gate: make lint\n", b"gate: {command: make 'lint'}\n"])
def test_a_gate_has_one_form_however_it_is_written(content: bytes) -> None:
    gate = {"command": ["make", "lint"], "stages": ["code", "integration", "task"], "max_runs": 3, "timeout_s": 300}
    assert parse(content).settings == {"gate": gate}


def test_a_gate_says_for_which_stages_it_is_and_how_often_and_long_it_runs() -> None:
    parsed = parse(b"gate:\n  command: [a, b c]\n  stages: [tests, design]\n  max_runs: 5\n  timeout_s: 2.5\n")
    gate = {"command": ["a", "b c"], "stages": ["tests", "design"], "max_runs": 5, "timeout_s": 2.5}
    assert parsed.settings == {"gate": gate}


def test_a_gate_that_is_commented_out_is_none() -> None:
    assert parse(b"gate:\n#  command: make lint\n").settings == {}


def test_the_sections_of_designs() -> None:
    parsed = parse(b"design_sections:\n  context: [Purpose, Parts]\n  script: []\n  '*': [Purpose]\n")
    assert parsed.settings == {
        "design_sections": {"context": ["Purpose", "Parts"], "script": [], "*": ["Purpose"]},
    }
    assert parse(b"design_sections:\n").settings == {}


@pytest.mark.parametrize("content", [b"", b"# nothing yet\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_nothing(content: bytes) -> None:
    assert parse(content) == NOTHING


@pytest.mark.requirement("project.settings-file")
@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"- a\n", 1, "must be a mapping"),
        (b"name: a\nname: b\n", 2, "name comes twice"),
        (b"name: a\nnonsense: 1\n", 2, "nonsense"),
        (b"name: 1\n", 1, "name"),
        (b"name: a\ncomponents:\n- kind: x\n", 3, "components.0.name"),
        (b"components:\n- name: a\n- name: a\n", 3, "a comes twice"),
        (b"components:\n- name: a\n  parent: b\n", 3, "b is not a component"),
        (b"components:\n- name: a\n  parent: a\n", 3, "own ancestor"),
        (b"components:\n- name: a\n  parent: b\n- name: b\n  parent: a\n", 3, "own ancestor"),
        (b"components:\n- name: a\n  paths:\n    code: /etc/passwd\n", 4, "stay in the project"),
        (b"components:\n- name: a\n  paths:\n    code: src/../../x\n", 4, "stay in the project"),
        (b"components:\n- name: a\n  paths: {code: ''}\n", 3, "stay in the project"),
        (b"name: a\ntest_command: [a, 1]\n", 2, "test_command"),
        (b"name: a\nlanguage: Python\n", 2, "language: Input should be 'python', 'typescript' or 'javascript'"),
        (b"name: a\nfolders: src\n", 2, "folders: it must be a mapping"),
        (b"folders:\n  code: src\n  docs: x\n", 3, "folders.docs: Extra"),
        (b"folders:\n  code: src\n  tests: ../x\n", 3, "folders.tests: a path must be relative and stay"),
        (b"folders:\n  code: [src]\n", 2, "folders.code: Input should be a valid string"),
        (b"folders:\n  design: -x\n", 2, "folders.design: a path must not look like an option"),
        (b"name: [a\n", 1, "begins here with [ and is not closed"),
        (b"name: a\n\tb: c\n", 2, "A tab is not allowed as indentation"),
        (b"name: !!python/object/apply:os.system [ls]\n", 1, "a tag is not allowed"),
        (b"name: a\ntest_tool: !!int ''\n", 2, "a tag is not allowed"),
        (b"name: a\ncomponents:\n- name: b\n  kind: !!bool maybe\n", 4, "a tag is not allowed"),
        (b"name: a\n? [a]\n: b\n", 2, "A key must be a text"),
        (b"{}: a\n", 1, "A key must be a text"),
        (b"<<: 1\n", 1, "The merge key << is not allowed"),
        (b"name: a\ntest_tool: \x00\n", 2, "The character U+0000 is not allowed"),
        (b"name: a\ntest_tool: \x1b\n", 2, "The character U+001B is not allowed"),
        (b"name: a\n# \xff\n", 2, "not UTF-8"),
        ("name: a\n".encode("utf-16"), 1, "not UTF-8"),
        (b"# x\n" * 70_000, 65_537, "larger than 262144 bytes"),
        (b"name: a\ntest_tool: &x b\ninterpreter: *x\n", 2, "an anchor is not allowed"),
        (b"name: a\ncomponents: " + b"[" * 5_000, 2, "nested too deeply"),
        (b"name: a\n--- \nname: b\n", 2, "one document only"),
        (b"name: a\n---\n", 2, "one document only"),
        (b"%YAML 1.2\n---\nname: a\n", 1, "directive"),
        (b"name: a\npush: yes\n", 2, "push: write true or false"),
        (b"name: a\npull_request: Off\n", 2, "pull_request: write true or false"),
        (b"name: a\r\rpush: no\r\n", 3, "push: write true or false"),
        (b"test_command:\n- a\n- 1\n", 3, "test_command.1: Input should be a valid string"),
        (b"name: a\ntest_command: 3\n", 2, "test_command: Input should be a valid string"),
        (b'name: a\ntest_command:\n- "a\\0b"\n', 3, "null character"),
        (b"name: a\ngate: []\n", 2, "gate: it must name a program"),
        (b"name: a\ngate: 3\n", 2, "gate: Input should be a valid string"),
        (b"gate: make 'lint\n", 1, "gate: No closing quotation"),
        (b"gate:\n- make\n- 1\n", 3, "gate.1: Input should be a valid string"),
        (b"gate:\n  stages: [code]\n", 2, "gate.command: Field required"),
        (b"gate:\n  command: ' '\n", 2, "gate.command: it must name a program"),
        (b"gate:\n  command: x\n  stages: [code, cod]\n", 3, "gate.stages.1: Input should be 'design', 'tests'"),
        (b"gate:\n  command: x\n  stages: []\n", 3, "gate.stages: List should have at least 1 item"),
        (b"gate:\n  command: x\n  stages: [code, code]\n", 3, "gate.stages: a stage comes twice"),
        (b"gate:\n  command: x\n  max_runs: 0\n", 3, "gate.max_runs: Input should be greater than or equal to 1"),
        (b"gate:\n  command: x\n  max_runs: 21\n", 3, "gate.max_runs: Input should be less than or equal to 20"),
        (b"gate:\n  command: x\n  timeout_s: 0\n", 3, "gate.timeout_s: Input should be greater than 0"),
        (b"gate:\n  command: x\n  timeout_s: .nan\n", 3, "gate.timeout_s: Input should be less than"),
        (b"gate:\n  command: x\n  nonsense: 1\n", 3, "gate.nonsense: Extra"),
        (b"components:\n- name: a\n  nonsense: 1\n", 3, "components.0.nonsense: Extra"),
        (b"design_sections: [a]\n", 1, "design_sections: Input should be a valid dictionary"),
        (b"design_sections:\n  module: Purpose\n", 2, "design_sections.module: Input should be a valid list"),
        (b"design_sections:\n  module:\n  - a\n  - 1\n", 4, "design_sections.module.1: Input should be a valid"),
        (b"design_sections:\n  module:\n  - a\n  - '**'\n", 4, "module.1: a heading must hold a letter or a digit"),
        (b"design_sections:\n  module: [a, b, '1. A:']\n", 2, "design_sections.module: 1. A: comes twice"),
        (b"design_sections:\n  ' ': [a]\n", 2, "it must not be blank"),
        (b"design_sections:\n  a: [" + b"a," * 51 + b"]\n", 2, "at most 50 items"),
        (b"design_sections:\n" + b"".join(b"  a%d: []\n" % n for n in range(101)), 2, "at most 100 items"),
        (b"components:\n- name: a\n-\n", 3, "components.1: it must be a mapping"),
        (b"components:\n- name: ' '\n", 2, "blank"),
        (b'components:\n- name: "a\\nb"\n', 2, "control characters"),
        (b'components:\n- name: "\\ud800"\n', 2, "not valid"),
        (b"components:\n- name: a\n  kind: ''\n", 3, "components.0.kind"),
        (b"components:\n- name: a\n  kind: [module]\n", 3, "components.0.kind"),
        (b"components:\n- name: " + b"a" * 201 + b"\n", 2, "at most 200"),
        (b"components:\n- name: a\n  paths:\n    design: a.md\n    code: \\\\host\\x\n", 5, "stay in the project"),
        (b"components:\n- name: a\n  paths:\n    code: C:/x\n", 4, "stay in the project"),
        (b"components:\n- name: a\n  paths:\n    code: a\\..\\..\\x\n", 4, "stay in the project"),
        (b"components:\n- name: a\n  paths:\n    code: -rf\n", 4, "option"),
        (b"components:\n- name: a\n  paths:\n    code: .git/hooks/pre-commit\n", 4, ".git"),
        (b'components:\n- name: a\n  paths:\n    code: "a\\0b"\n', 4, "control characters"),
        (b"components:\n- name: a\n  paths:\n    code: " + b"a" * 1_001 + b"\n", 4, "at most 1000"),
        (b"components:\n- name: a\n  paths:\n    code: [a]\n", 4, "components.0.paths.code"),
        (
            b"components:\n- name: a\n- {name: b, parent: c}\n- {name: c, parent: d}\n- {name: d, parent: c}\n",
            3,
            "ancestor",
        ),
        (b"components:\n- name: a\n- name: a\n  kind: x\n", 3, "a comes twice"),
        (b"components:\n" + b"- {name: x}\n" * 2_001, 2, "at most 2000"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: bytes, line: int, reason: str) -> None:
    with pytest.raises(ProjectInvalidError) as refusal:
        parse(content)
    assert reason in refusal.value.message
    assert f"not valid in line {line}: " in refusal.value.message
    assert refusal.value.details == {"path": ".treadle/project.yaml", "line": line}


@pytest.mark.parametrize("content", [b"folders:\n", b"folders:\n  # code: src\n", b"folders: {code: }\n"])
def test_folders_may_be_left_to_what_is_found(content: bytes) -> None:
    assert parse(content).settings == {}


@pytest.mark.parametrize("content", [b"components:\n# - name: a\n", b"components:\n- name: a\n  paths:\n"])
def test_a_heading_may_have_nothing_under_it(content: bytes) -> None:
    assert all(each.paths == {} for each in parse(content).components)


def test_what_looks_like_a_date_or_a_yes_is_a_text_where_a_text_is_due() -> None:
    """As YAML 1.2 has it."""
    parsed = parse(b"name: yes\ntest_tool: 2026-99-99\npush: true\n")
    assert parsed.name == "yes"
    assert parsed.settings == {"test_tool": "2026-99-99", "push": True}


def test_two_thousand_components_in_one_line_of_descent_are_read() -> None:
    """Each is looked at once, not once for each of its descendants."""
    lines = [f"- {{name: c{number}, parent: c{number + 1}}}" for number in range(MAX_COMPONENTS - 1)]
    parsed = parse("\n".join(["components:", *lines, f"- name: c{MAX_COMPONENTS - 1}"]).encode())
    assert len(parsed.components) == MAX_COMPONENTS


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse(content)
    except ProjectInvalidError as refusal:
        assert refusal.message.isprintable()  # noqa: PT017 - both ways are right
        assert refusal.details["line"]  # noqa: PT017
