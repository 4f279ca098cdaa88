"""What a killed runner left running: one small file for each interaction says which process to end."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treadle.runner.processes import end_group, start_token


class Leftovers:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def recorded(self, interaction_id: str, group: int) -> Iterator[None]:
        """While the child runs, a file says so."""
        path = self._path(interaction_id)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        record = {"group": group, "start": start_token(group), "runner": os.getpid()}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def end(self, interaction_id: str) -> bool:
        """End what an earlier runner of this interaction left behind; whether there was anything."""
        path = self._path(interaction_id)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            group, start = int(record["group"]), record["start"]
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            return False
        # The id alone may be another process's by now.
        found = group > 1 and start is not None and start_token(group) == start
        if found:
            end_group(group)
        path.unlink(missing_ok=True)
        return found

    def _path(self, interaction_id: str) -> Path:
        return self._folder / f"{Path(interaction_id).name}.json"
