"""What a tool answered, as an event may keep it: texts whole, pictures and other files only by kind and size."""

from treadle.agents.lenient import JsonObject, an_object, text

BINARY_BLOCKS = frozenset({"image", "document"})


def without_files(content: object) -> object:
    if not isinstance(content, list):
        return content
    return [_described(block) if isinstance(block, dict) else block for block in content]


def _described(block: JsonObject) -> JsonObject:
    encoded = text(an_object(block.get("source")).get("data"))
    if block.get("type") not in BINARY_BLOCKS or not encoded:
        return block
    media_type = an_object(block.get("source")).get("media_type")
    return {"type": block.get("type"), "media_type": media_type, "left_out_bytes": len(encoded) * 3 // 4}
