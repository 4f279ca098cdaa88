"""`.treadle/project.yaml`: what it may say, and where it is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from treadle.domain.errors import ProjectInvalidError
from treadle.storage.projects import DeclaredComponent

MAX_BYTES = 256 * 1024
MAX_COMPONENTS = 2_000
MAX_DEPTH = 10
NAME = ".treadle/project.yaml"


def _inside(path: str) -> str:
    parts = PurePosixPath(path.replace("\\", "/"))
    if not path or parts.is_absolute() or ".." in parts.parts or "\0" in path or path[1:2] == ":":
        raise ValueError("a path must be relative and stay in the project")
    return path


Word = Annotated[str, Field(min_length=1, max_length=4_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ComponentSettings(_Part):
    name: Name
    kind: Name = "module"
    parent: Name | None = None
    paths: dict[Name, Annotated[str, AfterValidator(_inside)]] = Field(default_factory=dict)


class SettingsFile(_Part):
    name: Name | None = None
    test_command: list[Word] | Word | None = None
    test_tool: Word | None = None
    interpreter: Word | None = None
    components: list[ComponentSettings] = Field(default_factory=list, max_length=MAX_COMPONENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    name: str | None
    settings: dict[str, object]
    """What the file says besides name and components."""
    components: tuple[DeclaredComponent, ...]


NOTHING = ProjectSettings(name=None, settings={}, components=())


def parse(content: bytes) -> ProjectSettings:
    """:raises ProjectInvalidError: names the line"""
    node = _node(content)
    if node is None:
        return NOTHING
    try:
        file = SettingsFile.model_validate(_value(node))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise _invalid(f"{place}: {reason}" if place else reason, _line(node, first["loc"])) from error
    _require_tree(node, file.components)
    settings = file.model_dump(exclude={"name", "components"}, exclude_none=True)
    components = tuple(
        DeclaredComponent(name=each.name, kind=each.kind, parent=each.parent, paths=each.paths)
        for each in file.components
    )
    return ProjectSettings(name=file.name, settings=settings, components=components)


def _node(content: bytes) -> Node | None:
    if len(content) > MAX_BYTES:
        raise ProjectInvalidError(f"{NAME} is larger than {MAX_BYTES} bytes.", path=NAME)
    try:
        text = content.decode("utf-8-sig")
        _require_plain(text)
        node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ProjectInvalidError(f"{NAME} is not UTF-8.", path=NAME) from error
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise _invalid(problem, _line_of(getattr(error, "problem_mark", None))) from error
    return node


def _require_plain(text: str) -> None:
    """No aliases and no deep nesting, by which a small file can cost a lot."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _invalid("YAML aliases are not allowed", _line_of(event.start_mark))
        if depth > MAX_DEPTH:
            raise _invalid("it is nested too deeply", _line_of(event.start_mark))


def _value(node: Node) -> Any:
    """As a safe load reads it, but a key that comes twice is refused."""
    _require_single_keys(node)
    constructor = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_document(node)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        # The last two are how the library answers a tag that its value does not fit, `!!bool maybe`.
        line = _line_of(getattr(error, "problem_mark", None))
        raise _invalid("a value is not plain YAML", line) from error


def _require_single_keys(node: Node) -> None:
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in seen:
                raise _invalid(f"{key.value} comes twice", key.start_mark.line + 1)
            seen.add(str(key.value))
            _require_single_keys(value)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            _require_single_keys(value)


def _require_tree(node: Node, components: Sequence[ComponentSettings]) -> None:
    """Names are unique, parents are there, and nothing is its own ancestor."""
    parents: dict[str, str | None] = {}
    for index, component in enumerate(components):
        if component.name in parents:
            raise _invalid(f"the component {component.name} comes twice", _line(node, ("components", index)))
        parents[component.name] = component.parent
    for index, component in enumerate(components):
        ancestor, steps = component.parent, 0
        while ancestor is not None:
            steps += 1
            if ancestor not in parents or steps > len(parents):
                problem = "is not a component" if ancestor not in parents else "is its own ancestor"
                named = ancestor if ancestor not in parents else component.name
                line = _line(node, ("components", index, "parent"))
                raise _invalid(f"components.{index}.parent: {named} {problem}", line)
            ancestor = parents[ancestor]


def _line_of(mark: Any) -> int | None:
    return None if mark is None else int(mark.line) + 1


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
    return int(node.start_mark.line) + 1


def _invalid(problem: str, line: int | None) -> ProjectInvalidError:
    if line is None:
        return ProjectInvalidError(f"{NAME} is not valid: {problem}.", path=NAME)
    return ProjectInvalidError(f"{NAME} is not valid in line {line}: {problem}.", path=NAME, line=line)
