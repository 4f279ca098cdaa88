"""A session's question to a person, and which answer they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type
from treadle.client.tables import printable
from treadle.domain.command import ASK

MAX_SHOWN = 300


class Answer(NamedTuple):
    name: str
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    session_id: int
    text: str
    names: tuple[str, ...]
    """Of the answers."""

    @classmethod
    def read(cls, session_id: int, metadata: JsonObject) -> "Question":
        names = tuple(text(answer.get("name")) for answer in objects(metadata.get("answers")))
        return cls(session_id=session_id, text=text(metadata.get("question")), names=names)

    @classmethod
    def of(cls, interaction: Mapping[str, object]) -> "Question | None":
        """None when the interaction asks nobody."""
        command = an_object(interaction.get("command"))
        if command.get("command") != ASK:
            return None
        return cls.read(count(interaction.get("sessionId")), an_object(command.get("metadata")))

    @property
    def asked(self) -> str:
        """As a sentence in one line; the session shows the whole."""
        said = printable(" ".join(self.text.split()))
        if len(said) > MAX_SHOWN:
            return said[: MAX_SHOWN - 1] + "…"
        return said if said.endswith((".", "?", "!", ":", "…")) else f"{said}."

    def how_to_answer(self, data_dir: str | None) -> str:
        first, *others = self.names or ("ANSWER",)
        more = f" (or {', '.join(others)})" if others else ""
        return to_type("answer", str(self.session_id), first, data_dir=data_dir) + more

    def told(self, data_dir: str | None) -> str:
        return f"Session {self.session_id} asks: {self.asked} Answer with: {self.how_to_answer(data_dir)}"

    def meant(self, word: str) -> str:
        """The answer that is named by its number, its name or how that begins.

        :raises ClientError: none is, or several are
        """
        if word.isdecimal() and 1 <= int(word) <= len(self.names):
            return self.names[int(word) - 1]
        lowered = word.lower()
        if lowered in self.names:
            return lowered
        found = [name for name in self.names if lowered and name.startswith(lowered)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(self.names)
        problem = f"may be {' or '.join(found)}" if found else f"is no answer; there are: {known}"
        raise ClientError(printable(f"{word or 'Nothing'} {problem}."), ExitCode.USAGE)
