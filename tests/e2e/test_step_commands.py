"""What a person does to a step on the command line: skip, done, rerun, edit."""

from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import World, create, trusted_world
from treadle.client.connection import Connection
from treadle.client.locations import Locations

DIRTY = "a \x1b[2J\U0001f9f5 reason"


@pytest.fixture
def world(tmp_path: Path, daemon: DaemonProcess) -> World:
    world = trusted_world(tmp_path, daemon.data_dir)
    create(world, environment="vscode")
    return world


def said(world: World, *words: str) -> str:
    done = world.treadle(*words)
    assert (done.code, done.stderr) == (0, ""), done
    return done.stdout


def refused(world: World, *words: str) -> tuple[int, str]:
    """The exit code and the one sentence."""
    done = world.treadle(*words)
    assert done.stdout == "", done
    (line,) = done.stderr.splitlines()
    return done.code, line.removeprefix("treadle: ")


def waiting(world: World) -> dict[str, Any]:
    pending: dict[str, Any] = world.json("show", "1")["session"]["pendingInteraction"]
    return pending


@pytest.mark.requirement("person.skip")
def test_a_step_is_skipped_and_the_next_one_too(world: World) -> None:
    assert said(world, "skip", "1", "--reason", DIRTY) == "Step 1 (initialize) of session 1 is skipped.\n"
    skipped = world.json("skip", "1", "--reason", "no agent today")
    assert skipped["interaction"]["step"] == "generate_tests"
    assert skipped["session"]["pendingInteraction"] is None
    (first, second) = world.json("show", "1")["interactions"]
    assert (first["result"]["status"], first["result"]["errorMessage"]) == ("warning", DIRTY)
    assert second["result"]["errorMessage"] == "no agent today"
    events = world.json("events", "1")
    assert [(event["data"]["action"], event["data"]["by"]["client_name"]) for event in events] == [
        ("skipped", "treadle 0.1.0"),
        ("skipped", "treadle 0.1.0"),
    ]


@pytest.mark.requirement("person.mark-done")
def test_steps_that_were_done_by_hand_finish_the_session(world: World) -> None:
    assert said(world, "done", "1") == "Step 1 (initialize) of session 1 is marked as done.\n"
    assert said(world, "done", "1", "--note", DIRTY) == "Step 2 (generate_tests) of session 1 is marked as done.\n"
    assert world.json("done", "1")["interaction"]["result"]["data"] == {"marked_done": True, "note": None}
    assert said(world, "done", "1") == "Step 4 (finalize) of session 1 is marked as done.\n"
    assert refused(world, "done", "1") == (1, "The session is complete.")
    assert world.json("show", "1")["session"]["status"] == "complete"


@pytest.mark.requirement("person.rerun")
def test_a_step_runs_again_by_its_name_or_its_number(world: World) -> None:
    assert refused(world, "rerun", "1", "initialize") == (2, "Session 1 has no step initialize; none has begun.")
    said(world, "done", "1")
    said(world, "done", "1")
    again = said(world, "rerun", "1", "initialize")
    assert again.startswith("Step 3 (initialize) of session 1 waits to run again; go on with: ")
    assert again.endswith(f"treadle run --session 1 --data-dir {world.data_dir}\n")
    assert waiting(world)["step"] == "initialize"
    code, sentence = refused(world, "rerun", "1", "3")
    assert (code, sentence) == (1, "Step 3 (initialize) of session 1 has no result yet and cannot run again.")
    rerun = world.json("rerun", "1", "2")
    assert (rerun["interaction"]["step"], rerun["interaction"]["position"]) == ("generate_tests", 4)
    for unknown in ("5", "0", "run", "\x1b[2J"):
        code, sentence = refused(world, "rerun", "1", unknown)
        assert code == 2
        assert sentence.endswith("; it has: initialize, generate_tests.")
        assert "\x1b" not in sentence


@pytest.mark.requirement("person.edit")
def test_a_command_and_a_prompt_are_edited(world: World) -> None:
    assert said(world, "edit", "1", "--command", "echo hello") == (
        "Step 1 (initialize) of session 1 has another command now.\n"
    )
    assert waiting(world)["command"]["command"] == "echo hello"
    again = said(world, "edit", "1", "--command", "echo hello")
    assert again == "Step 1 (initialize) of session 1 has that command already.\n"
    sentence = "Step 1 (initialize) of session 1 is not an agent's and has no prompt; --command changes what it runs."
    assert refused(world, "edit", "1", "--prompt", "Be good.") == (2, sentence)
    said(world, "done", "1")
    edited = world.json("edit", "1", "--prompt", "Be good.")
    assert edited["interaction"]["command"]["metadata"]["prompt"] == "Be good."
    assert waiting(world) == edited["interaction"]
    assert said(world, "edit", "1", "--prompt", "Better.") == (
        "Step 2 (generate_tests) of session 1 has another command now.\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("skip", "1", "--reason", " "), "The reason is blank."),
        (("edit", "1", "--command", " "), "The command is blank."),
        (("edit", "1", "--command", "shell"), "metadata.argv: the command shell needs it."),
    ],
)
def test_what_says_nothing_is_refused(world: World, words: tuple[str, ...], sentence: str) -> None:
    assert refused(world, *words) == (2, sentence)


@pytest.mark.parametrize(
    "words",
    [
        ("skip", "1"),
        ("skip", "1", "--reason", ""),
        ("skip", "1", "--reason", "x" * 1_001),
        ("done", "1", "--note", "x" * 1_001),
        ("edit", "1"),
        ("edit", "1", "--command", "a", "--prompt", "b"),
        ("edit", "1", "--command", ""),
        ("rerun", "1"),
        ("skip", "x", "--reason", "y"),
        ("done", "99"),
        ("skip", "99", "--reason", "y"),
        ("edit", "99", "--prompt", "y"),
        ("rerun", "99", "1"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(world: World, words: tuple[str, ...]) -> None:
    code, sentence = refused(world, *words)
    assert code == 2
    assert sentence.endswith(".")
    assert world.json("events", "1") == []


def test_who_executes_a_step_is_named(world: World) -> None:
    said(world, "done", "1")
    with Connection.to_daemon(Locations.find(world.data_dir), client_name="window 1") as holder:
        pending = holder.call("session/nextCommand", {"sessionId": 1})["interaction"]
        assert isinstance(pending, dict)
        holder.call("interaction/claim", {"sessionId": 1, "interactionId": pending["id"]})
        for words in (
            ("skip", "1", "--reason", "x"),
            ("done", "1"),
            ("edit", "1", "--prompt", "x"),
            ("rerun", "1", "1"),
        ):
            assert refused(world, *words) == (7, "window 1 is executing the step generate_tests of session 1.")


def test_a_paused_session_waits_at_the_step_that_it_has(world: World) -> None:
    assert world.treadle("pause", "1").code == 0
    assert refused(world, "done", "1") == (8, "The session is paused.")
    assert world.treadle("resume", "1").code == 0
    said(world, "edit", "1", "--command", "true")
    assert world.treadle("pause", "1").code == 0
    assert said(world, "done", "1") == "Step 1 (initialize) of session 1 is marked as done.\n"


def test_a_session_that_has_ended_keeps_its_steps(world: World) -> None:
    said(world, "done", "1")
    waiting_before = world.json("edit", "1", "--prompt", "x")["interaction"]
    assert world.treadle("cancel", "1").code == 0
    for words in (("skip", "1", "--reason", "x"), ("done", "1"), ("edit", "1", "--prompt", "y"), ("rerun", "1", "1")):
        assert refused(world, *words) == (1, "The session was cancelled.")
    assert waiting(world) == waiting_before
