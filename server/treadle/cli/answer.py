"""`treadle answer N ANSWER`: answers what a session asks."""

import argparse
import uuid
from collections.abc import Mapping

from treadle.agents.lenient import JsonObject, an_object, text
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, going_on, persons_name, print_json
from treadle.cli.steps import named, names_of, waiting_step
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.own_command import to_type
from treadle.client.tables import printable
from treadle.domain.transitions import TERMINAL_CODES
from treadle.runner import results
from treadle.runner.answers import latest_answer, told
from treadle.runner.question import Question

TOO_LATE = "interaction_completed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The first answer counts. Without ANSWER the question and the answers are shown."
    add_session(parser)
    parser.add_argument("answer", nargs="?", metavar="ANSWER", help="its name, how that begins, or its number")
    parser.add_argument("--comment", metavar="TEXT", help="what is to be said with it")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments, name=persons_name()) as connection:
        step, question = _asked(connection, arguments.session)
        if arguments.answer is None:
            print_json(step) if arguments.json else print(_shown(step, question))
            return ExitCode.DONE
        name = question.meant(arguments.answer)
        answer = _given(connection, step, {"answer": name, "comment": arguments.comment or None})
    answered = an_object(answer.get("interaction"))
    if arguments.json:
        print_json(answer)
    else:
        print(f"{named(answered)} is answered: {name}.")
        _tell_how_to_go_on(arguments, an_object(answer.get("session")))
    return ExitCode.DONE


def _tell_how_to_go_on(arguments: argparse.Namespace, session: JsonObject) -> None:
    again = going_on(arguments, arguments.session)
    if session.get("status") != "active":
        return
    if session.get("pausedAt"):
        resuming = to_type("resume", str(arguments.session), data_dir=arguments.data_dir)
        print(f"The session is paused: resume it with {resuming} and go on with: {again}")
    else:
        print(f"A run that waits for it goes on; else go on with: {again}")


def _asked(connection: Connection, session_id: int) -> tuple[JsonObject, Question]:
    """:raises ClientError: nothing is asked"""
    try:
        step = waiting_step(connection, session_id)
    except RemoteError as error:
        if error.code not in TERMINAL_CODES:
            raise
        said = f"{error.message.removesuffix('.')}{_earlier(connection, session_id)}."
        raise ClientError(said, error.exit_code) from error
    question = Question.of(step)
    if question is None:
        raise ClientError(f"Session {session_id} asks nothing now{_earlier(connection, session_id)}.", ExitCode.USAGE)
    return step, question


def _given(connection: Connection, step: JsonObject, data: Mapping[str, object]) -> Mapping[str, object]:
    result = results.on_the_wire(results.ok(str(uuid.uuid4()), data=data))
    try:
        answer = connection.call("session/handleResult", {**names_of(step), "result": result})
    except RemoteError as error:
        if error.code != TOO_LATE:
            raise
        said = _earlier(connection, step.get("sessionId"), text(step.get("id")))
        raise ClientError(f"{named(step)} is not waiting any more{said}.", ExitCode.SESSION_FAILED) from error
    judged = an_object(an_object(answer.get("interaction")).get("result"))
    if judged.get("status") == "pending":
        verdict = text(an_object(judged.get("data")).get("verdict")) or "The answer was not understood."
        raise ClientError(verdict, ExitCode.USAGE)
    return answer


def _earlier(connection: Connection, session_id: object, interaction_id: str | None = None) -> str:
    answer = latest_answer(connection.call, session_id, interaction_id)
    return "" if answer is None else f"; {printable(text(answer.get('step')))} was answered: {told(answer)}"


def _shown(step: JsonObject, question: Question) -> str:
    lines = [f"{named(step)} asks:", *(f"  {printable(line)}" for line in question.text.splitlines()), ""]
    return "\n".join([*lines, *(f"{number:3} {name}" for number, name in enumerate(question.names, 1))])
