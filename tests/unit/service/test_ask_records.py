"""A step that asks a person has an ask; what ends a step or a session closes what it asks."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    EXAMPLE,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.unit.service.asking import (
    ASKING,
    PERSON,
    WORKING,
    answer,
    asking_step,
    asks_of,
    create,
    open_count,
    stored,
    the_ask,
    working_step,
)
from tests.unit.service.interventions import recorded
from treadle.domain.ask import AskKind, AskOption, AskStatus
from treadle.domain.command import ASK
from treadle.domain.errors import (
    AskClosedError,
    AskNotFoundError,
    ClaimedError,
    InteractionCompletedError,
    InvalidValueError,
    SessionCompleteError,
    SessionFailedError,
    StepFailedError,
)
from treadle.domain.event import EventType
from treadle.domain.interaction import Interaction
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode, SessionStatus
from treadle.service.application import Application

WITHDRAWN = AskStatus.WITHDRAWN


def where(step: Interaction) -> dict[str, Any]:
    return {"session_id": step.session_id, "interaction_id": step.id, "actor": PERSON}


async def cancel(application: Application, session_id: int) -> None:
    await application.lifecycle.cancel(LOCAL, session_id=session_id, reason="enough", actor=PERSON)


async def reopen(application: Application, session_id: int) -> None:
    await application.lifecycle.reopen(LOCAL, session_id=session_id, reason="after all", actor=PERSON)


@pytest.mark.requirement("ask.of-a-step")
@asynchronous
async def test_a_step_that_asks_has_an_ask_from_its_first_moment_on(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        session = await new_session(application, type_id="asking")
        following = await next_command(application, session.id)
        assert following.session.open_ask_count == 1
        ask = await the_ask(application, session.id)
        assert (ask.uid, ask.interaction_id) == (following.interaction.id, following.interaction.id)
        assert (ask.kind, ask.question, ask.asked_by) == (AskKind.QUESTION, "Good, the 1. time?", "step approve")
        assert ask.options == (AskOption(name="yes", title="yes"), AskOption(name="no", title="no"))
        assert ask.asked_at == following.interaction.inserted_at
        assert (await next_command(application, session.id)).interaction == following.interaction
        assert await the_ask(application, session.id) == ask
        assert await recorded(application, session.id) == []


@pytest.mark.requirement("ask.of-a-step")
@asynchronous
async def test_answering_it_ends_the_step_and_says_who_it_was(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        answered = await answer(application, 1, "yes", comment="Well done")
        assert (answered.status, answered.answer, answered.comment) == (AskStatus.ANSWERED, "yes", "Well done")
        assert answered.answered_by == "ada@box"
        session = await stored(application, step.session_id)
        assert (session.pending_interaction, session.open_ask_count) == (None, 0)
        following = await next_command(application, step.session_id)
        assert following.interaction.step == "work"
        (event,) = await recorded(application, step.session_id)
        data = event["data"]
        assert (data["action"], data["step"], data["answer"], data["ask_id"]) == ("answered", "approve", "yes", 1)
        assert data["by"]["client_name"] == "ada@box"
        with pytest.raises(AskClosedError, match="answered already: yes, by ada@box"):
            await answer(application, 1, "no")


@asynchronous
async def test_a_result_for_the_step_answers_the_ask(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        following = await next_command(application, (await new_session(application, type_id="asking")).id)
        handled = await hand_in(application, following, make_result(data={"answer": "no", "comment": "Not yet"}))
        assert handled.session.open_ask_count == 0
        ask = await the_ask(application, following.session.id)
        assert (ask.status, ask.answer, ask.comment) == (AskStatus.ANSWERED, "no", "Not yet")
        again = await next_command(application, following.session.id)
        assert (again.interaction.step, again.session.open_ask_count) == ("approve", 1)
        _, second = await asks_of(application, following.session.id)
        assert (second.is_open, second.question) == (True, "Good, the 2. time?")


@asynchronous
async def test_a_result_that_the_step_does_not_take_for_an_answer_leaves_it_open(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        following = await next_command(application, (await new_session(application, type_id="asking")).id)
        handled = await hand_in(application, following, make_result(data={"answer": "perhaps"}))
        assert (handled.interaction.is_pending, handled.session.open_ask_count) == (True, 1)
        assert await open_count(application, following.session.id) == 1


@asynchronous
async def test_a_result_without_an_answer_withdraws_it(tmp_path: Path) -> None:
    """As of a workflow's own code, which may take an error for the end of the step."""
    async with open_application(tmp_path, ASKING, EXAMPLE) as application:
        following = await next_command(application, (await new_session(application, type_id="example")).id)
        await create(application, following.session.id, interaction_id=following.interaction.id)
        other = await create(application, following.session.id, "of the session")
        handled = await hand_in(application, following, make_result(ResultStatus.ERROR))
        assert handled.session.open_ask_count == 1
        first, second = await asks_of(application, following.session.id)
        assert (first.status, first.reason) == (WITHDRAWN, "The step has ended.")
        assert second == other


@asynchronous
async def test_a_pending_result_of_an_agents_step_withdraws_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        following = await next_command(application, (await new_session(application, type_id="working")).id)
        await create(application, following.session.id, interaction_id=following.interaction.id)
        await hand_in(application, following, make_result(ResultStatus.PENDING))
        assert await open_count(application, following.session.id) == 1


@pytest.mark.parametrize("deed", ["skip", "mark_done"])
@asynchronous
async def test_whoever_ends_the_step_by_hand_withdraws_it(tmp_path: Path, deed: str) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        if deed == "skip":
            await application.interventions.skip(LOCAL, reason="no need", **where(step))
        else:
            await application.interventions.mark_done(LOCAL, note=None, **where(step))
        ask = await the_ask(application, step.session_id)
        assert (ask.status, ask.answer, ask.reason) == (WITHDRAWN, None, "The step has ended.")
        assert await open_count(application, step.session_id) == 0
        actions = [event["data"]["action"] for event in await recorded(application, step.session_id)]
        assert len(actions) == 1
        with pytest.raises(AskClosedError, match="was withdrawn: The step has ended"):
            await answer(application, ask.id)


@asynchronous
async def test_a_changed_question_is_the_same_ask_with_other_words(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        before = await the_ask(application, step.session_id)
        metadata = {"question": "Better?", "answers": [{"name": "yes", "status": "ok"}]}
        edited = await application.interventions.edit(LOCAL, command=None, metadata=metadata, **where(step))
        assert edited.session.open_ask_count == 1
        ask = await the_ask(application, step.session_id)
        assert (ask.id, ask.question, ask.option_names) == (before.id, "Better?", ("yes",))
        with pytest.raises(InvalidValueError, match="there are: yes"):
            await answer(application, ask.id, "no")
        await answer(application, ask.id, "yes")
        assert await open_count(application, step.session_id) == 0


@pytest.mark.parametrize(
    "answers", [[], ["yes"], [{"status": "ok"}], [{"name": " "}], [{"name": "a"}, {"name": "a"}], "yes", [None]]
)
@asynchronous
async def test_answers_that_nobody_could_give_are_refused(tmp_path: Path, answers: object) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        with pytest.raises(InvalidValueError, match=r"metadata\.answers"):
            await application.interventions.edit(LOCAL, command=None, metadata={"answers": answers}, **where(step))
        assert (await the_ask(application, step.session_id)).option_names == ("yes", "no")


@asynchronous
async def test_a_step_that_is_changed_into_a_question_asks_from_then_on(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        metadata = {"prompt": None, "question": "Do it yourself?", "answers": [{"name": "done"}]}
        edited = await application.interventions.edit(LOCAL, command=ASK, metadata=metadata, **where(step))
        assert edited.session.open_ask_count == 1
        ask = await the_ask(application, step.session_id)
        assert (ask.uid, ask.question, ask.option_names) == (step.id, "Do it yourself?", ("done",))
        with pytest.raises(InvalidValueError, match="cannot become another command"):
            await application.interventions.edit(LOCAL, command="true", metadata={}, **where(step))
        assert (await answer(application, ask.id, "done")).answered_by == "ada@box"
        assert (await stored(application, step.session_id)).pending_interaction is None


@asynchronous
async def test_a_step_that_is_made_anew_asks_anew(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        following = await next_command(application, step.session_id, regenerate=True)
        assert following.session.open_ask_count == 1
        first, second = await asks_of(application, step.session_id)
        assert (first.status, first.reason) == (WITHDRAWN, "The step begins anew.")
        assert (second.uid, second.is_open) == (following.interaction.id, True)
        agentic = ExecutionMode.AGENTIC
        await application.lifecycle.set_mode(LOCAL, session_id=step.session_id, execution_mode=agentic, actor=PERSON)
        statuses = [ask.status for ask in await asks_of(application, step.session_id)]
        assert statuses == [WITHDRAWN, WITHDRAWN, AskStatus.OPEN]
        assert await open_count(application, step.session_id) == 1


@asynchronous
async def test_a_completed_question_that_is_run_again_asks_again(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await answer(application, 1)
        await next_command(application, step.session_id)
        await application.interventions.rerun(LOCAL, **where(step))
        first, second = await asks_of(application, step.session_id)
        assert (first.status, second.is_open) == (AskStatus.ANSWERED, True)
        assert await open_count(application, step.session_id) == 1


@pytest.mark.requirement("ask.ends-with-its-session")
@pytest.mark.parametrize("end", ["cancelled", "failed by an event", "failed by its workflow"])
@asynchronous
async def test_a_session_that_ends_asks_nothing_and_one_that_is_reopened_asks_again(tmp_path: Path, end: str) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await create(application, step.session_id, "of the agent")
        if end == "cancelled":
            await cancel(application, step.session_id)
        elif end == "failed by an event":
            event = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed"}')
            await application.event_handler.handle_events(LOCAL, session_id=step.session_id, events=[event])
        else:
            for _ in range(5):
                await take_step(application, step.session_id, make_result(data={"answer": "no"}))
            with pytest.raises(SessionFailedError):
                await next_command(application, step.session_id)
        session = await stored(application, step.session_id)
        assert (session.is_terminal, session.open_ask_count) == (True, 0)
        assert await open_count(application, step.session_id) == 0
        of_agent = next(ask for ask in await asks_of(application) if ask.uid == "of the agent")
        assert (of_agent.status, of_agent.reason) == (WITHDRAWN, "The session has ended.")
        await reopen(application, step.session_id)
        still_open = await asks_of(application, status=AskStatus.OPEN)
        pending = (await stored(application, step.session_id)).pending_interaction
        assert [ask.uid for ask in still_open] == ([] if pending is None else [pending.id])
        assert await open_count(application, step.session_id) == len(still_open)
        if pending is not None:
            assert (still_open[0].reason, still_open[0].closed_at) == (None, None)
            assert (await answer(application, still_open[0].id)).answer == "yes"


@asynchronous
async def test_a_workflow_that_is_finished_leaves_nothing_open(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await create(application, step.session_id, "of the agent")
        await answer(application, 1)
        await take_step(application, step.session_id)
        with pytest.raises(SessionCompleteError):
            await next_command(application, step.session_id)
        assert await open_count(application, step.session_id) == 0
        assert (await stored(application, step.session_id)).status is SessionStatus.COMPLETE


@asynchronous
async def test_a_session_that_had_ended_before_there_were_asks_asks_when_it_is_reopened(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await cancel(application, step.session_id)
        await application.database.write(lambda transaction: transaction.cursor.execute("DELETE FROM asks"))
        await reopen(application, step.session_id)
        assert (await the_ask(application, step.session_id)).uid == step.id
        assert await open_count(application, step.session_id) == 1


@asynchronous
async def test_children_that_are_cancelled_with_their_parent_ask_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        parent = await new_session(application, type_id="asking")
        child = await application.sessions.create(LOCAL, type="asking", parent_session_id=parent.id)
        await next_command(application, child.id)
        await cancel(application, parent.id)
        assert await open_count(application, child.id) == 0


@asynchronous
async def test_the_asks_of_a_deleted_session_are_not_there_any_more(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await application.deletion.delete(LOCAL, session_id=step.session_id, actor=PERSON)
        with pytest.raises(AskNotFoundError):
            await answer(application, 1)
        assert await asks_of(application) == []
        await application.deletion.purging.gone([step.session_id], lambda _: None)

        def left(rows: Any) -> int:
            return int(rows.execute("SELECT count(*) FROM asks").fetchone()[0])

        assert await application.database.read(left) == 0


@asynchronous
async def test_a_step_cannot_be_withdrawn_without_its_step(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        with pytest.raises(InvalidValueError, match="A step asks this: answer it, or skip the step"):
            await application.asks.withdraw(LOCAL, ask_id=1, reason="no need", actor=PERSON)
        assert await open_count(application, step.session_id) == 1


@asynchronous
async def test_the_question_of_a_claimed_step_is_its_holders(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        await application.claims.claim(
            LOCAL, session_id=step.session_id, interaction_id=step.id, client_id="somebody", client_name="somebody"
        )
        with pytest.raises(ClaimedError, match="somebody is executing"):
            await answer(application, 1)
        assert await open_count(application, step.session_id) == 1


@asynchronous
async def test_an_answer_after_the_step_was_done_by_hand_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        following = await next_command(application, (await new_session(application, type_id="asking")).id)
        await application.interventions.mark_done(LOCAL, note=None, **where(following.interaction))
        with pytest.raises(InteractionCompletedError):
            await hand_in(application, following, make_result(data={"answer": "no"}))
        assert (await the_ask(application, following.session.id)).answer is None


@asynchronous
async def test_a_step_whose_code_fails_at_the_answer_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)

        def bug(*_: object) -> None:
            raise LookupError("a bug")

        with monkeypatch.context() as patched:
            patched.setattr(type(ASKING.line[0]), "handle_result", bug)
            with pytest.raises(StepFailedError):
                await answer(application, 1)
        assert await open_count(application, step.session_id) == 1
        assert await recorded(application, step.session_id) == []
        assert (await answer(application, 1)).answer == "yes"
