"""A session asks a person: at the terminal of its run, or anywhere by `treadle answer`; the first answer counts."""

import getpass
import os

import pytest

from tests.e2e.asking_worlds import RUN, asking_world, create_permission_ask
from tests.e2e.terminals import Terminal
from tests.e2e.treadle_runs import World

world = pytest.fixture(asking_world)


def asked(terminal: Terminal) -> None:
    terminal.wait_for("Answer: ")


def answer_of(world: World, position: int = 1) -> dict[str, object]:
    data = world.json("show", "1")["interactions"][position - 1]["result"]["data"]
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("more", [(), ("--plain",), ("--mode", "manual")], ids=["live", "plain", "manual"])
def test_at_the_terminal_a_person_answers_by_a_number_a_name_or_its_beginning(
    world: World, more: tuple[str, ...]
) -> None:
    terminal = Terminal(world, *RUN, *more)
    asked(terminal)
    assert "Is this good?" in terminal.text
    assert "\x1b[31mred" not in terminal.text
    assert "Run it?" not in terminal.text
    terminal.type("re\n")
    terminal.wait_for("re may be revise or reject.")
    terminal.type("no\n")
    terminal.wait_for("no is no answer; there are: approve, revise, reject.")
    terminal.type("rev\n")
    terminal.wait_for("Comment (Enter: none): ")
    terminal.type("Shorter, please.\n")
    terminal.wait_for("revise: Shorter, please.")
    terminal.type("1\n\n")
    if more == ("--mode", "manual"):
        terminal.wait_for("Next: tell")
        terminal.type("\n")
    assert terminal.end() == 0, terminal.text
    assert world.steps() == [("approve", "warning"), ("approve", "ok"), ("tell", "ok")]
    first = answer_of(world)
    assert (first["answer"], first["comment"]) == ("revise", "Shorter, please.")
    assert str(first["answered_by"]).startswith("treadle run, process ")
    assert answer_of(world, 2)["comment"] is None
    events = world.treadle("events", "1").stdout
    assert "treadle run  answers" in events
    assert ": revise (Shorter, please.)\n" in events


def test_ctrl_c_lets_the_question_wait_and_it_is_asked_again(world: World) -> None:
    terminal = Terminal(world, *RUN)
    asked(terminal)
    terminal.process.send_signal(2)
    assert terminal.end() == 130, terminal.text
    assert world.steps() == [("approve", "pending")]
    terminal = Terminal(world, "run", "--session", "1")
    asked(terminal)
    terminal.type("approve\n")
    terminal.wait_for("Comment (Enter: none): ")
    terminal.type("\x04")
    assert terminal.end() == 130, terminal.text
    assert world.steps() == [("approve", "pending")]


@pytest.mark.requirement("claim.first-result-wins")
def test_whoever_answers_elsewhere_is_named_and_the_run_goes_on(world: World) -> None:
    terminal = Terminal(world, *RUN)
    asked(terminal)
    done = world.treadle("answer", "1", "approve", "--comment", "From elsewhere")
    assert done.code == 0, done
    who = f"{getpass.getuser()}@{os.uname().nodename[:40]}"
    assert f"Ask 1 of session 1 (step approve) is answered: approve, by {who}: From elsewhere." in done.stdout
    assert terminal.end() == 0, terminal.text
    assert f"Answered elsewhere: approve, by {who}" in terminal.text
    assert "said approve, From elsewhere" in terminal.text
    late = world.treadle("answer", "1", "reject")
    assert late.code == 1, late
    what = f"is closed already; it was answered: approve, by {who}: From elsewhere."
    assert late.stderr == f"treadle: Ask 1 of session 1 (step approve) {what}\n"


def test_where_nobody_can_be_asked_the_run_says_how_to_answer_and_go_on(world: World) -> None:
    done = world.treadle(*RUN)
    assert done.code == 9, done
    how = f"treadle answer 1 approve --data-dir {world.data_dir} (or revise, reject)"
    assert "treadle: Session 1 asks: Is this good?  [31mred [0m says so. Answer with: " in done.stderr
    assert how in done.stderr
    assert f"After that go on with: {done.stderr.split('After that go on with: ')[1]}" in done.stderr
    assert "treadle run --session 1" in done.stderr
    shown = world.treadle("show", "1").stdout
    assert how in shown
    assert "next step: approve (waits for an answer)" in shown
    assert "Ask 1, question, of session 1, by step approve, " in shown
    listed = world.treadle("sessions").stdout
    assert "approve (asks)" in listed
    assert how in listed
    assert world.treadle("run", "--session", "1", "--json").code == 9
    assert world.treadle("answer", "1").stdout.splitlines()[-3:] == ["  1 approve", "  2 revise", "  3 reject"]
    wrong = world.treadle("answer", "1", "perhaps")
    assert wrong.code == 2
    assert wrong.stderr == "treadle: perhaps is no answer; there are: approve, revise, reject.\n"
    assert world.treadle("answer", "1", "rev").code == 0
    assert world.treadle("answer", "2", "approve").code == 2
    assert "There is no ask 2." in world.treadle("answer", "2").stderr
    again = world.treadle("run", "--session", "1")
    assert again.code == 9
    assert f"treadle answer 2 approve --data-dir {world.data_dir} (or revise, reject)" in again.stderr
    assert world.treadle("answer", "2", "approve").code == 0
    closed = world.treadle("answer", "1")
    assert f"It is answered: revise, by {getpass.getuser()}@" in closed.stdout
    assert world.treadle("run", "--session", "1").code == 0
    assert world.steps() == [("approve", "warning"), ("approve", "ok"), ("tell", "ok")]


def test_what_is_asked_is_listed_with_the_exact_command_and_later_with_who_answered(world: World) -> None:
    assert world.treadle("asks").stdout == "Nothing is asked now.\n"
    assert world.treadle("asks", "--all").stdout == "Nothing has been asked.\n"
    assert world.treadle(*RUN).code == 9
    create_permission_ask(world)
    lines = world.treadle("asks").stdout.splitlines()
    assert lines[0].startswith("Ask 1, question, of session 1, by step approve, ")
    assert lines[1:3] == ["  Is this good?", "   [31mred [0m says so."]
    assert lines[3:5] == ["  answers: approve, revise, reject", ""]
    assert lines[5].startswith("Ask 2, permission, of session 1, by Claude Code, step approve, ")
    assert lines[5].endswith(", then: deny")
    assert lines[6:9] == ["  May I run this?", "  $ git push --force", "  tool: Bash"]
    assert lines[9:11] == ["  answers: allow, allow_session, deny", ""]
    assert lines[-1].startswith("Answer with: ")
    assert lines[-1].endswith(f"treadle answer 1 approve --data-dir {world.data_dir} (or revise, reject)")
    assert [ask["id"] for ask in world.json("asks")] == [1, 2]
    assert world.json("asks", "--session", "2") == []
    whole = world.treadle("answer", "2").stdout.splitlines()
    assert whole[-3:] == ["  1 allow", "  2 allow_session: Allow it until the session ends", "  3 deny"]
    assert world.treadle("answer", "2", "deny", "--comment", "Not on main").code == 0
    assert [ask["id"] for ask in world.json("asks")] == [1]
    listed = world.treadle("asks", "--all").stdout
    assert f"  answered: deny, by {getpass.getuser()}@" in listed
    assert ": Not on main (" in listed
    assert "treadle asks lists them" in world.treadle("answer", "two").stderr


def test_whoever_answers_for_a_paused_session_is_told_how_it_goes_on(world: World) -> None:
    assert world.treadle(*RUN).code == 9
    assert world.treadle("pause", "1").code == 0
    done = world.treadle("answer", "1", "approve")
    assert done.code == 0, done
    assert "The session is paused: resume it with " in done.stdout
    assert "treadle resume 1" in done.stdout


def test_an_answer_that_the_step_does_not_know_is_no_answer(world: World) -> None:
    assert world.treadle(*RUN).code == 9
    with world.connection() as connection:
        step = world.json("show", "1")["interactions"][0]
        result = {"id": "3b241101-e2bb-4255-8caf-4136c566a962", "status": "ok", "data": {"answer": "perhaps"}}
        answer = connection.call(
            "session/handleResult", {"sessionId": 1, "interactionId": step["id"], "result": result}
        )
    assert answer["interaction"]["result"]["status"] == "pending"  # type: ignore[index]
    assert world.steps() == [("approve", "pending")]
    assert "answer" not in world.treadle("events", "1").stdout


def test_what_a_spawned_session_asks_ends_the_run_until_it_is_answered(world: World) -> None:
    folder = world.project / ".treadle" / "workflows"
    folder.mkdir()
    (folder / "parent.yaml").write_text("name: parent\ncommit: false\nsteps:\n  ask_them:\n    spawn: asking\n")
    done = world.treadle("run", "parent", "--environment", "vscode", "--trust")
    assert done.code == 9, done
    told = done.stderr.splitlines()[-1]
    assert told.startswith("treadle: ask_them waits for session 2: Session 2 asks: Is this good?")
    assert f"treadle answer 1 approve --data-dir {world.data_dir} (or revise, reject). After that go on with: " in told
    assert "treadle run --session 1" in told
    assert world.treadle("answer", "1", "approve").code == 0
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    assert world.steps(2) == [("approve", "ok"), ("tell", "ok")]
    assert world.steps(1) == [("ask_them", "ok")]
