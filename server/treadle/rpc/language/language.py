"""What the language features of all connections share."""

from treadle.domain.scope import Scope
from treadle.rpc.daemon import Daemon
from treadle.rpc.language.documents import Document
from treadle.rpc.language.thread import LanguageThread
from treadle.rpc.late_loading import loaded
from treadle.rpc.project_watchers import ProjectWatchers
from treadle.service.notices import Notices
from treadle.service.workflow_language import FileProject, WorkflowLanguage


class Language:
    def __init__(self, daemon: Daemon) -> None:
        self.thread = LanguageThread()
        self._daemon = daemon

    @property
    def files(self) -> WorkflowLanguage:
        return self._daemon.application.workflow_language

    @property
    def notices(self) -> Notices:
        return self._daemon.application.notices

    @property
    def projects(self) -> ProjectWatchers:
        return self._daemon.project_watchers

    def close(self) -> None:
        self.thread.close()

    async def project_of(self, scope: Scope, document: Document) -> FileProject:
        registry = self._daemon.application.registry
        if not registry.is_loaded:
            await loaded(lambda: registry.types)
        return await self.files.project_of(scope, root=document.root)
