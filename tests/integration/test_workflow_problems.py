"""What goes wrong with a step of a workflow in its own making, over a real socket: it never leaves the session dead."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient
from tests.workflows_on_the_wire import WorkflowProject

ODD = """\
name: odd
commit: false
parameters: {files: {type: list, default: []}, what: {default: ""}}
steps:
  list:
    run: [ls, "{{ parameters.files[0] }}"]
    max_attempts: 2
    on: {error: share}
  share:
    spawn: small
    options: {what: "{{ parameters.what }}"}
    on: {error: keep}
  keep:
    run: [date]
    save: {first: "{{ result.stdout | first }}"}
    on: {error: ask}
  ask: {ask: "Well? {{ results.list.digest }}"}
"""
SMALL = """\
name: small
commit: false
parameters: {what: {}}
steps: {do: {run: [echo, "{{ parameters.what }}"]}}
"""
TESTS = """\
name: tests
parameters: {more: {type: list, default: []}}
steps: {test: {run: ["{{ suite_command }}", "{{ parameters.more }}"]}}
"""


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture
def project(client: WireClient, tmp_path: Path) -> WorkflowProject:
    project = WorkflowProject(client, tmp_path, odd=ODD, small=SMALL, tests=TESTS)
    project.open()
    assert project.problems() == []
    return project


def test_what_cannot_be_made_is_an_error_in_the_record_and_leads_where_errors_lead(project: WorkflowProject) -> None:
    session = project.create("odd")
    problem = "The command of the step list cannot be made: parameters.files has no element 0: it has 0."
    command = session.next()["command"]
    assert (command["command"], command["metadata"]) == ("noop", {"problem": problem})
    result = session.ends("list")["interaction"]["result"]
    assert (result["status"], result["errorMessage"]) == ("error", problem)
    # Nor can a session be made of what its options come to.
    result = session.ends("share")["interaction"]["result"]
    assert result["errorMessage"].startswith("A session of the type small cannot be made below the session ")
    assert project.client.call("session/list", {"parentSessionId": session.id})["data"] == []
    # What ran has run, although nothing could be kept of it.
    result = session.ends("keep", code=0, stdout="")["interaction"]["result"]
    assert (result["status"], result["code"], result["stdout"]) == ("error", 0, "")
    assert result["errorMessage"].startswith("The value first of the step keep cannot be made: ")
    asked = session.next()
    assert asked["command"]["metadata"]["question"] == f"Well? {problem}"
    assert session.report(asked, data={"answer": "yes"})["session"]["status"] == "complete"


def test_a_person_may_skip_it_or_give_it_a_command(project: WorkflowProject) -> None:
    for method, more in (("interaction/skip", {"reason": "No files."}), ("interaction/edit", {"command": "ls"})):
        session = project.create("odd", options={"what": "x"})
        names = {"sessionId": session.id, "interactionId": session.next()["id"]}
        project.client.call(method, {**names, **more})
        if method == "interaction/edit":
            assert session.ends("list", code=0)["interaction"]["result"]["status"] == "ok"
        assert session.next()["step"] == "share"


def test_a_question_stays_one_and_takes_no_result_without_an_answer(project: WorkflowProject) -> None:
    session = project.create("odd", options={"files": ["a"], "what": "x"})
    for step in ("list", "share", "keep"):
        project.client.call("interaction/skip", {**named(session.next(), step), "reason": "Not today."})
    asked = session.next()
    refused = project.client.refusal("interaction/edit", {**named(asked, "ask"), "command": "echo yes"})
    assert refused["data"]["code"] == "invalid_params"
    assert "answer it, skip it or mark it done" in refused["message"]
    result = {"id": "3b241101-e2bb-4255-8caf-4136c566a962", "status": "ok", "data": {}}
    refused = project.client.refusal("session/handleResult", {**named(asked, "ask"), "result": result})
    assert refused["message"] == "The step ask asks a person: its result needs an answer, one of yes, no."
    assert session.next()["id"] == asked["id"]


def named(interaction: dict[str, object], step: str) -> dict[str, object]:
    assert interaction["step"] == step
    return {"sessionId": interaction["sessionId"], "interactionId": interaction["id"]}


def test_without_a_test_command_a_workflow_that_runs_the_tests_makes_no_branch(
    project: WorkflowProject, tmp_path: Path
) -> None:
    with_tests = project.create("tests")
    assert with_tests.next()["command"]["metadata"]["argv"][:3] == ["treadle", "git", "branch"]
    (tmp_path / ".treadle" / "project.yaml").write_text("name: p\ntest_command: []\n")
    project.open()
    refused = project.create("tests").refusal()
    assert refused["data"]["details"]["reason"] == "project_invalid"
    assert "set test_command in .treadle/project.yaml" in refused["message"]
