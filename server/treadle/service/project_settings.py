"""Reads `.treadle/project.yaml`, and says in which line it is wrong."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import DeclaredComponent, misplaced
from treadle.service.declared_project import NOTHING, ProjectSettings
from treadle.service.settings_file import ALTERNATIVES, ComponentSettings, SettingsFile
from treadle.workflows.definition.file_rules import MAX_BYTES
from treadle.workflows.definition.source import Source
from treadle.workflows.definition.yaml_nodes import Node, PathPart, at_path, value
from treadle.workflows.definition.yaml_tree import YamlProblem, compose

NAME = ".treadle/project.yaml"
REASONS = {
    "bool_type": "write true or false",
    "model_type": "it must be a mapping of names to values",
    "string_unicode": "it is no text: half of a surrogate pair stands alone",
}


class _Lines:
    """In which line of the file a value stands."""

    def __init__(self, text: str, root: Node) -> None:
        self._source = Source(text)
        self._root = root

    def of(self, place: Sequence[PathPart]) -> int:
        """Of the value there, or of the nearest one around it."""
        node = at_path(self._root, place)
        while node is None:
            place = place[:-1]
            node = at_path(self._root, place)
        return self._source.position(node.span.start).line + 1


def parse(content: bytes) -> ProjectSettings:
    """:raises ProjectInvalidError: names the line"""
    text = _text(content)
    try:
        root = compose(text)
    except YamlProblem as problem:
        raise _invalid(problem.message, Source(text).position(problem.span.start).line + 1) from problem
    if root is None:
        return NOTHING
    lines = _Lines(text, root)
    try:
        file = SettingsFile.model_validate(value(root))
    except ValidationError as error:
        raise _refusal(lines, error.errors(include_url=False, include_context=False)[0]) from error
    _require_tree(lines, file.components)
    settings = file.model_dump(exclude={"name", "components"}, exclude_none=True)
    if not settings["folders"]:
        del settings["folders"]
    components = tuple(
        DeclaredComponent(name=each.name, kind=each.kind, parent=each.parent, paths=each.paths)
        for each in file.components
    )
    return ProjectSettings(name=file.name, settings=settings, components=components)


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _invalid(f"it is larger than {MAX_BYTES} bytes", _line_at(content[:MAX_BYTES]))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid("it is not UTF-8", _line_at(content[: error.start])) from error


def _require_tree(lines: _Lines, components: Sequence[ComponentSettings]) -> None:
    """Names are unique, parents are there, and nothing is its own ancestor."""
    parents: dict[str, str | None] = {}
    for index, component in enumerate(components):
        if component.name in parents:
            raise _invalid(f"the component {component.name} comes twice", lines.of(("components", index, "name")))
        parents[component.name] = component.parent
    if (found := misplaced(parents)) is not None:
        name, problem = found
        index = list(parents).index(name)
        raise _invalid(f"components.{index}.parent: {problem}", lines.of(("components", index, "parent")))


def _refusal(lines: _Lines, first: ErrorDetails) -> ProjectInvalidError:
    """In the file's words; pydantic names also the alternatives of a value that may be this or that."""
    place = [part for part in first["loc"] if not (isinstance(part, str) and part in ALTERNATIVES)]
    reason = REASONS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    named = ".".join(str(part) for part in place)
    return _invalid(f"{named:.300}: {reason}" if named else reason, lines.of(place))


def _line_at(before: bytes) -> int:
    return before.count(b"\n") + 1


def _invalid(problem: str, line: int) -> ProjectInvalidError:
    shown = "".join(character if character.isprintable() else "?" for character in problem.removesuffix("."))
    return ProjectInvalidError(f"{NAME} is not valid in line {line}: {shown}.", path=NAME, line=line)
