"""What there is to say of a workflow file, while it is written and before anything of it runs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from treadle.workflows.definition.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Severity, Surroundings
from treadle.workflows.definition.flow_checks import check_flow
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.outline import EMPTY_FILE, Outline, outline_of
from treadle.workflows.definition.parameter_checks import check_names, check_parameters, check_scalars
from treadle.workflows.definition.schema_words import described
from treadle.workflows.definition.source import Source, Span
from treadle.workflows.definition.step_checks import check_name, check_steps
from treadle.workflows.definition.template_checks import check_templates
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, ScalarNode
from treadle.workflows.definition.yaml_tree import read

NOWHERE = Surroundings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    source: Source
    surroundings: Surroundings
    tree: Node | None
    """Of a text that breaks off, what stands before that place."""
    outline: WorkflowDefinition | None
    """What could be made out, without what is wrong: for completing and finding, not for running."""
    definition: WorkflowDefinition | None
    """None when there is an error."""
    diagnostics: tuple[Diagnostic, ...]
    """In the order of the text."""
    is_whole: bool
    """Whether the text could be read to its end."""
    has_gaps: bool
    """Whether something of it could not be read, there or before, and is not in the tree."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.severity is Severity.ERROR)


def analyse(text: str, surroundings: Surroundings = NOWHERE) -> Analysis:
    """Never fails, whatever the text is."""
    reading = read(text)
    found = [Diagnostic(span=each.span, code=each.code, message=each.message) for each in reading.problems]
    outline: Outline | None = None
    if isinstance(reading.root, MappingNode):
        outline = outline_of(reading.root)
        if reading.is_whole:
            found += islice(_all_problems(text, reading.root, outline, surroundings), MAX_DIAGNOSTICS)
    elif reading.is_whole:
        found.append(_no_workflow(reading.root))
    diagnostics = _in_order(found)
    is_valid = outline is not None and not any(each.severity is Severity.ERROR for each in diagnostics)
    return Analysis(
        source=Source(text),
        surroundings=surroundings,
        tree=reading.root,
        outline=None if outline is None else outline.definition,
        definition=outline.definition if is_valid and outline is not None else None,
        diagnostics=diagnostics,
        is_whole=reading.is_whole,
        has_gaps=bool(reading.problems),
    )


def _all_problems(text: str, root: MappingNode, outline: Outline, surroundings: Surroundings) -> Iterator[Diagnostic]:
    yield from outline.diagnostics
    yield from check_names(root)
    yield from check_scalars(text, root)
    yield from check_parameters(root, outline)
    yield from check_name(root, outline, surroundings)
    yield from check_steps(root, outline, surroundings)
    yield from check_flow(root, outline)
    yield from check_templates(text, root, outline)


def _no_workflow(root: Node | None) -> Diagnostic:
    if root is None or (isinstance(root, ScalarNode) and root.plain is None):
        return Diagnostic(span=Span(0, 0), code="empty", message=EMPTY_FILE)
    message = f"A workflow is a mapping of keys such as name and steps, not {described(root)}."
    return Diagnostic(span=Span(root.span.start, root.span.start), code="wrong_type", message=message)


def _in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    distinct = {(each.span, each.code, each.message): each for each in found}
    return tuple(sorted(distinct.values(), key=lambda each: (each.span, each.code)))[:MAX_DIAGNOSTICS]
