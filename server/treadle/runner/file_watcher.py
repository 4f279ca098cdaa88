"""Watches a project's files while a step runs, and tells what no tool tells.

What the system reports is only where to look: a file was created, modified or deleted when it differs from how it was
told last. So a save by way of another file is a modification, what was there for a moment only is nothing, and what
the system did not report is found when the step ends.
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import optional_text, text
from treadle.client.errors import ClientError
from treadle.domain.event import FILE_EVENTS, EventSource, EventType
from treadle.runner.file_news import FileNews
from treadle.runner.project_files import ProjectFiles, Stamp, is_below
from treadle.runner.workbench import Workbench

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

GATHER_MS = 300
STEP_MS = 50
WAIT_MS = 500
REWATCH_SECONDS = 1.0
"""Between two times that new folders are taken in: they come in hundreds."""
WATCH_ATTEMPTS = 5
POLL_SECONDS = 10.0
"""Between two looks at everything, where the system does not report."""
POLL_SHARE = 0.05
"""Of the time, at most, is spent with looking then."""
MAX_FOLDERS = 20_000
"""The person's other programs want to watch some, too."""
CLOCK_SLACK_NS = 20_000_000
"""File systems tell the time in ticks."""
NO_WATCH = "The project's files cannot be watched ({reason}); changes are looked for every {seconds:g} seconds."
WATCHES_FOLDERS_ONE_BY_ONE = sys.platform == "linux"
"""A watched folder is a limited resource there; elsewhere one watch holds a whole tree."""


@contextmanager
def watched(bench: Workbench) -> Iterator[Workbench]:
    """The workbench for a step whose changes of files are told, also those that no tool tells."""
    try:
        watcher = FileWatcher(bench)
    except ClientError as error:
        bench.progress.noted(f"Changes of files are not watched: {error.message}")
        yield bench
        return
    try:
        yield replace(bench, emit=watcher.emit, heard=watcher.heard)
    finally:
        watcher.close()


class FileWatcher:
    """Has a thread of its own; only one of the two reports an event at a time."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._began_ns = time.time_ns() - CLOCK_SLACK_NS
        self._files = ProjectFiles(bench.project_root, left_out=bench.data_dir)
        self._ignored_before = self._files.ignored()
        self._news = FileNews(self._files.stamps())
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._notify: RustNotify | None = None
        self._folders: frozenset[str] = frozenset()
        self._is_outdated = False
        self._watched_at = 0.0
        self._thread = threading.Thread(target=self._follow, name="file-watcher", daemon=True)
        self._thread.start()

    def emit(self, event: EventDraft, source: EventSource) -> None:
        with self._turn:
            self._hear(event)
            self._bench.emit(event, source)

    def heard(self, event: EventDraft) -> None:
        """What somebody else has told already."""
        with self._turn:
            self._hear(event)

    def close(self) -> None:
        """Tells what there is still to tell."""
        self._over.set()
        self._thread.join()
        now = monotonic()
        try:
            self._look((), since=now, now=now)
        except ClientError as error:
            self._bench.progress.noted(f"Not all changes of files were seen: {error.message}")
        with suppress(ClientError):  # a daemon that is lost for good is told where the step's own events go
            self._tell(now, is_over=True)

    def _hear(self, event: EventDraft) -> None:
        tool_use_id, path = optional_text(event.data.get("tool_use_id")), optional_text(event.data.get("path"))
        if event.event_type in FILE_EVENTS and path:
            self._news.told_by_tool(path, self._files.stamp(path))
        elif tool_use_id and event.event_type is EventType.TOOL_CALLED:
            self._news.call_opened(tool_use_id, text(event.data.get("tool")), monotonic())
        elif tool_use_id and event.event_type is EventType.TOOL_RESULT:
            self._news.call_closed(tool_use_id, monotonic())

    def _follow(self) -> None:
        with suppress(ClientError):  # as in `close`
            try:
                self._watch()
                self._follow_reports()
            except (OSError, RuntimeError) as error:  # watchfiles raises its own RuntimeError for a limit that is hit
                if not self._over.is_set():
                    self._follow_without(error)
            finally:
                if self._notify is not None:
                    self._notify.close()

    def _follow_reports(self) -> None:
        since = monotonic()
        while not self._over.is_set() and self._notify is not None:
            found = self._notify.watch(GATHER_MS, STEP_MS, WAIT_MS, self._over)
            now = monotonic()
            if isinstance(found, set) and (hints := self._hints(found)):
                self._look(hints, since=since, now=now)
            if self._is_outdated and now - self._watched_at >= REWATCH_SECONDS:
                self._watch()
            since = now
            self._tell(now)

    def _follow_without(self, error: Exception) -> None:
        reason = str(error).partition(" about ")[0].rstrip(".") or type(error).__name__
        with self._turn:
            self._bench.progress.noted(NO_WATCH.format(reason=reason, seconds=POLL_SECONDS))
        since, took = monotonic(), 0.0
        while not self._over.wait(max(POLL_SECONDS, took / POLL_SHARE)):
            now = monotonic()
            self._look((), since=since, now=now)
            since, took = now, monotonic() - now
            self._tell(now)

    def _watch(self) -> None:
        """Watch all folders that there are now; what happens until they are watched is looked for after that."""
        since = monotonic()
        before, self._notify = self._notify, None
        if before is not None:
            before.close()
        self._notify = self._notify_of_all()
        self._is_outdated = False
        self._watched_at = monotonic()
        self._look((), since=since, now=monotonic())

    def _notify_of_all(self) -> "RustNotify":
        """:raises OSError: the system does not allow it"""
        from watchfiles._rust_notify import RustNotify

        for _ in range(WATCH_ATTEMPTS):
            if WATCHES_FOLDERS_ONE_BY_ONE:
                self._folders = frozenset(islice(self._files.folders(), MAX_FOLDERS + 1))
            if len(self._folders) > MAX_FOLDERS:
                raise OSError(f"there are more than {MAX_FOLDERS} folders")
            places = [str(self._files.root / folder) for folder in sorted(self._folders) or ["."]]
            with suppress(FileNotFoundError):  # one of them has gone meanwhile
                return RustNotify(places, False, False, 0, not WATCHES_FOLDERS_ONE_BY_ONE, False)
        raise OSError("its folders come and go")

    def _hints(self, found: set[tuple[int, str]]) -> tuple[str, ...]:
        paths = (self._files.relative(path) for _, path in found)
        return tuple(sorted({path for path in paths if path and self._files.counts(path)}))

    def _look(self, hints: Sequence[str], *, since: float, now: float) -> None:
        """At the files that were reported and those in folders that were; without hints, at all."""
        known, told_or_pending = self._news.known, self._news.paths
        others = [path for path in hints if path not in known]
        found: dict[str, Stamp | None] = {}
        if others or not hints:
            found |= self._files.stamps(others)
        suspects = told_or_pending & set(hints) if hints else told_or_pending
        if folders := frozenset(others):
            suspects |= {path for path in told_or_pending if is_below(path, folders)}
        found |= {path: self._files.stamp(path) for path in suspects if path not in found}
        if any(self._files.is_folder(path) for path in others if path not in self._folders):
            self._is_outdated = WATCHES_FOLDERS_ONE_BY_ONE
        with self._turn:
            for path in [path for path in found if path not in known and self._was_there(path)]:
                if (stamp := found.pop(path)) is not None:
                    known[path] = stamp
            self._news.seen(found, since, now)

    def _was_there(self, path: str) -> bool:
        """It was ignored when the step began, and is not any more."""
        before = self._ignored_before
        return (path in before or is_below(path, before)) and self._files.is_older(path, self._began_ns)

    def _tell(self, now: float, *, is_over: bool = False) -> None:
        """`now`: when the last look began. A look may take long, and what it found may be gone by the next report."""
        with self._turn:
            for event in self._news.due(now, is_over=is_over):
                self._bench.emit(event, EventSource.WATCHER)
