"""Sessions of a project's own workflows, over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient
from tests.workflows_on_the_wire import WorkflowProject, WorkflowSession

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


SMALL = """\
name: small
commit: false
parameters: {what: {}}
steps: {do: {run: [echo, "{{ parameters.what }}"]}}
"""
LARGE = """\
name: large
commit: false
steps:
  share:
    spawn: small
    options: {what: "first {{ results.again.status or 'None' }}"}
    max_attempts: 3
  again:
    spawn: small
    options: {what: "second {% for c in results.share.children %}{{ c.session_id }} {{ c.status }}{% endfor %}"}
    max_attempts: 3
    on: {error: share}
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
    assert look["command"] == f"echo {quoted} > 'a b.txt'"
    assert look["metadata"] == {"env": {"WHO": "$(reboot) 'x'"}}
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


def test_what_a_person_ends_by_hand_leads_where_the_file_says(project: WorkflowProject) -> None:
    session = project.create("line")
    of_step = {"sessionId": session.id, "interactionId": session.next()["id"]}
    session.client.call("interaction/skip", {**of_step, "reason": "Not today."})
    refused = session.refusal()
    assert refused["data"]["code"] == "failed"
    reason = "The workflow fails after the result warning of the step look: Not today."
    assert session.head["failureReason"] == reason
    # Whoever reopens it does not want it to fail again.
    session.client.call("session/reopen", {"sessionId": session.id, "reason": "After all."})
    of_step["interactionId"] = session.next()["id"]
    assert session.next()["step"] == "look"
    session.client.call("interaction/markDone", of_step)
    assert session.next()["step"] == "read"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "options.test"),
        ({"test": ""}, "options.test"),
        ({"test": 1}, "options.test"),
        ({"test": "t", "words": "-x"}, "options.words"),
        ({"test": "t", "nothing": 1}, "options.nothing"),
    ],
)
def test_parameters_are_checked_before_a_session_is_made(
    project: WorkflowProject, options: dict[str, object], field: str
) -> None:
    assert project.refusal("fix_it", options=options)["data"]["code"] == "invalid_params"
    attributes = {"type": "fix_it", "projectId": project.id, "options": options}
    judged = project.client.call("session/change", {"attributes": attributes})
    assert [error["field"] for error in judged["errors"]] == [field]


def test_a_session_keeps_its_definition_whatever_becomes_of_the_file(tmp_path: Path, daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        project = WorkflowProject(client, tmp_path / "project", fix_it=LOOP)
        project.open()
        number = project.create("fix_it", options={"test": "t"}).id
        project.write("fix_it.yaml", LOOP.replace("pytest", "nose").replace("max_attempts: 2", "max_attempts: 9"))
        project.open()
        assert client.call("session/nextCommand", {"sessionId": number})["interaction"]["step"] == "initialize"
        changed = project.create("fix_it", options={"test": "t"})
        changed.ends("initialize")
        assert changed.next()["command"]["metadata"]["argv"] == ["nose", "t"]
    daemon.stop()
    daemon.start()
    with daemon.client() as client:
        project = WorkflowProject(client, tmp_path / "project")
        (project.root / ".treadle" / "workflows" / "fix_it.yaml").unlink()
        project.open()
        assert project.types() == {}
        session = WorkflowSession(client, client.call("session/get", {"sessionId": number})["session"])
        session.ends("initialize")
        assert session.next()["command"]["metadata"]["argv"] == ["pytest", "t"]
        switched = client.call("session/setMode", {"sessionId": number, "executionMode": "agentic"})["session"]
        assert switched["pendingInteraction"]["command"]["metadata"]["argv"] == ["pytest", "t"]
        done = session.ends("test", "error", code=1)["interaction"]
        again = client.call("interaction/rerun", {"sessionId": number, "interactionId": done["id"]})["interaction"]
        assert (again["step"], again["attempt"]) == ("test", 2)
        assert session.ends("test", "error", code=1)["session"]["status"] == "failed"
        assert project.refusal("fix_it")["data"]["code"] == "unknown_session_type"


def test_of_a_folder_that_is_not_trusted_there_are_no_workflows(client: WireClient, tmp_path: Path) -> None:
    project = WorkflowProject(client, tmp_path, fix_it=LOOP)
    project.open(trust=False)
    assert (project.types(), project.problems()) == ({}, [])
    assert project.refusal("fix_it")["data"]["code"] == "unknown_session_type"
    project.open()
    assert list(project.types()) == ["fix_it"]
    # What was trusted is not what is there now.
    project.write("fix_it.yaml", LOOP.replace("pytest", "rm"))
    project.open(trust=False)
    assert project.types() == {}
    assert project.refusal("fix_it", options={"test": "t"})["data"]["code"] == "project_untrusted"


def test_the_workflow_of_another_clone_is_not_taken_for_that_of_the_folder(client: WireClient, tmp_path: Path) -> None:
    clones = []
    for name in ("one", "two"):
        clone = WorkflowProject(client, tmp_path / name, say=SMALL.replace("small", "say").replace("echo", name))
        facts = {"root": str(clone.root), "firstCommit": "c0ffee"}
        opened = client.call("project/open", facts)
        clone.id = client.call("project/open", {**facts, "trustedHash": opened["contentHash"]})["project"]["id"]
        clones.append(clone)
    one, two = clones
    assert one.id == two.id
    options = {"root": str(one.root), "options": {"what": "x"}}
    refused = one.refusal("say", **options)
    assert refused["data"]["code"] == "project_untrusted"
    assert refused["message"].endswith("where it is another: open it again.")
    assert two.create("say", options={"what": "x"}).next()["command"]["metadata"]["argv"] == ["two", "x"]
    client.call("project/open", {"root": str(one.root), "firstCommit": "c0ffee"})
    assert one.create("say", **options).next()["command"]["metadata"]["argv"] == ["one", "x"]


def test_a_broken_workflow_is_told_and_leaves_the_project_and_its_other_workflows_alone(
    client: WireClient, tmp_path: Path
) -> None:
    project = WorkflowProject(client, tmp_path, good=LOOP.replace("fix_it", "good"))
    project.write("bad.yaml", "name: bad\r\nsteps:\r\n  \U0001f600: {run: [a]}\r\n  ok: {run: [a], on: {ok: okay}}\r\n")
    project.write("worse.yml", "name: [worse\n")
    project.write("latin.yaml", b"name: latin\nsteps:\n  a: {run: [\xe9]}\n")
    project.write("deeper/not_one.yaml", "name: not_one\n")
    project.write("notes.txt", "none")
    assert project.open()["trusted"]
    assert list(project.types()) == ["good"]
    where = [problem.split(": ")[0] for problem in project.problems()]
    assert where == [
        ".treadle/workflows/bad.yaml is not valid in line 3, column 3",
        ".treadle/workflows/latin.yaml is not UTF-8 in line 3.",
        ".treadle/workflows/worse.yml is not valid in line 1, column 7",
    ]
    refused = project.refusal("bad")
    assert refused["data"]["code"] == "workflow_invalid"
    details = refused["data"]["details"]
    assert (details["path"], details["line"], details["column"]) == (".treadle/workflows/bad.yaml", 3, 3)
    assert refused["message"].startswith(f"{where[0]}: ")
    # One that does not say how it is called goes by its file.
    assert project.refusal("worse")["data"]["details"]["line"] == 1
    assert project.refusal("latin")["data"]["details"]["code"] == "not_utf8"
    judged = client.call("session/change", {"attributes": {"type": "worse", "projectId": project.id}})
    assert [(error["field"], error["code"]) for error in judged["errors"]] == [("type", "workflow_invalid")]
    project.create("good", options={"test": "t"})
    assert project.refusal("not_one")["data"]["code"] == "unknown_session_type"


def test_two_files_of_one_name_and_the_name_of_an_installed_type(client: WireClient, tmp_path: Path) -> None:
    project = WorkflowProject(client, tmp_path, one=LINE, two=LINE, task=LINE.replace("name: line", "name: task"))
    project.open()
    assert project.types() == {}
    problems = project.problems()
    assert len(problems) == 3
    assert ".treadle/workflows/one.yaml" in problems[0]
    assert ".treadle/workflows/task.yaml" in problems[1]
    refused = project.refusal("line")
    assert refused["data"]["code"] == "workflow_invalid"
    assert ".treadle/workflows/two.yaml" in refused["message"]
    # The installed type stays what it was.
    assert project.create("task", options={"description": "x"}).next()["step"] == "initialize"


def test_a_workflow_lets_sessions_of_types_and_of_workflows_do_the_work(client: WireClient, tmp_path: Path) -> None:
    project = WorkflowProject(client, tmp_path, small=SMALL, large=LARGE)
    project.open()
    session = project.create("large", options={"model": "m"})
    first = session.next()
    assert (first["command"]["command"], first["command"]["metadata"]["session_type"]) == ("spawn_sessions", "small")
    (child_id,) = first["command"]["metadata"]["child_session_ids"]
    child = client.call("session/get", {"sessionId": child_id})["session"]
    assert (child["type"], child["title"], child["parentSessionId"]) == ("small", "Share", session.id)
    assert child["options"] == {"model": "m", "what": "first None"}
    waiting = session.report(first)["interaction"]["result"]
    assert waiting["status"] == "pending"
    assert WorkflowSession(client, child).ends("do")["session"]["status"] == "complete"
    done = session.report(first)["interaction"]["result"]
    assert [each["status"] for each in done["data"]["children"]] == ["complete"]
    # Another step of the same type has a session of its own, and so has the same step when it comes again.
    second = session.next()
    (other_id,) = second["command"]["metadata"]["child_session_ids"]
    assert other_id != child_id
    told = client.call("session/get", {"sessionId": other_id})["session"]["options"]["what"]
    assert told == f"second {child_id} complete"
    client.call("session/cancel", {"sessionId": other_id, "reason": "no more"})
    assert session.report(second)["interaction"]["result"]["status"] == "error"
    third = session.next()
    assert third["step"] == "share"
    assert third["command"]["metadata"]["child_session_ids"][0] not in (child_id, other_id)


def test_the_text_to_begin_with_is_a_workflow_that_can_be_run(project: WorkflowProject) -> None:
    starter = project.client.call("workflow/new", {"name": "my-check", "projectId": project.id})
    assert starter["path"] == ".treadle/workflows/my-check.yaml"
    assert not (project.root / starter["path"]).exists()
    checked = project.client.call("workflow/check", {**starter, "projectId": project.id})
    assert checked == {"name": "my-check", "diagnostics": []}
    project.write("my-check.yaml", starter["text"])
    project.open()
    session = project.create("my-check")
    session.ends("initialize")
    assert session.next()["command"]["metadata"]["argv"] == ["git", "diff", "--check"]
    for name, reason in (("my-check", "is called my-check already"), ("task", "installed"), ("No", "small letters")):
        refused = project.client.refusal("workflow/new", {"name": name, "projectId": project.id})
        assert (refused["data"]["code"], reason in refused["message"]) == ("invalid_params", True)


def test_a_text_is_checked_against_what_its_project_has(project: WorkflowProject) -> None:
    text = LOOP.replace("error: fix", "error: fxi")
    path = str(project.root / ".treadle" / "workflows" / "fix_it.yaml")
    params = {"projectId": project.id, "path": path, "text": text}
    (found,) = project.client.call("workflow/check", params)["diagnostics"]
    line = next(line for line in text.splitlines() if "fxi" in line)
    number, start = text.splitlines().index(line) + 1, line.index("fxi") + 1
    assert (found["line"], found["column"], found["endLine"], found["endColumn"]) == (number, start, number, start + 3)
    assert (found["severity"], found["code"]) == ("error", "unknown_step")
    # Its own file is no other one; a copy of it is.
    assert project.client.call("workflow/check", {**params, "text": LOOP})["diagnostics"] == []
    copy = project.client.call("workflow/check", {**params, "path": "/elsewhere/fix_it.yaml", "text": LOOP})
    assert [each["line"] for each in copy["diagnostics"]] == [1]
    drawing = project.client.call("workflow/graph", {"path": path, "text": LOOP})
    assert drawing["mermaid"].startswith("flowchart")
    assert drawing["svg"].startswith("<svg")
    refused = project.client.refusal("workflow/graph", {"path": "a.yaml", "text": text})
    assert refused["data"]["details"]["line"] == number
