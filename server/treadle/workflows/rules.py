"""A project's rules for agents: `.treadle/rules/*.md`, each for all work or for some kinds and stages of it.

A file may begin with what it is for, as YAML between two lines `---`:

    ---
    kinds: [module, context]
    stages: [tests, code]
    ---

What is left out means all. The stages are those of the agents' steps: design, tests, code, integration, task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.definition.source import Source
from treadle.workflows.definition.yaml_nodes import Node, PathPart, at_path, value
from treadle.workflows.definition.yaml_tree import YamlProblem, compose
from treadle.workflows.stages import STAGES

FOLDER = "rules/"
FENCE = "---"
MAX_HEAD = 2_000
"""Characters of what a file says that it is for."""


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kinds: list[str] = Field(default_factory=list)
    stages: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    kinds: tuple[str, ...]
    """Of components; empty: all, and work without a component."""
    stages: tuple[str, ...]
    """Empty: all."""
    text: str

    def holds_for(self, kind: str | None, stage: str) -> bool:
        return (not self.kinds or kind in self.kinds) and (not self.stages or stage in self.stages)


@lru_cache(maxsize=500)
def read_rule(path: str, text: str) -> Rule:
    """Asked for every prompt, of texts that seldom change.

    :raises ProjectInvalidError: names the file and, where it can, the line"""
    head, body, begins = _parted(text)
    if head is None:
        return Rule(kinds=(), stages=(), text=body.strip())
    if len(head) > MAX_HEAD:
        raise _invalid(path, begins, f"what the rule is for takes more than {MAX_HEAD} characters")
    source = Source(head)
    try:
        root = compose(head)
        front = _FrontMatter.model_validate(value(root) or {})
    except YamlProblem as problem:
        raise _invalid(path, begins + source.position(problem.span.start).line, problem.message) from problem
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        named = ".".join(str(part) for part in first["loc"])
        line = begins + _line(source, root, first["loc"])
        raise _invalid(path, line, f"{named}: {first['msg']}" if named else first["msg"]) from error
    unknown = next((index for index, stage in enumerate(front.stages) if stage not in STAGES), None)
    if unknown is not None:
        there_is = f"there is no stage {front.stages[unknown]:.100}; the stages are {', '.join(STAGES)}"
        raise _invalid(path, begins + _line(source, root, ("stages", unknown)), there_is)
    return Rule(kinds=tuple(front.kinds), stages=tuple(front.stages), text=body.strip())


def rules_for(texts: Mapping[str, str], *, kind: str | None, stage: str) -> str:
    """The texts of the rules that hold, in the order of their files' names; empty when there are none."""
    paths = sorted(path for path in texts if path.startswith(FOLDER))
    rules = [read_rule(path, texts[path]) for path in paths]
    return "\n\n".join(rule.text for rule in rules if rule.text and rule.holds_for(kind, stage))


def _parted(text: str) -> tuple[str | None, str, int]:
    """What stands between the two fences, if the text begins with one, the rest, and the line where the head begins."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        return None, text, 1
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:index]), "\n".join(lines[index + 1 :]), 2
    return None, text, 1


def _line(source: Source, root: Node | None, place: Sequence[PathPart]) -> int:
    node = at_path(root, place)
    return 0 if node is None else source.position(node.span.start).line


def _invalid(path: str, line: int, problem: str) -> ProjectInvalidError:
    shown = "".join(
        character if character.isprintable() else "?" for character in " ".join(problem.removesuffix(".").split())
    )
    return ProjectInvalidError(f".treadle/{path} is not valid in line {line}: {shown[:300]}.", path=path, line=line)
