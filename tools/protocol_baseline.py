"""The published protocol, against which every change is held: `python -m tools.protocol_baseline` renews it.

It refuses a change that would break a client, unless `PROTOCOL_VERSION` was raised for it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tools.generators import protocol_schema
from tools.protocol_compatibility import breaking

PATH = Path(__file__).resolve().parent.parent / "tests" / "contract" / "protocol.baseline.json"


def current() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(protocol_schema.text())
    return document


def baseline() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return document


def problems(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Why the new protocol must not be published under its version."""
    if new["protocolVersion"] > old["protocolVersion"]:
        return []
    if new["protocolVersion"] < old["protocolVersion"]:
        return [f"The protocol version was {old['protocolVersion']} and is {new['protocolVersion']}."]
    return breaking(old, new)


def main() -> int:
    if PATH.exists() and (found := problems(baseline(), current())):
        print(*found, "Raise PROTOCOL_VERSION in server/treadle/protocol/error_codes.py.", sep="\n", file=sys.stderr)
        return 1
    PATH.write_text(protocol_schema.text(), encoding="utf-8")
    print(PATH.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
