"""Sessions of a project's own workflows, over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient
from tests.workflows_on_the_wire import WorkflowProject

LOOP = """\
name: fix_it
title: Fix it
description: Runs a test until it passes.
parameters:
  test: {type: string, description: Which test.}
  words: {type: list, default: []}
steps:
  test:
    run: [pytest, "{{ parameters.test }}", "{{ parameters.words }}"]
    max_attempts: 2
    on: {ok: finish, error: fix}
  fix:
    agent: |
      Make this pass: {{ results.test.stdout }}
      {% if results.fix.status %}Once more.{% endif %}
    on: {ok: test}
"""
LINE = """\
name: line
commit: false
environment: {WHO: "{{ parameters.who }}"}
parameters:
  who: {default: nobody}
  where: {default: a b.txt}
steps:
  look:
    run: echo {{ parameters.who }} > {{ parameters.where }}
    exit_codes: {3: warning, 4: ok}
    save: {said: "{{ result.stdout | trim }}"}
    on: {warning: fail}
  read:
    read_file: notes/{{ state.said }}.md
  approve:
    ask: Good? {{ results.read.content }}
    answers: {approve: ok, revise: error, reject: warning}
    on: {error: read, warning: fail}
"""


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture
def project(client: WireClient, tmp_path: Path) -> WorkflowProject:
    project = WorkflowProject(client, tmp_path, fix_it=LOOP, line=LINE)
    project.open()
    return project


def test_a_workflow_is_listed_like_a_session_type_and_names_its_file(project: WorkflowProject) -> None:
    listed = project.types()
    assert project.problems() == []
    assert sorted(listed) == ["fix_it", "line"]
    found = listed["fix_it"]
    assert (found["title"], found["description"]) == ("Fix it", "Runs a test until it passes.")
    assert (found["definedIn"], listed["line"]["definedIn"]) == (
        ".treadle/workflows/fix_it.yaml",
        ".treadle/workflows/line.yaml",
    )
    assert [(step["name"], step["kind"], step["detour"]) for step in found["steps"]] == [
        ("initialize", "shell", False),
        ("test", "shell", False),
        ("finalize", "shell", False),
        ("fix", "agent", True),
    ]
    assert found["steps"][1]["routes"] == {"ok": "finalize", "warning": "finalize", "error": "fix"}
    assert [step["maxAttempts"] for step in found["steps"]] == [5, 2, 5, 1]
    assert found["optionsSchema"]["required"] == ["test"]
    assert found["optionsSchema"]["properties"]["test"]["description"] == "Which test."
    assert project.problems() == []


def test_a_loop_goes_round_until_its_step_ends_well(project: WorkflowProject) -> None:
    session = project.create("fix_it", options={"test": "tests/test it.py", "words": ["-x", "a b"]})
    assert (session.created["type"], session.created["typeVersion"]) == ("fix_it", 1)
    session.ends("initialize")
    command = session.next()["command"]
    assert command["metadata"]["argv"] == ["pytest", "tests/test it.py", "-x", "a b"]
    failed = session.ends("test", "error", code=1, stdout="1 failed: {{ 7 * 7 }}")["interaction"]["result"]
    assert failed["data"]["digest"].endswith("stdout ended with:\n1 failed: {{ 7 * 7 }}")
    assert session.next()["command"]["metadata"]["prompt"] == "Make this pass: 1 failed: {{ 7 * 7 }}\n"
    session.ends("fix", data={"text": "Done."})
    assert session.next()["attempt"] == 2
    session.ends("test", code=0)
    assert session.ends("finalize", code=0)["session"]["status"] == "complete"


def test_a_loop_ends_when_its_attempts_are_spent_and_nobody_works_for_nothing(project: WorkflowProject) -> None:
    session = project.create("fix_it", options={"test": "t"})
    session.ends("initialize")
    session.ends("test", "error", code=1)
    session.ends("fix")
    head = session.ends("test", "error", code=1, errorMessage="1 of 3 did not pass.")["session"]
    assert head["status"] == "failed"
    assert head["failureReason"] == "The step test did not succeed in 2 attempts: 1 of 3 did not pass."
    # Whoever reopens it goes on from there, with new attempts.
    session.client.call("session/reopen", {"sessionId": session.id, "reason": "Once more."})
    assert (session.next()["step"], session.next()["attempt"]) == ("fix", 1)


def test_a_value_that_is_kept_a_file_that_is_read_and_a_person_who_is_asked(project: WorkflowProject) -> None:
    session = project.create("line", options={"who": "$(reboot) 'x'"})
    look = session.next()["command"]
    quoted = "'$(reboot) '\"'\"'x'\"'\"''"
    assert look["metadata"] == {
        "argv": ["/bin/sh", "-c", f"echo {quoted} > 'a b.txt'"],
        "env": {"WHO": "$(reboot) 'x'"},
    }
    head = session.ends("look", "error", code=4, stdout=" today \n")["session"]
    assert (head["state"], head["status"]) == ({"said": "today"}, "active")
    assert session.next()["command"]["metadata"] == {"path": "notes/today.md"}
    session.ends("read", data={"content": "All well.", "path": "notes/today.md"})
    asked = session.next()
    assert asked["command"]["command"] == "ask"
    assert asked["command"]["metadata"] == {
        "question": "Good? All well.",
        "answers": [
            {"name": "approve", "status": "ok"},
            {"name": "revise", "status": "error"},
            {"name": "reject", "status": "warning"},
        ],
    }
    unknown = session.report(asked, data={"answer": "maybe"})["interaction"]
    assert (unknown["result"]["status"], unknown["completedAt"]) == ("pending", None)
    assert unknown["result"]["data"]["verdict"] == "'maybe' is no answer; the answers are approve, revise, reject."
    revised = session.report(asked, data={"answer": "revise", "comment": "shorter"})["interaction"]["result"]
    assert (revised["status"], revised["errorMessage"]) == ("error", "The answer was revise: shorter")
    session.ends("read", data={"content": "Well."})
    head = session.ends("approve", data={"answer": "approve", "comment": None})["session"]
    assert head["status"] == "complete"


def test_a_route_to_fail_ends_the_session_with_the_steps_reason(project: WorkflowProject) -> None:
    warned = project.create("line").ends("look", "error", code=3, errorMessage="Too old.")
    assert warned["interaction"]["result"]["status"] == "warning"
    reason = "The workflow fails after the result warning of the step look: Too old."
    assert (warned["session"]["status"], warned["session"]["failureReason"]) == ("failed", reason)
    failed = project.create("line").ends("look", "error", code=1, errorMessage="No.")["session"]
    assert (failed["status"], failed["failureReason"]) == ("failed", "The step look failed: No.")
