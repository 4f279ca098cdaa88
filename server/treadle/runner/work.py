"""One pending interaction, as an executor sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from treadle.agents.lenient import JsonObject, amount, an_object, count, optional_text, text, texts
from treadle.domain.result import TESTS_CANNOT_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    session_id: int
    session_uid: str
    interaction_id: str
    step: str
    position: int
    attempt: int
    command: str
    metadata: JsonObject
    interrupted: bool
    claimed_by: str | None
    conversation_id: str | None
    """The session's own conversation with its agent."""
    execution_mode: str
    """The session's."""
    waits_for_tests: bool = False
    """The project's tests could not begin when this very command was executed before."""
    renews: str | None = None
    """The id of the interaction that this run has superseded by it."""

    @classmethod
    def read(cls, answer: Mapping[str, object]) -> "Work":
        """Of the answer to `session/nextCommand`."""
        interaction = an_object(answer.get("interaction"))
        session = an_object(answer.get("session"))
        command = an_object(interaction.get("command"))
        return cls(
            session_id=count(session.get("id")),
            session_uid=text(session.get("uid")),
            interaction_id=text(interaction.get("id")),
            step=text(interaction.get("step")),
            position=count(interaction.get("position")),
            attempt=count(interaction.get("attempt")),
            command=text(command.get("command")),
            metadata=an_object(command.get("metadata")),
            interrupted=interaction.get("interrupted") is True,
            claimed_by=optional_text(an_object(interaction.get("claim")).get("clientId")),
            conversation_id=optional_text(session.get("externalConversationId")),
            execution_mode=text(session.get("executionMode")),
            waits_for_tests=_waits_for_tests(command, an_object(interaction.get("result"))),
        )

    def as_claimed(self, interaction: JsonObject) -> "Work":
        """With the command as it is now: until the claim a person may have changed it."""
        command = an_object(interaction.get("command"))
        return replace(self, command=text(command.get("command")), metadata=an_object(command.get("metadata")))

    @property
    def key(self) -> dict[str, object]:
        """The parameters that name it."""
        return {"sessionId": self.session_id, "interactionId": self.interaction_id}

    @property
    def argv(self) -> list[str]:
        return texts(self.metadata.get("argv"))

    @property
    def is_own_git(self) -> bool:
        """Whether it is Treadle's own work with the working copy, not a command of the project that is called so."""
        return self.argv[:2] == ["treadle", "git"]

    @property
    def timeout_s(self) -> float | None:
        return amount(self.metadata.get("timeout_s"))

    @property
    def ask_timeout_s(self) -> float | None:
        """For a person to answer what the agent asks."""
        return amount(self._agent_options.get("ask_timeout_s"))

    @property
    def budget_usd(self) -> float | None:
        """Of the whole session."""
        return amount(self._agent_options.get("budget_usd"))

    @property
    def stall_timeout_s(self) -> float | None:
        """0: it is not watched."""
        return amount(self._agent_options.get("stall_timeout_s"))

    @property
    def _agent_options(self) -> JsonObject:
        return an_object(self.metadata.get("options"))


def _waits_for_tests(command: JsonObject, result: JsonObject) -> bool:
    """Not of a command that a person has edited since."""
    data = an_object(result.get("data"))
    is_same = data.get("argv") == an_object(command.get("metadata")).get("argv")
    return data.get("failure") == TESTS_CANNOT_RUN and is_same
