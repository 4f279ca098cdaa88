"""`treadle gate FILE`: what Claude Code in a person's terminal calls before its agent may stop."""

import argparse
import json
import sys
from pathlib import Path

from treadle.client.errors import ExitCode
from treadle.runner.terminal_gate import GateFile, asked_on, judged


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what the run has left for it")


def run(arguments: argparse.Namespace) -> int:
    answer = judged(GateFile.read(Path(arguments.file)), asked_on(sys.stdin.fileno()))
    if answer is not None:
        print(json.dumps(answer))
    return ExitCode.DONE
