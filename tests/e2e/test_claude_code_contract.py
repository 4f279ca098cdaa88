"""What Treadle relies on in Claude Code 2.1.329, tried with the real program and the scripted model.

When a newer version is pinned, what fails here is what changed.
"""

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.agent_fixtures import AgentEnvironment
from tests.agent_process import DENIAL, Conversation, OnStop, converse
from tools.claude_code_cli import VERSION
from tools.scripted_model.script import Json, Script
from tools.scripted_model.server import ScriptedModelServer
from treadle.agents.agent_outcome import AgentFailure
from treadle.agents.claude_code_command import BLOCK_CAP, USUAL_BLOCK_CAP, ClaudeCodeOptions, allowed_command_rules
from treadle.agents.claude_code_protocol import AgentRequest, Message, keep_working, let_stop
from treadle.agents.lenient import an_object, joined_text
from treadle.domain.event import EventType

TEST_COMMAND = (".venv/bin/python", "-m", "pytest")
COMPONENT_TESTS = " ".join((*TEST_COMMAND, "tests/test_calculator.py"))


@pytest.fixture
def run_script(
    agent_environment: AgentEnvironment, calculator_project: Path, scripted_model: ScriptedModelServer
) -> "ScriptRunner":
    return ScriptRunner(agent_environment, calculator_project, scripted_model)


class ScriptRunner:
    def __init__(self, environment: AgentEnvironment, project: Path, model: ScriptedModelServer) -> None:
        self.environment, self.project, self.model = environment, project, model
        self.conversation_id = str(uuid.uuid4())

    def __call__(
        self,
        script: str | list[Json],
        *prompts: str,
        resume: bool = False,
        allowed_tools: tuple[str, ...] = (),
        subagents: dict[str, list[Json]] | None = None,
        environ: dict[str, str] | None = None,
        on_stop: OnStop | None = None,
        hook_seconds: float = 40,
    ) -> Conversation:
        if not isinstance(script, str):
            name = f"of_{self.conversation_id}"
            self.model.scripts[name] = Script.parse(name, {"turns": script, "subagents": subagents or {}})
            script = name
        return converse(
            prompts,
            ClaudeCodeOptions(conversation_id=self.conversation_id, resume=resume, allowed_tools=allowed_tools),
            environment={**self.environment(script), **(environ or {})},
            project=self.project,
            on_stop=on_stop,
            hook_seconds=hook_seconds,
        )


def bash(*commands: str) -> list[Json]:
    calls = [{"calls": [{"tool": "Bash", "input": {"command": command}}]} for command in commands]
    return [*calls, {"say": "Done."}]


@dataclass
class StopHook:
    """Keeps the agent from stopping so many times."""

    blocks: int
    asked: list[AgentRequest] = field(default_factory=list)

    def __call__(self, request: AgentRequest) -> Message:
        self.asked.append(request)
        number = len(self.asked)
        return (
            let_stop(request.request_id) if number > self.blocks else keep_working(request.request_id, f"No {number}.")
        )


def ran(conversation: Conversation) -> dict[object, bool]:
    ended = {data["tool_use_id"]: data for data in conversation.of_type(EventType.COMMAND_COMPLETED)}
    started = conversation.of_type(EventType.COMMAND_STARTED)
    return {data["command"]: ended[data["tool_use_id"]].get("ran", True) is True for data in started}


def test_a_conversation_has_our_id_and_the_pinned_version(run_script: ScriptRunner) -> None:
    told = run_script("hello", "Hello.")
    (started,) = told.of_type(EventType.CONVERSATION_STARTED)
    assert started["conversation_id"] == run_script.conversation_id
    assert started["agent_version"] == VERSION
    assert started["permission_mode"] == "acceptEdits"
    assert told.of_type(EventType.CONVERSATION_MESSAGE_SENT)[0]["text"] == "Hello."
    assert told.outcome.result_text == "Hello from the scripted model."
    assert (told.outcome.exit_code, told.outcome.is_error) == (0, False)


def test_no_message_is_of_an_unknown_kind(run_script: ScriptRunner) -> None:
    assert run_script("component_test", "Write the tests.").outcome.unknown_messages == {}


def test_tests_and_code_of_the_example_are_red_then_green(run_script: ScriptRunner) -> None:
    run_script("component_test", "Write the tests.")
    assert (run_script.project / "tests" / "test_calculator.py").is_file()
    rules = allowed_command_rules(TEST_COMMAND)
    run_script.conversation_id = str(uuid.uuid4())

    first = run_script("component_coding", "Write the code.", allowed_tools=rules)
    assert [data["path"] for data in first.of_type(EventType.FILE_CREATED)] == ["src/calculator.py"]
    red = run_script.project / "src" / "calculator.py"
    assert "value - self.sum()" in red.read_text("utf-8")

    second = run_script("component_coding", "Mend it.", resume=True, allowed_tools=rules)
    assert [data["path"] for data in second.of_type(EventType.FILE_MODIFIED)] == ["src/calculator.py"]
    assert second.of_type(EventType.COMMAND_COMPLETED)[0]["exit_code"] == 0
    assert "17 passed" in str(second.of_type(EventType.COMMAND_OUTPUT)[0]["text"])
    assert not second.outcome.permission_denials


@pytest.mark.requirement("trust.agent-permissions")
def test_the_test_command_is_allowed_with_arguments_and_nothing_like_it(run_script: ScriptRunner) -> None:
    expected = {
        " ".join(TEST_COMMAND): True,
        f"{COMPONENT_TESTS} -q 2>&1 | tail -n 3": True,
        ".venv/bin/python -m pytestx": False,
        ".venv/bin/python -c 'print(1)'": False,
        f"{COMPONENT_TESTS} && curl http://127.0.0.1:9/": False,
    }
    told = run_script(bash(*expected), "Go.", allowed_tools=allowed_command_rules(TEST_COMMAND))
    assert ran(told) == expected


@pytest.mark.requirement("trust.shell-values-are-quoted")
def test_a_path_with_a_space_is_allowed_as_it_is_quoted(run_script: ScriptRunner) -> None:
    folder = run_script.project / "my tools"
    folder.mkdir()
    (folder / "python").symlink_to("../.venv/bin/python")
    told = run_script(
        bash("'my tools/python' --version"), "Go.", allowed_tools=allowed_command_rules(["my tools/python"])
    )
    assert ran(told) == {"'my tools/python' --version": True}


@pytest.mark.requirement("trust.rest-is-denied")
def test_a_denied_command_is_shown_and_the_agent_goes_on(run_script: ScriptRunner) -> None:
    told = run_script("denied_command", "Fetch it.")
    (denied,) = told.of_type(EventType.ERROR_OCCURRED)
    assert (denied["kind"], denied["tool"], denied["message"]) == ("permission_denied", "Bash", DENIAL)
    assert {"agent_status": "waiting"} in told.of_type(EventType.SESSION_STATUS_CHANGED)
    assert not (run_script.project / "not_allowed.txt").exists()
    assert told.outcome.result_text == f"The command was refused: {DENIAL}"
    assert not told.outcome.is_error


def test_a_resumed_conversation_goes_on_and_counts_its_own_cost(run_script: ScriptRunner) -> None:
    first = run_script("hello", "Hello.")
    second = run_script("hello", "Again.", resume=True)
    assert second.outcome.result_text == "Hello again: this is the second answer."
    assert second.of_type(EventType.CONVERSATION_STARTED)[0]["resumed"] is True
    assert first.outcome.cost_usd
    assert second.outcome.cost_usd
    assert second.outcome.conversation_cost_usd == pytest.approx(
        first.outcome.cost_usd + second.outcome.cost_usd, abs=0.0001
    )
    assert second.outcome.input_tokens == 1250


def test_a_killed_conversation_goes_on_at_the_turn_that_was_lost(
    run_script: ScriptRunner, scripted_model: ScriptedModelServer
) -> None:
    def is_result_of_a_tool(message: Message) -> bool:
        return message["type"] == "user" and "tool_use_result" in message

    environment = run_script.environment("hang")
    options = ClaudeCodeOptions(conversation_id=run_script.conversation_id)
    killed = converse(
        ["Look."],
        options,
        environment=environment,
        project=run_script.project,
        terminate_when=is_result_of_a_tool,
    )
    assert killed.outcome.failure is AgentFailure.ENDED_EARLY
    assert killed.outcome.exit_code == 143
    scripted_model.requests.clear()
    run_script([{"say": "Turn 0."}, {"say": "Turn 1."}], "Go on.", resume=True)
    assert [request["turn"] for request in scripted_model.requests] == [1]


def test_a_taken_conversation_is_refused(run_script: ScriptRunner) -> None:
    run_script("hello", "Hello.")
    assert run_script("hello", "Hello.").outcome.failure is AgentFailure.CONVERSATION_IN_USE


def test_an_unknown_conversation_is_refused(run_script: ScriptRunner) -> None:
    outcome = run_script("hello", "Hello.", resume=True).outcome
    assert outcome.failure is AgentFailure.CONVERSATION_NOT_FOUND
    assert outcome.exit_code == 1


@pytest.mark.parametrize(
    ("script", "failure"),
    [("api_error_401", AgentFailure.NOT_LOGGED_IN), ("api_error_500", AgentFailure.API_ERROR)],
)
def test_a_failing_api_ends_the_run_as_an_error(run_script: ScriptRunner, script: str, failure: AgentFailure) -> None:
    told = run_script(script, "Hello.")
    assert told.outcome.failure is failure
    assert told.outcome.exit_code == 1
    assert [data["kind"] for data in told.of_type(EventType.ERROR_OCCURRED)] == ["api_retry", "api_error"]


def test_a_script_that_does_not_exist_is_named(run_script: ScriptRunner) -> None:
    assert "There is no script 'absent'." in str(run_script("absent", "Hello.").outcome.error)


def test_a_broken_stream_is_mended(run_script: ScriptRunner) -> None:
    told = run_script("cut", "Hello.")
    assert told.outcome.result_text == "Half an answer."
    assert not told.outcome.is_error


def answers(number: int) -> list[Json]:
    return [{"say": f"Answer {index}."} for index in range(number)]


def test_an_agent_asks_before_it_stops_and_again_after_each_no(run_script: ScriptRunner) -> None:
    hook = StopHook(blocks=2)
    told = run_script(answers(9), "Go.", on_stop=hook)
    assert [request.tool_input["stop_hook_active"] for request in hook.asked] == [False, True, True]
    assert told.outcome.result_text == "Answer 2."
    synthetic = [message["message"] for message in told.messages if message.get("isSynthetic")]
    feedback = [joined_text(an_object(message).get("content")) for message in synthetic]
    assert feedback == ["Stop hook feedback:\nNo 1.", "Stop hook feedback:\nNo 2."]
    assert told.of_type(EventType.HOOK_TRIGGERED) == []
    assert told.outcome.unknown_messages == {}


def test_a_resumed_conversation_asks_again(run_script: ScriptRunner) -> None:
    run_script(answers(9), "Go.", on_stop=StopHook(blocks=1))
    hook = StopHook(blocks=1)
    assert run_script(answers(9), "Go on.", resume=True, on_stop=hook).outcome.result_text == "Answer 3."
    assert [request.tool_input["stop_hook_active"] for request in hook.asked] == [False, True]


@pytest.mark.parametrize(("own", "asked"), [({}, USUAL_BLOCK_CAP + 1), ({BLOCK_CAP: "10"}, 11)])
def test_an_agent_is_kept_from_stopping_only_so_often(
    run_script: ScriptRunner, own: dict[str, str], asked: int
) -> None:
    hook = StopHook(blocks=40)
    told = run_script(answers(30), "Go.", environ=own, on_stop=hook)
    assert len(hook.asked) == asked
    assert (told.outcome.is_error, told.outcome.unknown_messages) == (False, {})


def test_an_agent_waits_for_the_answer_as_long_as_it_was_told(run_script: ScriptRunner) -> None:
    told = run_script(answers(2), "Go.", on_stop=lambda _: None, hook_seconds=1)
    assert told.outcome.result_text == "Answer 0."
    (asked,) = [message for message in told.messages if message["type"] == "control_request"]
    (withdrawn,) = [message for message in told.messages if message["type"] == "control_cancel_request"]
    assert withdrawn["request_id"] == asked["request_id"]


def test_a_subagent_does_not_ask_and_is_named_while_it_works(run_script: ScriptRunner) -> None:
    asks = {"tool": "Agent", "input": {"description": "Look", "prompt": "Look.", "subagent_type": "general-purpose"}}
    turns: list[Json] = [{"calls": [asks]}, {"say": "It looks."}, {"say": "It has looked."}]
    hook = StopHook(blocks=0)
    asked = run_script.project / "asked"

    def let_look(request: AgentRequest) -> Message:
        asked.touch()
        return hook(request)

    looks: Json = {"until": str(asked), "say": "Looked."}
    told = run_script(turns, "Go.", subagents={"Look.": [looks]}, on_stop=let_look)
    assert [request.waits_for_subagents for request in hook.asked] == [True, False]
    assert told.outcome.result_text == "It has looked."


def test_a_persons_settings_do_not_switch_our_hook_off(run_script: ScriptRunner) -> None:
    environment = run_script.environment("hello")
    settings = Path(environment["CLAUDE_CONFIG_DIR"]) / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    own = {"hooks": [{"type": "command", "command": "echo mine"}]}
    settings.write_text(json.dumps({"disableAllHooks": True, "hooks": {"Stop": [own]}}))
    hook = StopHook(blocks=1)
    told = run_script(answers(2), "Go.", on_stop=hook)
    assert (len(hook.asked), told.of_type(EventType.HOOK_TRIGGERED)) == (2, [])


def test_without_hooks_nobody_is_asked(run_script: ScriptRunner) -> None:
    hook = StopHook(blocks=1)
    told = run_script(answers(2), "Go.", environ={"CLAUDE_CODE_SIMPLE": "1"}, on_stop=hook)
    assert (len(hook.asked), told.outcome.is_error) == (0, False)
