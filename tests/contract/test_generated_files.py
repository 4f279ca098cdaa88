"""Generated files are committed and current."""

from types import ModuleType

import pytest

from tools.generate import FROM_MODELS, FROM_PAYLOADS, FROM_THE_TABLE, ROOT


@pytest.mark.parametrize(
    "generator",
    [*FROM_THE_TABLE, *FROM_MODELS, *FROM_PAYLOADS],
    ids=lambda generator: generator.__name__.rpartition(".")[2],
)
def test_generated_files_are_current(generator: ModuleType) -> None:
    for name, text in generator.make().items():
        committed = (ROOT / name).read_text(encoding="utf-8")
        assert committed == text, f"{name} is out of date: run `make generate`"
