"""What is far up in Unicode is read without the scanner's seeing it, and told as it was."""

import subprocess
import sys

import pytest

from treadle.permissions.shell_tree import read
from treadle.permissions.stand_ins import LAST, SPARE, StandIns

ENDS_THE_SCANNER = ["{\U0010ffff", "{\U000f29ee", "a{\U0010fffe,b}", "$\U0010ffff", "<<\U0010ffff\n\U0010ffff\n"]


@pytest.mark.parametrize("text", ENDS_THE_SCANNER, ids=ascii)
def test_no_character_ends_the_process(text: str) -> None:
    """In processes of their own: where memory lies differs from one to the next."""
    code = f"from treadle.permissions.shell_tree import read; read({text!a})"
    done = [subprocess.run([sys.executable, "-c", code], check=False).returncode for _ in range(3)]
    assert done == [0, 0, 0]


def test_words_are_told_as_they_were() -> None:
    reading = read("grep '日本' données/日本語.txt > 🎉.log; X=→ echo ÿ")
    assert reading.is_clear
    first, second = reading.statements
    assert [word.text for word in first.words] == ["grep", "日本", "données/日本語.txt"]
    assert first.redirects[0].target.text == "🎉.log"
    assert [word.text for word in second.words] == ["echo", "ÿ"]
    assert second.assignments[0].text == "X=→"


def test_a_text_of_more_of_them_than_there_are_stand_ins_is_not_clear() -> None:
    many = "".join(chr(0x4E00 + number) for number in range(len(SPARE)))
    assert StandIns(many).are_enough
    assert not StandIns(many + "→").are_enough
    assert not read(f"echo {many}→").is_clear
    assert max(map(ord, StandIns(many + "→").put(many + "→"))) <= LAST


@pytest.mark.parametrize("text", ["npm test\n\\rm -rf x", "git status\n\\git push", "a b\n\\\\c", "echo x\n\\\nrm y"])
def test_a_word_that_the_grammar_leads_over_a_line_is_not_clear(text: str) -> None:
    reading = read(text)
    assert not reading.is_clear or len(reading.statements) == 2


def test_a_word_that_goes_on_in_the_next_line_is_clear() -> None:
    reading = read("npm te\\\nst")
    assert reading.is_clear
    assert [word.text for word in reading.statements[0].words] == ["npm", "test"]
