"""What completion writes at once where somebody begins a step, or a key that never stands alone.

`${1:so}` is a place to fill in, `$0` where the cursor is at the end.
"""

from collections.abc import Mapping

OF_STEPS: Mapping[str, tuple[str, str]] = {
    "run": (
        "${1:test}:\n  run: [${2:pytest}]\n  max_attempts: ${3:3}\n  on: {error: ${4:fix}}\n",
        "Runs a command; on failure another step mends what is wrong.",
    ),
    "agent": (
        "${1:fix}:\n  agent: |\n    ${2:What is to be done.}\n  on: {ok: ${3:test}}\n",
        "An agent works by a prompt.",
    ),
    "ask": (
        '${1:approve}:\n  ask: "${2:Good?}"\n  answers: {${3:approve}: ok, ${4:revise}: error}\n',
        "A person decides how it goes on.",
    ),
    "spawn": (
        "${1:parts}:\n  spawn: ${2:task}\n",
        "Begins other sessions and waits for them.",
    ),
    "read_file": (
        "${1:read}:\n  read_file: ${2:notes.md}\n",
        "Reads a file of the project, for the steps that follow.",
    ),
}
"""With what each is good for."""

OF_KEYS: Mapping[str, str] = {
    "agent": "agent: |\n  $0",
    "answers": "answers: {${1:approve}: ok, ${2:revise}: error}",
    "ask": 'ask: "$0"',
    "environment": "environment:\n  $0",
    "exit_codes": "exit_codes: {${1:5}: ${2:warning}}",
    "on": "on: {${1:error}: $0}",
    "options": "options:\n  $0",
    "parameters": 'parameters:\n  ${1:name}: {type: ${2:string}, description: "$0"}',
    "run": "run: [$0]",
    "save": "save:\n  $0",
    "steps": "steps:\n  $0",
}
"""For the others `key: ` is enough."""
