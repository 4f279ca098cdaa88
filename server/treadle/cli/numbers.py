"""Numbers on the command line."""

import argparse
import math

from treadle.agents.lenient import LARGEST
from treadle.client.errors import ClientError, ExitCode


def positive(word: str) -> int:
    number = _whole(word)
    if number is None or not 1 <= number <= LARGEST:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, not {word}")
    return number


def dollars(word: str) -> float:
    try:
        amount = float(word.removeprefix("$"))
    except ValueError:
        amount = 0.0
    if not (math.isfinite(amount) and amount > 0):
        raise argparse.ArgumentTypeError(f"an amount over 0 is needed, not {word}")
    return amount


def session_number(word: str) -> int:
    """:raises ClientError: no session can have that number"""
    return _number_of("session", word, f"a session's number is needed, not {word}")


def ask_number(word: str) -> int:
    """:raises ClientError: no ask can have that number"""
    return _number_of("ask", word, f"the number of an ask is needed, not {word}; treadle asks lists them")


def _number_of(thing: str, word: str, wrong: str) -> int:
    number = _whole(word)
    if number is None:
        raise argparse.ArgumentTypeError(wrong)
    if not 1 <= number <= LARGEST:
        raise ClientError(f"There is no {thing} {word}.", ExitCode.USAGE)
    return number


def _whole(word: str) -> int | None:
    try:
        return int(word)
    except ValueError:
        return None
