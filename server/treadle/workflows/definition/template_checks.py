"""What is wrong in the templates of a workflow: their language, and what they name."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from treadle.workflows.definition.diagnostics import Diagnostic
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.nearest import told
from treadle.workflows.definition.outline import ALL, Outline
from treadle.workflows.definition.references import entries_of
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain
from treadle.workflows.definition.template_places import TemplatePlace, template_places
from treadle.workflows.definition.template_syntax import read_template, unsafe_values
from treadle.workflows.definition.text_map import TextMap, text_map
from treadle.workflows.definition.values import Value, roots
from treadle.workflows.definition.yaml_nodes import MappingNode

UNDEFINED = "undefined_variable"


class _Names:
    """What may be named, for templates in `save` and for all others."""

    def __init__(self, root: MappingNode, outline: Outline) -> None:
        self.definition: WorkflowDefinition = outline.definition
        self._root = root
        self._broken = outline.broken
        self._saving: dict[str, Mapping[str, Value]] = {}

    @cached_property
    def general(self) -> Mapping[str, Value]:
        saved = [each.name for step in entries_of(self._root, "steps") for each in entries_of(step.value, "save")]
        return roots(self.definition, saved=saved)

    def of(self, place: TemplatePlace) -> Mapping[str, Value]:
        step = place.saving
        if step is None or step not in self.definition.steps:
            return self.general
        if step not in self._saving:
            own = self.general["results"].members[step]
            self._saving[step] = {**self.general, "result": own}
        return self._saving[step]

    def is_unclear(self, step: str) -> bool:
        """Whether one cannot say what its result has."""
        return ALL in self._broken.get(step, ())


class _Marker:
    """Tells of places in one template; where they are in the file is found out when there is something to tell."""

    def __init__(self, text: str, place: TemplatePlace) -> None:
        self._text = text
        self._place = place

    @cached_property
    def _map(self) -> TextMap:
        return text_map(self._text, self._place.node)

    def told(self, span: Span, code: str, message: str) -> Diagnostic:
        return Diagnostic(span=self._map.span(*span), code=code, message=message)


def check_templates(text: str, root: MappingNode, outline: Outline) -> Iterator[Diagnostic]:
    names = _Names(root, outline)
    for place in template_places(root):
        marker = _Marker(text, place)
        reading = read_template(place.node.value)
        if reading.problem is not None:
            yield marker.told(reading.problem.span, reading.problem.code, reading.problem.message)
            continue
        if place.is_shell:
            yield from _unsafe(place, marker)
        for chain in reading.chains:
            wrong = _wrong(chain, place, names)
            if wrong is not None:
                part, message = wrong
                yield marker.told(chain.spans[part], UNDEFINED, message)


def _unsafe(place: TemplatePlace, marker: _Marker) -> Iterator[Diagnostic]:
    """Values that a shell would not take for one plain word."""
    for span, reason in unsafe_values(place.node.value):
        about_a_place = f"A value cannot be quoted here: {reason}."
        message = about_a_place if reason.startswith("it ") else f"{reason[:1].upper()}{reason[1:]}."
        yield marker.told(span, "unsafe_in_shell", message)


def _wrong(chain: Chain, place: TemplatePlace, names: _Names) -> tuple[int, str] | None:
    """Which part names nothing, and a sentence about it."""
    known = names.of(place)
    value = known.get(chain.root)
    if value is None:
        if chain.root == "result":
            return 0, "result is there only in save; elsewhere the last result of a step is results.STEP."
        return 0, told(f"There is no variable {chain.root:.80}", chain.root, known)
    for index, part in enumerate(chain.parts[1:], start=1):
        earlier = chain.parts[:index]
        if value.kind == "any" or _is_unclear(earlier, place, names):
            return None
        if part not in value.members or value.kind != "mapping":
            return index, _sentence(earlier, part, value, place, names)
        value = value.members[part]
    return None


def _is_unclear(parts: tuple[str, ...], place: TemplatePlace, names: _Names) -> bool:
    if parts[0] == "result":
        return len(parts) == 1 and names.is_unclear(place.step or "")
    return parts[0] == "results" and len(parts) == 2 and names.is_unclear(parts[1])


def _sentence(parts: tuple[str, ...], part: str, value: Value, place: TemplatePlace, names: _Names) -> str:
    if value.kind != "mapping":
        return f"{'.'.join(parts):.200} is {_article(value.kind)}; it has no {part:.80}."
    if parts == ("parameters",):
        return told(f"There is no parameter {part:.80}", part, value.members)
    if parts == ("results",):
        return told(f"There is no step {part:.80}", part, value.members)
    if parts == ("state",):
        return told(f"No step saves {part:.80}", part, value.members)
    step = place.step if parts[0] == "result" else parts[1] if parts[0] == "results" else None
    if step is not None:
        kind = names.definition.steps[step].kind
        return told(f"The result of {step}, a step with {kind}, has no {part:.80}", part, value.members)
    return told(f"{'.'.join(parts):.200} has no {part:.80}", part, value.members)


def _article(kind: str) -> str:
    return kind if kind == "true or false" else f"a {kind}"
