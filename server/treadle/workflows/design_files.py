"""Whose the files of components are: what one session writes, another must not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from treadle.workflows.design_sections import quoted

CODE = "code"
TESTS = "tests"
ROLES = (CODE, TESTS, "design")


@dataclass(slots=True)
class Files:
    _holders: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By file: its role, and the component's name."""
    _codes: dict[str, str] = field(default_factory=dict)
    """By the code path of a part: its name."""
    _folders: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By folder: a code path of a part below it, and the part's name."""

    def hold(self, role: str, path: str, name: str) -> None:
        """A component has it that is no part of the context: what lies beside or below it is not compared."""
        self._holders.setdefault(file_of(path), (role, name))

    def take(self, role: str, path: str, name: str) -> str | None:
        """Why a part of the context cannot have it; with None it has it from now on.

        What tests one component may test another too.
        """
        file = file_of(path)
        problem = self._problem(role, file, name)
        self.hold(role, path, name)
        if role == CODE:
            self._codes.setdefault(file, name)
            for folder in _above(file):
                self._folders.setdefault(folder, (path, name))
        return problem

    def _problem(self, role: str, file: str, name: str) -> str | None:
        held_as, holder = self._holders.get(file, (role, name))
        if not _same(holder, name):
            return None if role == held_as == TESTS else f"and a file of {quoted(holder)}"
        if role != CODE:
            return None
        around = next((each for each in _above(file) if not _same(self._codes.get(each, name), name)), None)
        if around is not None:
            return f"which is inside {quoted(around or '.')}, a file of {quoted(self._codes[around])}"
        inside, owner = self._folders.get(file, (file, name))
        return None if _same(owner, name) else f"around {quoted(inside)}, a file of {quoted(owner)}"


def file_of(path: str) -> str:
    """The same for all ways to write one path; empty for the project's own folder."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _above(file: str) -> Iterator[str]:
    parts = file.split("/") if file else []
    for length in range(len(parts)):
        yield "/".join(parts[:length])


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
