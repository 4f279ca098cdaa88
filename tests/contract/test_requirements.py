"""Every rule has a test, and every test that names a rule names one that exists.

The tests are read, not run, so that this is right also when one file is run alone.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.requirements import REQUIREMENTS, SECTIONS

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {requirement.id for requirement in REQUIREMENTS}
NAME = re.compile(r"[a-z-]+\.[a-z0-9-]+")
TYPESCRIPT = re.compile(r"^// requirement: (.+)$", re.MULTILINE)


def python_marks(path: Path) -> Iterator[tuple[str, int]]:
    """Each id that a marker of the file names, with its line; an argument that is no plain string is none."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            assert node.args, f"{path}:{node.lineno}: a marker without an id"
            for argument in node.args:
                yield str(argument.value) if isinstance(argument, ast.Constant) else "", node.lineno


def typescript_marks(path: Path) -> Iterator[tuple[str, int]]:
    text = path.read_text(encoding="utf-8")
    for match in TYPESCRIPT.finditer(text):
        for name in match[1].split(","):
            yield name.strip(), text.count("\n", 0, match.start()) + 1


def marks() -> dict[str, list[str]]:
    """Where each id is named."""
    found: dict[str, list[str]] = {}
    python = [(path, python_marks(path)) for path in (ROOT / "tests").rglob("test_*.py")]
    typescript = [(path, typescript_marks(path)) for path in (ROOT / "client-vscode" / "test").rglob("*.ts")]
    for path, named in (*python, *typescript):
        for name, line in named:
            found.setdefault(name, []).append(f"{path.relative_to(ROOT)}:{line}")
    return found


def test_every_rule_is_proven() -> None:
    unproven = KNOWN - marks().keys()
    assert not unproven, f"no test carries these rules: {sorted(unproven)}"


def test_every_marker_names_a_rule() -> None:
    unknown = {name: places for name, places in marks().items() if name not in KNOWN}
    assert not unknown


def test_ids_are_unique_and_sources_exist() -> None:
    assert [name for name, count in Counter(one.id for one in REQUIREMENTS).items() if count > 1] == []
    assert all(NAME.fullmatch(name) for name in KNOWN)
    assert {one.source for one in REQUIREMENTS} == SECTIONS.keys()
    assert all(one.rule.endswith(".") and len(one.rule) > 20 for one in REQUIREMENTS)
