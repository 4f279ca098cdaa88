from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ComponentOrigin(StrEnum):
    """Who says that a component is there."""

    DECLARED = "declared"
    """The settings file, and as long as it does."""
    DESIGNED = "designed"
    """A design document that a session made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of a project that sessions work on. A context is a component with children."""

    id: int
    project_id: int
    name: str
    kind: str
    parent_component_id: int | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    """By role, relative to the project's root: `design`, `code`, `tests`."""
    origin: ComponentOrigin = ComponentOrigin.DECLARED


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredComponent:
    """A component as the settings file or a design document declares it; its parent by name."""

    name: str
    kind: str
    parent: str | None
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A git root. Its identity is the first commit and the remote, not the path."""

    id: int
    account_id: int
    name: str
    root: str
    """The folder where it was opened last by somebody who trusts it; of one that nobody trusts, the first."""
    first_commit: str | None
    remote: str | None
    settings: Mapping[str, object] = field(default_factory=dict)
    """What `.treadle/project.yaml` declares, over what the client found by looking."""
    inserted_at: datetime
    updated_at: datetime


def left_out(components: Iterable[Component], context_id: int, kept: Collection[str]) -> tuple[Component, ...]:
    """The designed parts of this one that have none of the names, and the designed ones below those."""
    below: dict[int | None, list[Component]] = {}
    for each in components:
        below.setdefault(each.parent_component_id, []).append(each)
    found: list[Component] = []
    waiting = [context_id]
    while waiting:
        for each in below.pop(waiting.pop(), ()):
            if each.name not in kept and each.origin is ComponentOrigin.DESIGNED:
                found.append(each)
                waiting.append(each.id)
    return tuple(found)


def misplaced(parents: Mapping[str, str | None]) -> tuple[str, str] | None:
    """The first component that is in no tree, and why; None when all are in one. `parents`: by name, in their order."""
    rooted: set[str] = set()
    for name in parents:
        lineage: set[str] = set()
        ancestor: str | None = name
        while ancestor is not None and ancestor not in rooted:
            if ancestor not in parents:
                return name, f"{ancestor} is not a component"
            if ancestor in lineage:
                return name, f"{ancestor} is its own ancestor"
            lineage.add(ancestor)
            ancestor = parents[ancestor]
        rooted |= lineage
    return None
