"""An agent that never thinks: recorded streams of Claude Code, as fast as the runner's own parts take them.

python -m bench.busy_agent DATA_DIR SESSION: says `ready`; to each line with a number it plays so many messages, and
answers how many events they made, once the daemon has all of them on disk.
"""

import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from treadle.agents.claude_code_events import Normaliser
from treadle.agents.claude_code_protocol import parse_line
from treadle.client.connection import Connection
from treadle.client.locations import Locations
from treadle.runner.outbox import Outbox
from treadle.runner.outputs import with_outputs
from treadle.runner.stop import Stop

RECORDINGS = Path(__file__).parents[1] / "tests" / "unit" / "agents" / "recordings"
PLAYED = ("files_and_commands", "hooks", "subagent_with_hooks", "two_subagents", "two_prompts", "live_output")
"""Work that goes well: messages, edits, commands, sub-agents, hooks."""
PROJECT = "/home/dev/calculator"

Line = tuple[bytes, bool]
"""Of a stream, and whether it is the first one of its process."""


def lines() -> list[Line]:
    """All the streams, one after another."""
    return [
        (line, number == 0)
        for name in PLAYED
        for number, line in enumerate((RECORDINGS / f"{name}.jsonl").read_bytes().splitlines())
    ]


class BusyAgent:
    def __init__(self, connection: Connection, session_id: int) -> None:
        self._connection = connection
        self._session_id = session_id
        self._lines: Iterator[Line] = cycle(lines())
        self._normaliser = Normaliser(project_root=PROJECT)
        self._outbox = Outbox(connection, session_id, client="bench")
        self._stop = Stop()

    def play(self, messages: int) -> int:
        """How many events they made."""
        events = 0
        for line, is_first in islice(self._lines, messages):
            if is_first:
                self._normaliser = Normaliser(project_root=PROJECT)
            message = parse_line(line)
            for event in [] if message is None else self._normaliser.feed(message):
                sent = with_outputs(self._connection, self._session_id, event, stop=self._stop)
                self._outbox.add(sent, interaction_id=None)
                events += 1
        self._outbox.flush()
        return events


def main() -> None:
    connection = Connection.to_running_daemon(Locations.find(sys.argv[1]), client_name="bench")
    assert connection is not None
    with connection:
        agent = BusyAgent(connection, int(sys.argv[2]))
        print("ready", flush=True)
        for wanted in sys.stdin:
            print(agent.play(int(wanted)), flush=True)


if __name__ == "__main__":
    main()
