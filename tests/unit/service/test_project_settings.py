import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import ProjectInvalidError
from treadle.service import project_settings
from treadle.service.project_settings import parse


def test_a_whole_file() -> None:
    parsed = parse(
        b"""\
name: shop
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
    assert parsed.settings == {"test_command": [".venv/bin/python", "-m", "pytest"], "test_tool": "pytest"}
    assert [(each.name, each.kind, each.parent) for each in parsed.components] == [
        ("Cart", "context", None),
        ("Item", "module", "Cart"),
    ]
    assert parsed.components[1].paths == {"design": "docs/item.md", "code": "src/item.py"}


@pytest.mark.parametrize("content", [b"", b"# nothing yet\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_nothing(content: bytes) -> None:
    assert parse(content) == project_settings.NOTHING


@pytest.mark.requirement("project.settings-file")
@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"- a\n", 1, "dict"),
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
        (b"name: [a\n", 2, "expected"),
        (b"name: a\n\tb: c\n", 2, "cannot start any token"),
        (b"name: !!python/object/apply:os.system [ls]\n", 1, "plain"),
        (b"name: 2026-99-99\n", None, "plain"),
        (b"name: !!int ''\n", None, "plain"),
        (b"name: !!bool maybe\n", None, "plain"),
        (b"name: !!timestamp soon\n", None, "plain"),
        (b"? [a]\n: b\n", None, "not valid"),
        (b"{}: a\n", None, "not valid"),
        (b"<<: 1\n", None, "not valid"),
        (b"a: \x00\n", None, "not"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(ProjectInvalidError) as refusal:
        parse(content)
    assert reason in refusal.value.message
    assert refusal.value.details["path"] == ".treadle/project.yaml"
    if line is not None:
        assert refusal.value.details["line"] == line


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"a: &x [1]\nb: *x\n",
        b"x" * 300_000,
        b"[" * 5_000,
        b"a: b: c",
        b"%YAML 9.9\n---\na",
        b"--- a\n--- b\n",
    ],
)
def test_what_is_no_settings_file_is_refused(content: bytes) -> None:
    with pytest.raises(ProjectInvalidError):
        parse(content)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse(content)
    except ProjectInvalidError as refusal:
        assert "\n" not in refusal.message  # noqa: PT017 - both ways are right
