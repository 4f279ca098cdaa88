"""Workflows of every shape that a drawing has to cope with."""

from typing import Any

from treadle.workflows.definition.model import MAX_STEPS, WorkflowDefinition

RUN = {"run": ["make"]}
HOSTILE_TITLES = (
    '"]; end',
    "<script>alert(1)</script>",
    "end",
    "`**bold** _x_`",
    "1. one",
    "- item",
    "first\nsecond\r\nthird\u2028fourth",
    '%%{init: {"theme": "dark"}}%%',
    "style x:#35;",
    "ünïcode 日本語のステップ 👩\u200d💻 עברית",
    "&amp; &lt; #quot; ]]> -->",
    "x" * 200,
    "\\n | }} ]] )) /]",
    "$$x^2$$ fa:fa-car",
    "\u202eevil\u0000\ufffe x",
    "ﬂ°°34¶ß",
)


def workflow(steps: dict[str, Any], **more: Any) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate({"name": "example", "commit": False, "steps": steps, **more})


def straight() -> WorkflowDefinition:
    return workflow({"lint": RUN, "build": {**RUN, "title": "Build the wheel"}}, title="Lint and build", commit=True)


def loop() -> WorkflowDefinition:
    return workflow(
        {
            "test": {**RUN, "max_attempts": 5, "on": {"ok": "finish", "error": "fix"}},
            "fix": {"agent": "Make it pass.", "on": {"ok": "test"}},
        },
        commit=True,
    )


def approval() -> WorkflowDefinition:
    return workflow(
        {
            "review": {"agent": "Review it.", "max_attempts": 3},
            "approve": {
                "ask": "Good?",
                "answers": {"approve": "ok", "later": "ok", "revise": "warning", "reject": "error"},
                "on": {"warning": "review"},
            },
            "ship": {**RUN, "on": {"error": "fail"}},
        }
    )


def crossings() -> WorkflowDefinition:
    return workflow(
        {
            "plan": {"agent": "x"},
            "outline": {"agent": "x", "on": {"warning": "review"}},
            "draft": {"agent": "x", "max_attempts": 3},
            "lint": {**RUN, "max_attempts": 4, "on": {"error": "draft"}},
            "test": {**RUN, "max_attempts": 5, "on": {"error": "repair", "ok": "review"}},
            "repair": {"agent": "x", "on": {"ok": "test", "warning": "lint", "error": "help"}},
            "help": {
                "ask": "?",
                "answers": {"retry": "ok", "skip": "warning", "give_up": "error"},
                "on": {"ok": "repair", "warning": "publish"},
            },
            "review": {"agent": "x", "on": {"warning": "draft"}, "max_attempts": 2},
            "approve": {
                "ask": "?",
                "answers": {"approve": "ok", "revise": "warning", "from_the_start": "error"},
                "on": {"warning": "draft", "error": "plan"},
            },
            "notes": {"read_file": "CHANGELOG.md", "on": {"error": "publish"}},
            "parts": {"spawn": "task", "on": {"error": "fail", "warning": "approve"}},
            "publish": {**RUN, "on": {"error": "fail"}},
        },
        commit=True,
    )


def hostile() -> WorkflowDefinition:
    titled = {f"step_{number}": {**RUN, "title": title} for number, title in enumerate(HOSTILE_TITLES)}
    return workflow({**titled, "end": RUN, "graph": RUN, "click": RUN}, title='"]--><script>alert(1)</script> %%')


def hundred() -> WorkflowDefinition:
    def step(number: int) -> dict[str, Any]:
        ahead = {"ok": f"step_{number * 7 % MAX_STEPS}"} if number % 5 == 0 else {}
        return {**RUN, "max_attempts": 3, "on": {"error": f"step_{number * 37 % MAX_STEPS}", **ahead}}

    asked = {"ask": "?", "answers": {"good": "ok", "bad": "error"}}
    return workflow({f"step_{number}": step(number) if number % 3 else asked for number in range(MAX_STEPS)})


ALL = {
    "straight": straight(),
    "loop": loop(),
    "approval": approval(),
    "crossings": crossings(),
    "hostile": hostile(),
    "hundred": hundred(),
}
