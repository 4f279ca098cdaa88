"""The loop against a daemon that does what the real one rarely does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from tests.unit.runner.benches import Kept, Notes
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.locations import Locations
from treadle.runner import patience, results
from treadle.runner.leftovers import Leftovers
from treadle.runner.loop import Runner
from treadle.runner.progress import Progress
from treadle.runner.run_end import AfterOneStep
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import ModeSwitchedError, PersonNeededError, StoppedError

Answer = Callable[[dict[str, Any]], Any]


class Daemon:
    """Two noop steps, then complete; `special` answers or refuses a method once, `always` each time."""

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []
        self.steps = 2
        self.special: dict[str, Answer] = {}
        self.always: dict[str, Answer] = {}
        self.command: dict[str, Any] = {"command": "noop", "metadata": {}}
        self.interaction: dict[str, Any] = {}
        self.mode = "agentic"

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method in self.special:
            return self.special.pop(method)(params)
        if method in self.always:
            return self.always[method](params)
        if method == "session/getEvents":
            return {"data": []}
        if method == "session/nextCommand":
            return self.next_command()
        if method == "interaction/claim":
            return {"interaction": self.next_command()["interaction"], "takenOver": None}
        if method == "session/handleResult":
            self.results.append(params)
        return {"interaction": {"result": params.get("result")}, "session": {}}

    def next_command(self) -> Any:
        number = len(self.results) + 1
        if number > self.steps:
            raise RefusalError("complete", "The session is complete.")
        interaction = {"id": f"i{number}", "step": f"step{number}", "position": number, "attempt": 1}
        session = {"id": 7, "executionMode": self.mode}
        return {"session": session, "interaction": {**interaction, "command": self.command, **self.interaction}}


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def peer(tmp_path: Path, daemon: Daemon) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "s", daemon.answer) as peer:
        yield peer


@pytest.fixture
def connection(peer: ScriptedPeer) -> Iterator[Connection]:
    with Connection(peer.connect, client_name="test", timeout=5) as connection:
        yield connection


def runner(connection: Connection, folder: Path, **options: Any) -> Runner:
    given: dict[str, Any] = {
        "progress": Progress(),
        "stop": Stop(),
        "consent": False,
        "project_root": folder,
        **options,
    }
    return Runner(connection, session_id=7, locations=Locations.find(folder), **given)


def refuse(code: str) -> Answer:
    def answer(params: dict[str, Any]) -> Any:
        raise RefusalError(code, f"It is {code}.")

    return answer


def steps(peer: ScriptedPeer) -> list[str]:
    return [method for method in peer.methods() if method not in ("session/getEvents", "interaction/heartbeat")]


@pytest.mark.requirement("claim.before-running")
def test_each_step_is_claimed_executed_and_reported(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    runner(connection, tmp_path).run()
    step = ["session/nextCommand", "interaction/claim", "session/handleResult"]
    assert steps(peer) == [*step, *step, "session/nextCommand"]
    assert [result["interactionId"] for result in daemon.results] == ["i1", "i2"]
    assert daemon.results[0]["result"]["id"] != daemon.results[1]["result"]["id"]


@pytest.mark.requirement("claim.never-rerun-silently")
def test_an_interrupted_step_is_not_run_again_without_consent(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.interaction = {"interrupted": True, "claim": {"clientId": "another"}}
    with pytest.raises(ClientError, match="treadle run --session 7") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == 7
    runner(connection, tmp_path, consent=True).run()
    assert len(daemon.results) == 2


def test_ones_own_interrupted_step_goes_on(connection: Connection, daemon: Daemon, tmp_path: Path) -> None:
    daemon.interaction = {"interrupted": True, "claim": {"clientId": connection.client_id}}
    runner(connection, tmp_path).run()
    assert len(daemon.results) == 2


def test_a_result_that_came_too_late_does_not_end_the_run(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["session/handleResult"] = refuse("interaction_completed")
    kept = Kept()
    runner(connection, tmp_path, progress=Notes(kept)).run()
    assert kept.notes == ["The result of step1 was not needed any more: It is interaction_completed."]
    assert len(daemon.results) == 2


@pytest.mark.parametrize("code", ["step_failed", "session_type_unavailable", "claimed"])
def test_a_result_that_is_refused_ends_the_run_and_gives_the_claim_back(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, code: str
) -> None:
    daemon.special["session/handleResult"] = refuse(code)
    with pytest.raises(RemoteError, match=f"It is {code}"):
        runner(connection, tmp_path).run()
    assert steps(peer)[-1] == "interaction/release"


@pytest.mark.parametrize("code", ["complete", "failed", "cancelled", "interaction_completed"])
def test_what_others_have_ended_before_the_claim_is_not_executed(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, code: str
) -> None:
    """Cancelled, or superseded by a switch of the mode: what comes next is asked for again."""
    daemon.special["interaction/claim"] = refuse(code)
    daemon.steps = 1
    runner(connection, tmp_path).run()
    once = ["session/nextCommand", "interaction/claim"]
    assert steps(peer) == [*once, *once, "session/handleResult", "session/nextCommand"]


@pytest.mark.parametrize("method", ["session/nextCommand", "interaction/claim"])
def test_a_paused_session_ends_the_run_with_an_exit_code_of_its_own(
    connection: Connection, daemon: Daemon, tmp_path: Path, method: str
) -> None:
    daemon.special[method] = refuse("paused")
    with pytest.raises(RemoteError) as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.PAUSED
    assert daemon.results == []


@pytest.mark.parametrize("code", ["paused", "session_type_unavailable"])
def test_a_session_that_gives_no_command_ends_the_run(
    connection: Connection, daemon: Daemon, tmp_path: Path, code: str
) -> None:
    daemon.special["session/nextCommand"] = refuse(code)
    with pytest.raises(RemoteError, match=f"It is {code}"):
        runner(connection, tmp_path).run()


def test_a_run_that_was_stopped_begins_no_step(peer: ScriptedPeer, connection: Connection, tmp_path: Path) -> None:
    stop = Stop()
    stop.request(StopReason.INTERRUPTED)
    with pytest.raises(StoppedError):
        runner(connection, tmp_path, stop=stop).run()
    assert steps(peer) == []


def answered(daemon: Daemon, **result: Any) -> Answer:
    """The step's own reading of a result."""

    def answer(params: dict[str, Any]) -> Any:
        if result["status"] != "pending":
            daemon.results.append(params)
        return {"interaction": {"result": {**params["result"], **result}}, "session": {}}

    return answer


def spawned(daemon: Daemon, **head: Any) -> None:
    daemon.command = {"command": "spawn_sessions", "metadata": {"child_session_ids": [12], "max_parallel": 1}}
    child = {"id": 12, "title": "Parser", "executionMode": "manual", "environment": "local", **head}
    daemon.always["session/get"] = lambda _: {"session": child}


def test_a_spawn_that_waits_for_a_child_ends_the_run_and_gives_the_claim_back(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    spawned(daemon, status="active")
    daemon.special["session/handleResult"] = answered(daemon, status="pending")
    with pytest.raises(
        PersonNeededError, match=r"^step1 waits for session 12: It is in mode manual, .*12\.$"
    ) as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.PAUSED
    assert steps(peer).count("session/handleResult") == 1
    assert steps(peer)[-1] == "interaction/release"


def test_a_spawn_whose_child_failed_ends_the_run_after_one_time(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    spawned(daemon, status="failed", failureReason="no idea")
    daemon.special["session/handleResult"] = answered(daemon, status="error", errorMessage="Session 12 is not done")
    with pytest.raises(PersonNeededError) as caught:
        runner(connection, tmp_path).run()
    assert caught.value.message == (
        "step1 did not succeed: Session 12 is not done. Only sessions that did not complete run again."
    )
    assert caught.value.exit_code == ExitCode.SESSION_FAILED
    assert steps(peer).count("session/nextCommand") == 1  # which would let the daemon reopen the child unasked


def test_a_spawn_that_succeeded_goes_on(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    spawned(daemon, status="complete", environment="vscode")
    runner(connection, tmp_path).run()
    assert [result["result"]["status"] for result in daemon.results] == ["ok", "ok"]


def test_a_logged_out_agent_ends_the_run_after_its_result_and_the_session_waits(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = results.failed("r1", "Claude Code is not logged in.", data={"failure": "not_logged_in"})
    monkeypatch.setattr("treadle.runner.loop.execute", lambda work, bench: refused)
    with pytest.raises(PersonNeededError, match="is not logged in") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.AGENT_UNAVAILABLE
    assert len(daemon.results) == 1
    assert steps(peer)[-2:] == ["session/handleResult", "session/nextCommand"]


def test_the_last_attempt_of_a_logged_out_agent_ends_the_session(
    connection: Connection, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = results.failed("r1", "Claude Code is not logged in.", data={"failure": "not_logged_in"})
    monkeypatch.setattr("treadle.runner.loop.execute", lambda work, bench: refused)
    daemon.steps = 1
    runner(connection, tmp_path).run()


def test_git_that_refuses_leaves_the_session_to_a_person(
    connection: Connection, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = results.failed("r1", "The hook pre-commit failed.")
    monkeypatch.setattr("treadle.runner.loop.execute", lambda work, bench: refused)
    daemon.command = {"command": "shell", "metadata": {"argv": ["treadle", "git", "commit"]}}
    with pytest.raises(PersonNeededError, match="was not possible: The hook pre-commit failed") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.PROJECT_STATE
    assert len(daemon.results) == 1


def test_a_step_that_never_takes_its_result_ends_the_run_instead_of_going_round(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["session/handleResult"] = answered(daemon, status="pending", data={"answered_by": "x"})
    with pytest.raises(PersonNeededError, match="step1 was executed and does not count as finished") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.SESSION_FAILED
    assert steps(peer)[-2:] == ["session/handleResult", "interaction/release"]


def cannot_run(daemon: Daemon) -> None:
    daemon.command = {"command": "shell", "metadata": {"argv": ["true"]}}
    data = {"failure": "tests_cannot_run", "argv": ["true"], "verdict": "The tests cannot be run: no pytest."}
    daemon.special["session/handleResult"] = answered(daemon, status="pending", data=data)
    daemon.interaction = {"result": {"status": "pending", "data": data}}


def test_tests_that_cannot_run_end_the_run_at_once_and_give_the_claim_back(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    cannot_run(daemon)
    daemon.interaction = {}
    with pytest.raises(PersonNeededError, match=r"^The tests cannot be run: no pytest\.$") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.PROJECT_STATE
    assert steps(peer)[-2:] == ["session/handleResult", "interaction/release"]


def test_the_command_of_tests_that_could_not_run_is_made_anew(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    """The person may have named another one in the settings. To whom meant the step before, it is the same one."""
    cannot_run(daemon)
    asked, was = [], daemon.next_command()["interaction"]["id"]

    def answer(params: dict[str, Any]) -> Any:
        asked.append(params.get("regenerate"))
        if params.get("regenerate"):
            daemon.command, daemon.interaction = {"command": "noop", "metadata": {}}, {"id": "renewed"}
            daemon.special = {}
        return daemon.next_command()

    daemon.always["session/nextCommand"] = answer
    with pytest.raises(StoppedError):
        runner(connection, tmp_path, run_end=AfterOneStep(was)).run()
    assert [result["interactionId"] for result in daemon.results] == ["renewed"]
    assert asked == [None, True, None]


def test_a_command_that_a_person_has_edited_since_stays(connection: Connection, daemon: Daemon, tmp_path: Path) -> None:
    cannot_run(daemon)
    daemon.special = {}
    daemon.command = {"command": "noop", "metadata": {"argv": ["make", "test"]}}
    asked = []

    def answer(params: dict[str, Any]) -> Any:
        asked.append(params.get("regenerate"))
        return daemon.next_command()

    daemon.always["session/nextCommand"] = answer
    runner(connection, tmp_path).run()
    assert set(asked) == {None}


class Person(Progress):
    """Says yes to the first step and no to the second."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def confirms(self, work: Work) -> bool:
        self.asked.append(work.step)
        return len(self.asked) == 1


def test_in_manual_mode_a_person_is_asked_before_each_step(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    person, stop = Person(), Stop()
    with pytest.raises(StoppedError):
        runner(connection, tmp_path, progress=person, stop=stop, manual=True).run()
    assert person.asked == ["step1", "step2"]
    assert len(daemon.results) == 1
    assert stop.reason is StopReason.INTERRUPTED


@pytest.mark.requirement("mode.claimed-finishes")
@pytest.mark.parametrize("manual", [False, True])
def test_a_step_that_is_under_way_is_the_last_one_after_a_switch_of_the_mode(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, manual: bool
) -> None:
    """Whether the loop goes on by itself is what the person has just decided; no further step is begun."""

    def switched(params: dict[str, Any]) -> Any:
        daemon.mode = "manual"
        return daemon.answer("session/handleResult", params)

    daemon.special["session/handleResult"] = switched
    person = Person() if manual else Progress()
    with pytest.raises(ModeSwitchedError, match="7 was switched to mode manual") as caught:
        runner(connection, tmp_path, manual=manual, progress=person).run()
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert len(daemon.results) == 1
    assert steps(peer)[-1] == "session/nextCommand"


def taken_over(daemon: Daemon, client_id: str) -> Answer:
    """Between the question and the claim somebody else has begun the step and died."""

    def answer(params: dict[str, Any]) -> Any:
        died = {"clientId": client_id, "clientName": "window 1"}
        return {"interaction": daemon.next_command()["interaction"], "takenOver": died}

    return answer


@pytest.mark.requirement("claim.never-rerun-silently")
def test_a_step_that_was_begun_meanwhile_is_left_alone_without_consent(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["interaction/claim"] = taken_over(daemon, "another")
    with pytest.raises(ClientError, match="treadle run --session 7") as caught:
        runner(connection, tmp_path).run()
    assert caught.value.exit_code == ExitCode.CLAIMED
    released = {"sessionId": 7, "interactionId": "i1", "interrupted": True}
    assert peer.calls[-1] == ("interaction/release", released)
    assert daemon.results == []


def test_with_consent_an_interrupted_step_runs_again_and_its_holder_is_named(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["interaction/claim"] = taken_over(daemon, "another")
    kept = Kept()
    runner(connection, tmp_path, consent=True, progress=Notes(kept)).run()
    assert kept.notes == ["window 1 was interrupted in the step step1; it runs again."]
    assert len(daemon.results) == 2


def test_ones_own_claim_that_ran_out_is_no_interruption_by_another(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["interaction/claim"] = taken_over(daemon, connection.client_id)
    runner(connection, tmp_path).run()
    assert len(daemon.results) == 2


def dead_runner_in(folder: Path) -> None:
    """It left its record when it was killed; its process number is nobody's."""
    runs = Locations.find(folder).runs
    Leftovers(runs, client_id="dead").announce("i1", "11111111-1111-4111-8111-111111111111")
    record = runs / "i1.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "runnerStart": "another"}))


@pytest.mark.parametrize("consent", [True, False])
def test_who_is_dead_for_certain_is_not_waited_for_by_whom_a_person_has_told_to_go_on(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, consent: bool
) -> None:
    dead_runner_in(tmp_path)
    runner(connection, tmp_path, consent=consent).run()
    interrupted = ("interaction/release", {"sessionId": 7, "interactionId": "i1", "interrupted": True})
    assert (interrupted in peer.calls) == consent
    assert ("dead" in peer.client_ids) == consent


def test_a_command_that_was_changed_before_the_claim_is_the_one_that_runs(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["interaction/claim"] = edited(daemon)
    daemon.steps = 1
    runner(connection, tmp_path).run()
    assert daemon.results[0]["result"]["stdout"] == "edited\n"


def edited(daemon: Daemon) -> Answer:
    def answer(params: dict[str, Any]) -> Any:
        daemon.command = {"command": "echo edited", "metadata": {}}
        return {"interaction": daemon.next_command()["interaction"], "takenOver": None}

    return answer


class Reader(Progress):
    """Says yes to what is shown, as often as it is asked."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def confirms(self, work: Work) -> bool:
        self.shown.append(work.command)
        return True


def test_a_person_is_asked_again_when_the_command_was_changed_while_they_were_asked(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    daemon.special["interaction/claim"] = edited(daemon)
    daemon.steps = 1
    person = Reader()
    runner(connection, tmp_path, progress=person, manual=True).run()
    assert person.shown == ["noop", "echo edited"]
    claims = [method for method in steps(peer) if method.startswith("interaction/")]
    assert claims == ["interaction/claim", "interaction/release", "interaction/claim"]
    assert len(daemon.results) == 1


def test_a_result_is_told_again_while_the_storage_is_away(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.01)
    daemon.special["session/handleResult"] = refuse("storage_unavailable")
    runner(connection, tmp_path).run()
    assert [result["interactionId"] for result in daemon.results] == ["i1", "i2"]
    told = [params["result"]["id"] for method, params in peer.calls if method == "session/handleResult"]
    assert told[0] == told[1] != told[2]


def test_a_conversation_that_a_killed_runner_was_about_to_begin_goes_on(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    conversation = "11111111-1111-4111-8111-111111111111"
    Leftovers(Locations.find(tmp_path).runs).announce("i1", conversation)
    claude = tmp_path / "claude"
    claude.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\n')
    claude.chmod(0o755)
    daemon.steps = 1
    daemon.command = {"command": "claude", "metadata": {"prompt": "Go."}}
    runner(connection, tmp_path, environ={"PATH": "/bin:/usr/bin", "TREADLE_CLAUDE": str(claude)}).run()
    assert f"--resume={conversation}" in (tmp_path / "words").read_text().split()
    assert daemon.results[0]["result"]["data"]["conversation_id"] == conversation


def test_events_that_are_lost_are_told(connection: Connection, daemon: Daemon, tmp_path: Path) -> None:
    daemon.special["session/handleEvents"] = refuse("event_invalid")
    daemon.command = {"command": "true", "metadata": {}}
    kept = Kept()
    with pytest.raises(RemoteError, match="event_invalid"):
        runner(connection, tmp_path, progress=Notes(kept)).run()
    assert kept.notes[-1].endswith("of this run's events did not reach the daemon; they are lost.")


def test_commands_in_a_worktree_run_in_the_environment_of_the_projects_own_folder(
    connection: Connection, daemon: Daemon, tmp_path: Path
) -> None:
    main, outside, worktree = (tmp_path / name for name in ("main", "outside", "worktree"))
    for folder in (main, outside, worktree):
        folder.mkdir()
    (main / "pyproject.toml").touch()
    (main / "poetry.lock").write_text('name = "pytest"\n')
    (tmp_path / "poetry").write_text(f"#!/bin/sh\necho {outside}\n")
    (tmp_path / "poetry").chmod(0o755)
    daemon.steps = 1
    daemon.command = {"command": 'echo "$VIRTUAL_ENV"', "metadata": {}}
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    runner(connection, tmp_path, project_root=worktree, main_root=main, environ=environ).run()
    assert daemon.results[0]["result"]["stdout"] == f"{outside}\n"
