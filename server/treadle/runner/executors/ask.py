"""Asks the person at the terminal.

Nobody holds the claim meanwhile: who answers first, here or elsewhere, has answered.
"""

from collections.abc import Callable
from time import monotonic

from treadle.agents.lenient import JsonObject, an_object
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.locations import Locations
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.answers import outcome, question_of_step
from treadle.runner.patience import TRANSIENT
from treadle.runner.question import Question
from treadle.runner.stop import StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import AnsweredElsewhereError, PersonNeededError, StoppedError, Workbench

LOOK_SECONDS = 1.0
STANDS_NO_MORE = "The question stands no more."


def ask(work: Work, bench: Workbench) -> Result:
    """
    :raises AnsweredElsewhereError: the question stands no more
    :raises PersonNeededError: there is nobody to ask
    """
    question = question_of_step(bench.ask, work.session_id, work.interaction_id)
    if question is None:
        raise AnsweredElsewhereError(STANDS_NO_MORE)
    if not bench.progress.can_ask:
        raise nobody_to_ask(question, bench)
    answer = bench.progress.asks(question, tick=_look_regularly(question, work, bench))
    if answer is None:
        bench.stop.request(StopReason.INTERRUPTED)
        raise StoppedError
    return results.ok(bench.new_id(), data={"answer": answer.name, "comment": answer.comment})


def nobody_to_ask(question: Question, bench: Workbench) -> PersonNeededError:
    elsewhere = Locations.find() != Locations(bench.data_dir)
    told = question.told(str(bench.data_dir) if elsewhere else None)
    return PersonNeededError(f"{told}.", ExitCode.ANSWER_NEEDED)


def _look_regularly(question: Question, work: Work, bench: Workbench) -> Callable[[], None]:
    next_look = monotonic() + LOOK_SECONDS

    def look() -> None:
        nonlocal next_look
        if monotonic() < next_look:
            return
        next_look = monotonic() + LOOK_SECONDS
        if not _stands(work, bench):
            raise AnsweredElsewhereError(_what_became_of(question, bench))

    return look


def _what_became_of(question: Question, bench: Workbench) -> str:
    ask: JsonObject = an_object(bench.ask("ask/get", {"askId": question.ask_id}).get("ask"))
    if ask.get("status") == "answered":
        return f"Answered elsewhere: {outcome(ask).removeprefix('answered: ')}"
    return STANDS_NO_MORE


def _stands(work: Work, bench: Workbench) -> bool:
    try:
        session = an_object(bench.ask("session/get", {"sessionId": work.session_id, "limit": 1}).get("session"))
    except ClientError as error:
        if isinstance(error, RemoteError) and error.code != TRANSIENT:
            raise
        return True  # the daemon is away; the person goes on thinking
    pending = an_object(session.get("pendingInteraction"))
    return pending.get("id") == work.interaction_id and not session.get("pausedAt")
