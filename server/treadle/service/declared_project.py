"""What a project's `.treadle/project.yaml` says, apart from how it is read: that takes YAML, which few clients need."""

from dataclasses import dataclass

from treadle.domain.project import DeclaredComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    name: str | None
    settings: dict[str, object]
    """What the file says besides name and components."""
    components: tuple[DeclaredComponent, ...]


NOTHING = ProjectSettings(name=None, settings={}, components=())
