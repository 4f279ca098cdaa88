import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import START, make_result
from treadle.domain.errors import InvalidValueError
from treadle.domain.result import GAP_BYTES, INLINE_BYTES, Result, ResultStatus, clipped


@pytest.mark.requirement("result.error-says-why")
@pytest.mark.parametrize("status", [ResultStatus.ERROR, ResultStatus.WARNING])
@pytest.mark.parametrize("message", [None, ""])
def test_what_did_not_go_well_says_why(status: ResultStatus, message: str | None) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        Result(id="r", status=status, timestamp=START, error_message=message)
    assert refusal.value.details == {"field": "errorMessage"}


@pytest.mark.requirement("interaction.succeeded")
def test_a_result_can_be_read_another_way() -> None:
    result = make_result(data={"a": 1}, stdout="out", code=3)
    failed = result.as_error("No.")
    assert (failed.status, failed.error_message, failed.data, failed.stdout) == (
        ResultStatus.ERROR,
        "No.",
        {"a": 1},
        "out",
    )
    assert failed.as_ok({"b": 2}) == make_result(id=result.id, data={"b": 2}, stdout="out", code=3)
    assert make_result(ResultStatus.WARNING).succeeded
    assert not failed.succeeded
    assert not make_result(ResultStatus.PENDING).is_final


@pytest.mark.requirement("result.keeps-both-ends")
@given(st.text(max_size=150), st.integers(1, 12))
def test_clipping_keeps_both_ends(text: str, limit: int) -> None:
    short = clipped(text, limit)
    assert clipped(short, limit) == short
    if len(text.encode()) <= 2 * limit + GAP_BYTES:
        assert short == text
        return
    head, rest = short.split("\n[… ", 1)
    tail = rest.split(" bytes left out …]\n", 1)[1]
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head.encode()) <= limit
    assert len(tail.encode()) <= limit


@pytest.mark.requirement("result.keeps-both-ends")
def test_a_result_keeps_the_ends_of_both_streams() -> None:
    ends = "a" * INLINE_BYTES, "b" * INLINE_BYTES
    result = make_result(stdout="x".join([ends[0], "x" * 100, ends[1]]), stderr=None).clipped()
    assert result.stdout == f"{ends[0]}\n[… 102 bytes left out …]\n{ends[1]}"
    assert result.stderr is None
    assert result.clipped() == result
