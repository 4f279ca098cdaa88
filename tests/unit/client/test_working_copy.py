from pathlib import Path

import pytest

from treadle.client.working_copy import WorkingCopyTakenError, alone_in


def test_a_working_copy_is_one_runs_at_a_time(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with alone_in(tmp_path), alone_in(other):
        with (
            pytest.raises(WorkingCopyTakenError, match="Another treadle run is") as caught,
            alone_in(tmp_path),
        ):
            pass
        assert caught.value.exit_code == 7
    with alone_in(tmp_path):
        assert list(tmp_path.iterdir()) == [other]
