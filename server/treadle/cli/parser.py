"""An argument parser that refuses in one sentence, without the usage around it."""

import argparse
from typing import NoReturn

from treadle.client.errors import ClientError, ExitCode


class SentenceParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """:raises ClientError: always"""
        said = message.removeprefix("argument ").removesuffix(".")
        raise ClientError(f"{said} ({self.prog} --help explains it).", ExitCode.USAGE)
