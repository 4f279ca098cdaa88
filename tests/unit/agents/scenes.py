"""What is recorded with somebody at the other end: who asks, answers, speaks in between and breaks off."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live_agent import Answer, Json, LiveAgent, is_kind

WAITS_FOR_GO = "while not pathlib.Path('go').exists(): time.sleep(0.05)"
PRINTS = "import pathlib, time\nprint('line 1')\nprint('line 2')\n" + WAITS_FOR_GO + "\nprint('line 3')\nexit(3)"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
HOOKS = {"PostToolUse": [{"matcher": "Write|Edit|Bash", "hookCallbackIds": ["PostToolUse"], "timeout": 30}]}
PERSON = "Person: "
"""Begins what a person says in a recording."""
QUESTION = {
    "question": "Which colour?",
    "header": "Colour",
    "multiSelect": False,
    "options": [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}],
}

Act = Callable[[LiveAgent, Path], None]


def call(tool: str, **tool_input: Any) -> Json:
    return {"tool": tool, "input": tool_input}


def bash(command: str, **more: Any) -> Json:
    return call("Bash", command=command, description="A command", **more)


def python(code: str) -> str:
    return f'.venv/bin/python -uc "{code}"'


def idle(message: Json) -> bool:
    return message.get("subtype") == "session_state_changed" and message["state"] == "idle"


def refuses(request: Json) -> Json:
    return {"behavior": "deny", "message": "Not today."} if request["subtype"] == "can_use_tool" else {}


def answers_blue(request: Json) -> Json:
    answered = {**request["input"], "answers": {"Which colour?": "Blue"}}
    return {"behavior": "allow", "updatedInput": answered} if request["subtype"] == "can_use_tool" else {}


def speaks(agent: LiveAgent, _: Path) -> None:
    agent.say("Do it.", uuid="00000000-0000-4000-8000-00000000000a")
    agent.until(idle)


def watches_the_output(agent: LiveAgent, project: Path) -> None:
    agent.say("Do it.")
    task = agent.until_kind("system", "task_started")["task_id"]
    agent.ask("get_task_output", task_id=task)
    (project / "go").touch()
    agent.until(idle)


def watches_the_background(agent: LiveAgent, project: Path) -> None:
    agent.say("Do it.")
    task = agent.until_kind("system", "task_started")["task_id"]
    agent.result()
    agent.ask("get_task_output", task_id=task)
    (project / "go").touch()
    agent.until_kind("system", "task_notification")
    agent.result()
    agent.until(idle)


def speaks_in_between(agent: LiveAgent, project: Path) -> None:
    agent.say("Do it.")
    agent.until_kind("assistant")
    agent.say(PERSON + "also that.", uuid="00000000-0000-4000-8000-00000000000b")
    agent.until(lambda message: is_kind(message, "command_lifecycle") and message["state"] == "queued")
    (project / "go").touch()
    agent.until(idle)


def breaks_off_and_goes_on(agent: LiveAgent, _: Path) -> None:
    agent.say("Do it.")
    agent.until_kind("system", "task_started")
    agent.ask("interrupt")
    agent.until(idle)
    agent.say(PERSON + "something else.", uuid="00000000-0000-4000-8000-00000000000c")
    agent.result()
    agent.until(idle)


def says_compact(agent: LiveAgent, _: Path) -> None:
    agent.say("Do it.")
    agent.until(idle)
    agent.say("/compact", uuid="00000000-0000-4000-8000-00000000000d")
    agent.result()
    agent.until(idle)


def sees_a_picture(agent: LiveAgent, project: Path) -> None:
    (project / "dot.png").write_bytes(PICTURE)
    speaks(agent, project)


def kills_in_the_second_turn(agent: LiveAgent, project: Path) -> None:
    speaks(agent, project)
    agent.say("And that.")
    agent.until_kind("system", "task_started")
    agent.process.terminate()


def lets_both_work(agent: LiveAgent, project: Path) -> None:
    agent.say("Do it.")
    agent.until_kind("system", "task_notification")
    agent.until_kind("system", "task_notification")
    agent.until(idle)


@dataclass(frozen=True)
class Scene:
    name: str
    turns: list[Json]
    act: Act = speaks
    subagents: dict[str, list[Json]] = field(default_factory=dict)
    answer: Answer = refuses
    flags: tuple[str, ...] = ()

    @property
    def script(self) -> Json:
        return {"turns": self.turns, "subagents": self.subagents}


def agent_call(prompt: str, *, background: bool) -> Json:
    about = {"description": f"{prompt.split(maxsplit=1)[0]}er", "subagent_type": "general-purpose"}
    return call("Agent", prompt=prompt, run_in_background=background, **about)


WRITES = call("Write", file_path="{{cwd}}/sub.txt", content="a\nb\n")
EDITS = call("Edit", file_path="{{cwd}}/sub.txt", old_string="b\n", new_string="c\nd\n")
END: Json = {"say": "Done."}
SCENES = {
    scene.name: scene
    for scene in (
        Scene("live_output", [{"calls": [bash(python(PRINTS))]}, END], watches_the_output),
        Scene(
            "live_background",
            [{"calls": [bash(python(PRINTS), run_in_background=True)]}, {"say": "It runs."}, {"say": "It has ended."}],
            watches_the_background,
        ),
        Scene(
            "subagent_with_hooks",
            [{"calls": [agent_call("Write it.", background=False)]}, END],
            subagents={
                "Write it.": [
                    {"calls": [WRITES, bash("curl http://127.0.0.1:9/")]},
                    {"calls": [EDITS]},
                    {"calls": [bash("rm sub.txt README.md")]},
                    {"say": "Written."},
                ]
            },
        ),
        Scene(
            "two_subagents",
            [
                {"calls": [agent_call("Read it.", background=True), agent_call("Write it.", background=True)]},
                {"say": "They work."},
                {"say": "One is done."},
                {"say": "Both are done."},
            ],
            lets_both_work,
            subagents={
                "Read it.": [{"calls": [bash("ls")]}, {"delay_s": 0.5, "say": "Read."}],
                "Write it.": [{"calls": [WRITES]}, {"delay_s": 0.5, "say": "Written."}],
            },
        ),
        Scene("question", [{"calls": [call("AskUserQuestion", questions=[QUESTION])]}, END], answer=answers_blue),
        Scene(
            "said_in_between",
            [{"calls": [bash(python("import pathlib, time\n" + WAITS_FOR_GO))]}, {"say": "Both are done."}],
            speaks_in_between,
        ),
        Scene(
            "interrupted_and_on",
            [{"say": "I wait.", "calls": [bash(python("import time; time.sleep(600)"))]}, {"say": "Something else."}],
            breaks_off_and_goes_on,
        ),
        Scene("compacted", [{"say": "One."}, {"say": "<summary>Short.</summary>"}, END], says_compact),
        Scene(
            "picture",
            [{"think": "A picture?", "calls": [call("Read", file_path="{{cwd}}/dot.png")]}, {"think": "Yes.", **END}],
            sees_a_picture,
        ),
        Scene(
            "partial_and_killed",
            [{"say": "One."}, {"say": "Two.", "calls": [bash(python("import time; time.sleep(600)"))]}],
            kills_in_the_second_turn,
            flags=("--include-partial-messages",),
        ),
        Scene("budget", [{"calls": [bash("ls")]}] * 6, flags=("--max-budget-usd", "0.012")),
        Scene("api_error_529", [{"error": {"status": 529, "type": "overloaded_error", "message": "Overloaded."}}]),
    )
}
