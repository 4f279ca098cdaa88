"""Domain values as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from treadle.domain.interaction import Claim, Interaction
from treadle.domain.project import Component, Project
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import Session
from treadle.protocol.entities import (
    ClaimView,
    CommandView,
    ComponentView,
    InteractionView,
    ProjectView,
    ResultView,
    RoutesView,
    SessionHead,
    SessionTypeView,
    StepView,
)
from treadle.protocol.wire import JsonObject
from treadle.workflows.contract import SessionType, Step
from treadle.workflows.options import options_schema


def session_head(session: Session, now: datetime) -> SessionHead:
    pending = session.pending_interaction
    return SessionHead(
        id=session.id,
        uid=session.uid,
        type=session.type,
        type_version=session.type_version,
        title=session.title,
        account_id=session.account_id,
        user_id=session.user_id,
        project_id=session.project_id,
        component_id=session.component_id,
        parent_session_id=session.parent_session_id,
        agent=session.agent,
        environment=session.environment,
        execution_mode=session.execution_mode,
        status=session.status,
        state=_json(session.state),
        options=_json(session.options),
        external_conversation_id=session.external_conversation_id,
        paused_at=session.paused_at,
        failure_reason=session.failure_reason,
        interaction_count=session.interaction_count,
        event_count=session.event_count,
        open_ask_count=session.open_ask_count,
        cost_usd=session.cost_usd,
        input_tokens=session.input_tokens,
        cached_tokens=session.cached_tokens,
        output_tokens=session.output_tokens,
        pending_interaction=None if pending is None else interaction_view(pending, now),
        inserted_at=session.inserted_at,
        updated_at=session.updated_at,
    )


def _json(values: Mapping[str, object]) -> JsonObject:
    """The model itself checks that these are JSON."""
    return cast("JsonObject", values)


def interaction_view(interaction: Interaction, now: datetime) -> InteractionView:
    return InteractionView(
        id=interaction.id,
        session_id=interaction.session_id,
        position=interaction.position,
        attempt=interaction.attempt,
        step=interaction.step,
        command=CommandView.model_validate(interaction.command),
        result=None if interaction.result is None else result_view(interaction.result),
        inserted_at=interaction.inserted_at,
        completed_at=interaction.completed_at,
        superseded_at=interaction.superseded_at,
        claim=None if interaction.claim is None else claim_view(interaction.claim),
        interrupted=interaction.is_interrupted(now),
    )


def result_view(result: Result) -> ResultView:
    return ResultView.model_validate(result)


def claim_view(claim: Claim) -> ClaimView:
    return ClaimView.model_validate(claim)


def project_view(project: Project) -> ProjectView:
    return ProjectView.model_validate(project)


def component_view(component: Component) -> ComponentView:
    return ComponentView.model_validate(component)


def session_type_view(session_type: SessionType, defined_in: str | None = None) -> SessionTypeView:
    return SessionTypeView(
        id=session_type.id,
        title=session_type.title,
        description=session_type.description,
        version=session_type.version,
        needs_component=session_type.needs_component,
        steps=[_step_view(session_type, step) for step in session_type.steps],
        options_schema=options_schema(session_type.options),
        max_attempts=session_type.caps.max_attempts,
        max_steps=session_type.caps.max_steps,
        defined_in=defined_in,
    )


def _step_view(session_type: SessionType, step: Step) -> StepView:
    return StepView(
        name=step.name,
        kind=step.kind,
        detour=step in session_type.detours,
        routes=RoutesView(
            ok=_name(session_type.step_after(step.name, ResultStatus.OK)),
            warning=_name(session_type.step_after(step.name, ResultStatus.WARNING)),
            error=_name(session_type.step_after(step.name, ResultStatus.ERROR)),
        ),
        max_attempts=session_type.caps.max_attempts if step.max_attempts is None else step.max_attempts,
    )


def _name(step: Step | None) -> str | None:
    return None if step is None else step.name
