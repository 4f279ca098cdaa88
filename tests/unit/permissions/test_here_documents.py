"""A here-document ends where the real shell ends it, or nothing is allowed by what stands in it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.permissions.rule_sets import decision, rule_set
from tests.unit.permissions.test_shell_parts import RULES, run_by_bash
from treadle.permissions.shell_parts import parts_of

NAMES = ["E", "'E'", '"E"', "\\E", "E''", '"E"F', "E\\F", "E;", "E|a", "E)", "$'E'", "\u0141A", "\u0100", "E\r", "$x"]
LINES = [
    "E", "EF", " E", "\tE", "E;", "E|a", "E)", "E''", '"E"F', "E\\F", "$'E'", "AA", "\u0141A", "E\r", "$x", "E ",
    "push", "a '", "'", "#'", 'a "', '"', "\\", "x \\", "$(push)", "`push`", "$5 $(push)", "${y:-`push`}", "", ")",
]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "a <<E;\nx\nE\npush\nE;",
        "a <<E|b\nx\nE\npush\nE|b",
        "a <<E\n E\nb '\nE\npush\n#'",
        "a <<-E\n E\nb '\nE\npush\n#'",
        "a <<E\nEF\nb '\nE\npush\n#'",
        "a <<E''\nx\nE\npush\nE''",
        "a <<$'E'\nx\nE\npush\n$'E'",
        "a <<'E'\n\\\nE\npush\nE",
        "a <<\u0141A\nAA\nb '\n\u0141A\npush\n#'",
        "a <<E\n`push`\nE",
        "a <<E\n\\\\`push`\nE",
    ],
)
def test_what_runs_although_the_grammar_takes_it_for_text_is_not_allowed(command: str, tmp_path: Path) -> None:
    assert "push" in run_by_bash(command, tmp_path)
    assert decision(command, RULES) in ("deny", "ask")
    assert decision(command, rule_set(allow=["a *", "b *", {"tool": "Bash"}])) != "allow"


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["a <<", "a <<-", "a $(b <<", "a <<E <<"]),
    st.sampled_from(NAMES),
    st.sampled_from(["", " | b", " 'x", "; b", " \\"]),
    st.lists(st.sampled_from(LINES), max_size=7),
)
def test_nothing_runs_that_was_not_found(tmp_path: Path, start: str, name: str, rest: str, lines: list[str]) -> None:
    command = "\n".join([start + name + rest, *lines])
    said = decision(command, RULES)
    if said in ("deny", "ask"):
        return
    ran = run_by_bash(command, tmp_path)
    assert "push" not in ran
    assert said is None or set(ran) <= {"a", "b"}


@pytest.mark.parametrize(
    "command",
    [
        "a <<E\nx\nE",
        "a <<E\nE",
        "a <<'E' >/dev/null\n`x` \\\n$(y)\nE\n",
        'a <<-"E"\n\tx\n\tE\nb',
        "a <<E | b\n${x} $y $5 $(b)\nE",
        "a -m \"$(b <<'E'\nMends `x`\n\nand 'y'\nE\n)\"",
    ],
)
def test_a_plain_one_is_understood(command: str) -> None:
    assert parts_of(command).is_clear
