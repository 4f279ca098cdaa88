"""What a session asks, as an ask has it, and which answer a person means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type
from treadle.client.tables import printable
from treadle.runner.ask_details import about

MAX_SHOWN = 300


class Answer(NamedTuple):
    name: str
    comment: str | None


class Option(NamedTuple):
    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    ask_id: int
    session_id: int
    text: str
    options: tuple[Option, ...]
    about: tuple[str, ...] = ()
    """Lines that say what it is about, exactly: the command, the diff. They steer no terminal."""
    exact: str = ""
    """The command or the path alone."""

    @classmethod
    def of(cls, ask: JsonObject) -> "Question":
        """`ask`: as `ask/list` has it."""
        details = an_object(ask.get("details"))
        return cls(
            ask_id=count(ask.get("id")),
            session_id=count(ask.get("sessionId")),
            text=text(ask.get("question")),
            options=tuple(_option(each) for each in objects(ask.get("options"))),
            about=tuple(about(details)),
            exact=text(details.get("command")) or text(details.get("path")),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the answers."""
        return tuple(option.name for option in self.options)

    @property
    def lines(self) -> list[str]:
        """The whole of it, without the answers."""
        return [*(printable(line) for line in self.text.splitlines()), *self.about]

    @property
    def numbered(self) -> list[str]:
        """The answers, each with what it means."""
        return [f"{number:3} {_told(option)}" for number, option in enumerate(self.options, 1)]

    @property
    def asked(self) -> str:
        """As a sentence in one line; the ask shows the whole."""
        exact = "" if self.exact in self.text else f" {self.exact}"
        said = printable(" ".join(f"{self.text}{exact}".split()))
        if len(said) > MAX_SHOWN:
            return said[: MAX_SHOWN - 1] + "…"
        return said if said.endswith((".", "?", "!", ":", "…")) else f"{said}."

    def how_to_answer(self, data_dir: str | None) -> str:
        first, *others = self.names or ("ANSWER",)
        more = f" (or {', '.join(others)})" if others else ""
        return printable(to_type("answer", str(self.ask_id), first, data_dir=data_dir) + more)

    def told(self, data_dir: str | None) -> str:
        return f"Session {self.session_id} asks: {self.asked} Answer with: {self.how_to_answer(data_dir)}"

    def meant(self, word: str) -> str:
        """The answer that is named by its number, its name or how that begins.

        :raises ClientError: none is, or several are
        """
        if word in self.names:
            return word
        if word.isdecimal() and 1 <= int(word) <= len(self.names):
            return self.names[int(word) - 1]
        found = _beginning_with(word.lower(), self.names)
        if len(found) == 1:
            return found[0]
        known = ", ".join(self.names)
        problem = f"may be {' or '.join(found)}" if found else f"is no answer; there are: {known}"
        raise ClientError(printable(f"{word or 'Nothing'} {problem}."), ExitCode.USAGE)


def _option(option: JsonObject) -> Option:
    return Option(*(text(option.get(name)) for name in Option._fields))


def _told(option: Option) -> str:
    title = "" if option.title in ("", option.name) else f": {option.title}"
    meaning = f" ({option.description})" if option.description else ""
    return printable(f"{option.name}{title}{meaning}")


def _beginning_with(word: str, names: Sequence[str]) -> list[str]:
    whole = [name for name in names if name.lower() == word]
    return whole or [name for name in names if word and name.lower().startswith(word)]
