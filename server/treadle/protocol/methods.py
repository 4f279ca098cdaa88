"""THE method table: what a client may ask, what it gets, what can be refused, and what it serialises on.

Types for other languages, the JSON Schema and the reference are generated from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from treadle.domain import errors
from treadle.domain.errors import TreadleError
from treadle.protocol import (
    asks,
    daemon,
    interactions,
    lifecycle,
    notices,
    permissions,
    projects,
    redaction,
    sessions,
    terminals,
    workflows,
)
from treadle.protocol.wire import Notification, Params, Response


class Serialises(StrEnum):
    """Which requests must not run at the same time."""

    NOTHING = "nothing"
    WRITER = "writer"
    """The change is one function on the one writing thread."""
    UPLOAD = "upload"
    """The pieces of one upload wait for each other; those of different uploads do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    name: str
    summary: str
    params: type[Params]
    response: type[Response]
    errors: tuple[type[TreadleError], ...] = ()
    serialises: Serialises = Serialises.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    name: str
    summary: str
    params: type[Notification]


_TERMINAL = (errors.SessionCompleteError, errors.SessionFailedError, errors.SessionCancelledError)
_SESSION = (errors.SessionNotFoundError,)
_INTERACTION = (errors.SessionNotFoundError, errors.InteractionNotFoundError)
_PENDING = (
    *_INTERACTION,
    errors.InteractionCompletedError,
    *_TERMINAL,
    errors.InvalidValueError,
    errors.ClaimedError,
)

METHODS: tuple[Method, ...] = (
    Method(
        name="session/create",
        summary="Start a session of a type.",
        params=sessions.SessionCreateParams,
        response=sessions.SessionResponse,
        errors=(
            errors.UnknownSessionTypeError,
            errors.WorkflowInvalidError,
            errors.UnknownComponentError,
            errors.ProjectNotFoundError,
            errors.ProjectUntrustedError,
            errors.SessionNotFoundError,
            *_TERMINAL,
            errors.InvalidValueError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/get",
        summary="A session with its interactions.",
        params=sessions.SessionGetParams,
        response=sessions.SessionGetResponse,
        errors=(*_SESSION, errors.InvalidValueError),
    ),
    Method(
        name="session/list",
        summary="Sessions, newest first.",
        params=sessions.SessionListParams,
        response=sessions.SessionListResponse,
        errors=(errors.InvalidValueError,),
    ),
    Method(
        name="session/nextCommand",
        summary="The pending interaction, or the next one; a finished workflow completes the session.",
        params=sessions.SessionNextCommandParams,
        response=sessions.SessionNextCommandResponse,
        errors=(
            *_SESSION,
            *_TERMINAL,
            errors.SessionPausedError,
            errors.ClaimedError,
            errors.SessionTypeUnavailableError,
            errors.StepFailedError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/handleResult",
        summary="The result of an interaction; the same result id again is answered and changes nothing.",
        params=sessions.SessionHandleResultParams,
        response=sessions.SessionHandleResultResponse,
        errors=(
            *_INTERACTION,
            errors.InteractionCompletedError,
            *_TERMINAL,
            errors.ClaimedError,
            errors.OwnAskError,
            errors.SessionTypeUnavailableError,
            errors.StepFailedError,
            errors.InvalidValueError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/handleEvent",
        summary="Store one event with its effect.",
        params=sessions.SessionHandleEventParams,
        response=sessions.SessionHandleEventsResponse,
        errors=(*_SESSION, errors.EventInvalidError, errors.TooLargeError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/handleEvents",
        summary="Store a batch of events with their effects, all or nothing.",
        params=sessions.SessionHandleEventsParams,
        response=sessions.SessionHandleEventsResponse,
        errors=(*_SESSION, errors.EventInvalidError, errors.TooLargeError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/getEvents",
        summary="A page of a session's events.",
        params=sessions.SessionGetEventsParams,
        response=sessions.SessionGetEventsResponse,
        errors=(*_SESSION, errors.InvalidValueError),
    ),
    Method(
        name="session/update",
        summary="Change a session's title, agent or component.",
        params=lifecycle.SessionUpdateParams,
        response=sessions.SessionResponse,
        errors=(*_SESSION, errors.UnknownComponentError, errors.InvalidValueError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/change",
        summary="What would be wrong with a new session or a change; nothing is saved.",
        params=lifecycle.SessionChangeParams,
        response=lifecycle.SessionChangeResponse,
        errors=_SESSION,
    ),
    Method(
        name="session/pause",
        summary="Let no further step begin.",
        params=lifecycle.SessionPauseParams,
        response=sessions.SessionResponse,
        errors=(*_SESSION, *_TERMINAL),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/resume",
        summary="Let a paused session go on.",
        params=lifecycle.SessionResumeParams,
        response=sessions.SessionResponse,
        errors=(*_SESSION, *_TERMINAL),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/cancel",
        summary="End a session that nobody goes on with.",
        params=lifecycle.SessionCancelParams,
        response=sessions.SessionResponse,
        errors=(*_SESSION, *_TERMINAL),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/delete",
        summary="Delete a session and all below it, with what only they refer to.",
        params=lifecycle.SessionDeleteParams,
        response=lifecycle.SessionDeleteResponse,
        errors=(*_SESSION, errors.ClaimedError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/redact",
        summary="Take the secrets out of what is stored of a session.",
        params=redaction.SessionRedactParams,
        response=redaction.SessionRedactResponse,
        errors=_SESSION,
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/reopen",
        summary="Take the end of a session back.",
        params=lifecycle.SessionReopenParams,
        response=sessions.SessionResponse,
        errors=(*_SESSION, errors.SessionActiveError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/setMode",
        summary="Say who carries the steps out: the person or the autonomous loop.",
        params=lifecycle.SessionSetModeParams,
        response=sessions.SessionResponse,
        errors=(
            *_SESSION,
            *_TERMINAL,
            errors.SessionTypeUnavailableError,
            errors.StepFailedError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="session/subscribe",
        summary="Send this connection the notices of the sessions that it can see, and say what it missed.",
        params=notices.SessionSubscribeParams,
        response=notices.SessionSubscribeResponse,
    ),
    Method(
        name="session/unsubscribe",
        summary="Send this connection no more notices.",
        params=notices.SessionUnsubscribeParams,
        response=notices.SessionUnsubscribeResponse,
    ),
    Method(
        name="interaction/claim",
        summary="Take the pending interaction before executing it.",
        params=interactions.InteractionClaimParams,
        response=interactions.InteractionClaimResponse,
        errors=(
            *_INTERACTION,
            *_TERMINAL,
            errors.SessionPausedError,
            errors.InteractionCompletedError,
            errors.ClaimedError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/heartbeat",
        summary="Keep a claim alive.",
        params=interactions.InteractionClaimParams,
        response=interactions.InteractionResponse,
        errors=(*_INTERACTION, *_TERMINAL, errors.InteractionCompletedError, errors.NotClaimedError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/release",
        summary="Give a claim back.",
        params=interactions.InteractionReleaseParams,
        response=interactions.InteractionResponse,
        errors=(*_INTERACTION, errors.NotClaimedError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/edit",
        summary="Change the pending command before it runs.",
        params=interactions.InteractionEditParams,
        response=interactions.InteractionWithSessionResponse,
        errors=(*_PENDING, errors.OwnAskError, errors.TooLargeError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/skip",
        summary="Go on without the pending step.",
        params=interactions.InteractionSkipParams,
        response=interactions.InteractionWithSessionResponse,
        errors=(*_PENDING, errors.OwnAskError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/markDone",
        summary="Go on after the pending step, which a person has done by hand.",
        params=interactions.InteractionMarkDoneParams,
        response=interactions.InteractionWithSessionResponse,
        errors=(*_PENDING, errors.OwnAskError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/say",
        summary="Tell the agent that does the pending step something.",
        params=interactions.InteractionSayParams,
        response=interactions.InteractionSayResponse,
        errors=(
            *_INTERACTION,
            errors.InteractionCompletedError,
            *_TERMINAL,
            errors.InvalidValueError,
            errors.TooLargeError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="interaction/rerun",
        summary="Run a completed step again, as a new interaction; the workflow goes on from there.",
        params=interactions.InteractionRerunParams,
        response=interactions.InteractionWithSessionResponse,
        errors=(
            *_INTERACTION,
            *_TERMINAL,
            errors.InvalidValueError,
            errors.ClaimedError,
            errors.StepLimitError,
            errors.SessionTypeUnavailableError,
            errors.StepFailedError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="ask/create",
        summary="Ask a person something; it stays until somebody answers, or nobody needs the answer any more.",
        params=asks.AskCreateParams,
        response=asks.AskResponse,
        errors=(
            *_INTERACTION,
            errors.InteractionCompletedError,
            *_TERMINAL,
            errors.InvalidValueError,
            errors.TooLargeError,
            errors.OwnAskError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="ask/list",
        summary="What is asked, or was.",
        params=asks.AskListParams,
        response=asks.AskListResponse,
        errors=(errors.InvalidValueError,),
    ),
    Method(
        name="ask/get",
        summary="One ask.",
        params=asks.AskGetParams,
        response=asks.AskResponse,
        errors=(errors.AskNotFoundError,),
    ),
    Method(
        name="ask/answer",
        summary="Answer an open ask; that of a step ends the step.",
        params=asks.AskAnswerParams,
        response=asks.AskResponse,
        errors=(
            errors.AskNotFoundError,
            errors.AskClosedError,
            errors.OwnAskError,
            errors.InvalidValueError,
            errors.ClaimedError,
            errors.SessionTypeUnavailableError,
            errors.StepFailedError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="ask/withdraw",
        summary="Close an open ask whose answer nobody needs any more.",
        params=asks.AskWithdrawParams,
        response=asks.AskResponse,
        errors=(errors.AskNotFoundError, errors.AskClosedError, errors.OwnAskError, errors.InvalidValueError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="terminal/open",
        summary="Let the daemon hear of an agent that a person starts in a terminal.",
        params=terminals.TerminalOpenParams,
        response=terminals.TerminalOpenResponse,
        errors=(
            *_INTERACTION,
            errors.InteractionCompletedError,
            *_TERMINAL,
            errors.InvalidValueError,
            errors.OwnAskError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="terminal/observe",
        summary="Tell what is seen of the agent in a terminal, or that it is still there.",
        params=terminals.TerminalObserveParams,
        response=terminals.TerminalObserveResponse,
        errors=(*_SESSION, errors.TerminalNotFoundError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="terminal/close",
        summary="Say that the agent in a terminal has ended.",
        params=terminals.TerminalCloseParams,
        response=terminals.TerminalCloseResponse,
        errors=(*_SESSION, errors.TerminalNotFoundError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="result/create",
        summary="Check a result and complete it with what it leaves out; nothing is stored.",
        params=interactions.ResultCreateParams,
        response=interactions.ResultCreateResponse,
        errors=(errors.InvalidValueError,),
    ),
    Method(
        name="result/update",
        summary="Change the pending result of an interaction that this client is executing.",
        params=interactions.ResultUpdateParams,
        response=interactions.InteractionWithSessionResponse,
        errors=(*_PENDING, errors.NotClaimedError, errors.ResultNotFoundError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="output/write",
        summary="One piece of an output, too large for a result; any piece may be repeated.",
        params=interactions.OutputWriteParams,
        response=interactions.OutputWriteResponse,
        errors=(*_SESSION, errors.TooLargeError, errors.UploadConflictError),
        serialises=Serialises.UPLOAD,
    ),
    Method(
        name="output/read",
        summary="One piece of an output.",
        params=interactions.OutputReadParams,
        response=interactions.OutputReadResponse,
        errors=(*_SESSION, errors.OutputNotFoundError),
    ),
    Method(
        name="sessionType/list",
        summary="The session types that are installed, and the workflows of a project.",
        params=sessions.SessionTypeListParams,
        response=sessions.SessionTypeListResponse,
        errors=(errors.ProjectNotFoundError,),
    ),
    Method(
        name="workflow/check",
        summary="What is wrong with the text of a workflow file.",
        params=workflows.WorkflowCheckParams,
        response=workflows.WorkflowCheckResponse,
        errors=(errors.ProjectNotFoundError, errors.ProjectInvalidError, errors.InvalidValueError),
    ),
    Method(
        name="workflow/graph",
        summary="A workflow as a drawing.",
        params=workflows.WorkflowGraphParams,
        response=workflows.WorkflowGraphResponse,
        errors=(errors.WorkflowInvalidError,),
    ),
    Method(
        name="workflow/new",
        summary="The text that a new workflow begins with; nothing is written.",
        params=workflows.WorkflowNewParams,
        response=workflows.WorkflowNewResponse,
        errors=(errors.InvalidValueError, errors.ProjectNotFoundError, errors.ProjectInvalidError),
    ),
    Method(
        name="permission/check",
        summary="What the rules say to a call of a tool that an agent is about to make.",
        params=permissions.PermissionCheckParams,
        response=permissions.PermissionCheckResponse,
        errors=(*_INTERACTION, errors.InvalidValueError),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="permission/explain",
        summary="What the rules would say, and why.",
        params=permissions.PermissionExplainParams,
        response=permissions.PermissionExplainResponse,
        errors=(errors.ProjectNotFoundError, errors.InvalidValueError),
    ),
    Method(
        name="permission/list",
        summary="The rules that hold, by their files.",
        params=permissions.PermissionListParams,
        response=permissions.PermissionListResponse,
        errors=(errors.ProjectNotFoundError, errors.ProjectInvalidError, errors.InvalidValueError),
    ),
    Method(
        name="project/open",
        summary="Register a project's folder, its facts and, once it is trusted, its components.",
        params=projects.ProjectOpenParams,
        response=projects.ProjectOpenResponse,
        errors=(
            errors.ProjectInvalidError,
            errors.ProjectNotFoundError,
            errors.InvalidValueError,
            errors.OwnAskError,
        ),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="project/get",
        summary="One project.",
        params=projects.ProjectGetParams,
        response=projects.ProjectGetResponse,
        errors=(errors.ProjectNotFoundError,),
    ),
    Method(
        name="project/list",
        summary="Projects, by name.",
        params=projects.ProjectListParams,
        response=projects.ProjectListResponse,
        errors=(errors.InvalidValueError,),
    ),
    Method(
        name="project/delete",
        summary="Forget a project; its sessions stay, without it.",
        params=projects.ProjectDeleteParams,
        response=projects.ProjectDeleteResponse,
        errors=(errors.ProjectNotFoundError,),
        serialises=Serialises.WRITER,
    ),
    Method(
        name="component/get",
        summary="One component.",
        params=projects.ComponentGetParams,
        response=projects.ComponentGetResponse,
        errors=(errors.UnknownComponentError,),
    ),
    Method(
        name="component/list",
        summary="A project's components, by name.",
        params=projects.ComponentListParams,
        response=projects.ComponentListResponse,
        errors=(errors.ProjectNotFoundError, errors.InvalidValueError),
    ),
    Method(
        name="daemon/status",
        summary="What runs here.",
        params=daemon.DaemonStatusParams,
        response=daemon.DaemonStatusResponse,
    ),
    Method(
        name="daemon/compact",
        summary="Let the files of the database hold what is in it and nothing else.",
        params=redaction.DaemonCompactParams,
        response=redaction.DaemonCompactResponse,
        serialises=Serialises.WRITER,
    ),
    Method(
        name="daemon/shutdown",
        summary="Stop the daemon for everybody.",
        params=daemon.DaemonShutdownParams,
        response=daemon.DaemonShutdownResponse,
    ),
)

NOTICES: tuple[Notice, ...] = (
    Notice(
        name="session/didCreate",
        summary="A session was created.",
        params=notices.SessionDidCreateNotification,
    ),
    Notice(
        name="session/didUpdate",
        summary="A session, or its pending interaction, changed.",
        params=notices.SessionDidUpdateNotification,
    ),
    Notice(
        name="session/didAppendEvents",
        summary="Events were stored.",
        params=notices.SessionDidAppendEventsNotification,
    ),
    Notice(
        name="ask/didChange",
        summary="A session asks a person something, or what it asked is closed: list its asks.",
        params=notices.AskDidChangeNotification,
    ),
    Notice(
        name="session/didDelete",
        summary="A session is gone; nothing more is told about it.",
        params=notices.SessionDidDeleteNotification,
    ),
    Notice(
        name="session/didLoseNotices",
        summary="This connection read too slowly and is not told what came meanwhile: subscribe again with the last "
        "event id, and read again what you show.",
        params=notices.SessionDidLoseNoticesNotification,
    ),
)
