"""Writes the implementation of a component until its tests pass."""

from treadle.workflows.component_test import Initialize
from treadle.workflows.contract import SessionType

COMPONENT_CODING = SessionType(
    id="component_coding",
    title="Component code",
    description="Writes the implementation of a component until its tests pass.",
    version=1,
    line=(Initialize(),),
    needs_component=True,
)
