"""Whose doing a message tells of: the agent's own, or that of a sub-agent which one of its calls has started."""

from treadle.agents.lenient import JsonObject, objects, optional_text, text

TOOLS = ("Agent", "Task")
"""The names of the tool that starts one: in calls, and in the list of tools."""


COMPLETED = "completed"


class SubAgents:
    def __init__(self) -> None:
        self._about: dict[str, dict[str, str]] = {}
        self._calls: dict[str, str] = {}
        self._last_words: dict[object, str] = {}

    def called(self, tool_use_id: str, tool_input: JsonObject) -> None:
        about = self._about.setdefault(tool_use_id, {})
        for key, name in (("subagent_type", "agent_type"), ("description", "agent_description")):
            if value := optional_text(tool_input.get(key)):
                about[name] = value

    def started(self, tool_use_id: str, task: JsonObject) -> None:
        """The call may have left its type to Claude Code; the task that it became has one."""
        self.called(tool_use_id, task)
        if agent_id := optional_text(task.get("task_id")):
            self._calls[agent_id] = tool_use_id

    def about(self, message: JsonObject) -> dict[str, object]:
        """What each event of a sub-agent says beside what happened; nothing for the agent itself."""
        parent = optional_text(message.get("parent_tool_use_id"))
        if parent is None:
            return {}
        about = self._about.setdefault(parent, {})
        for key, name in (("subagent_type", "agent_type"), ("task_description", "agent_description")):
            if value := optional_text(message.get(key)):
                about[name] = value
        if agent_id := optional_text(message.get("agent_id")):
            self._calls[agent_id] = parent
        return {"parent_tool_use_id": parent, **about}

    def parent_of(self, agent_id: str | None) -> str | None:
        """The call that started the sub-agent of this id: hooks and requests name a sub-agent only by that."""
        return self._calls.get(text(agent_id))

    def said(self, about: dict[str, object], words: str) -> None:
        if parent := about.get("parent_tool_use_id"):
            self._last_words[parent] = words

    def untold_report(self, tool_use_id: str, result: JsonObject) -> str:
        """The last words of a sub-agent that the agent waited for: only its result has them, not the stream."""
        texts = [text(block.get("text")) for block in objects(result.get("content"))]
        report = texts[-1].strip() if texts and result.get("status") == COMPLETED else ""
        return "" if report == self._last_words.get(tool_use_id, "").strip() else report

    def of_call(self, tool_use_id: str) -> dict[str, object]:
        return dict(self._about.get(tool_use_id, {}))
