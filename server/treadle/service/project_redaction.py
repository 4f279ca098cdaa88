"""Which secrets there are for a session: the known kinds, and those of its project."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from treadle.service import own_patterns
from treadle.service.redaction import Redactor
from treadle.storage import projects as project_rows
from treadle.storage.connections import Cursor


@dataclass(frozen=True, slots=True)
class Redaction:
    is_on: bool = True
    _kept: MutableMapping[int, Redactor] = field(default_factory=dict)

    def of(self, cursor: Cursor, project_id: int | None) -> Redactor:
        """For whoever writes: the writing thread knows when a project's patterns change, and keeps them till then."""
        if project_id is None or not self.is_on:
            return Redactor(is_on=self.is_on)
        redactor = self._kept.get(project_id)
        if redactor is None:
            redactor = self._kept[project_id] = self.read(cursor, project_id)
        return redactor

    def read(self, cursor: Cursor, project_id: int | None) -> Redactor:
        """For whoever only reads, as the project is in this snapshot."""
        if project_id is None or not self.is_on:
            return Redactor(is_on=self.is_on)
        settings = project_rows.settings(cursor, project_id)
        return Redactor(own_patterns.compiled(own_patterns.declared(settings.get("redact"))))

    def forget(self, project_id: int) -> None:
        """Its patterns may have changed. On the writing thread."""
        self._kept.pop(project_id, None)
