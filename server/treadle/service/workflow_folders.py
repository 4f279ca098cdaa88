"""The workflows and the components of a folder as they are there now, whether or not anybody has opened or trusts it.

They are looked at, and nothing of them is run or stored.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from treadle.domain.errors import ProjectInvalidError
from treadle.service import project_texts, treadle_folder
from treadle.service.treadle_folder import FOLDER, SETTINGS_NAME
from treadle.service.workflow_files import WorkflowFile

ONLY = frozenset({SETTINGS_NAME, project_texts.WORKFLOWS.rstrip("/")})
NO_TEXTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFolder:
    roots: tuple[str, ...]
    """The folder as it was named; and without the links on the way, where that is another path."""
    files: tuple[WorkflowFile, ...]
    declared: tuple[str, ...] | None
    """The names of the components in its settings; None of settings that cannot be read."""

    @classmethod
    def read(cls, root: str, open_texts: Mapping[str, str] = NO_TEXTS) -> "WorkflowFolder":
        """`open_texts`: what editors hold of the files that are there, by their path below the root.

        :raises InvalidValueError: no absolute path of a folder
        :raises ProjectInvalidError: too much, not readable, or a link
        """
        path = treadle_folder.require_root(root)
        contents = treadle_folder.read(path, only=ONLY)
        texts = {f"{FOLDER}/{name}": text for name, text in project_texts.workflows(contents).items()}
        return cls(
            roots=tuple(dict.fromkeys((str(path), os.path.realpath(path)))),
            files=tuple(WorkflowFile(name, open_texts.get(name, text)) for name, text in texts.items()),
            declared=_components(contents.get(SETTINGS_NAME, b"")),
        )

    def components(self, designed: tuple[str, ...]) -> tuple[str, ...] | None:
        """With those that the project has from designs; None where that cannot be said."""
        return None if self.declared is None else tuple(sorted({*self.declared, *designed}))


@lru_cache(maxsize=16)
def _components(settings: bytes) -> tuple[str, ...] | None:
    from treadle.service.project_settings import parse

    try:
        return tuple(component.name for component in parse(settings).components)
    except ProjectInvalidError:
        return None
