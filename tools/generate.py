"""Writes every generated file: `python -m tools.generate`. A test proves that they are current."""

from pathlib import Path

from tools.generators import protocol_reference, protocol_schema, protocol_typescript

ROOT = Path(__file__).resolve().parent.parent
GENERATORS = (protocol_schema, protocol_typescript, protocol_reference)


def main() -> None:
    for generator in GENERATORS:
        path = ROOT / generator.FILENAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generator.make(), encoding="utf-8")
        print(generator.FILENAME)


if __name__ == "__main__":
    main()
