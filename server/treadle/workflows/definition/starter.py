"""The text that a new workflow begins with: short, valid, and worth running as it is."""

import re

from pydantic import TypeAdapter, ValidationError

from treadle.workflows.definition.model import WorkflowName

_NAME: TypeAdapter[str] = TypeAdapter(WorkflowName)

TEXT = """\
# A workflow of this project: `treadle run NAME --param command=make --param command=check`.
# `treadle workflow check` says what is wrong with it, `treadle workflow graph NAME` draws it.
name: NAME
title: TITLE
description: Runs a command, and lets an agent mend what it complains of until it ends well.
parameters:
  command:
    type: list
    description: The words of the command that must end well.
    default: [git, diff, --check]
steps:
  check:
    # A list of words; one that is a list itself becomes several. A text goes to a shell, each value quoted.
    run: ["{{ parameters.command }}"]
    max_attempts: 5
    # Without routes: the next step of the file, and `finish` after the last.
    on: {ok: finish, error: mend}
  mend:
    agent: |
      The command {{ parameters.command | shell | code }} does not end well. Find out why, and mend it:

      {{ results.check.digest | block }}
    on: {ok: check}
"""


def is_workflow_name(name: str) -> bool:
    try:
        _NAME.validate_python(name, strict=True)
    except ValidationError:
        return False
    return True


def starter(name: str) -> str:
    title = re.sub(r"[_-]+", " ", name).strip().capitalize() or name
    return TEXT.replace("TITLE", title).replace("NAME", name)
