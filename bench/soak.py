"""Whether a daemon under load for half an hour grows: `python -m bench.soak [--minutes 30] [--save FOLDER]`.

A real daemon on its socket serves several clients that make sessions, take steps, tell events, read, subscribe, come
and go, do not read, and delete what is old. What it holds is looked at every few seconds; the samples and a picture are
kept. The command ends with 1 when the memory of the last two thirds grows, or a client was not served.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.soak_load import Load
from bench.soak_samples import Growth, Sample, growth, sample
from tests.daemon_fixtures import DaemonProcess, new_data_dir

MINUTES = 30.0
FLAT_SHARE_PER_HOUR = 0.10
"""Less is noise: of the sizes of answers, of when the heap gives something back. In the first ten minutes caches fill
that have a limit, pydantic's of short strings the longest; so a short run tells of growth that ends.
"""
SAMPLES = 400
LEAST_INTERVAL_SECONDS = 1.0
MIB = 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description="A daemon under load: does it grow?")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--save", type=Path, default=Path("build/soak"), metavar="FOLDER")
    arguments = parser.parse_args()
    samples, load = soak(60 * arguments.minutes)
    line = growth(samples)
    print(report(samples, line, load))
    keep(samples, line, arguments.save)
    for failure in load.failures:
        print(failure, file=sys.stderr)
    return int(not is_flat(line) or bool(load.failures))


def soak(seconds: float) -> tuple[list[Sample], Load]:
    project, daemon = new_data_dir(), DaemonProcess(new_data_dir())
    try:
        daemon.start()
        load = Load(daemon, project)
        load.begin()
        try:
            return _watched(daemon, load, seconds), load
        finally:
            load.end()
    finally:
        daemon.end()
        shutil.rmtree(daemon.data_dir)
        shutil.rmtree(project)


def _watched(daemon: DaemonProcess, load: Load, seconds: float) -> list[Sample]:
    interval = max(LEAST_INTERVAL_SECONDS, seconds / SAMPLES)
    samples: list[Sample] = []
    begun = time.perf_counter()
    with daemon.client(clientId="watcher") as client:
        for _ in range(SAMPLES + 1):
            samples.append(sample(daemon, client, begun))
            left = begun + seconds - time.perf_counter()
            if left <= 0 or load.over.wait(min(interval, left)):
                break
    return samples


def is_flat(line: Growth) -> bool:
    return line.share_per_hour <= FLAT_SHARE_PER_HOUR


def report(samples: Sequence[Sample], line: Growth, load: Load) -> str:
    first, last = samples[0], samples[-1]
    verdict = "flat" if is_flat(line) else "NOT flat"
    growing = f"{line.share_per_hour:+.1%} per hour (limit {FLAT_SHARE_PER_HOUR:+.0%})"
    sizes = f"{first.resident_bytes / MIB:.0f} → {last.resident_bytes / MIB:.0f} MiB"
    return "\n".join(
        [
            f"{last.seconds / 60:.1f} minutes, {load.requests:,} requests of the workers, {len(samples)} samples.",
            f"Memory: {sizes}; in the last two thirds {growing}: {verdict}.",
            f"Open files: {first.descriptors} → {last.descriptors}, threads: {first.threads} → {last.threads}.",
            f"Database with log: {first.database_bytes / MIB:.1f} → {last.database_bytes / MIB:.1f} MiB.",
            f"daemon/status: {1_000 * first.latency_seconds:.1f} → {1_000 * last.latency_seconds:.1f} ms.",
        ]
    )


def keep(samples: Sequence[Sample], line: Growth, folder: Path) -> None:
    from bench.soak_picture import draw

    folder.mkdir(parents=True, exist_ok=True)
    document = {"sharePerHour": line.share_per_hour, "samples": [each._asdict() for each in samples]}
    (folder / "soak.json").write_text(json.dumps(document, indent=1) + "\n")
    title = f"A daemon under load for {samples[-1].seconds / 60:.3g} minutes"
    draw(samples, line, title, folder)


if __name__ == "__main__":
    sys.exit(main())
