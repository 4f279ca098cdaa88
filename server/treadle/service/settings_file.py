"""What `.treadle/project.yaml` may say."""

import shlex
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from treadle.domain.component_rules import MAX_NAME, MAX_PATH, name_problem, path_problem
from treadle.service import own_patterns
from treadle.workflows.design_headings import comparable
from treadle.workflows.gates import DEFAULT_MAX_RUNS, DEFAULT_STAGES, DEFAULT_TIMEOUT_S, MAX_RUNS, MAX_TIMEOUT_S
from treadle.workflows.stages import Stage

MAX_COMPONENTS = 2_000
MAX_TEST_SECONDS = 86_400
MAX_KINDS = 100
MAX_SECTIONS = 50
ALTERNATIVES = frozenset({"<words>", "<text>", "<mapping>"})
"""How pydantic names the forms that a value may have."""


def _plain(text: str) -> str:
    if (problem := name_problem(text)) is not None:
        raise ValueError(problem)
    return text


def _argument(word: str) -> str:
    if "\0" in word:
        raise ValueError("it must not hold a null character")
    return word


def _program(words: list[str] | str) -> list[str]:
    split = shlex.split(words) if isinstance(words, str) else words
    if not split or not split[0].strip():
        raise ValueError("it must name a program")
    return split


def _distinct_stages(stages: list[Stage]) -> list[Stage]:
    if len(set(stages)) < len(stages):
        raise ValueError("a stage comes twice")
    return stages


def _inside(path: str) -> str:
    if (problem := path_problem(path)) is not None:
        raise ValueError(problem)
    return path


def _heading(text: str) -> str:
    if not comparable(text):
        raise ValueError("a heading must hold a letter or a digit")
    return text


def _distinct_headings(headings: list[str]) -> list[str]:
    seen: set[str] = set()
    for heading in headings:
        if comparable(heading) in seen:
            raise ValueError(f"{heading} comes twice")
        seen.add(comparable(heading))
    return headings


def _pattern(text: str) -> str:
    if (problem := own_patterns.problem(text)) is not None:
        raise ValueError(problem)
    return text


Word = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_argument)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_plain)]
# With tags, a wrong value is refused for what it is and not for what it is not.
Words = Annotated[
    Annotated[list[Word], Tag("<words>")] | Annotated[Word, Tag("<text>")],
    Discriminator(lambda value: "<words>" if isinstance(value, list) else "<text>"),
]
Program = Annotated[Words, AfterValidator(_program)]
Language = Literal["python", "typescript", "javascript"]
RelativePath = Annotated[str, Field(max_length=MAX_PATH), AfterValidator(_inside)]
Heading = Annotated[Name, AfterValidator(_heading)]
Headings = Annotated[list[Heading], Field(max_length=MAX_SECTIONS), AfterValidator(_distinct_headings)]

# A heading is left alone when all that stood under it is commented out.
Paths = Annotated[dict[Name, RelativePath], BeforeValidator(lambda value: {} if value is None else value)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ComponentSettings(_Part):
    name: Name
    kind: Name = "module"
    parent: Name | None = None
    paths: Paths = Field(default_factory=dict)


Components = Annotated[
    list[ComponentSettings],
    Field(max_length=MAX_COMPONENTS),
    BeforeValidator(lambda value: [] if value is None else value),
]


class GateSettings(_Part):
    """What an agent must pass before it may stop."""

    command: Program
    stages: Annotated[list[Stage], Field(min_length=1), AfterValidator(_distinct_stages)] = list(DEFAULT_STAGES)
    max_runs: Annotated[int, Field(ge=1, le=MAX_RUNS)] = DEFAULT_MAX_RUNS
    timeout_s: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_S)] = DEFAULT_TIMEOUT_S


# A command alone stands for the mapping that has only that.
Gate = Annotated[
    Annotated[GateSettings, Tag("<mapping>")] | Annotated[Program, Tag("<words>")],
    Discriminator(lambda value: "<mapping>" if isinstance(value, dict | GateSettings) else "<words>"),
    AfterValidator(lambda value: value if isinstance(value, GateSettings) else GateSettings(command=value)),
]


class FolderSettings(_Part):
    code: RelativePath | None = None
    tests: RelativePath | None = None
    design: RelativePath | None = None


Folders = Annotated[FolderSettings, BeforeValidator(lambda value: {} if value is None else value)]


Pattern = Annotated[str, Field(min_length=1, max_length=own_patterns.MAX_CHARACTERS), AfterValidator(_pattern)]


class SecretSettings(_Part):
    """What else is a secret in this project."""

    name: Annotated[str, Field(pattern=rf"^{own_patterns.NAME}$")] = own_patterns.DEFAULT_NAME
    pattern: Pattern


# A pattern alone stands for the mapping that has only that.
Secret = Annotated[
    Annotated[SecretSettings, Tag("<mapping>")] | Annotated[Pattern, Tag("<text>")],
    Discriminator(lambda value: "<mapping>" if isinstance(value, dict | SecretSettings) else "<text>"),
    AfterValidator(lambda value: value if isinstance(value, SecretSettings) else SecretSettings(pattern=value)),
]
Secrets = Annotated[list[Secret], Field(max_length=own_patterns.MAX_PATTERNS)]


class SettingsFile(_Part):
    name: Name | None = None
    language: Language | None = None
    folders: Folders = Field(default_factory=FolderSettings)
    test_command: Words | None = None
    test_timeout_s: Annotated[float, Field(gt=0, le=MAX_TEST_SECONDS)] | None = None
    test_tool: Word | None = None
    interpreter: Word | None = None
    gate: Gate | None = None
    push: bool | None = None
    """Whether a session pushes its branch at the end."""
    pull_request: bool | None = None
    design_sections: dict[Name, Headings] | None = Field(default=None, max_length=MAX_KINDS)
    """By kind of component, the sections that its design document must have; `*` for kinds that are not named."""
    redact: Secrets | None = None
    """RE2 patterns of the project's own secrets."""
    components: Components = Field(default_factory=list)
