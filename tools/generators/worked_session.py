"""A whole session as it went over the wire, kept as a file and shown in the reference."""

import asyncio
import json
from typing import Any

from tools.generators.golden_payloads import ROOT, silence
from tools.golden import worked_session
from tools.golden.json_text import shown

FILENAME = "tests/contract/worked_session.json"
SAME = "…"
KNOWN_BY_ID = ("session", "interaction", "pendingInteraction", "project")

Told = list[dict[str, Any]]


def make() -> dict[str, str]:
    with silence():
        told = asyncio.run(worked_session.told())
    return {FILENAME: f"{shown(told)}\n"}


def committed() -> Told:
    told: Told = json.loads((ROOT / FILENAME).read_text(encoding="utf-8"))
    return told


def markdown(told: Told) -> list[str]:
    known: dict[tuple[str, object], dict[str, Any]] = {}
    lines: list[str] = []
    for entry in told:
        if "note" in entry:
            lines += [entry["note"], ""]
            continue
        arrow = "→" if entry["from"] == "client" else "←"
        lines += ["```jsonc", f"// {arrow}", shown(_brief(entry["message"], known)), "```", ""]
    return lines


def _brief(value: Any, known: dict[tuple[str, object], dict[str, Any]], name: str = "") -> Any:
    """Without the members that stand in an earlier message as they are here."""
    if isinstance(value, list):
        return [_brief(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    kind = "interaction" if name == "pendingInteraction" else name
    before = known.get((kind, value.get("id"))) if name in KNOWN_BY_ID and "id" in value else None
    if name in KNOWN_BY_ID and "id" in value:
        known[kind, value["id"]] = value
    if before is None:
        return {key: _brief(item, known, key) for key, item in value.items()}
    changed = {key: item for key, item in value.items() if item != before.get(key)}
    told = {"id": value["id"], **{key: _brief(item, known, key) for key, item in changed.items()}}
    return told if len(told) == len(value) else {**told, SAME: "as before"}
