"""All ratios in one run: `python -m bench [SECTION …] [--rounds N] [--save FOLDER]`."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    events,
    floors,
    hooks,
    ingest,
    memory,
    picture,
    reading,
    redaction,
    report,
    starting,
    steps,
    wire,
    workflow_files,
    workflow_language,
)
from bench.measuring import ROUNDS, Measurement

SECTIONS: Mapping[str, Callable[..., list[Measurement]]] = {
    "events": events.measure,
    "ingest": ingest.measure,
    "redaction": redaction.measure,
    "steps": steps.measure,
    "reading": reading.measure,
    "wire": wire.measure,
    "start": starting.measure,
    "memory": memory.measure,
    "hooks": hooks.measure,
    "floors": floors.measure,
    "workflows": workflow_files.measure,
    "language": workflow_language.measure,
}


def main() -> int:
    """0: every goal is met; 1: one is not."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; else all")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="JSON, table and picture, named by the day")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - SECTIONS.keys():
        parser.error(f"there is no section {min(unknown)}")
    found: list[Measurement] = []
    for name in arguments.sections or SECTIONS:
        begun = time.monotonic()
        measured = SECTIONS[name](rounds=arguments.rounds)
        print(report.table(measured))
        print(f"  ({arguments.rounds} rounds, {time.monotonic() - begun:.0f} s)", flush=True)
        found += measured
    print(f"\n{report.verdict(found)}")
    if arguments.save is not None:
        _save(found, arguments.save)
    return int(not all(each.is_met for each in found))


def _save(found: list[Measurement], folder: Path) -> None:
    day = datetime.now(UTC).date().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    report.save(found, folder / f"{day}.json")
    (folder / f"{day}.txt").write_text(f"{report.table(found)}\n\n{report.verdict(found)}\n", encoding="utf-8")
    picture.draw(found, report.versions(), folder / day)
    print(f"Saved as {folder / day}.json, .txt, .svg and .png.")


if __name__ == "__main__":
    sys.exit(main())
