"""Answers of the scripted model as the Messages API gives them, whole or as a stream of events."""

import hashlib
import json
from collections.abc import Iterator

from tools.scripted_model.script import Json

PIECE = 60


def answer_message(turn: Json, *, script: str, number: int, model: str) -> Json:
    """The same turn always gets the same ids, so that recordings can be compared."""
    blocks = _content_blocks(turn, key=f"{script}/{number}")
    calls_a_tool = any(block["type"] == "tool_use" for block in blocks)
    return {
        "id": "msg_" + _digest(f"{script}/{number}"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": "tool_use" if calls_a_tool else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 1000 + 250 * number,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": max(1, len(json.dumps(blocks)) // 4),
            "service_tier": "standard",
        },
    }


def stream_events(message: Json) -> Iterator[Json]:
    begun: Json = {"content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": {**message, **begun}}
    for index, block in enumerate(message["content"]):
        empty, deltas = _empty_and_deltas(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def _content_blocks(turn: Json, *, key: str) -> list[Json]:
    blocks: list[Json] = []
    if turn.get("think"):
        blocks.append({"type": "thinking", "thinking": turn["think"], "signature": "c2NyaXB0ZWQ="})
    if turn.get("say"):
        blocks.append({"type": "text", "text": turn["say"]})
    for position, call in enumerate(turn.get("calls", [])):
        tool_use_id = "toolu_" + _digest(f"{key}/{position}/{json.dumps(call, sort_keys=True)}")
        blocks.append({"type": "tool_use", "id": tool_use_id, "name": call["tool"], "input": call.get("input", {})})
    return blocks or [{"type": "text", "text": "Nothing to do."}]


def _empty_and_deltas(block: Json) -> tuple[Json, list[Json]]:
    if block["type"] == "tool_use":
        pieces = _pieces(json.dumps(block["input"]))
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    if block["type"] == "thinking":
        thinking = {"type": "thinking_delta", "thinking": block["thinking"]}
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [thinking, signature]
    return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]


def _pieces(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
