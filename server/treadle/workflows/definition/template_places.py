"""Where in a workflow file templates stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.model import MAX_TEXT
from treadle.workflows.definition.shell_scripts import script_index
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode

TEXTS = frozenset({"agent", "ask", "read_file", "working_directory"})
LISTS = frozenset({"run", "gate", "may_run"})
COMMANDS = frozenset({"run", "gate"})
MAPPINGS = frozenset({"environment", "save", "options"})


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    node: ScalarNode
    step: str | None
    """None: it belongs to the whole workflow."""
    key: str
    is_shell: bool = False
    """Whether a shell reads what comes of it."""
    is_word: bool = False
    """Whether it is one argument of a command."""
    is_script: bool = False
    """Whether it is the argument that a shell takes its commands from."""

    @property
    def saving(self) -> str | None:
        """The step whose own result it may look at."""
        return self.step if self.key == "save" else None


def template_places(root: Node | None) -> Iterator[TemplatePlace]:
    if not isinstance(root, MappingNode):
        return
    for key in ("environment", "working_directory", "gate"):
        yield from _of(root.value_of(key), None, key)
    steps = root.value_of("steps")
    for step in steps.entries if isinstance(steps, MappingNode) else ():
        for entry in step.value.entries if isinstance(step.value, MappingNode) else ():
            yield from _of(entry.value, step.name, entry.name)


def template_at(root: Node | None, offset: int) -> TemplatePlace | None:
    return next((place for place in template_places(root) if place.node.span.holds(offset)), None)


def _of(node: Node | None, step: str | None, key: str) -> Iterator[TemplatePlace]:
    if isinstance(node, ScalarNode):
        if key in TEXTS or key == "run":
            yield from _scalar(node, step, key, is_shell=key == "run")
    elif isinstance(node, MappingNode):
        if key in MAPPINGS:
            for entry in node.entries:
                yield from _below(entry.value, step, key)
        elif key == "gate":
            yield from _of(node.value_of("command"), step, key)
    elif isinstance(node, SequenceNode) and key in LISTS:
        words = [item.value if isinstance(item, ScalarNode) else "" for item in node.items]
        script = script_index(words) if key in COMMANDS else None
        for index, item in enumerate(node.items):
            yield from _below(item, step, key, is_script=index == script)


def _below(node: Node | None, step: str | None, key: str, *, is_script: bool = False) -> Iterator[TemplatePlace]:
    """Texts, also those in lists."""
    if isinstance(node, ScalarNode):
        yield from _scalar(node, step, key, is_script=is_script)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _below(item, step, key)


def _scalar(
    node: ScalarNode, step: str | None, key: str, *, is_shell: bool = False, is_script: bool = False
) -> Iterator[TemplatePlace]:
    """Not of a text that is refused for its length: to look for places in it would take seconds."""
    is_text = bool(node.style) or isinstance(node.plain, str)
    if is_text and not node.is_unreadable and len(node.value) <= MAX_TEXT:
        is_word = key in LISTS and not is_shell
        yield TemplatePlace(node, step, key, is_shell=is_shell, is_word=is_word, is_script=is_script)
