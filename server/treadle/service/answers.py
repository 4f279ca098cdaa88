"""What a person answers to a session's question: kept in the result with who it was, and recorded as their deed."""

from dataclasses import replace

from treadle.domain.actor import Actor
from treadle.domain.command import ASK
from treadle.domain.event import EventType
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result
from treadle.service.person_events import PersonEvent
from treadle.workflows.contract import StepOutcome


def with_answerer(interaction: Interaction, result: Result, actor: Actor) -> Result:
    """As the step gets it. Who has answered is not the client's to say."""
    if interaction.command.command != ASK:
        return result
    return replace(result, data={**result.data, "answered_by": actor.client_name or actor.client_id})


def answer_event(interaction: Interaction, outcome: StepOutcome) -> PersonEvent | None:
    """None of what is no answer, also not for the step."""
    data = outcome.result.data
    if interaction.command.command != ASK or not outcome.result.is_final or not isinstance(data.get("answer"), str):
        return None
    facts = (("step", interaction.step), ("answer", data["answer"]), ("comment", data.get("comment")))
    return PersonEvent(
        event_type=EventType.SESSION_STATUS_CHANGED, action="answered", interaction_id=interaction.id, facts=facts
    )
