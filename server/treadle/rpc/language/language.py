"""What the language features of all connections share."""

from collections.abc import Mapping

from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.domain.scope import Scope
from treadle.rpc.daemon import Daemon
from treadle.rpc.language.documents import Document
from treadle.rpc.language.thread import LanguageThread
from treadle.rpc.late_loading import loaded
from treadle.rpc.project_watchers import ProjectWatchers
from treadle.service.notices import Notices
from treadle.service.workflow_types import Outside
from treadle.service.workflows import FolderProject, Workflows


class Language:
    def __init__(self, daemon: Daemon) -> None:
        self.thread = LanguageThread()
        self._daemon = daemon

    @property
    def workflows(self) -> Workflows:
        return self._daemon.application.workflows

    @property
    def notices(self) -> Notices:
        return self._daemon.application.notices

    @property
    def projects(self) -> ProjectWatchers:
        return self._daemon.project_watchers

    def close(self) -> None:
        self.thread.close()

    async def project_of(self, scope: Scope, document: Document, open_texts: Mapping[str, str]) -> FolderProject:
        """`open_texts`: of the other documents of its root, by their path."""
        registry = self._daemon.application.registry
        if not registry.is_loaded:
            await loaded(lambda: registry.types)
        try:
            return await self.workflows.of_folder(scope, root=document.root, open_texts=open_texts)
        except (InvalidValueError, ProjectInvalidError):
            # What a folder that cannot be read holds is not known; who opens it as a project is told why.
            return FolderProject(id=None, outside=Outside(registry))
