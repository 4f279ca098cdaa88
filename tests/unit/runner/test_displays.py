import io
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.runner.benches import work
from treadle.agents.event_draft import draft
from treadle.domain.event import EventType
from treadle.runner.plain_display import PlainDisplay
from treadle.runner.rich_display import RichDisplay
from treadle.runner.stop import Stop

SESSION = {"id": 3, "type": "task", "title": "T", "environment": "local", "executionMode": "agentic"}
RESULT = {"result": {"status": "error", "durationMs": 1_200, "errorMessage": "No.\nReally [bold]no[/bold]"}}


def shown(display: PlainDisplay, output: io.StringIO) -> list[str]:
    again = replace(work(), attempt=2)
    display.session_begun(SESSION, resumed=True)
    display.step_begun(again)
    display.happened(draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text="Hello [red]there[/red]"))
    display.noted("A note.")
    display.step_ended(again, RESULT)
    display.close()
    return [line.rstrip() for line in output.getvalue().splitlines() if line.strip()]


def test_plain_lines() -> None:
    output = io.StringIO()
    assert shown(PlainDisplay(output, stop=Stop()), output) == [
        "Session 3 goes on: task: T (local, agentic)",
        "1. step (attempt 2)",
        "    Hello [red]there[/red]",
        "  A note.",
        "  ✗ step  1.2 s  No. Really [bold]no[/bold]",
    ]


def test_in_a_terminal_the_same_is_told_and_no_markup_of_others_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    output = io.StringIO()
    lines = shown(RichDisplay(output, stop=Stop()), output)
    assert "    ● Hello [red]there[/red]" in lines
    assert "  ✗ step  1.2 s  No. Really [bold]no[/bold]" in lines


def test_while_another_program_has_the_terminal_nothing_is_written_and_notes_are_told_afterwards() -> None:
    for display_type in (PlainDisplay, RichDisplay):
        output = io.StringIO()
        display = display_type(output, stop=Stop())
        display.step_begun(work())
        before = ""
        with display.aside():
            before = output.getvalue()
            display.noted("A note.")
            display.happened(draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text="Hello"))
            assert output.getvalue() == before
        assert output.getvalue().removeprefix(before).strip().endswith("A note.")


@pytest.mark.parametrize(("typed", "chosen"), [("a\n", "again"), ("x\nLATER\n", "later"), ("", None)])
def test_a_choice_by_its_word_or_its_letter(
    typed: str, chosen: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typed").write_text(typed)
    output = io.StringIO()
    with (tmp_path / "typed").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert PlainDisplay(output, stop=Stop()).chooses("What now?", ("done", "again", "later")) == chosen
    assert output.getvalue().startswith("  What now?\n[d]one, [a]gain, [l]ater? ")
