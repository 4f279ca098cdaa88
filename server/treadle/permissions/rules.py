"""Rules for what an agent may do, and the sets of them that count together."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"


class Owner(StrEnum):
    PROJECT = "project"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What it names must all fit; it names one of `tool`, `command` and `path` at least."""

    effect: Effect
    tool: str | None = None
    command: str | None = None
    path: str | None = None
    reason: str | None = None
    """For people, and for the agent."""
    owner: Owner = Owner.USER
    file: str = ""
    line: int = 1

    @property
    def shown(self) -> str:
        """As a person would write it."""
        named = (("tool", self.tool), ("command", self.command), ("path", self.path))
        return ", ".join(f"{name} {value}" for name, value in named if value is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of one file."""

    owner: Owner
    file: str
    rules: tuple[Rule, ...] = ()
    problem: str | None = None
    """Why the file does not count: then it allows nothing, and everything is asked about."""
    line: int = 1
    """Of the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person allowed until the session ends: this very command, this tool on this path, or this tool."""

    tool: str
    command: str | None = None
    path: str | None = None
    ask_id: int | None = None

    @classmethod
    def read(cls, value: Mapping[str, object], ask_id: int | None = None) -> "Grant | None":
        """None of what is none."""
        tool, command, path = value.get("tool"), value.get("command"), value.get("path")
        if not isinstance(tool, str) or not tool:
            return None
        return cls(
            tool=tool,
            command=command if isinstance(command, str) else None,
            path=path if isinstance(path, str) else None,
            ask_id=ask_id,
        )

    @property
    def as_json_object(self) -> dict[str, str]:
        named = (("tool", self.tool), ("command", self.command), ("path", self.path))
        return {name: value for name, value in named if value is not None}
