"""The catalogue over a real socket: session types with their options, projects, components, and lists of sessions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient

SETTINGS = """\
components:
  - name: Calculator
    kind: module
    paths: {code: calculator.py, tests: tests/test_calculator.py}
  - name: Parser
"""
FACTS = {"test_command": ["pytest"]}


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "project.yaml").write_text(SETTINGS)
    return tmp_path


def trusted(client: WireClient, root: Path) -> dict[str, Any]:
    shown = client.call("project/open", {"root": str(root), "facts": FACTS})
    params = {"root": str(root), "facts": FACTS, "trustedHash": shown["contentHash"]}
    opened = client.call("project/open", params)
    assert opened["trusted"]
    return opened


def started(client: WireClient, project: dict[str, Any], **params: object) -> dict[str, Any]:
    wanted = {"type": "component_test", "projectId": project["project"]["id"], **params}
    wanted.setdefault("componentId", project["components"][0]["id"])
    session: dict[str, Any] = client.call("session/create", wanted)["session"]
    return session


def listed(client: WireClient, **params: object) -> list[int]:
    """The ids of every page, two at a time."""
    found: list[int] = []
    cursor = None
    while True:
        page = client.call("session/list", {**params, "limit": 2, "cursor": cursor})
        found += [session["id"] for session in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def test_a_type_says_how_it_goes_and_what_may_be_chosen(client: WireClient) -> None:
    types = {each["id"]: each for each in client.call("sessionType/list")["data"]}
    coding = types["component_coding"]
    assert (coding["maxAttempts"], coding["maxSteps"]) == (5, 200)
    assert [(step["name"], step["detour"], step["routes"]["error"]) for step in coding["steps"]] == [
        ("initialize", False, "initialize"),
        ("generate_implementation", False, "generate_implementation"),
        ("run_tests", False, "fix_failures"),
        ("finalize", False, "finalize"),
        ("fix_failures", True, "fix_failures"),
    ]
    assert coding["steps"][3]["routes"] == {"ok": None, "warning": None, "error": "finalize"}
    turns = coding["optionsSchema"]["properties"]["max_turns"]
    assert turns["anyOf"] == [{"type": "integer", "minimum": 1, "maximum": 1_000}, {"type": "null"}]
    assert turns["description"]


def test_options_are_checked_when_a_session_is_made_and_kept_as_they_were_given(client: WireClient, root: Path) -> None:
    project = trusted(client, root)
    kept = {"max_turns": 1_000, "model": None}
    assert started(client, project, options=kept)["options"] == kept
    assert started(client, project)["options"] == {}
    before = listed(client)
    params = {
        "type": "component_test",
        "projectId": project["project"]["id"],
        "componentId": project["components"][0]["id"],
        "options": {"max_turns": 1_001, "model": "", "maxTurns": 3},
    }
    refusal = client.refusal("session/create", params)
    assert refusal["data"]["code"] == "invalid_params"
    assert refusal["message"] == "The option model is not valid: String should have at least 1 character."
    errors = refusal["data"]["details"]["errors"]
    assert [(each["loc"], each["type"]) for each in errors] == [
        (["options", "model"], "string_too_short"),
        (["options", "max_turns"], "less_than_equal"),
        (["options", "maxTurns"], "extra_forbidden"),
    ]
    judged = client.call("session/change", {"attributes": params})
    assert [(each["field"], each["code"]) for each in judged["errors"]] == [
        ("options.model", "invalid_params"),
        ("options.max_turns", "invalid_params"),
        ("options.maxTurns", "invalid_params"),
    ]
    assert listed(client) == before


def test_sessions_are_listed_by_what_they_are_about(client: WireClient, root: Path) -> None:
    project = trusted(client, root)
    project_id = project["project"]["id"]
    calculator, parser = (each["id"] for each in project["components"])
    first = started(client, project)["id"]
    coding = started(client, project, type="component_coding")["id"]
    child = started(client, project, componentId=parser, parentSessionId=first)["id"]
    second = started(client, project)["id"]
    client.call("session/cancel", {"sessionId": second})
    assert listed(client, projectId=project_id) == [second, child, coding, first]
    assert listed(client, projectId=project_id, type="component_test") == [second, child, first]
    assert listed(client, type="component_coding", componentId=calculator) == [coding]
    assert listed(client, componentId=calculator) == [second, coding, first]
    assert listed(client, componentId=calculator, status="active") == [coding, first]
    assert listed(client, parentSessionId=first) == [child]
    assert listed(client, parentSessionId=first, componentId=calculator) == []
    assert listed(client, projectId=project_id, type="component_test", status="cancelled") == [second]
    for nothing in ({"componentId": 10**9}, {"parentSessionId": -1}, {"type": ""}, {"projectId": 10**9}):
        assert listed(client, **nothing) == []


def test_a_cursor_holds_when_the_list_changes_and_for_other_filters_too(client: WireClient, root: Path) -> None:
    project = trusted(client, root)
    made = [started(client, project)["id"] for _ in range(4)]
    filters = {"componentId": project["components"][0]["id"], "limit": 2}
    page = client.call("session/list", filters)
    assert [each["id"] for each in page["data"]] == made[:1:-1]
    client.call("session/cancel", {"sessionId": made[2]})
    client.call("session/delete", {"sessionId": made[2]})
    started(client, project)
    following = {**filters, "cursor": page["nextCursor"]}
    assert [each["id"] for each in client.call("session/list", following)["data"]] == made[1::-1]
    other = client.call("session/list", {**following, "status": "active", "type": "component_test"})
    assert [each["id"] for each in other["data"]] == made[1::-1]


def test_a_project_and_a_component_are_read_and_deleted(client: WireClient, root: Path) -> None:
    project = trusted(client, root)
    of_project = {"projectId": project["project"]["id"]}
    of_component = {"componentId": project["components"][0]["id"]}
    assert client.call("project/get", of_project) == {"project": project["project"]}
    assert client.call("component/get", of_component) == {"component": project["components"][0]}

    session = started(client, project)
    client.call("session/subscribe")
    assert client.call("project/delete", of_project) == {"project": project["project"], "sessionCount": 1}
    notice = client.notice()
    assert (notice["method"], notice["params"]["sessionId"]) == ("session/didUpdate", session["id"])
    head = client.call("session/get", {"sessionId": session["id"]})["session"]
    assert (head["projectId"], head["componentId"]) == (None, None)

    for method, params, code in (
        ("project/get", of_project, "project_not_found"),
        ("project/delete", of_project, "project_not_found"),
        ("component/list", of_project, "project_not_found"),
        ("component/get", of_component, "unknown_component"),
    ):
        assert client.refusal(method, params)["data"]["code"] == code
    assert (root / ".treadle" / "project.yaml").read_text() == SETTINGS
    again = client.call("project/open", {"root": str(root), "facts": FACTS})
    assert (again["trusted"], again["components"]) == (False, [])
    assert again["project"]["id"] > project["project"]["id"]


def test_a_session_whose_project_went_says_what_it_misses(client: WireClient, root: Path) -> None:
    project = trusted(client, root)
    session = started(client, project)
    client.call("project/delete", {"projectId": project["project"]["id"]})
    refusal = client.refusal("session/nextCommand", {"sessionId": session["id"]})
    assert refusal["data"]["code"] == "step_failed"
    client.call("session/cancel", {"sessionId": session["id"]})


def test_a_connection_that_is_bound_to_a_deleted_project_sees_nothing_more(
    client: WireClient, shared_daemon: DaemonProcess, root: Path
) -> None:
    project = trusted(client, root)
    project_id = project["project"]["id"]
    started(client, project)
    with shared_daemon.client(project=project_id) as bound:
        bound.call("session/subscribe")
        assert len(listed(bound)) == 1
        client.call("project/delete", {"projectId": project_id})
        assert bound.notice()["method"] == "session/didUpdate"
        assert listed(bound) == []
        assert bound.call("project/list")["data"] == []
        refused = bound.refusal("project/open", {"root": str(root), "facts": FACTS})
        assert refused["data"]["code"] == "project_not_found"


@pytest.mark.parametrize(
    ("content", "line"),
    [("components:\n- name: A\n- name: A\n", 3), ("name: [\n", 2), ("name: a\nname: b\n", 2), ("- \n", 1)],
)
def test_a_wrong_settings_file_names_its_line(client: WireClient, tmp_path: Path, content: str, line: int) -> None:
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "project.yaml").write_text(content)
    shown = client.call("project/open", {"root": str(tmp_path)})
    assert shown["trusted"] is False
    refusal = client.refusal("project/open", {"root": str(tmp_path), "trustedHash": shown["contentHash"]})
    assert refusal["data"]["code"] == "project_invalid"
    assert refusal["data"]["details"] == {"path": ".treadle/project.yaml", "line": line}
