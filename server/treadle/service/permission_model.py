"""What a `permissions.yaml` may say."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MAX_RULES = 500
"""Of one list."""
MAX_PATTERN = 1_000
MAX_REASON = 500
MAX_WORDS = 50
AGENTS_OWN_FORM = re.compile(r"[A-Z]\w*\(.*\)?")


def _plain(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be blank")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise ValueError("it must be one line of text")
    return text.strip()


def _command(text: str) -> str:
    if AGENTS_OWN_FORM.match(text):
        raise ValueError('Claude Code writes rules like this; here, write the command alone, such as "git push *"')
    if len(text.split()) > MAX_WORDS:
        raise ValueError(f"it has more than {MAX_WORDS} words")
    return text


def _path(text: str) -> str:
    if text.startswith("!"):
        raise ValueError("a path cannot be taken out by !; write a rule for what is left")
    return text


Text = Annotated[str, Field(max_length=MAX_PATTERN), AfterValidator(_plain)]
Command = Annotated[Text, AfterValidator(_command)]
Path = Annotated[Text, AfterValidator(_path)]
Reason = Annotated[str, Field(max_length=MAX_REASON), AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RuleEntry(_Part):
    tool: Text | None = None
    command: Command | None = None
    path: Path | None = None
    reason: Reason | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """A text alone is a command."""
        return {"command": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _about_something(self) -> "RuleEntry":
        if self.tool is None and self.command is None and self.path is None:
            raise ValueError("a rule names a tool, a command or a path")
        if self.command is not None and self.path is not None:
            raise ValueError("a rule names a command or a path, not both")
        return self


# A heading is left alone when all that stood under it is commented out.
Rules = Annotated[
    list[RuleEntry], Field(max_length=MAX_RULES), BeforeValidator(lambda value: [] if value is None else value)
]


class PermissionFile(_Part):
    allow: Rules = Field(default_factory=list)
    ask: Rules = Field(default_factory=list)
    deny: Rules = Field(default_factory=list)
