"""What running commands have printed so far: each line is told once, while it runs or at the end."""

from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, count, text

MAX_TOLD_CHARACTERS = 256 * 1024
ANCHOR_CHARACTERS = 1_000
"""The end of what was told is looked for in the final output, when its beginning is not in there any more."""
ENDING = b"\n[exited with code "
"""What Claude Code itself writes after the output of a command in the background."""


@dataclass(slots=True)
class LiveTask:
    tool_use_id: str
    told: str = ""
    told_bytes: int = 0
    rest: str = ""
    """Of what was handed in piece by piece: a line that is not finished."""


class LiveOutputs:
    def __init__(self) -> None:
        self._tasks: dict[str, LiveTask] = {}

    @property
    def task_ids(self) -> tuple[str, ...]:
        return tuple(self._tasks)

    def started(self, task_id: str, tool_use_id: str) -> None:
        self._tasks.setdefault(task_id, LiveTask(tool_use_id))

    def call_of(self, task_id: str) -> str | None:
        task = self._tasks.get(task_id)
        return task.tool_use_id if task else None

    def task_of(self, tool_use_id: str) -> str | None:
        return next((task_id for task_id, task in self._tasks.items() if task.tool_use_id == tool_use_id), None)

    def new_lines(self, task_id: str, answer: JsonObject) -> str:
        """`answer`: the last bytes of the output and the number of all; a line that is not finished waits."""
        task, output, total = self._tasks.get(task_id), text(answer.get("output")), count(answer.get("total_bytes"))
        if task is None or total <= task.told_bytes:
            return ""
        raw = _encoded(output.lstrip("\ufffd"))  # a cut may go through a character
        new, ending, _ = raw[max(0, len(raw) - (total - task.told_bytes)) :].partition(ENDING)
        whole = new if ending else new[: new.rfind(b"\n") + 1]
        task.told_bytes = total - (len(new) - len(whole))
        lines = whole.decode("utf-8", "replace")
        task.told = (task.told + lines)[-MAX_TOLD_CHARACTERS:]
        return lines

    def printed(self, task_id: str, words: str) -> str:
        """The same for an output that comes piece by piece."""
        task = self._tasks.get(task_id)
        if task is None:
            return ""
        output = task.rest + words
        lines = self.new_lines(task_id, {"output": output, "total_bytes": task.told_bytes + len(_encoded(output))})
        task.rest = output[len(lines) :]
        return lines

    def ended(self, tool_use_id: str, *outputs: str) -> tuple[str, ...]:
        """Of its final outputs, what was not told yet; from here on nothing is told of it."""
        tasks = [task_id for task_id, task in self._tasks.items() if task.tool_use_id == tool_use_id]
        told = "".join(self._tasks.pop(task_id).told for task_id in tasks)
        return tuple(_untold(output, told) for output in outputs) if told else outputs


def _encoded(words: str) -> bytes:
    return words.encode("utf-8", "replace")


def _untold(output: str, told: str) -> str:
    """The final output is trimmed at its ends, and shortened in its middle when it is long."""
    if not output or told.strip("\n").endswith(output.strip("\n")):
        return ""
    beginning, anchor = told.strip("\n"), told.rstrip("\n")[-ANCHOR_CHARACTERS:]
    trimmed = output.lstrip("\n")
    if trimmed.startswith(beginning):
        return trimmed[len(beginning) :].removeprefix("\n")
    place = output.find(anchor)
    return output if place < 0 else output[place + len(anchor) :].removeprefix("\n")
