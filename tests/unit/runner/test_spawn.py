"""Which sessions are run, how many at once, and what ends them."""

import threading
from pathlib import Path

import pytest

from tests.unit.runner.benches import work
from tests.unit.runner.families import Family, children
from treadle.agents.event_draft import draft
from treadle.client.errors import ClientError, ExitCode
from treadle.domain.event import EventType
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop, StopReason
from treadle.runner.workbench import StoppedError

BOUND_SECONDS = 30


def test_in_a_persons_checkout_they_run_one_after_another_in_order(tmp_path: Path) -> None:
    alone = threading.Lock()

    def does(number: int, *_: object) -> None:
        assert alone.acquire(blocking=False), "two agents are in one checkout"
        family.ends(number)
        alone.release()

    family = Family(tmp_path, does)
    result = family.spawn(max_parallel=3)
    assert result.status == "ok"
    assert family.begun == [12, 13, 14]
    assert set(family.roots.values()) == {tmp_path / "project"}
    assert {child["merged"] for child in children(result).values()} == {None}


@pytest.mark.requirement("spawn.retry-runs-only-those")
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_had_ended_badly_before_goes_on_also_in_the_first_attempt(tmp_path: Path, status: str) -> None:
    """A parent that was reopened, or whose runner was killed, counts its attempts anew."""
    family = Family(tmp_path, lambda number, *_: family.ends(number))
    family.ends(12)
    family.ends(13, status, failureReason="The tests cannot run.")
    assert family.spawn().status == "ok"
    assert family.begun == [13, 14]
    assert family.kept.notes[0] == f"Session 13 Part 13 ({status}) goes on."


def test_what_ends_badly_meanwhile_is_told_and_not_tried_again(tmp_path: Path) -> None:
    family = Family(tmp_path, lambda number, *_: family.ends(number, "complete" if number != 13 else "failed"))
    result = family.spawn()
    assert family.begun == [12, 13, 14]
    assert result.error_message == "1 of 3 sessions did not complete: 13 Part 13 (failed): It is failed."


def test_one_that_is_deleted_before_it_can_be_reopened_is_told(tmp_path: Path) -> None:
    family = Family(tmp_path, lambda number, *_: family.ends(number))
    family.ends(13, "failed")
    family.before_reopening = family.heads.__delitem__
    result = family.spawn()
    assert family.begun == [12, 14]
    assert result.error_message == "1 of 3 sessions did not complete: 13 (deleted): It is not there any more."


def test_one_that_somebody_else_reopens_runs(tmp_path: Path) -> None:
    family = Family(tmp_path, lambda number, *_: family.ends(number))
    family.ends(13, "failed")
    family.before_reopening = lambda number: family.ends(number, "active")
    assert family.spawn().status == "ok"
    assert family.begun == [12, 13, 14]


def test_one_that_cannot_go_on_does_not_stop_the_others(tmp_path: Path) -> None:
    def does(number: int, *_: object) -> None:
        if number == 12:
            raise ClientError("Claude Code is not logged in.", ExitCode.AGENT_UNAVAILABLE)
        family.ends(number)

    family = Family(tmp_path, does)
    result = family.spawn()
    assert family.begun == [12, 13, 14]
    told = children(result)
    assert (told[12]["status"], told[12]["problem"]) == ("active", "Claude Code is not logged in.")
    assert told[12]["exit_code"] == ExitCode.AGENT_UNAVAILABLE
    assert told[13]["problem"] is None
    assert result.status == "ok"  # what an active child means is the daemon's to say
    assert family.kept.notes == ["[12 Part 12] Claude Code is not logged in."]


def test_a_manual_one_is_a_persons_to_run(tmp_path: Path) -> None:
    family = Family(tmp_path, lambda number, *_: family.ends(number))
    family.heads[13]["executionMode"] = "manual"
    told = children(family.spawn())
    assert family.begun == [12, 14]
    assert "step by step by a person: " in str(told[13]["problem"])


def test_a_deleted_one_is_told(tmp_path: Path) -> None:
    family = Family(tmp_path, lambda number, *_: family.ends(number))
    del family.heads[13]
    result = family.spawn()
    assert family.begun == [12, 14]
    assert result.error_message == "1 of 3 sessions did not complete: 13 (deleted): It is not there any more."


def waits(family: Family, number: int, stop: Stop) -> None:
    """As a run that is under way: until it is stopped."""
    assert stop.wait(BOUND_SECONDS)
    assert stop.reason is StopReason.INTERRUPTED
    raise StoppedError


@pytest.mark.parametrize("reason", list(StopReason))
def test_a_stop_ends_all_and_begins_none(tmp_path: Path, reason: StopReason) -> None:
    def does(number: int, root: Path, progress: Progress, stop: Stop) -> None:
        family.stop.request(reason)
        waits(family, number, stop)

    family = Family(tmp_path, does)
    with pytest.raises(StoppedError):
        family.spawn()
    assert family.begun == [12]
    assert list((tmp_path / "runs").iterdir()) == []


def test_one_that_somebody_ended_ends_alone(tmp_path: Path) -> None:
    def does(number: int, root: Path, progress: Progress, stop: Stop) -> None:
        family.ends(number, "cancelled" if number == 12 else "complete", failureReason="not needed")
        if number == 12:
            stop.request(StopReason.SESSION_ENDED)
            raise StoppedError

    family = Family(tmp_path, does)
    result = family.spawn()
    assert family.begun == [12, 13, 14]
    assert result.error_message == "1 of 3 sessions did not complete: 12 Part 12 (cancelled): not needed."


def test_a_fault_in_one_ends_the_others_and_is_not_hidden(tmp_path: Path) -> None:
    def does(number: int, *_: object) -> None:
        raise ZeroDivisionError

    family = Family(tmp_path, does)
    with pytest.raises(ZeroDivisionError):
        family.spawn()
    assert family.begun[0] == 12
    assert list((tmp_path / "runs").iterdir()) == []


def test_while_they_run_a_record_says_whose_step_it_is(tmp_path: Path) -> None:
    """So that the next runner after a kill need not wait until the claim has run out."""
    records: list[str] = []

    def does(number: int, *_: object) -> None:
        records.extend(path.stem for path in (tmp_path / "runs").iterdir())
        family.ends(number)

    family = Family(tmp_path, does, numbers=(12,))
    family.spawn()
    assert records == [work().interaction_id]


def test_the_main_happenings_of_each_are_shown(tmp_path: Path) -> None:
    def does(number: int, root: Path, progress: Progress, stop: Stop) -> None:
        progress.step_begun(work())
        progress.happened(draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text="I begin."))
        progress.happened(draft(EventType.FILE_CREATED, path="a.py", lines_added=3))
        progress.noted("A note.")
        progress.step_ended(work(), {"result": {"status": "ok", "durationMs": 1_200}})
        family.ends(number)

    family = Family(tmp_path, does, numbers=(12,))
    family.spawn()
    assert family.kept.notes == [
        "[12 Part 12] 1. step",
        "[12 Part 12] created a.py  +3",
        "[12 Part 12] A note.",
        "[12 Part 12] ✓ step  1.2 s",
    ]
