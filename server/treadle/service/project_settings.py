"""`.treadle/project.yaml`: what it may say, and where it is wrong."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, SequenceNode

from treadle.domain.component_rules import MAX_NAME, MAX_PATH, name_problem, path_problem
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import DeclaredComponent, misplaced
from treadle.service.declared_project import NOTHING, ProjectSettings
from treadle.workflows.design_headings import comparable
from treadle.workflows.gates import DEFAULT_MAX_RUNS, DEFAULT_STAGES, DEFAULT_TIMEOUT_S, MAX_RUNS, MAX_TIMEOUT_S
from treadle.workflows.stages import Stage

MAX_BYTES = 256 * 1024
MAX_COMPONENTS = 2_000
MAX_DEPTH = 10
MAX_TEST_SECONDS = 86_400
MAX_KINDS = 100
MAX_SECTIONS = 50
NAME = ".treadle/project.yaml"
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C takes a fortieth of the time, and the daemon has other things to do."""
NOT_YAML = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ufffd\\U00010000-\\U0010ffff]")
UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError)
"""The last two are how the library answers a tag that its value does not fit, `!!bool maybe`."""
ALTERNATIVES = {"<words>", "<text>", "<mapping>"}
REASONS = {
    "model_type": "it must be a mapping of names to values",
    "string_unicode": "it is no text: half of a surrogate pair stands alone",
}


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
    components: Components = Field(default_factory=list)


def parse(content: bytes) -> ProjectSettings:
    """:raises ProjectInvalidError: names the line"""
    node = _node(content)
    if node is None:
        return NOTHING
    try:
        file = SettingsFile.model_validate(_value(node))
    except ValidationError as error:
        raise _refusal(node, error.errors(include_url=False, include_context=False)[0]) from error
    _require_tree(node, file.components)
    settings = file.model_dump(exclude={"name", "components"}, exclude_none=True)
    if not settings["folders"]:
        del settings["folders"]
    components = tuple(
        DeclaredComponent(name=each.name, kind=each.kind, parent=each.parent, paths=each.paths)
        for each in file.components
    )
    return ProjectSettings(name=file.name, settings=settings, components=components)


def _node(content: bytes) -> Node | None:
    if len(content) > MAX_BYTES:
        raise _invalid(f"it is larger than {MAX_BYTES} bytes", _line_at(content[:MAX_BYTES]))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid("it is not UTF-8", _line_at(content[: error.start])) from error
    if (found := NOT_YAML.search(text)) is not None:
        raise _invalid("it holds a control character", _line_at(text[: found.start()].encode()))
    try:
        _require_simple(text)
        node: Node | None = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise _invalid(problem, _line_of(error.problem_mark or error.context_mark)) from error
    return node


def _require_simple(text: str) -> None:
    """No aliases and no deep nesting, by which a small file can cost a lot."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _invalid("YAML aliases are not allowed", _line_of(event.start_mark))
        if depth > MAX_DEPTH:
            raise _invalid("it is nested too deeply", _line_of(event.start_mark))


def _value(node: Node) -> Any:
    """As a safe load reads it, but a key that comes twice is refused."""
    _require_single_keys(node)
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except UNREADABLE as error:
        mark = getattr(error, "problem_mark", None) or _unreadable(node).start_mark
        raise _invalid("a value is not plain YAML", _line_of(mark)) from error


def _unreadable(node: Node) -> Node:
    """The innermost value that cannot be read."""
    for part in _parts(node):
        try:
            yaml.constructor.SafeConstructor().construct_document(part)
        except UNREADABLE:
            return _unreadable(part)
    return node


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        yield from (part for pair in node.value for part in pair)
    elif isinstance(node, SequenceNode):
        yield from node.value


def _require_single_keys(node: Node) -> None:
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in seen:
                raise _invalid(f"{key.value:.200} comes twice", _line_of(key.start_mark))
            seen.add(str(key.value))
    for part in _parts(node):
        _require_single_keys(part)


def _require_tree(node: Node, components: Sequence[ComponentSettings]) -> None:
    """Names are unique, parents are there, and nothing is its own ancestor."""
    parents: dict[str, str | None] = {}
    for index, component in enumerate(components):
        if component.name in parents:
            raise _invalid(f"the component {component.name} comes twice", _line(node, ("components", index, "name")))
        parents[component.name] = component.parent
    if (found := misplaced(parents)) is not None:
        name, problem = found
        index = list(parents).index(name)
        raise _invalid(f"components.{index}.parent: {problem}", _line(node, ("components", index, "parent")))


def _refusal(node: Node, first: ErrorDetails) -> ProjectInvalidError:
    """In the file's words; pydantic names also the alternatives of a value that may be this or that."""
    place = [part for part in first["loc"] if not (isinstance(part, str) and part in ALTERNATIVES)]
    reason = REASONS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    named = ".".join(str(part) for part in place)
    return _invalid(f"{named:.300}: {reason}" if named else reason, _line(node, place))


def _line(node: Node, place: Sequence[int | str]) -> int:
    """The line of the value at this place, or of the nearest one around it."""
    for part in place:
        following = None
        if isinstance(node, MappingNode):
            following = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            following = node.value[part]
        if following is None:
            break
        node = following
    return _line_of(node.start_mark)


def _line_of(mark: Any) -> int:
    return 1 if mark is None else int(mark.line) + 1


def _line_at(before: bytes) -> int:
    return before.count(b"\n") + 1


def _invalid(problem: str, line: int) -> ProjectInvalidError:
    shown = "".join(character if character.isprintable() else "?" for character in problem)
    return ProjectInvalidError(f"{NAME} is not valid in line {line}: {shown}.", path=NAME, line=line)
