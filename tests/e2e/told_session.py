"""One session with everything that `treadle events` has words for: run by the real program against scripted turns."""

from typing import Any

from tests.e2e.lone_agents import bash, call, waiting

WORKFLOW = """\
name: lone
title: Notes about the calculator
steps:
  work:
    agent: |
      Write the notes.
      Then look around.
    may_run: [["sh"], [".venv/bin/python"]]
    gate: [test, -e, gate.txt]
  check:
    run: [grep, -c, notes, notes.txt]
    exit_codes: {1: error}
"""
AGENT = {"description": "Count the files", "subagent_type": "general-purpose", "prompt": "Count them."}
QUESTION = {
    "question": "Which style?",
    "header": "Style",
    "multiSelect": False,
    "options": [{"label": "Short", "description": "one line"}, {"label": "Long", "description": "a page"}],
}
PRINTS = "for number in range(30): print('line', number)"
TURNS: list[dict[str, Any]] = [
    {
        "think": "Notes.",
        "say": "I begin with the notes.",
        **call("Write", file_path="{{cwd}}/notes.txt", content="a\nb\n"),
    },
    call("Edit", file_path="{{cwd}}/notes.txt", old_string="b\n", new_string="notes\nmore notes\n"),
    bash(f'.venv/bin/python -c "{PRINTS}"'),
    bash("sh -c 'echo it goes wrong >&2; exit 3'"),
    call("Read", file_path="{{cwd}}/README.md"),
    bash("curl http://127.0.0.1:9/"),
    call("AskUserQuestion", questions=[QUESTION]),
    call("Agent", run_in_background=False, **AGENT),
    waiting(),
    call("Edit", file_path="{{cwd}}/absent.txt", old_string="a", new_string="b"),
    {"say": "The notes are written.\n\nThey have three lines, and I have looked around."},
    {"say": "The gate asks for a file.", **call("Write", file_path="{{cwd}}/gate.txt", content="x\n")},
    {"say": "Now it is there."},
]
SUBAGENT = [{"say": "I count.", **bash("ls docs")}, {"say": "One folder."}]

STORY = """\
Step 2: work
12:00:00  Claude     begins (claude-opus-5-5, Claude Code N)
12:00:00  Treadle    Write the notes.
                     Then look around.
12:00:00  Claude     I begin with the notes.
12:00:00             ✓ Write notes.txt  new +2
12:00:00             ✓ Edit notes.txt  +2 −1
12:00:00             ✓ $ .venv/bin/python -c "for number in range(30): print('line', number)"
                       line 0
                       line 1
                       line 2
                       line 3
                       … 22 more lines
                       line 26
                       line 27
                       line 28
                       line 29
12:00:00             ✗ $ sh -c 'echo it goes wrong >&2; exit 3'  exit code 3
                       it goes wrong
12:00:00             ✓ Read README.md
12:00:00             ? Claude Code wants to run: curl http://127.0.0.1:9/  (ask 1: allow, allow_session, deny)
12:00:00  you        answers ask 1: deny (Not today.)
12:00:00  Claude     ✗ $ curl http://127.0.0.1:9/  denied
12:00:00             ? Which style?  (ask 2: Short, Long, other)
12:00:00  you        answers ask 2: Short
12:00:00  Claude     · Agent Count the files
12:00:00  sub-agent  ✓ $ ls docs
                       design
12:00:00             One folder.
12:00:00  Claude     ✓ Agent Count the files
12:00:00             · $ sh wait.sh
12:00:00  you        says: Mind the spelling.
12:00:00  Claude     ✓ $ sh wait.sh
12:00:00             ✗ Edit absent.txt  File does not exist. Note: your current working directory is PROJECT
12:00:00             The notes are written.

                     They have three lines, and I have looked around.
12:00:00  gate       ✗ $ test -e gate.txt  it ended with exit code 1: not passed; Claude is told why and goes on
12:00:00  Claude     The gate asks for a file.
12:00:00             ✓ Write gate.txt  new +1
12:00:00             Now it is there.
12:00:00  gate       ✓ $ test -e gate.txt  passed
12:00:00  Claude     ✓ is done: 13 turns, N tokens, $N
12:00:00  Treadle    ✓ work: ok

Step 3: check
12:00:00  Treadle    ✓ $ grep -c notes notes.txt
                       2
12:00:00             ✓ check: ok

Step 4: finalize
12:00:00  Treadle    ✓ $ treadle git stage -- gate.txt notes.txt
                       {"files": ["gate.txt", "notes.txt"], "file_count": 2, "skipped": []}
12:00:00             ✓ finalize: ok

The session is complete: N tokens, $N
"""
