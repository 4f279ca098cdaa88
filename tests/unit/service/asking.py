"""What the tests of asks share: a session type that asks a person, clients that ask and answer, and what is stored."""

from typing import Any

from tests.factories import CLIENT, OTHER_CLIENT, new_session, next_command
from treadle.domain.actor import Actor
from treadle.domain.ask import Ask, AskKind, AskOption
from treadle.domain.command import ASK, CLAUDE, Command
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.service.application import Application
from treadle.service.asks import NewAsk
from treadle.storage import sessions as session_rows
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

RUNNER = Actor(client_id=CLIENT, client_name="treadle run")
PERSON = Actor(client_id=OTHER_CLIENT, client_name="ada@box")
SECRET = "ghp_" + "a1B2" * 9
YES, NO = AskOption(name="yes", title="yes"), AskOption(name="no", title="no")


class Approve(Step):
    name = "approve"
    kind = StepKind.ASK

    def get_command(self, context: StepContext) -> Command:
        answers = [{"name": "yes", "status": "ok"}, {"name": "no", "status": "error"}]
        return self.command(context, ASK, question=f"Good, the {context.attempt}. time?", answers=answers)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        match result.data.get("answer"):
            case "yes":
                return StepOutcome(result=result)
            case "no":
                return StepOutcome(result=result.as_error("The answer was no."))
        return StepOutcome(result=result.as_pending({**result.data, "verdict": "That is no answer."}))


class Work(Step):
    name = "work"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, CLAUDE, prompt="Do it.")


ASKING = SessionType(id="asking", title="Asking", description="Asks.", version=1, line=(Approve(), Work()))
WORKING = SessionType(
    id="working",
    title="Working",
    description="Works twice.",
    version=1,
    line=(Work(),),
    routes={("work", ResultStatus.OK): "work"},
)


async def asking_step(application: Application) -> Interaction:
    """Of a new session, whose first step asks."""
    return (await next_command(application, (await new_session(application, type_id="asking")).id)).interaction


async def working_step(application: Application) -> Interaction:
    """Of a new session, whose first step is an agent's."""
    return (await next_command(application, (await new_session(application, type_id="working")).id)).interaction


def wanted(session_id: int, uid: str = "ask-1", **fields: Any) -> NewAsk:
    usual: dict[str, Any] = {
        "interaction_id": None,
        "kind": AskKind.QUESTION,
        "question": "Which one?",
        "details": {},
        "options": (YES, NO),
        "asked_by": "the agent",
        "expires_at": None,
        "default_answer": None,
    }
    return NewAsk(session_id=session_id, uid=uid, **{**usual, **fields})


async def create(
    application: Application, session_id: int, uid: str = "ask-1", *, actor: Actor = RUNNER, **fields: Any
) -> Ask:
    return await application.asks.create(LOCAL, wanted=wanted(session_id, uid, **fields), actor=actor)


async def answer(
    application: Application,
    ask_id: int,
    word: str = "yes",
    *,
    comment: str | None = None,
    actor: Actor = PERSON,
    scope: Scope = LOCAL,
) -> Ask:
    return await application.asks.answer(scope, ask_id=ask_id, answer=word, comment=comment, actor=actor)


async def asks_of(
    application: Application, session_id: int | None = None, *, scope: Scope = LOCAL, **fields: Any
) -> list[Ask]:
    """All that there are, whatever has become of them."""
    most: dict[str, Any] = {"status": None, "kind": None, "cursor": None, "limit": 500, **fields}
    return (await application.asks.list(scope, session_id=session_id, **most))[0]


async def the_ask(application: Application, session_id: int) -> Ask:
    (ask,) = await asks_of(application, session_id)
    return ask


async def stored(application: Application, session_id: int) -> Session:
    session = await application.database.read(lambda rows: session_rows.find(rows, LOCAL, session_id))
    assert session is not None
    return session


async def open_count(application: Application, session_id: int) -> int:
    """As the session has it, and as its rows are."""
    session = await stored(application, session_id)
    rows = [ask for ask in await asks_of(application, session_id) if ask.is_open]
    assert session.open_ask_count == len(rows)
    return len(rows)


def agent_of(*sessions: Session) -> Actor:
    """A client that the agents of these sessions have started."""
    uids = tuple(session.uid for session in sessions)
    return Actor(client_id="below", client_name="a script", agent_sessions=lambda: uids)
