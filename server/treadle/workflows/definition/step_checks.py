"""What a schema cannot say of one step: commands, exit codes, and what it needs from outside the file."""

from collections.abc import Iterator

from treadle.workflows.definition.diagnostics import Diagnostic, Severity, Surroundings
from treadle.workflows.definition.model import RunDefinition, SpawnDefinition, WorkflowDefinition
from treadle.workflows.definition.nearest import nearest, told
from treadle.workflows.definition.outline import ALL, Outline
from treadle.workflows.definition.references import entries_of
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode

MAX_EXIT_CODE = 255


def check_name(root: MappingNode, outline: Outline, surroundings: Surroundings) -> Iterator[Diagnostic]:
    node = root.value_of("name")
    if not isinstance(node, ScalarNode) or node.is_unreadable:
        return
    name = outline.definition.name
    if name != node.value:
        return
    if name in surroundings.types:
        message = f"There is a session type {name} already; a workflow needs a name of its own."
        yield Diagnostic(span=node.span, code="name_taken", message=message)
    elif name in surroundings.workflows:
        message = f"{surroundings.workflows[name]} is called {name} too; each workflow needs a name of its own."
        yield Diagnostic(span=node.span, code="name_taken", message=message)


def check_steps(root: MappingNode, outline: Outline, surroundings: Surroundings) -> Iterator[Diagnostic]:
    for entry in entries_of(root, "steps"):
        step = outline.definition.steps.get(entry.name)
        broken = outline.broken.get(entry.name, set())
        if step is None or not isinstance(entry.value, MappingNode) or ALL in broken:
            continue
        if isinstance(step, RunDefinition):
            yield from _run(entry.value, broken)
        elif isinstance(step, SpawnDefinition) and "spawn" not in broken:
            yield from _spawn(entry.value, step, outline.definition, surroundings)


def _run(node: MappingNode, broken: set[str]) -> Iterator[Diagnostic]:
    words = node.value_of("run")
    first = words.items[0] if isinstance(words, SequenceNode) and words.items else words
    if "run" not in broken and first is not None and isinstance(first, ScalarNode) and not first.value.strip():
        yield Diagnostic(span=first.span, code="invalid_value", message="run must begin with a program.")
    codes = node.value_of("exit_codes")
    for entry in codes.entries if isinstance(codes, MappingNode) and "exit_codes" not in broken else ():
        code = entry.key.plain if isinstance(entry.key, ScalarNode) else None
        if isinstance(code, int) and not 0 <= code <= MAX_EXIT_CODE:
            message = f"An exit code is a number from 0 to {MAX_EXIT_CODE}."
            yield Diagnostic(span=entry.key.span, code="out_of_bounds", message=message)


def _spawn(
    node: MappingNode, step: SpawnDefinition, definition: WorkflowDefinition, surroundings: Surroundings
) -> Iterator[Diagnostic]:
    place = node.by_key["spawn"].value
    if step.spawn == definition.name:
        yield Diagnostic(span=place.span, code="spawns_itself", message="A workflow cannot spawn itself.")
        return
    problem = _type_problem(step.spawn, surroundings)
    if problem is not None:
        yield Diagnostic(span=place.span, code="unknown_type", message=problem)
    else:
        yield from _component_use(node.by_key["spawn"], node.by_key.get("components"), step.spawn, surroundings)
    yield from _components(node.value_of("components"), surroundings)
    if step.components == "parts" and not definition.needs_component:
        message = "parts are those of the session's own component, which it may not have: write needs_component: true."
        parts = node.by_key["components"].value
        yield Diagnostic(span=parts.span, code="needs_component", message=message, severity=Severity.WARNING)


def _type_problem(name: str, surroundings: Surroundings) -> str | None:
    known = (*surroundings.types, *surroundings.workflows)
    if surroundings.components is None or not known or name in known:
        return None
    return told(f"There is no session type and no workflow {name:.80}", name, known)


def _component_use(
    spawn: Entry, components: Entry | None, name: str, surroundings: Surroundings
) -> Iterator[Diagnostic]:
    if name not in surroundings.types and name not in surroundings.workflows:
        return
    needs_one = name in surroundings.needs_component
    if needs_one and components is None:
        message = f"Each session of {name} has a component: write components."
        yield Diagnostic(span=spawn.value.span, code="needs_component", message=message)
    elif components is not None and not needs_one:
        message = f"A session of {name} has no component: leave components out."
        yield Diagnostic(span=components.key.span, code="needs_no_component", message=message)


def _components(node: Node | None, surroundings: Surroundings) -> Iterator[Diagnostic]:
    if surroundings.components is None or not isinstance(node, SequenceNode):
        return
    seen: set[str] = set()
    for item in node.items:
        if not isinstance(item, ScalarNode) or not isinstance(item.plain, str):
            continue
        if item.value not in surroundings.components:
            near = nearest(item.value, surroundings.components)
            ending = f"; did you mean {near}?" if near else "."
            message = f"The project has no component {item.value:.80}{ending}"
            yield Diagnostic(span=item.span, code="unknown_component", message=message)
        elif item.value in seen:
            message = f"{item.value:.80} comes twice."
            yield Diagnostic(span=item.span, code="duplicate_component", message=message)
        seen.add(item.value)
