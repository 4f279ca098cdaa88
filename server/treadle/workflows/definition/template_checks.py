"""What is wrong in the templates of a workflow: their language, and what they name."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from treadle.workflows.definition.diagnostics import Diagnostic, Severity
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.nearest import told
from treadle.workflows.definition.outline import ALL, Outline
from treadle.workflows.definition.references import entries_of
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain
from treadle.workflows.definition.template_places import TemplatePlace, template_places
from treadle.workflows.definition.template_syntax import places_of_values, read_template, unsafe_values
from treadle.workflows.definition.text_map import TextMap, text_map
from treadle.workflows.definition.values import OF_COMPONENT, Value, roots
from treadle.workflows.definition.yaml_nodes import MappingNode, ScalarNode

UNDEFINED = "undefined_variable"


class _Names:
    """What may be named, for templates in `save` and for all others."""

    def __init__(self, root: MappingNode, outline: Outline) -> None:
        self.definition: WorkflowDefinition = outline.definition
        self._root = root
        self._broken = outline.broken
        self._saving: dict[str, Mapping[str, Value]] = {}

    @cached_property
    def have_component(self) -> bool:
        """Also when one cannot say, because what is written there is wrong."""
        node = self._root.value_of("needs_component")
        return node is not None and not (isinstance(node, ScalarNode) and node.plain is False)

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

    def told(self, span: Span, code: str, message: str, severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic(span=self._map.span(*span), code=code, message=message, severity=severity)


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
        if place.is_script:
            yield from _in_script(place, marker)
        yield from _named(reading.chains, place, names, marker)


def _named(chains: tuple[Chain, ...], place: TemplatePlace, names: _Names, marker: _Marker) -> Iterator[Diagnostic]:
    is_told = names.have_component
    for chain in chains:
        wrong = _wrong(chain, place, names)
        if wrong is not None:
            part, message = wrong
            yield marker.told(chain.spans[part], UNDEFINED, message)
        elif chain.root in OF_COMPONENT and not chain.is_guarded and not is_told:
            is_told = True  # once in a template: one key mends all
            verb = "are" if chain.root == "parts" else "is"
            message = f"{chain.root} {verb} empty unless the session has a component: write needs_component: true."
            yield marker.told(chain.spans[0], "needs_component", message, Severity.WARNING)


def _in_script(place: TemplatePlace, marker: _Marker) -> Iterator[Diagnostic]:
    """Values among the commands of a list such as `[sh, -c, …]`, where nothing quotes them."""
    ways = 'give the value as an argument, "$1"'
    if place.key == "run":
        ways = f"write run as one text, or {ways}, or in environment"
    for span in places_of_values(place.node.value):
        yield marker.told(span, "unsafe_in_shell", f"The shell would read this value as commands: {ways}.")


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
        member = value.member(part)
        if member is None:
            return index, _sentence(earlier, part, value, place, names)
        value = member
    return None


def _is_unclear(parts: tuple[str, ...], place: TemplatePlace, names: _Names) -> bool:
    if parts[0] == "result":
        return len(parts) == 1 and names.is_unclear(place.step or "")
    return parts[0] == "results" and len(parts) == 2 and names.is_unclear(parts[1])


def _sentence(parts: tuple[str, ...], part: str, value: Value, place: TemplatePlace, names: _Names) -> str:
    if value.kind != "mapping":
        return f"{_written(parts)} is {_article(value.kind)}; it has no {part:.80}."
    if parts == ("parameters",):
        return told(f"There is no parameter {part:.80}", part, value.members)
    if parts == ("results",):
        return told(f"There is no step {part:.80}", part, value.members)
    if parts == ("state",):
        return told(f"No step saves {part:.80}", part, value.members)
    step = {("result", 1): place.step, ("results", 2): parts[-1]}.get((parts[0], len(parts)))
    if step is not None:
        kind = names.definition.steps[step].kind
        return told(f"The result of {step}, a step with {kind}, has no {part:.80}", part, value.members)
    return told(f"{_written(parts)} has no {part:.80}", part, value.members)


def _written(parts: tuple[str, ...]) -> str:
    """Such as `parts[0].name`."""
    shown = ("".join(part.split()) if part.startswith("[") else f".{part}" for part in parts)
    return "".join(shown).removeprefix(".")[:200]


def _article(kind: str) -> str:
    return kind if kind == "true or false" else f"a {kind}"
