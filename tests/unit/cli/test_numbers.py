import pytest

from treadle.cli.main import main


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("events", "1", "--limit", "0"), "--limit: a whole number from 1 on is needed, not 0 (treadle events --help"),
        (("sessions", "--limit", "-1"), "--limit: a whole number from 1 on is needed, not -1 (treadle sessions"),
        (("sessions", "--project-id", "x"), "--project-id: a whole number from 1 on is needed, not x (treadle"),
        (("run", "t", "--max-turns", "1.5"), "--max-turns: a whole number from 1 on is needed, not 1.5 (treadle run"),
        (("show", "x"), "N: a session's number is needed, not x (treadle show --help explains it).\n"),
        (("show", "0"), "There is no session 0.\n"),
        (("run", "--session", "0"), "There is no session 0.\n"),
        (("events", "-1"), "There is no session -1.\n"),
        (("show", "9" * 30), f"There is no session {'9' * 30}.\n"),
        (("show",), "the following arguments are required: N (treadle show --help explains it).\n"),
        (
            ("run", "t", "--session", "1"),
            "Give a session type for a new session, or --session N to go on with one, not",
        ),
    ],
)
def test_what_is_no_number_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"treadle: {sentence}")
    assert said.count("\n") == 1
