"""Where the files of a component go when nobody has said so: by the project's folders and its language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from treadle.domain.project import Component, Project
from treadle.workflows.component_files import is_inside

FOLDERS = {"code": "src", "tests": "tests", "design": "docs/design"}
LANGUAGE_OF_TOOL = {"pytest": "python", "vitest": "typescript"}
SUFFIXES = {"python": ".py", "typescript": ".ts", "javascript": ".js"}
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    code: str
    tests: str
    design: str
    language: str | None
    """None where Treadle has no custom to follow: then only design documents get a place."""

    def paths(self, name: str, context: Component) -> dict[str, str]:
        """The files of a new component of a context, by role; below the context's own folders where it has some."""
        stem = self.stem(name)
        found = {"design": _joined(_below(context, "design", self.design, self.stem(context.name)), f"{stem}.md")}
        if self.language is None:
            return found
        code = _below(context, "code", self.code, self.stem(context.name))
        tests = _below(context, "tests", self.tests, self.stem(context.name))
        return {
            **found,
            "code": _joined(code, f"{stem}{SUFFIXES[self.language]}"),
            "tests": _joined(tests, self.test_file(stem)),
        }

    def integration_tests(self, name: str) -> str | None:
        return None if self.language is None else _joined(self.tests, "integration", self.test_file(self.stem(name)))

    def test_file(self, stem: str) -> str:
        return f"test_{stem}.py" if self.language == "python" else f"{stem}.test{SUFFIXES[self.language or 'python']}"

    def stem(self, name: str) -> str:
        """`Shop.LineItem` is `line_item`, or in JavaScript's world `line-item`."""
        words = [word.lower() for word in WORDS.findall(name.rpartition(".")[2])] or ["component"]
        return ("-" if self.language in ("typescript", "javascript") else "_").join(words)


def layout_of(project: Project | None) -> Layout:
    settings: Mapping[str, object] = {} if project is None else project.settings
    named = settings.get("folders")
    folders = {**FOLDERS, **(_folders(named) if isinstance(named, Mapping) else {})}
    language = settings.get("language") or LANGUAGE_OF_TOOL.get(str(settings.get("test_tool")))
    return Layout(
        code=folders["code"],
        tests=folders["tests"],
        design=folders["design"],
        language=language if isinstance(language, str) and language in SUFFIXES else None,
    )


def _folders(named: Mapping[object, object]) -> dict[str, str]:
    return {
        role: path for role in FOLDERS if isinstance(path := named.get(role), str) and (path == "." or is_inside(path))
    }


def _below(context: Component, role: str, folder: str, stem: str) -> str:
    """A path with a suffix is the context's own file: what belongs to it stands in a folder of that name."""
    own = context.paths.get(role)
    if own is None or not is_inside(own):
        return _joined(folder, stem)
    path = PurePosixPath(own)
    return str(path.parent / path.name.partition(".")[0]) if path.suffix else own


def _joined(*parts: str) -> str:
    return str(PurePosixPath(*parts))
