"""Which tool call has started which sub-agent, where hooks and transcripts name a sub-agent only by its own id."""

from treadle.agents.claude_code_subagents import TOOLS, SubAgents
from treadle.agents.lenient import JsonObject, an_object, optional_text, text


class StartedAgents:
    """A sub-agent whose call is not sure is waited for: its call's result names it, and so does a file beside it."""

    def __init__(self, subagents: SubAgents) -> None:
        self._subagents = subagents
        self._starters: dict[str, str | None] = {}
        """The calls to whom no sub-agent belongs yet, with the type they asked for."""

    def called(self, tool_use_id: str, name: str, tool_input: JsonObject) -> None:
        if name in TOOLS and tool_use_id not in self._starters:
            self._starters[tool_use_id] = optional_text(tool_input.get("subagent_type"))

    def started(self, agent_id: str, agent_type: str) -> None:
        """One begins to work: sure when only one call can have started it."""
        fitting = self._fitting(agent_type)
        if len(fitting) == 1:
            self.named(agent_id, fitting[0], agent_type)

    def named(self, agent_id: str, tool_use_id: str, agent_type: str = "") -> None:
        if agent_id and tool_use_id and self.parent_of(agent_id) is None:
            self._starters.pop(tool_use_id, None)
            self._subagents.started(tool_use_id, {"task_id": agent_id, "subagent_type": agent_type})

    def answered(self, tool_use_id: str, result: object) -> None:
        if tool_use_id in self._starters:
            about = an_object(result)
            self.named(text(about.get("agentId")), tool_use_id, text(about.get("agentType")))

    def guess(self, agent_id: str, agent_type: str) -> None:
        """Nobody has named it in time: the first call that can be, or else it stands for itself."""
        self.named(agent_id, next(iter(self._fitting(agent_type)), agent_id), agent_type)

    def parent_of(self, agent_id: str) -> str | None:
        return self._subagents.parent_of(agent_id)

    def _fitting(self, agent_type: str) -> list[str]:
        return [call for call, wanted in self._starters.items() if wanted in (None, agent_type) or not agent_type]
