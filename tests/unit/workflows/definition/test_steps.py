"""The commands of a workflow's steps, and how results are read. What all steps share: `test_defined_step`."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.workflows.definition.definitions import context_of, problem_of, session_type
from tests.unit.workflows.factories import make_interaction, make_project, make_result
from treadle.domain.command import RESERVED, Command
from treadle.domain.errors import InvalidValueError
from treadle.domain.result import NOT_STARTED, Result, ResultStatus
from treadle.workflows.contract import Step, StepContext

HEAD = "name: a\ncommit: false\nparameters: {who: {default: you}}\n"


def step_of(text: str, name: str = "it") -> Step:
    step = session_type(HEAD + text).step(name)
    assert step is not None
    return step


def command_of(text: str, context: StepContext | None = None, name: str = "it") -> Command:
    return step_of(text, name).get_command(context or context_of())


def metadata_of(text: str, context: StepContext | None = None) -> dict[str, Any]:
    return dict(command_of(text, context).metadata)


def judged(text: str, result: Result) -> Result:
    return step_of(text).handle_result(context_of(), result).result


# run


def test_a_list_of_words_is_an_argv() -> None:
    command = command_of('steps: {it: {run: [echo, "{{ parameters.who }}; rm -rf /", "{{ session.id }}"]}}')
    assert (command.module, command.command) == ("it", "shell")
    assert command.metadata == {"argv": ["echo", "you; rm -rf /", "12"]}


def test_a_text_is_for_a_shell() -> None:
    command = command_of(
        'steps: {it: {run: "echo {{ parameters.who }} | wc", timeout_s: 5}}', context_of({"who": "`id`"})
    )
    assert (command.command, command.metadata) == ("echo '`id`' | wc", {"timeout_s": 5})


@pytest.mark.parametrize("text", sorted(RESERVED))
def test_a_text_is_for_a_shell_also_when_it_is_the_name_of_another_command(text: str) -> None:
    command = command_of(f"steps: {{it: {{run: {text}}}}}")
    assert (command.command, command.metadata) == ("shell", {"argv": ["/bin/sh", "-c", text]})


def test_the_environment_and_the_folder_of_all_steps_are_this_steps_too_unless_it_says_otherwise() -> None:
    text = """\
environment: {A: "{{ parameters.who }}", B: all}
working_directory: "packages/{{ parameters.who }}"
timeout_s: 60
steps:
  it: {run: [make], environment: {B: mine, C: "{{ results.other.stdout }}"}}
  other: {run: [make], working_directory: src, timeout_s: 5, environment: {B: mine}}
"""
    assert metadata_of(text) == {
        "argv": ["make"],
        "env": {"A": "you", "B": "mine", "C": ""},
        "working_directory": "packages/you",
        "timeout_s": 60,
    }
    assert command_of(text, name="other").metadata == {
        "argv": ["make"],
        "env": {"A": "you", "B": "mine"},
        "working_directory": "src",
        "timeout_s": 5,
    }


@pytest.mark.parametrize("path", ["/etc", "../up", "a/../../b", "-x", " "])
def test_a_folder_that_a_value_leads_out_of_the_project_is_refused(path: str) -> None:
    text = 'steps: {it: {run: [ls], working_directory: "{{ parameters.who }}"}}'
    problem = problem_of(step_of(text), context_of({"who": path}))
    assert problem.startswith("The working directory of the step it must be relative and inside the project: ")


@pytest.mark.parametrize(
    ("codes", "status", "code", "read"),
    [
        ("{}", "ok", 0, "ok"),
        ("{}", "ok", None, "ok"),
        ("{}", "ok", 2, "error"),
        ("{}", "error", 0, "error"),
        ("{}", "error", -9, "error"),
        ("{3: warning}", "error", 3, "warning"),
        ("{3: ok}", "error", 3, "ok"),
        ("{3: ok}", "error", 4, "error"),
        ("{0: error}", "ok", 0, "error"),
        ("{0: error}", "error", None, "error"),
    ],
)
def test_the_exit_code_is_the_verdict(codes: str, status: str, code: int | None, read: str) -> None:
    result = judged(
        f"steps: {{it: {{run: [make], exit_codes: {codes}}}}}",
        make_result(ResultStatus(status), code=code, stdout="out"),
    )
    assert result.status == read
    assert (result.error_message is None) == (read == "ok")
    assert ("digest" in result.data) == (read != "ok")


def test_a_failure_has_a_digest_and_what_the_client_says_of_it() -> None:
    failed = make_result(ResultStatus.ERROR, code=1, stdout="one\ntwo", stderr="bad", error_message="It broke.")
    result = judged("steps: {it: {run: [make]}}", replace(failed, data={"outputs": {"stdout": 1}}))
    assert result.error_message == "It broke."
    assert result.data == {
        "outputs": {"stdout": 1},
        "digest": "It broke.\n\nstdout ended with:\none\ntwo\n\nstderr ended with:\nbad",
    }


def test_a_program_that_cannot_be_started_is_an_error_like_any_other() -> None:
    failed = make_result(ResultStatus.ERROR, error_message="'pytset' cannot be started.", data={"failure": NOT_STARTED})
    result = judged("steps: {it: {run: [pytset]}}", failed)
    assert (result.status, result.data["digest"]) == ("error", "'pytset' cannot be started.")


def test_all_templates_of_a_step_have_one_budget() -> None:
    loop = "{% for a in results.it.stdout %}{% for b in '12345678' %}{% endfor %}{% endfor %}"
    env = "\n".join(f'      A{number}: "{loop}"' for number in range(100))
    context = context_of(results={"it": make_result(stdout="x" * 500)})
    assert metadata_of(f'steps: {{it: {{run: [a], environment: {{A: "{loop}"}}}}}}', context)["env"] == {"A": ""}
    assert "it takes too long" in problem_of(
        step_of(f"steps:\n  it:\n    run: [a]\n    environment:\n{env}\n"), context
    )
    long = "\n".join(f'      A{number}: "{{{{ results.it.stdout }}}}"' for number in range(200))
    context = context_of(results={"it": make_result(stdout="x" * 64_000)})
    assert "it takes too long" in problem_of(
        step_of(f"steps:\n  it:\n    run: [a]\n    environment:\n{long}\n"), context
    )


# agent


def test_an_agent_gets_its_prompt_and_may_run_what_the_file_says() -> None:
    text = """\
steps:
  it:
    agent: |
      Do {{ parameters.who }}.
    conversation: continue
    model: small
    max_turns: 7
    timeout_s: 90
    may_run: [[npm, run, "{{ parameters.who }}"], [make]]
"""
    metadata = metadata_of(text, context_of({"model": "large", "max_turns": 50}))
    assert metadata == {
        "prompt": "Do you.\n",
        "conversation": "continue",
        "options": {
            "model": "small",
            "max_turns": 7,
            "allowed_tools": ["Bash(.venv/bin/python -m pytest:*)", "Bash(npm run you:*)", "Bash(make:*)"],
        },
        "timeout_s": 90,
    }


def test_what_a_step_leaves_open_a_person_chooses() -> None:
    options = metadata_of("steps: {it: {agent: Do it.}}", context_of({"model": "large", "max_turns": 50}))["options"]
    assert (options["model"], options["max_turns"]) == ("large", 50)
    assert metadata_of("steps: {it: {agent: Do it.}}")["options"]["max_turns"] == 100


PROJECT_GATE = {"command": ["project"], "stages": ["task"]}


@pytest.mark.parametrize(
    ("of_all", "of_step", "argv", "max_runs"),
    [
        ("", "", ["project"], 3),
        ("", ", stage: tests", None, 0),
        ("", ", gate: false", None, 0),
        ("gate: [all]", "", ["all"], 3),
        ("gate: [all]", ", gate: false", None, 0),
        (
            "gate: [all]",
            ', gate: {command: [mine, "{{ parameters.who }}"], max_runs: 2, timeout_s: 9}',
            ["mine", "you"],
            2,
        ),
        ("gate: false", "", None, 0),
    ],
)
def test_the_nearest_gate_holds(of_all: str, of_step: str, argv: list[str] | None, max_runs: int) -> None:
    context = replace(context_of(), project=make_project(gate=PROJECT_GATE))
    metadata = metadata_of(f"{of_all}\nsteps: {{it: {{agent: Do it.{of_step}}}}}", context)
    assert metadata.get("gate", {}).get("argv") == argv
    assert metadata.get("gate", {}).get("max_runs", 0) == max_runs
    if argv:
        assert f"Bash({' '.join(argv)})" in metadata["options"]["allowed_tools"]


def test_an_agent_that_the_gate_kept_goes_on_where_it_was() -> None:
    text = "gate: [check]\nsteps: {it: {agent: Do it., max_attempts: 2}}"
    kept = make_result(
        ResultStatus.ERROR, data={"failure": "gate_not_passed", "gate": {"argv": ["check"], "digest": "No."}}
    )
    metadata = metadata_of(text, replace(context_of(results={"it": kept}), attempt=2))
    assert metadata["conversation"] == "continue"
    assert "The check is `check`." in metadata["prompt"]
    assert "Do it." not in metadata["prompt"]


def test_the_agents_last_message_is_there_for_later_steps() -> None:
    text = "steps: {do: {agent: Do it.}, it: {agent: 'You said: {{ results.do.text }}'}}"
    done = make_result(data={"text": "It {{ is }} done."})
    assert metadata_of(text, context_of(results={"do": done}))["prompt"] == "You said: It {{ is }} done."


# ask


ASK = "steps: {it: {ask: 'Shall {{ parameters.who }}?\n', answers: {yes: ok, later: warning, no: error}}}"


def test_a_person_is_asked() -> None:
    command = command_of(ASK)
    assert command.command == "ask"
    assert command.metadata["question"] == "Shall you?"
    assert command.metadata["answers"] == [
        {"name": "yes", "status": "ok"},
        {"name": "later", "status": "warning"},
        {"name": "no", "status": "error"},
    ]


@pytest.mark.parametrize(
    ("answer", "comment", "status", "message"),
    [
        ("yes", None, "ok", None),
        ("later", "tomorrow", "warning", "The answer was later: tomorrow"),
        ("no", "", "error", "The answer was no."),
    ],
)
def test_an_answer_means_what_the_file_says(answer: str, comment: str | None, status: str, message: str | None) -> None:
    result = judged(ASK, make_result(data={"answer": answer, "comment": comment, "answered_by": "ada"}))
    assert (result.status, result.error_message) == (status, message)
    assert result.data == {"answer": answer, "comment": comment, "answered_by": "ada"}


@pytest.mark.parametrize("answer", ["maybe", "", "Yes"])
def test_an_unknown_answer_is_none(answer: object) -> None:
    result = judged(ASK, make_result(data={"answer": answer}))
    assert result.status is ResultStatus.PENDING
    assert str(result.data["verdict"]).endswith("is no answer; the answers are yes, later, no.")


@pytest.mark.parametrize("data", [{}, {"answer": None}, {"answer": 1}, {"answer": ["yes"]}])
def test_a_result_without_an_answer_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError, match="its result needs an answer, one of yes, later, no"):
        judged(ASK, make_result(data=data))


# read_file


def test_a_file_is_read() -> None:
    command = command_of('steps: {it: {read_file: "docs/{{ parameters.who }}.md"}}')
    assert (command.command, command.metadata) == ("read_file", {"path": "docs/you.md"})
    step = step_of('steps: {it: {read_file: "{{ parameters.who }}"}}')
    assert problem_of(step, context_of({"who": "/etc/passwd"})).startswith("The path of the step it must be relative")


@pytest.mark.parametrize("kind", ["run: [make]", "agent: Do it.", "ask: Well", "read_file: a.md"])
def test_progress_stands_as_it_is(kind: str) -> None:
    step = step_of(f"steps: {{it: {{{kind}}}}}")
    context = replace(context_of(), session=replace(context_of().session, pending_interaction=make_interaction("it")))
    result = make_result(ResultStatus.PENDING)
    outcome = step.handle_result(context, result)
    assert (outcome.result, outcome.status, outcome.state) == (result, None, {})
