"""Generated files are committed and current."""

from types import ModuleType

import pytest

from tools.generate import GENERATORS, ROOT


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.FILENAME)
def test_generated_file_is_current(generator: ModuleType) -> None:
    committed = (ROOT / generator.FILENAME).read_text(encoding="utf-8")
    assert committed == generator.make(), f"{generator.FILENAME} is out of date: run `make generate`"
