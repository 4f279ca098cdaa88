"""Where a workflow can be run from its file."""

from dataclasses import dataclass

from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import ScalarNode, at_path, key_at


@dataclass(frozen=True, slots=True)
class Lens:
    span: Span
    """The key before the name."""
    name: str
    errors: int
    """With any it cannot be run."""


def lens(analysis: Analysis) -> Lens | None:
    """None: it has no name by which it could have been run."""
    key, name = key_at(analysis.tree, ("name",)), at_path(analysis.tree, ("name",))
    if key is None or not isinstance(name, ScalarNode) or not name.value:
        return None
    return Lens(key.span, name.value, len(analysis.errors))
