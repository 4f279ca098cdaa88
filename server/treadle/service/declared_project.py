"""What a project's `.treadle/` says, apart from how it is read: that takes YAML, which few clients need."""

from collections.abc import Mapping
from dataclasses import dataclass

from treadle.domain.project import DeclaredComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """Of `project.yaml`."""

    name: str | None
    settings: dict[str, object]
    """What the file says besides name and components."""
    components: tuple[DeclaredComponent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredProject:
    settings: ProjectSettings
    texts: Mapping[str, str]
    """Prompts and rules, by their path in `.treadle/`."""


NOTHING = ProjectSettings(name=None, settings={}, components=())
