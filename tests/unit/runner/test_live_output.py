"""The output of an agent's running commands is asked for now and then."""

from typing import Any

from treadle.agents.claude_code_events import Normaliser
from treadle.runner.live_output import LiveOutput

CALL = {"type": "tool_use", "id": "t-1", "name": "Bash", "input": {"command": "make"}}
CALLED: dict[str, Any] = {"type": "assistant", "message": {"id": "m", "content": [CALL]}}
TASK = {"task_id": "b1", "tool_use_id": "t-1", "task_type": "local_bash"}
STARTED: dict[str, Any] = {"type": "system", "subtype": "task_started", **TASK}


def answer(request_id: str) -> dict[str, Any]:
    told = {"output": "one\ntw", "total_bytes": 6, "truncated": False}
    return {"type": "control_response", "response": {"request_id": request_id, "response": told}}


def test_each_running_command_is_asked_about_and_its_new_lines_are_told() -> None:
    normaliser = Normaliser(project_root="/p")
    live = LiveOutput(normaliser)
    normaliser.feed(CALLED)
    normaliser.feed(STARTED)
    ((asked, *more), again) = (live.tick(), live.tick())
    assert (asked["request"], more, again) == ({"subtype": "get_task_output", "task_id": "b1"}, [], ())
    (event,) = live.read(answer(str(asked["request_id"])))
    assert (event.data["text"], event.data["live"]) == ("one\n", True)
    assert list(live.read(answer("cost"))) == []
    assert list(live.read({"type": "assistant"})) == []
