"""A session's record as a story: steps as headings, calls in one line with their ends, everything else in words."""

from collections.abc import Callable, Iterator

from treadle.agents.lenient import JsonObject, an_object, count, text
from treadle.cli.options import local_clock
from treadle.cli.story_calls import QUESTION, SHELL, WRITERS, Call, file_words, words_of
from treadle.cli.story_page import Mark, Page, Told
from treadle.cli.story_words import GATE_MARKS, TREADLE, is_of_an_editor, rule_words, speaker, told
from treadle.domain.event import FILE_EVENTS, EventType
from treadle.domain.transitions import TERMINAL_ERRORS
from treadle.runner import figures

GATE, STEP, PERSON = "gate", "step", "person"
"""What commands are called by that no tool call runs."""
RULED = frozenset({"allowed", "denied"})

Steps = Callable[[str], JsonObject]
"""An interaction by its id, as it is now; empty when there is none."""


class Story:
    """Fed event by event; its lines never change once they are told."""

    def __init__(self, page: Page, steps: Steps, *, is_whole: bool = True) -> None:
        """`is_whole`: also how steps ended is told; a selection of events has no ends."""
        self._page = page
        self._steps = steps
        self._is_whole = is_whole
        self._interaction = ""
        self._calls: dict[str, Call] = {}
        self._in_background: dict[str, Call] = {}

    def tell(self, event: JsonObject) -> Iterator[str]:
        kind, data = event.get("eventType"), an_object(event.get("data"))
        clock = local_clock(event.get("sentAt")).partition(".")[0]
        yield from self._step(text(event.get("interactionId")))
        try:
            event_type = EventType(text(kind))
        except ValueError:
            return
        if self._opens(event_type, data, clock):
            yield from self._shown(text(data.get("parent_tool_use_id")))
            return
        if (key := _key(data)) in self._calls:
            if self._takes(self._calls[key], event_type, data):
                return
            if _ends(event_type, key):
                yield from self._closed(key, data, clock)
                return
        yield from self._other(event_type, data, clock)

    def pause(self) -> Iterator[str]:
        """Nothing more comes for now: what goes on is shown as it is."""
        yield from self._shown()
        for call in self._calls.values():
            yield from self._page.below(call.printed())

    def end(self) -> Iterator[str]:
        """Of all that is known; what still goes on has no end yet."""
        yield from self._shown()
        yield from self._left()

    def close(self, session: JsonObject) -> Iterator[str]:
        """A session that has ended says so, and what it has used."""
        status = text(session.get("status"))
        if status not in ENDS:
            return
        tokens = count(session.get("inputTokens")) + count(session.get("outputTokens"))
        reason = text(session.get("failureReason"))
        parts = [reason, f"{tokens:,} tokens" if tokens else "", figures.cost(session.get("costUsd")) if tokens else ""]
        used = ", ".join(part.removesuffix(".") for part in parts if part)
        words = f"The session is {status}"
        yield from self._page.heading(f"{words}: {used}" if used else words)

    def _opens(self, event_type: EventType, data: JsonObject, clock: str) -> bool:
        if event_type is EventType.TOOL_CALLED:
            words = words_of({**data, "command": data.get("summary")} if data.get("tool") == SHELL else data)
            call = Call(who=speaker(data), words=words, clock=clock, tool=text(data.get("tool")))
            self._calls[text(data.get("tool_use_id"))] = call
        elif event_type is EventType.HOOK_TRIGGERED and data.get("gate") is True:
            self._calls[GATE] = Call(who=GATE, words=words_of(data), clock=clock)
        elif event_type is EventType.COMMAND_STARTED and _key(data) == STEP:
            self._calls[STEP] = Call(who=TREADLE, words=words_of(data), clock=clock)
        else:
            return False
        return True

    def _takes(self, call: Call, event_type: EventType, data: JsonObject) -> bool:
        """What belongs to a call is told with its end."""
        if event_type in FILE_EVENTS:
            call.files.append(file_words(event_type, data, written=call.tool in WRITERS))
        elif event_type is EventType.COMMAND_STARTED:
            call.words = words_of(data)
        elif event_type is EventType.COMMAND_OUTPUT:
            call.output += text(data.get("text"))
        elif event_type is EventType.COMMAND_COMPLETED:
            call.exit_code = data.get("exit_code")
            return _key(data) != STEP
        elif event_type is EventType.SESSION_STATUS_CHANGED and data.get("action") in RULED:
            call.notes.append(f"{data.get('action')} {rule_words(data)}" if data.get("rule") else rule_words(data))
        else:
            return False
        return True

    def _closed(self, key: str, data: JsonObject, clock: str) -> Iterator[str]:
        call = self._calls.pop(key)
        if data.get("gate") is True:
            yield from self._page.paragraph(clock, _gate_ended(call, data))
            return
        if call.tool == QUESTION and call.was_asked and data.get("is_error") is not True:
            return  # its question and its answer were told
        goes_on = call.tool == SHELL and call.exit_code is None and data.get("is_error") is False
        if goes_on:
            self._in_background[key] = call
        yield from self._page.paragraph(clock, call.ended({**data, "goes_on": goes_on}))

    def _other(self, event_type: EventType, data: JsonObject, clock: str) -> Iterator[str]:
        key = _key(data)
        if key in self._in_background and self._takes(call := self._in_background[key], event_type, data):
            if event_type is EventType.COMMAND_COMPLETED:
                del self._in_background[key]
                call.notes.append("in the background")
                yield from self._page.paragraph(clock, call.ended({**data, "background": False}))
            return
        if key not in self._calls and _is_told_by_end(event_type, data):
            return
        if data.get("action") == "asked" and key in self._calls:
            call = self._calls[key]
            call.was_asked = call.is_shown = True
        if (paragraph := told(event_type, data)) is not None:
            yield from self._shown()
            yield from self._page.paragraph(clock, paragraph)

    def _shown(self, key: str | None = None) -> Iterator[str]:
        """The beginnings of calls that still go on; with `key`, of that one only."""
        for name, call in self._calls.items():
            if not call.is_shown and key in (None, name):
                yield from self._page.paragraph(call.clock, call.begun())

    def _step(self, interaction_id: str) -> Iterator[str]:
        if not interaction_id or interaction_id == self._interaction:
            return
        yield from self._shown()
        yield from self._left()
        self._interaction = interaction_id
        step = self._steps(interaction_id)
        attempt = count(step.get("attempt"))
        again = f", attempt {attempt}" if attempt > 1 else ""
        if step:
            yield from self._page.heading(f"Step {step.get('position')}: {text(step.get('step'))}{again}")

    def _left(self) -> Iterator[str]:
        """How the step ended."""
        result = an_object(self._steps(self._interaction).get("result")) if self._is_whole else {}
        status = text(result.get("status"))
        if status in MARKS:
            of_agent = "num_turns" in an_object(result.get("data"))  # whose end has told it
            said = text(result.get("errorMessage")) or ("" if of_agent else figures.told(result))
            words = f"{text(self._steps(self._interaction).get('step'))}: {status}"
            paragraph = Told(who=TREADLE, text=f"{words}, {said}" if said else words, mark=MARKS[status])
            yield from self._page.paragraph(local_clock(result.get("timestamp")).partition(".")[0], paragraph)


ENDS = frozenset(status.value for status in TERMINAL_ERRORS)
MARKS = {"ok": Mark.DONE, "warning": Mark.WARNS, "error": Mark.FAILED}


def _key(data: JsonObject) -> str:
    if data.get("gate") is True:
        return GATE
    if is_of_an_editor(data):
        return PERSON
    return text(data.get("tool_use_id")) or text(data.get("during")) or STEP


def _ends(event_type: EventType, key: str) -> bool:
    if key == GATE:
        return event_type is EventType.HOOK_COMPLETED
    return event_type is (EventType.COMMAND_COMPLETED if key == STEP else EventType.TOOL_RESULT)


def _is_told_by_end(event_type: EventType, data: JsonObject) -> bool:
    """A call that was denied has said so at its end."""
    return event_type is EventType.ERROR_OCCURRED and data.get("kind") == "permission_denied"


def _gate_ended(call: Call, data: JsonObject) -> Told:
    mark, outcome = GATE_MARKS.get(text(data.get("outcome")), (Mark.WARNS, text(data.get("outcome"))))
    problem = text(data.get("problem"))
    took = figures.duration(data.get("duration_ms")) if data.get("duration_ms") else ""
    words = ", ".join(part for part in (outcome if not problem else f"{problem}: {outcome}", took) if part)
    return Told(who=GATE, text=f"{call.words}  {words}", mark=mark, below=call.printed())
