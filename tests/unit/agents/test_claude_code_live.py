"""Output of running commands: each whole line once, whatever the polls and the end say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.agents.claude_code_live import LiveOutputs

TAIL_BYTES = 40
"""Of what a poll gives; Claude Code gives 8 KiB."""


def answer(output: str, *, tail: int = TAIL_BYTES) -> dict[str, object]:
    raw = output.encode()
    return {"output": raw[-tail:].decode("utf-8", "replace"), "total_bytes": len(raw), "truncated": len(raw) > tail}


def live() -> LiveOutputs:
    outputs = LiveOutputs()
    outputs.started("task", "call")
    return outputs


def test_a_line_waits_until_it_is_whole() -> None:
    outputs = live()
    assert outputs.new_lines("task", answer("a\nb")) == "a\n"
    assert outputs.new_lines("task", answer("a\nb")) == ""
    assert outputs.new_lines("task", answer("a\nbc\n")) == "bc\n"
    assert outputs.ended("call", "a\nbc\nd", "") == ("d", "")
    assert outputs.task_ids == ()


def test_the_end_of_a_command_in_the_background_is_no_output() -> None:
    assert live().new_lines("task", answer("a\nb\n[exited with code 3]\n")) == "a\nb"
    assert live().new_lines("task", answer("a\n\n[exited with code 3]\n")) == "a\n"


def test_lines_that_came_faster_than_the_polls_are_left_to_the_end() -> None:
    outputs = live()
    numbers = "".join(f"{number:03}\n" for number in range(30))
    assert outputs.new_lines("task", answer(numbers)) == numbers[-TAIL_BYTES:]
    assert outputs.ended("call", numbers + "end", "") == ("end", "")


def test_an_unknown_task_and_an_unknown_call_tell_nothing() -> None:
    outputs = live()
    assert outputs.new_lines("other", answer("a\n")) == ""
    assert outputs.ended("other", "all", "") == ("all", "")
    assert (outputs.call_of("task"), outputs.call_of("other")) == ("call", None)
    assert (outputs.task_of("call"), outputs.task_of("other")) == ("task", None)


@pytest.mark.parametrize(
    ("final", "untold"), [("a\nb", ""), ("a\nb\nc", "c"), ("\na\nb\nc\n", "c\n"), ("[…]\nb\nc", "[…]\nb\nc"), ("", "")]
)
def test_the_final_output_is_trimmed_or_shortened(final: str, untold: str) -> None:
    outputs = live()
    outputs.new_lines("task", answer("a\nb\n"))
    assert outputs.ended("call", final, "") == (untold, "")


@given(chunks=st.lists(st.text(st.sampled_from("aé\n\U0001f600"), max_size=8), max_size=12))
def test_polls_often_enough_tell_all_whole_lines_in_order(chunks: list[str]) -> None:
    outputs, written, told = live(), "", ""
    for chunk in chunks:
        written += chunk
        told += outputs.new_lines("task", answer(written, tail=8192))
    assert told == written[: written.rfind("\n") + 1]
