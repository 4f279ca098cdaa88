"""What a word is, with the real shell as the judge."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.permissions.shell_parts import parts_of
from treadle.permissions.words import Gap

FRAGMENTS = (
    "a", "push", "-x", "é", "1", "=", "/", ":", "%", "@", ",", "~", "a#",
    "''", '""', "'a b'", '"a b"', "'$x'", "'\\'", '"\\$x"', '"\\\\"', '"\\a"', '"\\""', '"it\'s"', "'*'",
    '"{a,b}"', "'\n'", '"  a"',
    "\\a", "\\ ", "\\$", "\\*", "\\'", '\\"', "\\\\", "\\\n", "\\{", "\\;",
    "$'\\n'", "$'\\x41'", "$'\\101'", "$'\\''", "$'\\q'", "$'a\\tb'", "$'\\u0041'", "$'\\cA'",
    '"a\\\nb"', "{}", "{a}", "a,b", "..", "^", "+",
)  # fmt: skip
BLANKS = (" ", "  ", "\t", " \\\n", " \\\n ")


def words_of_bash(command: str) -> list[str]:
    script = f"set -f; tell() {{ for word; do printf '%s\\0' \"$word\"; done; }}; tell {command}"
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, check=True, timeout=30)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=5).map("".join), min_size=1, max_size=4),
    st.data(),
)
def test_the_words_are_those_that_the_shell_passes(words: list[str], data: st.DataObject) -> None:
    command = "".join(data.draw(st.sampled_from(BLANKS)) + word for word in words)
    found = parts_of(f"echo{command}")
    if not found.is_clear:
        return
    (part,) = found.top
    if all(word.is_known for word in part.words):
        shown = [word.text for word in part.words[1:]]
        expected = words_of_bash(command.lstrip())
        assert [text if not (text or "").startswith("~") else "~" for text in shown] == [
            text if not expected_tilde else "~" for text, expected_tilde in zip(expected, _tildes(shown), strict=True)
        ]


def _tildes(shown: list[str | None]) -> list[bool]:
    """What the shell makes of them is for paths to know."""
    return [(text or "").startswith("~") for text in shown]


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("$x", (Gap.WORDS,)),
        ("a$x", ("a", Gap.WORDS)),
        ('"a $x b"', ("a ", Gap.TEXT, " b")),
        ('"$@"', (Gap.WORDS,)),
        ('"${x[@]}"', (Gap.WORDS,)),
        ("$(ls)", (Gap.WORDS,)),
        ('"$(ls)"', (Gap.TEXT,)),
        ("`ls`", (Gap.WORDS,)),
        ("$((1+1))", (Gap.TEXT,)),
        ("<(ls)", (Gap.TEXT,)),
        ("*.py", (Gap.NAMES, ".py")),
        ("a?[bc]", ("a", Gap.NAMES, Gap.NAMES, "bc]")),
        ("{a,b}", (Gap.WORDS,)),
        ("x{1..3}y", (Gap.WORDS,)),
        ("{a,'b'}", (Gap.WORDS,)),
        ("$'a\\0b'", (Gap.TEXT,)),
        ("$'\\xc3'", (Gap.TEXT,)),
    ],
)
def test_what_is_not_known_is_a_gap(word: str, pieces: tuple[str, ...]) -> None:
    (part,) = [part for part in parts_of(f"echo {word}").all if part.program == "echo"]
    assert part.words[1].pieces == pieces
