"""The project in which the collected files stand."""

from treadle.workflows.definition.diagnostics import Surroundings

SURROUNDINGS = Surroundings(
    types={"task": "Works on a task.", "component_coding": "Implements a component."},
    workflows={"release": ".treadle/workflows/release.yaml", "mend": ".treadle/workflows/mend.yaml"},
    components=("Calculator", "Clock"),
    needs_component=frozenset({"component_coding", "mend"}),
)
