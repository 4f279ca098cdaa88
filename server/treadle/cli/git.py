"""`treadle git`: what the first and last step of a session do to the working copy.

The last line on stdout is one JSON object, for the step that reads it; what is refused is one sentence on stderr
and exit code 1, whatever the reason: for a session each is a step that did not succeed.
"""

import argparse
import json
import re
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository, listed
from treadle.client.session_branch import PREFIX, switch_to_session_branch
from treadle.client.session_commit import commit_all, stage_paths
from treadle.client.session_push import pull_request, push

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_LISTED_CHARACTERS = 16 * 1024
"""Of file names in the last line: a result keeps only the end of a long output, and this line must be in it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="git_command", required=True, metavar="COMMAND")
    branch = commands.add_parser("branch", help="switch to the session's branch; make it if it is not there")
    branch.add_argument("--session-id", type=int, required=True)
    branch.add_argument("--session-uid", required=True)
    branch.add_argument("--slug", type=_slug, required=True)
    branch.set_defaults(git_run=_branch)
    commit = commands.add_parser("commit", help="commit everything that is not ignored")
    commit.add_argument("--message", required=True)
    commit.add_argument("--branch", help="refuse when another branch is checked out")
    commit.add_argument("--push", action="store_true", help="and push the branch")
    commit.add_argument("--pull-request", action="store_true", help="push it and open a pull request, with gh")
    commit.set_defaults(git_run=_commit)
    stage = commands.add_parser("stage", help="stage these files and nothing else")
    stage.add_argument("paths", nargs="+", metavar="PATH")
    stage.set_defaults(git_run=_stage)


def run(arguments: argparse.Namespace) -> int:
    try:
        report: dict[str, object] = arguments.git_run(arguments, GitRepository.around(Path.cwd()))
    except ClientError as error:
        raise ClientError(error.message, ExitCode.SESSION_FAILED) from error
    print(json.dumps(report, ensure_ascii=True))
    return ExitCode.DONE


def _branch(arguments: argparse.Namespace, repository: GitRepository) -> dict[str, object]:
    wanted = f"{PREFIX}{arguments.session_id}-{arguments.slug}"
    branch = switch_to_session_branch(repository, wanted=wanted, session_uid=arguments.session_uid)
    print(f"On branch {branch.name}, made from {branch.base}.", flush=True)
    return {"branch": branch.name, "base": branch.base}


def _commit(arguments: argparse.Namespace, repository: GitRepository) -> dict[str, object]:
    commit = commit_all(repository, message=arguments.message, branch=arguments.branch)
    if commit.sha is None:
        print("There is nothing to commit.", flush=True)
    files = _listed(commit.files)
    report: dict[str, object] = {
        "commit": commit.sha,
        "branch": commit.branch,
        "files": files,
        "file_count": len(commit.files),
        **({"left_in_submodules": listed(commit.left)} if commit.left else {}),
    }
    if (arguments.push or arguments.pull_request) and commit.branch is not None:
        report["pushed_to"] = push(repository, commit.branch)
    if arguments.pull_request and commit.branch is not None:
        report["pull_request"] = pull_request(repository, commit.branch)
    return report


def _stage(arguments: argparse.Namespace, repository: GitRepository) -> dict[str, object]:
    staged = stage_paths(repository, arguments.paths, directory=Path.cwd())
    return {
        "files": _listed(staged.files),
        "file_count": len(staged.files),
        "skipped": _listed(staged.skipped),
    }


def _listed(files: tuple[str, ...]) -> list[str]:
    """As many names as there is room for; a name that is no UTF-8 is shown as well as it can be."""
    room = MAX_LISTED_CHARACTERS
    names = []
    for file in files:
        name = file.encode("utf-8", errors="replace").decode()
        room -= len(json.dumps(name)) + 2
        if room < 0:
            break
        names.append(name)
    return names


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text) or len(text) > 80:
        raise argparse.ArgumentTypeError("a slug is made of lower-case letters, digits and single hyphens")
    return text
