"""An argument parser that refuses in one sentence, without the usage around it."""

import argparse
from typing import NoReturn

from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import columns


class SentenceParser(argparse.ArgumentParser):
    def __init__(self, *, prog: str, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description, formatter_class=_formatter)

    def error(self, message: str) -> NoReturn:
        """:raises ClientError: always"""
        said = message.removeprefix("argument ").removesuffix(".")
        raise ClientError(f"{said} ({self.prog} --help explains it).", ExitCode.USAGE)


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Made for each argument too; without a width, argparse asks shutil, which brings the compressors of archives."""
    return argparse.RawDescriptionHelpFormatter(prog, width=columns() - 2)
