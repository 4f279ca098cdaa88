"""A project's rules for agents: `.treadle/rules/*.md`, each for all work or for some kinds and stages of it.

A file may begin with what it is for, as YAML between two lines `---`:

    ---
    kinds: [module, context]
    stages: [tests, code]
    ---

What is left out means all. The stages are those of the agents' steps: design, tests, code, integration, task.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.stages import STAGES

FOLDER = "rules/"
FENCE = "---"
MAX_HEAD = 2_000
"""Characters of what a file says that it is for."""
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, Loader=LOADER)):
            # By which a few lines can stand for millions.
            raise _invalid(path, begins, "YAML aliases are not allowed")
        front = _FrontMatter.model_validate(yaml.load(head, Loader=LOADER) or {})  # noqa: S506 - it is a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _invalid(path, begins + (mark.line if mark else 0), error.problem or "it is no YAML") from error
    except yaml.YAMLError as error:
        raise _invalid(path, begins, str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        named = ".".join(str(part) for part in first["loc"])
        raise _invalid(path, begins, f"{named}: {first['msg']}" if named else first["msg"]) from error
    unknown = [stage for stage in front.stages if stage not in STAGES]
    if unknown:
        raise _invalid(path, begins, f"there is no stage {unknown[0]:.100}; the stages are {', '.join(STAGES)}")
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


def _invalid(path: str, line: int, problem: str) -> ProjectInvalidError:
    shown = "".join(character if character.isprintable() else "?" for character in " ".join(problem.split()))
    return ProjectInvalidError(f".treadle/{path} is not valid in line {line}: {shown[:300]}.", path=path, line=line)
