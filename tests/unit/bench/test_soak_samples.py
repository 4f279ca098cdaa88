import pytest

from bench.soak_samples import Sample, growth


def samples(*resident: float) -> list[Sample]:
    """One in a minute."""
    return [
        Sample(
            seconds=60.0 * minute,
            resident_bytes=round(size),
            descriptors=20,
            threads=5,
            database_bytes=1_000,
            latency_seconds=0.001,
        )
        for minute, size in enumerate(resident)
    ]


def test_what_grows_only_at_first_is_flat() -> None:
    assert growth(samples(50e6, 80e6, *[100e6] * 8)).share_per_hour == 0


def test_what_grows_steadily_is_told_by_the_hour() -> None:
    line = growth(samples(*(100e6 + 1e6 * minute for minute in range(31))))
    assert line.begin_seconds == 600
    assert line.bytes_at_begin == pytest.approx(110e6)
    assert line.share_per_hour == pytest.approx(60e6 / 120e6)


def test_a_single_high_value_is_no_growth_to_speak_of() -> None:
    assert abs(growth(samples(*[100e6] * 20, 110e6, *[100e6] * 10)).share_per_hour) < 0.05
