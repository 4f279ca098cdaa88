import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.factories import COMPONENT, make_context, make_project, make_result, make_session
from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.domain.session import Environment, SessionStatus
from treadle.workflows.working_copy import Finalize, Initialize, slug

UID = make_session().uid
VSCODE = make_session(environment=Environment.VSCODE)
STRICT = Initialize(needs=("code", "tests"), runs_tests=True)


def test_a_local_session_begins_on_its_own_branch() -> None:
    command = Initialize().get_command(make_context())
    assert command.command == "shell"
    assert command.metadata["argv"] == [
        *["treadle", "git", "branch", "--session-id", "12", "--session-uid", UID],
        *["--slug", "component-test-calculator"],
    ]


def test_in_the_editor_nothing_happens_at_first() -> None:
    command = Initialize().get_command(make_context(session=VSCODE))
    assert (command.command, command.metadata) == ("noop", {"fingerprints": []})


def test_the_branch_goes_into_the_state() -> None:
    result = make_result(code=0, stdout='Switched.\n{"branch": "treadle/12-x", "base": "main"}\n')
    outcome = Initialize().handle_result(make_context(), result)
    assert (outcome.result, outcome.state) == (result, {"branch": "treadle/12-x", "base": "main"})


@pytest.mark.parametrize("stdout", [None, "", "no json", "[1]", '{"branch": 3}', "[" * 100_000])
def test_output_without_a_report_changes_no_state(stdout: str | None) -> None:
    outcome = Initialize().handle_result(make_context(), make_result(stdout=stdout))
    assert (outcome.state, outcome.status) == ({}, None)


def test_the_exit_code_is_read() -> None:
    for step in (Initialize(), Finalize()):
        outcome = step.handle_result(make_context(), make_result(code=1, stdout='{"commit": "abc"}'))
        assert outcome.result.status is ResultStatus.ERROR
        assert (outcome.state, outcome.status) == ({}, None)


def test_what_the_later_steps_need_is_looked_for_before_anything_runs() -> None:
    bare = Component(id=7, project_id=3, name="Calculator", kind="module", paths={"code": "src/calculator.py"})
    outside = Component(
        id=7, project_id=3, name="Calculator", kind="module", paths={**COMPONENT.paths, "tests": "../x.py"}
    )
    option = Component(
        id=7, project_id=3, name="Calculator", kind="module", paths={**COMPONENT.paths, "tests": "-p evil"}
    )
    for session in (make_session(), VSCODE):
        with pytest.raises(ProjectInvalidError, match="set test_command"):
            STRICT.get_command(make_context(session=session, project=None))
        with pytest.raises(ProjectInvalidError, match=r"no path for its tests: add paths\.tests"):
            STRICT.get_command(make_context(session=session, component=bare))
        for component in (outside, option):
            with pytest.raises(ProjectInvalidError, match="relative and inside"):
                STRICT.get_command(make_context(session=session, component=component))
        with pytest.raises(InvalidValueError, match="needs a component"):
            STRICT.get_command(make_context(session=session, component=None))


def test_a_local_session_ends_with_a_commit_on_its_branch() -> None:
    context = make_context(session=make_session(state={"branch": "treadle/12-x"}))
    assert Finalize().get_command(context).metadata["argv"] == [
        *["treadle", "git", "commit", "--message"],
        f"Component test: Calculator\n\nTreadle session 12\n\nTreadle-Session: {UID}",
        *["--branch", "treadle/12-x"],
    ]


def test_what_the_project_asks_for_is_done_for_the_work_as_a_whole() -> None:
    asking = make_project(push=True, pull_request=True)
    session = make_session(state={"branch": "treadle/12-x"})
    argv = Finalize().get_command(make_context(session=session, project=asking)).metadata["argv"]
    assert isinstance(argv, list)
    assert argv[-2:] == ["--push", "--pull-request"]
    part = replace(session, parent_session_id=3)
    argv = Finalize().get_command(make_context(session=part, project=asking)).metadata["argv"]
    assert isinstance(argv, list)
    assert argv[-2:] == ["--branch", "treadle/12-x"]


def test_in_the_editor_the_changed_files_are_staged() -> None:
    context = make_context(session=VSCODE, changed_files=("b.py", "a b.py", "b.py", "/etc/passwd", "../x", "-f"))
    assert Finalize().get_command(context).metadata["argv"] == ["treadle", "git", "stage", "--", "a b.py", "b.py"]
    assert Finalize().get_command(make_context(session=VSCODE)).command == "noop"


def test_a_good_end_completes_the_session() -> None:
    outcome = Finalize().handle_result(make_context(), make_result(code=0, stdout='{"commit": "abc", "files": []}'))
    assert (outcome.status, outcome.state) == (SessionStatus.COMPLETE, {"commit": "abc"})
    nothing = Finalize().handle_result(make_context(), make_result(code=0, stdout='{"commit": null}'))
    assert (nothing.status, nothing.state) == (SessionStatus.COMPLETE, {})


def test_a_bad_end_does_not() -> None:
    outcome = Finalize().handle_result(make_context(), make_result(ResultStatus.ERROR, code=1))
    assert outcome.status is None


@given(st.lists(st.text()))
def test_a_slug_is_safe_in_a_branch_name(parts: list[str]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(*parts))
    assert len(slug(*parts)) <= 60


def test_a_project_setting_is_enough() -> None:
    project = make_project(test_command="python -m pytest -q")
    assert STRICT.get_command(make_context(project=project)).command == "shell"
