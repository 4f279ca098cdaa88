from tests.factories import START
from treadle.domain.coverage import Source, SourceState, SourceTimes
from treadle.domain.terminal import digest_of, reports


def test_every_source_is_reported() -> None:
    sources = {Source.STATUS: SourceTimes().heard(START), Source.TELEMETRY: SourceTimes(off_reason="so")}
    told = [(each.source, each.state, each.count, each.reason) for each in reports(7, sources, START)]
    assert told == [
        (Source.HOOKS, SourceState.WAITING, 0, None),
        (Source.TRANSCRIPT, SourceState.WAITING, 0, None),
        (Source.STATUS, SourceState.LIVE, 1, None),
        (Source.OUTPUT, SourceState.WAITING, 0, None),
        (Source.TELEMETRY, SourceState.OFF, 0, "so"),
    ]


def test_a_token_that_is_no_text_has_a_digest_as_well() -> None:
    assert len({digest_of("a"), digest_of("b"), digest_of("\ud800"), digest_of("")}) == 4
