"""Writes every generated file: `python -m tools.generate`. Tests prove that they are current."""

from pathlib import Path
from types import ModuleType

from tools.generators import (
    golden_payloads,
    golden_typescript,
    protocol_reference,
    protocol_schema,
    protocol_typescript,
    worked_session,
    workflow_schema,
)

ROOT = Path(__file__).resolve().parent.parent
FROM_THE_TABLE = (protocol_schema, protocol_typescript)
FROM_MODELS = (workflow_schema,)
FROM_PAYLOADS = (golden_typescript, protocol_reference)
"""Made from the table and the golden payloads that are committed."""


def main() -> None:
    for generator in (*FROM_THE_TABLE, *FROM_MODELS):
        write(generator)
    try:
        write(golden_payloads)
        write(worked_session)
        remove_leftovers()
    finally:
        for generator in FROM_PAYLOADS:
            write(generator)


def write(generator: ModuleType) -> None:
    for name, text in generator.make().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(name)


def remove_leftovers() -> None:
    """Of messages that are gone."""
    for name in golden_payloads.committed().keys() - golden_payloads.wanted():
        (ROOT / golden_payloads.FOLDER / f"{name}.json").unlink()
        print(f"removed {name}")


if __name__ == "__main__":
    main()
