"""Reads `permissions.yaml`: a project's and the user's own. One that is not valid does not count, and says why."""

import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.permissions.rules import Effect, Owner, Rule, RuleSet
from treadle.service.project_texts import PERMISSIONS, kept, unusable
from treadle.service.treadle_folder import FOLDER
from treadle.workflows.definition.file_rules import MAX_BYTES

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from treadle.workflows.definition.source import Source
    from treadle.workflows.definition.yaml_nodes import Node

PROJECT_FILE = f"{FOLDER}/{PERMISSIONS}"
CACHED = 64
REASONS = {
    "extra_forbidden": "there is no such key",
    "list_type": "it must be a list of rules",
    "model_type": "it must be a mapping of names to values",
    "string_type": "it must be a text",
}


def project_rules(text: str | None) -> RuleSet | None:
    """Of the text that is kept of a project; None where it has no such file."""
    if text is None:
        return None
    broken = unusable(text)
    if broken is not None:
        return RuleSet(owner=Owner.PROJECT, file=PROJECT_FILE, problem=f"it {broken.problem}", line=broken.line)
    return parse(text, Owner.PROJECT, PROJECT_FILE)


@dataclass(slots=True)
class UserFile:
    """The user's own file, read again when it is another. Used in one thread at a time."""

    path: Path
    _seen: tuple[int, int, int] | None = None
    _rules: RuleSet | None = None

    def read(self) -> RuleSet | None:
        """None where there is none."""
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            self._seen = self._rules = None
            return None
        except OSError as error:
            return self._broken(f"it cannot be read: {error.strerror}")
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._rules = self._read(found)
            self._seen = seen
        return self._rules

    def _read(self, found: os.stat_result) -> RuleSet:
        if not stat.S_ISREG(found.st_mode):
            return self._broken("it is no ordinary file")
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            return self._broken(f"it cannot be read: {error.strerror}")
        text = kept(self.path.name, content)
        broken = unusable(text)
        return (
            parse(text, Owner.USER, str(self.path))
            if broken is None
            else self._broken(f"it {broken.problem}", broken.line)
        )

    def _broken(self, problem: str, line: int = 1) -> RuleSet:
        return RuleSet(owner=Owner.USER, file=str(self.path), problem=problem, line=line)


@lru_cache(maxsize=CACHED)
def parse(text: str, owner: Owner, file: str) -> RuleSet:
    """Never fails: what is wrong is the set's problem."""
    from pydantic import ValidationError

    from treadle.service.permission_model import PermissionFile
    from treadle.workflows.definition.source import Source
    from treadle.workflows.definition.yaml_nodes import value
    from treadle.workflows.definition.yaml_tree import YamlProblem, compose

    source = Source(text)

    def broken(problem: str, line: int) -> RuleSet:
        shown = "".join(character if character.isprintable() else "?" for character in problem.removesuffix("."))
        return RuleSet(owner=owner, file=file, problem=shown, line=line)

    try:
        root = compose(text)
    except YamlProblem as problem:
        return broken(problem.message, source.position(problem.span.start).line + 1)
    if root is None:
        return RuleSet(owner=owner, file=file)
    try:
        content = PermissionFile.model_validate(value(root))
    except ValidationError as error:
        return broken(*_refusal(source, root, error.errors(include_url=False, include_context=False)[0]))
    rules = tuple(
        Rule(effect=effect, owner=owner, file=file, line=_line(source, root, (effect, index)), **entry.model_dump())
        for effect in Effect
        for index, entry in enumerate(getattr(content, effect))
    )
    return RuleSet(owner=owner, file=file, rules=rules)


def _refusal(source: "Source", root: "Node", first: "ErrorDetails") -> tuple[str, int]:
    """What is wrong, in the file's words, and in which line."""
    reason = REASONS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    named = ".".join(map(str, first["loc"]))
    return (f"{named:.300}: {reason}" if named else reason), _line(source, root, first["loc"])


def _line(source: "Source", root: "Node", place: tuple[str | int, ...]) -> int:
    """Of the key or the item there, or of the nearest one around it."""
    from treadle.workflows.definition.yaml_nodes import key_at

    while place and key_at(root, place) is None:
        place = place[:-1]
    node = key_at(root, place) if place else root
    return source.position((node or root).span.start).line + 1
