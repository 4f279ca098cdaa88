"""A call of a tool, by what rules can be about."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from treadle.permissions.files import Access, accesses
from treadle.permissions.paths import Place, absolute
from treadle.permissions.rules import Grant
from treadle.permissions.shell_parts import Part, Parts, parts_of

SHELL = "Bash"
MOVING = frozenset({"cd", "pushd"})
MAX_MOVES = 10
PATH_KEYS = ("file_path", "notebook_path", "path")


@dataclass(frozen=True, kw_only=True)
class Call:
    tool: str
    place: Place
    command: str | None = None
    """A line for a shell."""
    path: str | None = None

    @classmethod
    def of(cls, tool: str, tool_input: Mapping[str, object], place: Place) -> "Call":
        command = tool_input.get("command")
        found = next((value for key in PATH_KEYS if isinstance(value := tool_input.get(key), str) and value), None)
        if tool == "Glob" and isinstance(pattern := tool_input.get("pattern"), str):
            found = posixpath.join(found or "", pattern)
        return cls(tool=tool, place=place, command=command if isinstance(command, str) else None, path=found)

    @cached_property
    def parts(self) -> Parts:
        return Parts() if self.command is None else parts_of(self.command)

    @cached_property
    def touched(self) -> Sequence[tuple[Part, Sequence[Access]]]:
        """Each part of the command with the files that it reads and writes."""
        return [(part, tuple(accesses(part))) for part in self.parts.all]

    @cached_property
    def places(self) -> Sequence[Place]:
        """Where the agent is, and where the command goes."""
        return tuple(self._places())

    def _places(self) -> Iterator[Place]:
        yield self.place
        folder, count = self.place.folder, 0
        for part in self.parts.all:
            if part.program in MOVING and len(part.words) > 1 and count < MAX_MOVES:
                count += 1
                text = next((word.text for word in part.words[1:] if not (word.text or "-").startswith("-")), None)
                if text is not None:
                    home = self.place.home
                    folder = posixpath.normpath(posixpath.join(folder, home + text[1:] if text[:1] == "~" else text))
                    yield Place(root=self.place.root, folder=folder, home=home)

    @property
    def absolute_path(self) -> str | None:
        return None if self.path is None else absolute(self.path, self.place)

    @property
    def grant(self) -> Grant:
        """What a person would allow by allowing this for the rest of the session."""
        return Grant(tool=self.tool, command=self.command, path=self.absolute_path)
