"""What a run ends with when sessions that a step has spawned need a person."""

from collections.abc import Mapping

import pytest

from tests.unit.runner.benches import work
from treadle.client.errors import ExitCode
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.persons_part import children_need_person, not_taken, person_needed
from treadle.runner.workbench import PersonNeededError

CONFLICT = "Merging treadle/13-child into treadle/1-parent conflicts in a.py."
DONE = {"session_id": 12, "status": "complete"}
UNMERGED = {"session_id": 13, "status": "complete", "problem": CONFLICT, "exit_code": ExitCode.PROJECT_STATE}
FAILED = {"session_id": 14, "status": "failed", "problem": "no idea", "worktree": "/data/worktrees/14-0"}


def needed(*told: Mapping[str, object], status: str = "error", said: str = "") -> PersonNeededError:
    result: Result = results.failed("1", said or "It failed.", data={"children": list(told)}, duration_ms=1)
    error = children_need_person(work("spawn_sessions"), result, {"status": status, "errorMessage": said})
    assert error is not None
    return error


def test_a_merge_that_is_a_persons_ends_as_the_project_refusing() -> None:
    error = needed(DONE, UNMERGED, said=f"Session 13: {CONFLICT}")
    assert error.exit_code == ExitCode.PROJECT_STATE
    assert error.message == f"step did not succeed: Session 13: {CONFLICT}"


@pytest.mark.parametrize("others", [(), (UNMERGED,)])
def test_a_session_that_failed_is_a_failure_and_its_worktree_is_named(others: tuple[Mapping[str, object], ...]) -> None:
    error = needed(DONE, *others, FAILED, said=f"14 failed, no idea; {CONFLICT}")
    assert error.exit_code == ExitCode.SESSION_FAILED
    assert error.message.endswith(
        ". What session 14 has written is in /data/worktrees/14-0. Only sessions that did not complete run again."
    )


def test_only_treadles_own_git_ends_the_run_a_command_of_a_workflow_leads_where_errors_lead() -> None:
    refused = results.failed("1", "The hook failed.", duration_ms=1)
    own = person_needed(work(argv=["treadle", "git", "commit"]), refused)
    assert own is not None
    assert own.exit_code == ExitCode.PROJECT_STATE
    assert person_needed(work(argv=["treadle", "workflow", "check", "x"]), refused) is None


def test_a_result_that_does_not_count_as_the_end_ends_the_run() -> None:
    error = not_taken(work("echo"), {"status": "pending", "data": {"verdict": "No answer yet."}})
    assert error is not None
    assert error.message == (
        "step was executed and does not count as finished: No answer yet. Change its command or skip it."
    )
    assert not_taken(work("echo"), {"status": "ok"}) is None


def test_without_a_childs_problem_it_is_a_failure() -> None:
    assert needed(DONE, said="Something else.").exit_code == ExitCode.SESSION_FAILED
