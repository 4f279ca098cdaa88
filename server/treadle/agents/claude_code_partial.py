"""Partial messages: the text that the agent is writing, and what each message has used, before the run's sums come."""

from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, an_object, count, optional_text, text

MAX_TEXT_CHARACTERS = 64 * 1024


@dataclass(slots=True)
class MessageUsage:
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    def raise_to(self, usage: JsonObject) -> None:
        """Usages of one message come several times, each at least as large as the one before."""
        written = count(usage.get("input_tokens")) + count(usage.get("cache_creation_input_tokens"))
        self.input_tokens = max(self.input_tokens, written)
        self.cached_tokens = max(self.cached_tokens, count(usage.get("cache_read_input_tokens")))
        self.output_tokens = max(self.output_tokens, count(usage.get("output_tokens")))


class PartialMessages:
    def __init__(self) -> None:
        self.text = ""
        """Of the agent itself, not of its sub-agents; empty when the message is complete."""
        self._usages: dict[tuple[str, str], MessageUsage] = {}

    def add(self, message: JsonObject) -> None:
        event = an_object(message.get("event"))
        kind = text(event.get("type"))
        if kind == "message_start":
            self._use(message, an_object(event.get("message")))
        elif kind == "message_delta":
            self._use(message, {"id": message.get("api_message_id"), "usage": event.get("usage")})
        if message.get("parent_tool_use_id") is not None:
            return
        if kind == "content_block_delta":
            said = text(an_object(event.get("delta")).get("text"))
            self.text = (self.text + said)[-MAX_TEXT_CHARACTERS:]
        elif kind in ("message_start", "content_block_start", "message_stop"):
            self.text = ""

    def completed(self, message: JsonObject) -> None:
        """A block of a message has come whole."""
        self._use(message, an_object(message.get("message")))
        if message.get("parent_tool_use_id") is None:
            self.text = ""

    def billed(self) -> None:
        """A result has come, with the sums of all until here."""
        self._usages.clear()

    @property
    def unbilled(self) -> MessageUsage:
        """Of the messages since the last result: what a run that was killed has used at least."""
        usages = self._usages.values()
        return MessageUsage(
            sum(usage.input_tokens for usage in usages),
            sum(usage.cached_tokens for usage in usages),
            sum(usage.output_tokens for usage in usages),
        )

    def _use(self, message: JsonObject, said: JsonObject) -> None:
        if message_id := optional_text(said.get("id")):
            key = (text(message.get("parent_tool_use_id")), message_id)
            self._usages.setdefault(key, MessageUsage()).raise_to(an_object(said.get("usage")))
