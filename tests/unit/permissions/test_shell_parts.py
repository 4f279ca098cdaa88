"""The commands that are found are those that the real shell runs."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.permissions.rule_sets import decision, rule_set
from treadle.permissions.shell_parts import MAX_WORDS, parts_of
from treadle.permissions.words import MANY

TELLING = (
    'exec 9>&"$1"; PATH=/nonexistent; '
    'command_not_found_handle() { printf "%q\\n" "$1" >&9; return 0; }; eval "$0"'
)  # fmt: skip
"""A shell in which every program is one that it does not find, and tells."""
TOKENS = [
    "push", "push ", " push", "a ", "b ", ";", "&&", "||", "|", "&", "(", ")", "{ ", "}", "\n", "'", '"', "\\",
    "$(", "`", "<<E\n", "\nE\n", "# ", "if ", "then ", "fi", "! ", "case x in x) ", "esac", "$x", "x=push ",
    "x=", "eval ", "[[ ", "]]", "((", "))", "<(", "f() ", "$'", "${y:-", "time ", "\\\n", "\r", "``", "` `",
    "a[1]=", "<<<", "2>&1", ";;", "*", "pu", "sh", "\\x70", "''", "command ", "builtin ", "exec ", "trap ",
    " EXIT", "export ", "{a,push}", "\t", " ", "-", "+=", '$"', "\v",
]  # fmt: skip
RULES = rule_set(deny=["push"], allow=["a *", "b *"])


def run_by_bash(command: str, folder: Path) -> list[str]:
    reading, writing = os.pipe()
    try:
        subprocess.run(
            ["bash", "--norc", "-c", TELLING, command, str(writing)],
            cwd=folder,
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as told:
        return told.read().decode(errors="replace").splitlines()


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12).map("".join))
def test_nothing_runs_that_was_not_found(tmp_path: Path, command: str) -> None:
    said = decision(command, RULES)
    if said in ("deny", "ask"):
        return
    ran = run_by_bash(command, tmp_path)
    assert "push" not in ran
    assert said is None or set(ran) <= {"a", "b"}


def test_the_shell_tells_what_it_would_run(tmp_path: Path) -> None:
    assert run_by_bash("push x; (a); echo $(b >&2)", tmp_path) == ["push", "a", "b"]


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("a; b", ["a", "b"]),
        ("a $(b; c) | d", ["a", "b", "c", "d"]),
        ("sudo -u x env A=1 timeout 5 a b", ["sudo", "env", "timeout", "a"]),
        ("xargs -I% sh -c 'a %; b'", ["xargs", "sh", "a", "b"]),
        ("find . -exec a {} \\; -exec b {} +", ["find", "a", "b"]),
        ("cat <<E | a\n$(b)\nE", ["cat", "a", "b"]),
        ("A=1 B=2", [None, None]),
        ("", []),
    ],
)
def test_the_parts_of_a_command_in_their_order(command: str, programs: list[str | None]) -> None:
    assert sorted(str(part.program) for part in parts_of(command).all) == sorted(map(str, programs))


@pytest.mark.parametrize(
    "command",
    [
        "a ${x:=`push`}",
        'a "${y:-`push`}"',
        "a; test -v 'z[$(push >&2)]'",
        "a; [ -v 'z[`push`]' ]",
        "a; [[ 'z[$(push)]' -eq 1 ]]",
    ],
)
def test_what_the_grammar_does_not_see_is_asked_about(command: str, tmp_path: Path) -> None:
    assert "push" in run_by_bash(command, tmp_path)
    assert decision(command, RULES) in ("deny", "ask")


@pytest.mark.parametrize(
    "command", ["a|" * 16_000, ")" * 32_000, "a=(" * 10_000, "<" * 32_000, "env " + "-S a " * 3_000 + "b " * 8_000]
)
def test_what_would_take_a_parser_long_is_not_read_and_not_allowed(command: str) -> None:
    assert not parts_of(command).is_clear
    assert decision(command, rule_set(allow=[{"tool": "Bash"}])) == "ask"


def test_a_large_command_is_still_read() -> None:
    assert decision("a " + "x" * 20_000 + "; push", RULES) == "deny"
    assert parts_of("a > 'f' <<'E'\n" + "x = f(1)[2] + {3}\n" * 200 + "E").is_clear


def test_a_command_of_very_many_words_is_known_in_part() -> None:
    (part,) = parts_of("a " + "b " * 2_000).top
    assert len(part.words) == MAX_WORDS + 1
    assert part.words[-1] == MANY
