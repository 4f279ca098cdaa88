"""A workflow file while it is written: the whole analysis after a keystroke beside the YAML parser alone."""

import itertools
from collections.abc import Callable, Iterator

from ruamel.yaml import YAML

from bench.measuring import Case, Measurement, Sample, compared, each
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.diagnostics import Surroundings

SECTION = "Workflow files"
LINES = 2_000
GOAL = 3.0
VERSUS = "ruamel.yaml alone, in C, to a tree with places"
KEYSTROKES_IN_ROUND = 6
SURROUNDINGS = Surroundings(types={"task": "Works."}, components=("Calculator",))
PAIRS = 49
HEAD = """\
name: large
parameters:
  test: {type: string}
  files: {type: list, default: []}
steps:
"""
PAIR = """\
  test_NUMBER:
    title: Runs the tests of part NUMBER
    run: [pytest, -q, "{{ parameters.test }}", "{{ parameters.files }}", part_NUMBER]
    timeout_s: 600
    max_attempts: 5
    environment:
      PART: "NUMBER {{ results.test_BEFORE.stdout | trim }}"
    save:
      last_NUMBER: "{{ result.digest | trim }}"
    on: {ok: AFTER, error: fix_NUMBER}
  fix_NUMBER:
    title: Mends what failed
    agent: |
      Make this pass, {{ session.title }}, in part NUMBER:

      {{ results.test_NUMBER.digest | block }}
      {% if results.fix_NUMBER.status %}
      The last attempt said: {{ results.fix_NUMBER.text }}
      {% endif %}
      Look at {{ state.last_BEFORE }} for what was done before, and at the files
      that are named in it. Change no test.

      Work in this order:
      1. Read the whole output above, and the test that it names.
      2. Find the smallest change that makes it pass.
      3. Run {{ test_command | shell }} before you say that you are done.
      4. If the test itself is wrong, say so, and change nothing.
      5. Größe, 😀 and other characters are meant as they are.

      Say at the end in a sentence what was wrong.
    conversation: continue
    max_turns: 20
    may_run:
      - [git, status]
      - [git, diff, "--", "{{ parameters.test }}"]
    stage: code
    on:
      ok: test_NUMBER
"""
LAST = """\
  last:
    agent: |
      Say what was done.
"""
MORE = "      This is a line more of a long prompt.\n"


def text() -> str:
    """A workflow of so many lines, and almost as many steps as there may be."""
    pairs = []
    for number in range(PAIRS):
        after = f"test_{number + 1}" if number + 1 < PAIRS else "last"
        pair = PAIR.replace("BEFORE", str(max(number - 1, 0))).replace("AFTER", after)
        pairs.append(pair.replace("NUMBER", str(number)))
    whole = HEAD + "".join(pairs) + LAST
    return whole + MORE * (LINES - whole.count("\n"))


def keystrokes(whole: str) -> Iterator[str]:
    """The file after each of them: in a word of a command, in a prompt, in the name of a step that a route has."""
    for count in itertools.count():
        pair = count % PAIRS
        changes = (
            (f'"{{{{ parameters.files }}}}", part_{pair}]', f'"{{{{ parameters.files }}}}", part_{pair}_{count}]'),
            (f"in part {pair}:\n", f"in part {pair}, for the {count}. time:\n"),
            (f"error: fix_{pair}}}", f"error: fix_{pair}_{count}}}"),
        )
        before, after = changes[count % len(changes)]
        assert before in whole
        yield whole.replace(before, after, 1)


def measure(*, rounds: int) -> list[Measurement]:
    whole = text()
    assert analyse(whole, SURROUNDINGS).diagnostics == ()
    typed = keystrokes(whole)

    def analysed() -> float:
        following = itertools.islice(typed, KEYSTROKES_IN_ROUND)
        return each(lambda: analyse(next(following), SURROUNDINGS), KEYSTROKES_IN_ROUND)

    tree = parsed(typed)
    events = _parser(lambda yaml, following: list(yaml.parse(following)), typed)
    operation = f"{LINES:,} lines, all diagnostics after a keystroke"
    return [
        *compared(
            SECTION,
            VERSUS,
            [Case(operation=operation, sample=analysed, limit=tree, goal=GOAL)],
            rounds=rounds,
        ),
        *compared(
            SECTION,
            "ruamel.yaml alone, in C, to its bare events",
            [Case(operation=operation, sample=analysed, limit=events)],
            rounds=rounds,
        ),
    ]


def parsed(typed: Iterator[str]) -> Sample:
    """By the parser alone, to a tree."""
    return _parser(lambda yaml, following: yaml.compose(following), typed)


def _parser(parse: Callable[[YAML, str], object], typed: Iterator[str]) -> Sample:
    def sample() -> float:
        following = itertools.islice(typed, KEYSTROKES_IN_ROUND)
        return each(lambda: parse(YAML(typ="safe", pure=False), next(following)), KEYSTROKES_IN_ROUND)

    return sample
