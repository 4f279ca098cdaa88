"""The agent's executor with the real Claude Code and the scripted model."""

import json
import uuid
from pathlib import Path

import pytest

from tests.agent_fixtures import AgentEnvironment
from tests.unit.runner.benches import Kept, bench, work
from treadle.client.errors import ClientError, ExitCode
from treadle.domain.event import EventType
from treadle.domain.result import Result, ResultStatus
from treadle.runner.agent_plan import CONTINUATION
from treadle.runner.executors.agent import agent
from treadle.runner.found_claude import find_claude
from treadle.runner.process_table import start_token
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError


@pytest.fixture
def kept() -> Kept:
    return Kept()


def prompted(**metadata: object) -> Work:
    return work("claude", prompt="Say hello.", **metadata)


def conversation_of(result: Result) -> str:
    return str(result.data["conversation_id"])


def sent(kept: Kept) -> list[object]:
    return [data["text"] for data in kept.of(EventType.CONVERSATION_MESSAGE_SENT)]


def test_a_prompt_is_answered(tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment) -> None:
    result = agent(prompted(), bench(tmp_path, kept, environ=agent_environment("hello")))
    assert (result.status, result.error_message) == (ResultStatus.OK, None)
    assert result.data["text"] == "Hello from the scripted model."
    assert result.data["num_turns"] == 1
    assert result.data["output_tokens"]
    assert sent(kept) == ["Say hello."]
    assert kept.of(EventType.CONVERSATION_STARTED)[0]["conversation_id"] == conversation_of(result)
    assert kept.events[-1].event_type is EventType.CONVERSATION_ENDED


@pytest.mark.requirement("session.conversation-id")
def test_a_conversation_goes_on(tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment) -> None:
    environ = agent_environment("hello")
    first = agent(prompted(), bench(tmp_path, Kept(), environ=environ))
    workbench = bench(tmp_path, kept, environ=environ, latest=conversation_of(first))
    second = agent(prompted(conversation="continue"), workbench)
    assert second.data["text"] == "Hello again: this is the second answer."
    assert conversation_of(second) == conversation_of(first)
    assert sent(kept) == ["Say hello."]


@pytest.mark.requirement("claim.consent-goes-on")
def test_an_interrupted_conversation_goes_on_with_a_short_prompt(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    environ = agent_environment("hello")
    first = agent(prompted(), bench(tmp_path, Kept(), environ=environ))
    second = agent(prompted(), bench(tmp_path, kept, environ=environ, begun=conversation_of(first)))
    assert conversation_of(second) == conversation_of(first)
    assert sent(kept) == [CONTINUATION]


def test_a_conversation_that_is_gone_begins_anew_under_its_id(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    gone = str(uuid.uuid4())
    result = agent(prompted(), bench(tmp_path, kept, environ=agent_environment("hello"), begun=gone))
    assert result.status is ResultStatus.OK
    assert conversation_of(result) == gone
    assert sent(kept) == ["Say hello."]
    assert kept.notes == ["Claude Code does not know the conversation any more; the step begins anew."]


def test_a_conversation_is_on_record_before_its_agent_starts(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    wrapper = tmp_path / "wrapper"
    runs = tmp_path / "runs"
    environ = agent_environment("hello")
    wrapper.write_text(f'#!/bin/sh\ncat {runs}/*.json > {tmp_path}/seen; exec "{find_claude(environ)}" "$@"\n')
    wrapper.chmod(0o755)
    result = agent(prompted(), bench(tmp_path, kept, environ={**environ, "TREADLE_CLAUDE": str(wrapper)}))
    assert json.loads((tmp_path / "seen").read_text())["conversationId"] == conversation_of(result)
    assert list(runs.iterdir()) == []


def test_an_agent_that_cannot_be_started_leaves_no_record(tmp_path: Path, kept: Kept) -> None:
    broken = tmp_path / "claude"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o755)
    with pytest.raises(ClientError, match="cannot be started"):
        agent(prompted(), bench(tmp_path, kept, environ={"TREADLE_CLAUDE": str(broken)}))
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_is_no_conversation_id_is_not_given_to_the_agent(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    evil = "--dangerously-skip-permissions"
    workbench = bench(tmp_path, kept, environ=agent_environment("hello"), begun=evil, latest=evil)
    result = agent(prompted(conversation="continue"), workbench)
    assert result.status is ResultStatus.OK
    assert uuid.UUID(conversation_of(result))
    assert sent(kept) == ["Say hello."]


def test_what_is_no_model_is_refused(tmp_path: Path, kept: Kept) -> None:
    result = agent(prompted(options={"model": "--dangerously-skip-permissions"}), bench(tmp_path, kept))
    assert result.error_message == "'--dangerously-skip-permissions' is no name of a model."


def test_the_named_model_is_asked(tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment) -> None:
    model = "claude-test-model"
    result = agent(prompted(options={"model": model}), bench(tmp_path, kept, environ=agent_environment("hello")))
    assert (result.status, result.data["model"]) == (ResultStatus.OK, model)


def test_messages_of_a_newer_agent_are_told(tmp_path: Path, kept: Kept) -> None:
    newer = tmp_path / "claude"
    lines = ['{"type": "hologram", "subtype": "x"}', '{"type": "result", "subtype": "success", "is_error": false}']
    said = "\\n".join(lines)
    newer.write_text(f"#!/bin/sh\nprintf '{said}\\n'\n")
    newer.chmod(0o755)
    result = agent(prompted(), bench(tmp_path, kept, environ={"PATH": "/bin:/usr/bin", "TREADLE_CLAUDE": str(newer)}))
    assert result.data["unknown_messages"] == {"hologram/x": 1}
    assert "(hologram/x)" in kept.notes[0]


def test_an_agent_over_its_time_is_ended(tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment) -> None:
    workbench = bench(tmp_path, kept, environ=agent_environment("hang"))
    result = agent(prompted(timeout_s=3), workbench)
    assert result.error_message == "The agent was ended after 3 s, its time limit."
    assert result.data["failure"] == "timed_out"


def test_too_many_turns_are_an_error_with_the_reason(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    workbench = bench(tmp_path, kept, environ=agent_environment("hang"))
    result = agent(prompted(options={"max_turns": 1}), workbench)
    assert (result.status, result.data["failure"]) == (ResultStatus.ERROR, "max_turns")


def test_a_run_that_stops_ends_the_agent(tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment) -> None:
    stop = Stop()
    workbench = bench(tmp_path, kept, environ=agent_environment("hang"), stop=stop)
    agents: list[int] = []

    def watch(event_type: EventType) -> None:
        if event_type is EventType.TOOL_RESULT:
            (record,) = (tmp_path / "runs").iterdir()
            agents.append(json.loads(record.read_text())["group"])
            stop.request(StopReason.INTERRUPTED)

    kept.watch = watch
    with pytest.raises(StoppedError):
        agent(prompted(), workbench)
    assert start_token(agents[0]) is None
    assert not list((tmp_path / "runs").iterdir())
    assert kept.of(EventType.ERROR_OCCURRED) == []
    assert kept.of(EventType.CONVERSATION_ENDED)[0]["interrupted"] is True


def test_a_login_that_is_refused_is_not_tried_for_minutes(
    tmp_path: Path, kept: Kept, agent_environment: AgentEnvironment
) -> None:
    environ = {**agent_environment("api_error_401"), "CLAUDE_CODE_MAX_RETRIES": "10"}
    result = agent(prompted(timeout_s=60), bench(tmp_path, kept, environ=environ))
    assert (result.status, result.data["failure"]) == (ResultStatus.ERROR, "not_logged_in")
    assert str(result.error_message).startswith("Claude Code is not logged in (the API refuses the key or login)")
    told = kept.of(EventType.ERROR_OCCURRED)
    assert [data["kind"] for data in told] == ["api_retry", "api_retry", "not_logged_in"]
    assert kept.events[-1].event_type is EventType.CONVERSATION_ENDED


@pytest.mark.requirement("handle.execution-error-counts")
@pytest.mark.parametrize(
    ("body", "failure", "message"),
    [
        ("exit 3", "ended_early", "Claude Code ended with exit code 3 before it had finished."),
        (
            "echo 'bad flag' >&2; exit 1",
            "ended_early",
            "Claude Code ended with exit code 1 before it had finished: bad flag",
        ),
        ("echo nonsense; kill -9 $$", "ended_early", "Claude Code ended with exit code -9 before it had finished."),
    ],
)
def test_an_agent_that_breaks_is_an_error_with_the_reason(
    tmp_path: Path, kept: Kept, body: str, failure: str, message: str
) -> None:
    broken = tmp_path / "claude"
    broken.write_text(f"#!/bin/sh\n{body}\n")
    broken.chmod(0o755)
    result = agent(prompted(), bench(tmp_path, kept, environ={"PATH": "/bin:/usr/bin", "TREADLE_CLAUDE": str(broken)}))
    assert (result.data["failure"], result.error_message) == (failure, message)


def test_an_agent_that_is_not_there_ends_the_run_and_not_the_step(tmp_path: Path, kept: Kept) -> None:
    with pytest.raises(ClientError, match="was not found") as caught:
        agent(prompted(), bench(tmp_path, kept, environ={"PATH": str(tmp_path)}))
    assert caught.value.exit_code == ExitCode.AGENT_UNAVAILABLE


def test_the_named_executable_comes_first(tmp_path: Path) -> None:
    for name in ("claude", "other"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert find_claude({"PATH": str(tmp_path)}) == str(tmp_path / "claude")
    assert find_claude({"PATH": str(tmp_path), "TREADLE_CLAUDE": str(tmp_path / "other")}) == str(tmp_path / "other")
