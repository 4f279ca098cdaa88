"""`treadle answer N ANSWER`: answers an ask."""

import argparse

from treadle.agents.lenient import JsonObject, an_object
from treadle.cli.ask_texts import named, whole_ask
from treadle.cli.numbers import ask_number
from treadle.cli.options import add_data_dir, add_json, connection_of, going_on, persons_name, print_json
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.own_command import to_type
from treadle.runner.answers import outcome
from treadle.runner.question import Question

TOO_LATE = "ask_closed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The first answer counts. Without ANSWER the ask is shown whole, with the answers to it."
    parser.add_argument("ask", type=ask_number, metavar="N", help="the ask's number (treadle asks lists them)")
    parser.add_argument("answer", nargs="?", metavar="ANSWER", help="its name, how that begins, or its number")
    parser.add_argument("--comment", metavar="TEXT", help="what is to be said with it: an agent reads why it may not")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments, name=persons_name()) as connection:
        ask = _found(connection, arguments.ask)
        if arguments.answer is None:
            print_json(ask) if arguments.json else print(whole_ask(ask))
            return ExitCode.DONE
        answered = _answered(connection, ask, arguments.answer, arguments.comment or None)
        if arguments.json:
            print_json(answered)
            return ExitCode.DONE
        print(f"{named(answered)} is {outcome(answered)}.")
        params = {"sessionId": answered.get("sessionId"), "limit": 1}
        session = an_object(connection.call("session/get", params).get("session"))
    _tell_how_to_go_on(arguments, session)
    return ExitCode.DONE


def _found(connection: Connection, ask_id: int) -> JsonObject:
    return an_object(connection.call("ask/get", {"askId": ask_id}).get("ask"))


def _answered(connection: Connection, ask: JsonObject, word: str, comment: str | None) -> JsonObject:
    """:raises ClientError: it is closed, or that is no answer to it"""
    if ask.get("status") != "open":
        raise _closed(ask)
    question = Question.of(ask)
    params = {"askId": question.ask_id, "answer": question.meant(word), "comment": comment}
    try:
        return an_object(connection.call("ask/answer", params).get("ask"))
    except RemoteError as error:
        if error.code != TOO_LATE:
            raise
        raise _closed(_found(connection, question.ask_id)) from error


def _closed(ask: JsonObject) -> ClientError:
    return ClientError(f"{named(ask)} is closed already; it was {outcome(ask)}.", ExitCode.SESSION_FAILED)


def _tell_how_to_go_on(arguments: argparse.Namespace, session: JsonObject) -> None:
    number = session.get("id")
    again = going_on(arguments, number)
    if session.get("status") != "active":
        return
    if session.get("pausedAt"):
        resuming = to_type("resume", str(number), data_dir=arguments.data_dir)
        print(f"The session is paused: resume it with {resuming} and go on with: {again}")
    else:
        print(f"A run that waits for it goes on; else go on with: {again}")
