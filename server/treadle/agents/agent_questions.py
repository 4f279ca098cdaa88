"""The questions that Claude Code asks a person in its own words (`AskUserQuestion`), and how it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, objects, text

ASK_TOOL = "AskUserQuestion"
OTHER = "other"
MAX_NAME = 100
MAX_TITLE = 200
MAX_DESCRIPTION = 2_000
MAX_OPTIONS = 15
MAX_QUESTION = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentQuestion:
    text: str
    labels: tuple[str, ...]
    descriptions: tuple[str, ...]
    takes_several: bool

    @property
    def shown(self) -> str:
        more = " (Name further ones in the comment.)" if self.takes_several else ""
        return f"{self.text[:MAX_QUESTION].strip() or 'Claude Code asks:'}{more}"

    def options(self) -> list[dict[str, object]]:
        """As an ask has them; the last one is for whatever else a person wants to say."""
        given: list[dict[str, object]] = [
            {"name": name, "title": label[:MAX_TITLE] or name, "description": description[:MAX_DESCRIPTION] or None}
            for name, label, description in zip(self._names(), self.labels, self.descriptions, strict=True)
        ]
        other: dict[str, object] = {"name": OTHER, "title": "Something else", "description": "Say what in the comment."}
        return [*given, other]

    def answer(self, name: str, comment: str | None) -> str:
        """As Claude Code takes it: a label, several of them, or a person's own words."""
        if name == OTHER:
            return comment or "Something else."
        label = dict(zip(self._names(), self.labels, strict=True)).get(name, name)
        return f"{label}, {comment}" if comment and self.takes_several else label

    def notes(self, name: str, comment: str | None) -> str | None:
        return comment if name != OTHER and not self.takes_several else None

    def _names(self) -> list[str]:
        """Short, and each only once."""
        names: list[str] = []
        for number, label in enumerate(self.labels, 1):
            name = " ".join(label.split())[:MAX_NAME]
            names.append(name if name and name not in (*names, OTHER) else f"{number}")
        return names


def questions_of(tool_input: JsonObject) -> list[AgentQuestion]:
    return [
        AgentQuestion(
            text=text(each.get("question")),
            labels=tuple(text(option.get("label")) for option in _options(each)),
            descriptions=tuple(text(option.get("description")) for option in _options(each)),
            takes_several=each.get("multiSelect") is True,
        )
        for each in objects(tool_input.get("questions"))
        if text(each.get("question")).strip()
    ]


def answered_input(tool_input: JsonObject, answers: Mapping[str, str], notes: Mapping[str, str]) -> dict[str, object]:
    """The input of the call with the answers, by question; of those that nobody answered there is none."""
    told = {question: {"notes": note} for question, note in notes.items()}
    return {**tool_input, "answers": dict(answers), **({"annotations": told} if told else {})}


def _options(question: JsonObject) -> list[JsonObject]:
    return objects(question.get("options"))[:MAX_OPTIONS]
