"""What is wrong with the ways through a workflow: routes to nowhere, steps never reached, loops without end."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from treadle.workflows.definition.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Severity
from treadle.workflows.definition.flow import Edge, edges, is_capped
from treadle.workflows.definition.model import STATUSES, TARGETS, AskDefinition, WorkflowDefinition
from treadle.workflows.definition.nearest import nearest
from treadle.workflows.definition.outline import Outline
from treadle.workflows.definition.references import entries_of, routes
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import MappingNode, ScalarNode, at_path

WORDS_OF_OTHERS: Mapping[str, str] = {
    **dict.fromkeys(("end", "done", "complete", "success", "exit", "stop", "finalize"), "finish"),
    **dict.fromkeys(("failed", "failure", "abort", "error"), "fail"),
}


def check_flow(root: MappingNode, outline: Outline) -> Iterator[Diagnostic]:
    definition = outline.definition
    names = {entry.name: None for entry in entries_of(root, "steps")}
    unknown = list(islice(_unknown_targets(root, names), MAX_DIAGNOSTICS))
    yield from unknown
    if len(names) != len(definition.steps):
        return
    to_steps = (edge for edge in edges(definition) if edge.target in definition.steps and edge.target not in TARGETS)
    known = [edge for edge in to_steps if _can_happen(definition, edge)]
    if not outline.has_broken_routes:
        yield from _loops(root, definition, known)
        if not unknown:
            yield from _unreachable(root, definition, known)


def _unknown_targets(root: MappingNode, names: Collection[str]) -> Iterator[Diagnostic]:
    for step in entries_of(root, "steps"):
        for route in entries_of(step.value, "on"):
            if route.name in STATUSES and isinstance(route.value, ScalarNode) and route.value.plain is None:
                message = f"on.{route.name} is empty; it must be the name of a step, finish or fail."
                yield Diagnostic(span=route.key.span, code="wrong_type", message=message)
    for _, _, target in routes(root):
        word = target.value
        if word in names or word in TARGETS:
            continue
        if word in ("next", "retry"):
            message = f"There is no step {word}; without a route it is so anyway."
            yield Diagnostic(span=target.span, code="unknown_step", message=message)
            continue
        near = nearest(word, [*names, *TARGETS]) or WORDS_OF_OTHERS.get(word.lower())
        ending = f"; did you mean {near}?" if near else "."
        yield Diagnostic(span=target.span, code="unknown_step", message=f"There is no step {word:.80}{ending}")


def _can_happen(definition: WorkflowDefinition, edge: Edge) -> bool:
    """A person who is asked gives no other answers; but anybody may skip a step, which is a warning."""
    step = definition.steps[edge.origin]
    return not isinstance(step, AskDefinition) or edge.status == "warning" or edge.status in step.answers.values()


def _unreachable(root: MappingNode, definition: WorkflowDefinition, known: list[Edge]) -> Iterator[Diagnostic]:
    targets: dict[str, list[str]] = {}
    for edge in known:
        targets.setdefault(edge.origin, []).append(edge.target)
    reached: set[str] = set()
    waiting = list(definition.steps)[:1]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(targets.get(name, ()))
    for entry in entries_of(root, "steps"):
        if entry.name not in reached:
            message = f"The step {entry.name:.80} is never reached: no route leads to it."
            yield Diagnostic(span=entry.key.span, code="unreachable_step", message=message, severity=Severity.WARNING)


def _loops(root: MappingNode, definition: WorkflowDefinition, known: list[Edge]) -> Iterator[Diagnostic]:
    order = {name: index for index, name in enumerate(definition.steps)}
    uncapped: dict[str, dict[str, Edge]] = {name: {} for name in definition.steps}
    for edge in known:
        if not is_capped(definition, edge):
            uncapped[edge.origin].setdefault(edge.target, edge)
    while (loop := _loop(uncapped)) is not None:
        # A default leads forward only, so that one which leads back is written.
        closing = max(
            (edge for edge in loop if order[edge.target] <= order[edge.origin]), key=lambda each: order[each.origin]
        )
        del uncapped[closing.origin][closing.target]
        yield Diagnostic(
            span=_span_of(root, closing), code="loop_without_cap", message=_sentence(_from_its_start(loop, closing))
        )


def _loop(graph: Mapping[str, Mapping[str, Edge]]) -> list[Edge] | None:
    done: set[str] = set()
    for start in graph:
        way: list[Edge] = []
        on_way = {start}
        open_edges = [iter(graph[start].values())] if start not in done else []
        while open_edges:
            edge = next(open_edges[-1], None)
            if edge is None:
                open_edges.pop()
                left = way.pop().target if way else start
                done.add(left)
                on_way.discard(left)
            elif edge.target in on_way:
                names = [each.origin for each in way]
                begin = names.index(edge.target) if edge.target in names else len(names)
                return [*way[begin:], edge]
            elif edge.target not in done:
                way.append(edge)
                on_way.add(edge.target)
                open_edges.append(iter(graph[edge.target].values()))
    return None


def _from_its_start(loop: list[Edge], closing: Edge) -> list[Edge]:
    index = loop.index(closing) + 1
    return [*loop[index:], *loop[:index]]


def _sentence(loop: list[Edge]) -> str:
    names = [loop[0].origin, *(edge.target for edge in loop)]
    shown = names if len(names) <= 8 else [*names[:4], "…", *names[-3:]]
    failing = next((edge.origin for edge in loop if edge.status == "error"), None)
    advice = (
        f"write max_attempts for the step {failing}"
        if failing is not None
        else "lead through the error of a step with max_attempts, or ask a person"
    )
    return f"The loop {' → '.join(shown)} has no cap: {advice}."


def _span_of(root: MappingNode, edge: Edge) -> Span:
    statuses = (edge.status, "ok") if edge.status == "warning" else (edge.status,)
    for status in statuses:
        node = at_path(root, ("steps", edge.origin, "on", status))
        if node is not None:
            return node.span
    return root.span
