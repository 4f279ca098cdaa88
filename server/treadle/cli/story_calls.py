"""The calls of a session's story: what an agent, a gate or a step does, from its beginning to its end in one line."""

from dataclasses import dataclass, field

from treadle.agents.lenient import JsonObject, count, joined_text, text
from treadle.cli.story_page import Mark, Told
from treadle.domain.event import EventType
from treadle.runner import figures

MOST_OUTPUT_LINES = 10
KEPT_LINES = 4
"""Of a longer output, at its beginning and at its end."""
MOST_COMMAND_CHARACTERS = 160
VERBS = {EventType.FILE_CREATED: "created", EventType.FILE_MODIFIED: "changed", EventType.FILE_DELETED: "deleted"}
TOOL_ERROR = ("<tool_use_error>", "</tool_use_error>")
SHORTEST_MS = 50
"""What took less is not worth its number."""
SHELL, QUESTION = "Bash", "AskUserQuestion"
WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})


@dataclass(slots=True, kw_only=True)
class Call:
    who: str
    words: str
    clock: str
    tool: str = ""
    is_shown: bool = False
    """Its beginning has a line of its own, since something else came before its end."""
    was_asked: bool = False
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    output: str = ""
    exit_code: object = None

    def begun(self) -> Told:
        self.is_shown = True
        return Told(who=self.who, text=self.words, mark=Mark.BEGUN)

    def printed(self) -> tuple[str, ...]:
        """What it has printed and nobody has been told yet."""
        output, self.output = self.output, ""
        return shortened(output)

    def ended(self, data: JsonObject) -> Told:
        """`data`: of the event that ends it."""
        notes = [*self.files] if self.tool in WRITERS else []
        below = [] if self.tool in WRITERS else self.files
        failed = True in (data.get("is_error"), data.get("interrupted")) or self.exit_code not in (None, 0)
        denied = data.get("refused") is True
        if data.get("interrupted") is True:
            notes.append("broken off")
        elif denied:
            notes.append("denied" if self.was_asked else f"denied: {_first_line(data)}")
        elif self.exit_code not in (None, 0):
            notes.append(f"exit code {self.exit_code}")
        elif failed and self.tool != SHELL:
            notes.append(_first_line(data))
        if data.get("background") is True or data.get("goes_on") is True:
            notes.append("goes on in the background")
        elif (took := count(data.get("duration_ms"))) >= SHORTEST_MS and not denied:
            notes.append(figures.duration(took))
        told = ", ".join(note.removesuffix(".") for note in (*notes, *self.notes) if note)
        lines = (*below, *self.printed())
        mark = Mark.FAILED if failed else Mark.DONE
        return Told(who=self.who, text=f"{self.words}  {told}".rstrip(), mark=mark, below=lines)


def words_of(data: JsonObject) -> str:
    """What a call does, in a line."""
    tool = text(data.get("tool"))
    if tool == SHELL or "command" in data:
        return f"$ {in_a_line(text(data.get('command')) or text(data.get('summary')))}"
    what = text(data.get("path")) or in_a_line(text(data.get("summary")))
    return f"{tool} {what}".strip() or "a tool"


def file_words(event_type: EventType, data: JsonObject, *, written: bool = False) -> str:
    """`written`: by a call whose line names the file already."""
    added, removed = count(data.get("lines_added")), count(data.get("lines_removed"))
    counts = [f"+{added}"] * bool(added) + [f"−{removed}"] * bool(removed)
    if more := count(data.get("more_files")):
        return f"{figures.counted(more, 'more file')} changed in {text(data.get('folder'))}"
    if written:
        return " ".join((["new"] if event_type is EventType.FILE_CREATED else []) + counts)
    return " ".join([VERBS[event_type], text(data.get("path")), *counts])


def in_a_line(command: str) -> str:
    first, _, more = command.strip().partition("\n")
    cut = first if len(first) <= MOST_COMMAND_CHARACTERS else first[: MOST_COMMAND_CHARACTERS - 1] + "…"
    return f"{cut} …" if more else cut


def shortened(output: str, most: int = MOST_OUTPUT_LINES) -> tuple[str, ...]:
    lines = output.strip("\n").splitlines() if output.strip() else []
    if len(lines) <= most:
        return tuple(lines)
    left_out = figures.counted(len(lines) - 2 * KEPT_LINES, "more line")
    return (*lines[:KEPT_LINES], f"… {left_out}", *lines[-KEPT_LINES:])


def _first_line(data: JsonObject) -> str:
    said = joined_text(data.get("content")).strip()
    for tag in TOOL_ERROR:
        said = said.replace(tag, "")
    return in_a_line(said.partition("\n")[0])
