"""The daemon's use cases, wired."""

import asyncio
import importlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from treadle.service.ask_expiry import AskExpiry
from treadle.service.asks import Asks
from treadle.service.claim_times import ClaimTimes
from treadle.service.claims import Claims
from treadle.service.deletion import Deletion
from treadle.service.dry_run import DryRun
from treadle.service.event_handler import EventHandler
from treadle.service.interventions import Interventions
from treadle.service.lifecycle import Lifecycle
from treadle.service.messages import Messages
from treadle.service.notices import Notices
from treadle.service.orchestrator import Orchestrator
from treadle.service.outputs import Outputs
from treadle.service.permission_files import UserFile
from treadle.service.permissions import Permissions
from treadle.service.project_redaction import Redaction
from treadle.service.projects import Projects
from treadle.service.purging import Purging
from treadle.service.result_handler import ResultHandler
from treadle.service.results import Results
from treadle.service.sessions import Sessions
from treadle.service.steady_clock import SteadyClock
from treadle.service.subscriptions import Subscriptions
from treadle.service.sweeping import Sweeping
from treadle.service.terminals import Terminals
from treadle.service.workflows import Workflows
from treadle.storage.connections import DATABASE_NAME
from treadle.storage.database import Database
from treadle.storage.output_files import OutputFiles
from treadle.workflows.registry import Registry

OUTPUTS_NAME = "outputs"


def utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, kw_only=True)
class Application:
    sessions: Sessions
    lifecycle: Lifecycle
    dry_run: DryRun
    orchestrator: Orchestrator
    result_handler: ResultHandler
    event_handler: EventHandler
    claims: Claims
    interventions: Interventions
    asks: Asks
    terminals: Terminals
    messages: Messages
    results: Results
    outputs: Outputs
    deletion: Deletion
    sweeping: Sweeping
    projects: Projects
    permissions: Permissions
    workflows: Workflows
    subscriptions: Subscriptions
    notices: Notices
    registry: Registry
    database: Database
    clock: Callable[[], datetime]

    @classmethod
    def open(
        cls,
        data_dir: Path,
        registry: Registry,
        *,
        clock: Callable[[], datetime] | None = None,
        new_id: Callable[[], str] = _new_id,
        redacts: bool = True,
        permission_file: Path | None = None,
    ) -> "Application":
        """Open or create the data folder's database. Call it inside the running loop, which gets the notices.

        Without a `clock` it goes by the computer's. `permission_file`: the user's own rules for agents.
        :raises StorageUnavailableError, DatabaseTooNewError:
        """
        notices = Notices()
        database = Database.open(data_dir / DATABASE_NAME, publish=notices.publish, loop=asyncio.get_running_loop())
        clock = clock or _steady_clock(database)
        redaction = Redaction(is_on=redacts)
        outputs = _outputs(data_dir, database, clock, redaction)
        most: dict[str, Any] = {"database": database, "registry": registry, "clock": clock, "new_id": new_id}
        return cls(**_use_cases(most, outputs, permission_file, redaction), registry=registry, notices=notices)

    def load_the_rest(self) -> None:
        """What is otherwise loaded by the first client who needs it. In any thread."""
        importlib.import_module("treadle.service.project_settings")
        _ = self.registry.types

    async def close(self) -> None:
        """Finish what was submitted, then close the files."""
        await self.asks.expiry.close()
        await self.deletion.purging.close()
        await self.outputs.close()
        await self.database.close()


def _use_cases(
    most: dict[str, Any], outputs: Outputs, permission_file: Path | None, redaction: Redaction
) -> dict[str, Any]:
    """By their names in the application. `most`: what most of them need."""
    database, registry, clock = most["database"], most["registry"], most["clock"]
    recording = {**most, "redaction": redaction}
    result_handler = ResultHandler(**recording)
    event_handler = EventHandler(database=database, clock=clock, redaction=redaction)
    telling = {"database": database, "clock": clock, "new_id": most["new_id"], "redaction": redaction}
    return {
        "sessions": Sessions(**recording),
        "lifecycle": Lifecycle(**recording),
        "dry_run": DryRun(database=database, registry=registry),
        "orchestrator": Orchestrator(**most),
        "result_handler": result_handler,
        "event_handler": event_handler,
        "claims": Claims(**telling),
        "interventions": Interventions(**recording),
        "asks": _asks(result_handler),
        "terminals": Terminals(database=database, clock=clock),
        "messages": Messages(**telling),
        "results": Results(**telling),
        "outputs": outputs,
        "deletion": Deletion(database=database, purging=_purging(database, outputs), clock=clock),
        "sweeping": Sweeping(database=database, outputs=outputs),
        "projects": Projects(database=database, clock=clock, redaction=redaction),
        "permissions": _permissions(database, event_handler, clock, permission_file),
        "workflows": Workflows(database=database, registry=registry),
        "subscriptions": Subscriptions(database=database),
        "database": database,
        "clock": clock,
    }


def _asks(result_handler: ResultHandler) -> Asks:
    """Those that expire do so whether anybody asks for them or not."""
    most: dict[str, Any] = {
        name: getattr(result_handler, name) for name in ("database", "clock", "new_id", "redaction")
    }
    expiry = AskExpiry(**most)
    expiry.start()
    return Asks(**most, result_handler=result_handler, expiry=expiry)


def _outputs(data_dir: Path, database: Database, clock: Callable[[], datetime], redaction: Redaction) -> Outputs:
    files = OutputFiles(data_dir / OUTPUTS_NAME)
    outputs = Outputs(database=database, files=files, clock=clock, redaction=redaction)
    outputs.tidy_regularly()
    return outputs


def _permissions(
    database: Database, event_handler: EventHandler, clock: Callable[[], datetime], file: Path | None
) -> Permissions:
    user_file = None if file is None else UserFile(file)
    home = os.path.expanduser("~")  # noqa: PTH111 - raises nothing
    return Permissions(database=database, event_handler=event_handler, clock=clock, home=home, user_file=user_file)


def _purging(database: Database, outputs: Outputs) -> Purging:
    """What was begun before goes on."""
    purging = Purging(database=database, outputs=outputs)
    purging.start()
    return purging


def _steady_clock(database: Database) -> SteadyClock:
    """The computer's, and the claims that are in the database go by it."""
    clock = SteadyClock()
    ClaimTimes(database=database, clock=clock).keep()
    return clock
