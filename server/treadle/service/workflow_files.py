"""The workflow files of a project, and what each says of itself, whether or not it can be used."""

import logging
from dataclasses import dataclass
from functools import lru_cache

from treadle.service.project_texts import Unusable, unusable

CACHED = 512
"""Heads of files."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    name: str | None
    description: str
    needs_component: bool


NOTHING = Head(None, "", needs_component=False)


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    path: str
    """Below the project's root."""
    text: str
    """As it is kept: what is wrong stands in the place of a text that cannot be used."""

    @property
    def unusable(self) -> Unusable | None:
        return unusable(self.text)

    @property
    def head(self) -> Head:
        return NOTHING if self.unusable is not None else head(self.text)

    def is_called(self, name: str) -> bool:
        """One that does not say how it is called goes by its file's name."""
        own = self.head.name
        return own == name if own is not None else self.path.rpartition("/")[2].rpartition(".")[0] == name

    def is_at(self, path: str) -> bool:
        """`path` may be absolute."""
        return path == self.path or path.replace("\\", "/").endswith(f"/{self.path}")


@lru_cache(maxsize=CACHED)
def head(text: str) -> Head:
    """Quick enough for the threads of the database."""
    from treadle.workflows.definition.yaml_nodes import MappingNode, value
    from treadle.workflows.definition.yaml_tree import read

    try:
        root = read(text).root
        plain = value(root) if isinstance(root, MappingNode) else {}
    except Exception:
        # One file must not spoil what is said of the others; what is wrong with it, its analysis says.
        logger.exception("the head of a workflow file could not be read")
        return NOTHING
    name, description = plain.get("name"), plain.get("description")
    return Head(
        name if isinstance(name, str) and name else None,
        description if isinstance(description, str) else "",
        plain.get("needs_component") is True,
    )
