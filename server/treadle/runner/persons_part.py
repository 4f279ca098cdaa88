"""When a run ends because a person must do something first, and what they are told."""

from treadle.agents.agent_outcome import AgentFailure
from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type
from treadle.domain.command import SPAWN_SESSIONS
from treadle.domain.result import TESTS_CANNOT_RUN, Result
from treadle.runner.children import ACTIVE, COMPLETE
from treadle.runner.work import Work
from treadle.runner.workbench import PersonNeededError


def consent_needed(work: Work) -> ClientError:
    again = to_type("run", "--session", str(work.session_id))
    return ClientError(f"The step {work.step} was interrupted; to run it again: {again}", ExitCode.CLAIMED)


def person_needed(work: Work, result: Result) -> PersonNeededError | None:
    """Nobody is logged in with the agent, or git refuses: a dirty tree, a hook, a lock, a missing key."""
    if result.error_message is None:
        return None
    if result.data.get("failure") == AgentFailure.NOT_LOGGED_IN:
        return PersonNeededError(result.error_message, ExitCode.AGENT_UNAVAILABLE)
    if result.data.get("failure") in (AgentFailure.BUDGET_USED_UP, AgentFailure.STALLED):
        return PersonNeededError(result.error_message, ExitCode.SESSION_FAILED)
    if work.is_own_git:
        return PersonNeededError(f"{work.step} was not possible: {result.error_message}", ExitCode.PROJECT_STATE)
    return None


def children_need_person(work: Work, result: Result, judged: JsonObject) -> PersonNeededError | None:
    """Sessions that a step spawned have failed or cannot go on by themselves: nothing is tried again unasked.

    They have had their own attempts. `judged`: the result as the step has read it.
    """
    if work.command != SPAWN_SESSIONS:
        return None
    children = objects(result.data.get("children"))
    if judged.get("status") == "pending":
        waiting = [child for child in children if child.get("status") == ACTIVE]
        codes = [code for child in waiting if (code := count(child.get("exit_code")))]
        message = _sentence(f"{work.step} waits for {_told(waiting) or 'its sessions'}")
        return PersonNeededError(message, codes[0] if codes else ExitCode.PAUSED)
    if judged.get("status") == "error":
        undone = [child for child in children if child.get("status") != COMPLETE]
        again = " Only sessions that did not complete run again." if undone else ""
        said = text(judged.get("errorMessage"))
        unmerged = [child for child in children if child not in undone and text(child.get("problem"))]
        more = _told([child for child in unmerged if text(child.get("problem")) not in said])
        message = _sentence(f"{work.step} did not succeed: {_inner(said)}{f'; {more}' if more else ''}")
        codes = [] if undone else [code for child in unmerged if (code := count(child.get("exit_code")))]
        return PersonNeededError(message + _found(undone) + again, codes[0] if codes else ExitCode.SESSION_FAILED)
    return None


def _found(children: list[JsonObject]) -> str:
    places = [(child.get("session_id"), place) for child in children if (place := text(child.get("worktree")))]
    return "".join(f" What session {number} has written is in {place}." for number, place in places)


def tests_need_person(work: Work, judged: JsonObject) -> PersonNeededError | None:
    """The project's tests could not begin: the step waits until somebody has mended that. `judged`: as above."""
    data = an_object(judged.get("data"))
    if judged.get("status") != "pending" or data.get("failure") != TESTS_CANNOT_RUN:
        return None
    message = text(data.get("verdict")) or f"{work.step} cannot run the tests."
    return PersonNeededError(message, ExitCode.PROJECT_STATE)


def not_taken(work: Work, judged: JsonObject) -> PersonNeededError | None:
    """What was executed to its end counts as not finished, and nothing says what could be done about it: executing it
    again and again would come to the same. `judged`: as above."""
    if judged.get("status") != "pending":
        return None
    verdict = text(an_object(judged.get("data")).get("verdict"))
    message = f"{work.step} was executed and does not count as finished{f': {_inner(verdict)}' if verdict else ''}"
    return PersonNeededError(f"{_sentence(message)} Change its command or skip it.", ExitCode.SESSION_FAILED)


def _told(children: list[JsonObject]) -> str:
    return "; ".join(f"session {child.get('session_id')}: {_inner(text(child.get('problem')))}" for child in children)


def _sentence(said: str) -> str:
    return f"{_inner(said)}."


def _inner(said: str) -> str:
    return said.strip().removesuffix(".")
