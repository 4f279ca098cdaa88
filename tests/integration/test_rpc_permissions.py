"""What the rules say, over a real socket."""

from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.workflows_on_the_wire import WorkflowProject

RULES = "allow: [pytest *]\ndeny:\n  - {command: git push, reason: Only people push.}\n  - path: .env\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "permissions.yaml").write_text(RULES)
    return tmp_path


def test_a_call_is_judged_and_the_decision_is_in_the_record(shared_daemon: DaemonProcess, root: Path) -> None:
    with shared_daemon.client() as client:
        project = WorkflowProject(client, root)
        project.open()
        session_id = project.create("task", options={"description": "Anything."}).id
        use = {"sessionId": session_id, "tool": "Bash", "workingDirectory": str(root)}
        denied = client.call(
            "permission/check",
            {**use, "input": {"command": "env git push"}, "toolUseId": "t1", "parentToolUseId": "t0"},
        )
        assert (denied["decision"], denied["reason"], denied["part"]) == ("deny", "Only people push.", "git push")
        assert denied["rule"]["line"] == 3
        allowed = client.call("permission/check", {**use, "input": {"command": "pytest -q"}, "toolUseId": "t2"})
        assert allowed["decision"] == "allow"
        unknown = client.call("permission/check", {**use, "input": {"command": "ls"}, "toolUseId": "t3"})
        assert (unknown["decision"], unknown["rule"], unknown["reason"]) == (None, None, None)
        assert unknown["grant"] == {"tool": "Bash", "command": "ls"}
        read = {**use, "tool": "Read", "input": {"file_path": str(root / ".env")}, "toolUseId": "t4"}
        assert client.call("permission/check", read)["decision"] == "deny"
        events = client.call("session/getEvents", {"sessionId": session_id})["data"]
        assert [(event["eventType"], event["source"], event["data"]["action"]) for event in events] == [
            ("session_status_changed", "daemon", "denied"),
            ("session_status_changed", "daemon", "allowed"),
            ("session_status_changed", "daemon", "denied"),
        ]
        assert events[0]["data"]["parent_tool_use_id"] == "t0"
        assert events[2]["data"]["path"] == str(root / ".env")


@pytest.mark.parametrize(
    "command",
    ["(" * 30_000, "\0git push", "\ud83d git push", "$(" * 5_000, "a;" * 50_000, "git $x " * 3_000, "x" * 200_000],
)
def test_a_hostile_command_is_asked_about(shared_daemon: DaemonProcess, root: Path, command: str) -> None:
    with shared_daemon.client() as client:
        project = WorkflowProject(client, root)
        project.open()
        session_id = project.create("task", options={"description": "Anything."}).id
        use = {"sessionId": session_id, "tool": "Bash", "workingDirectory": str(root), "toolUseId": "t"}
        answer = client.request("permission/check", {**use, "input": {"command": command}})
        if "\ud83d" in command:
            assert answer["error"]["data"]["code"] in ("invalid_params", "parse_error")
        else:
            assert answer["result"]["decision"] in ("ask", "deny")


def test_the_rules_are_listed_and_explained(shared_daemon: DaemonProcess, root: Path) -> None:
    with shared_daemon.client() as client:
        project = WorkflowProject(client, root)
        project.open()
        listed = client.call("permission/list", {"projectId": project.id})
        assert listed["trusted"] is True
        assert [rule["effect"] for rule in listed["files"][0]["rules"]] == ["allow", "deny", "deny"]
        explained = client.call("permission/explain", {"projectId": project.id, "tool": "Edit", "path": ".env"})
        assert explained["decision"] == "deny"
        assert explained["rule"]["path"] == ".env"
        (root / ".treadle" / "permissions.yaml").write_text("deny: [")
        broken = client.call("permission/list", {"root": str(root)})
        assert broken["files"][0]["problem"]
        refused = client.refusal("permission/explain", {"projectId": project.id, "workingDirectory": "here"})
        assert refused["data"]["details"]["field"] == "workingDirectory"
        assert client.refusal("permission/list", {"projectId": 404})["data"]["code"] == "project_not_found"
