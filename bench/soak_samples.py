"""What is looked at while a daemon soaks, and whether it stays flat."""

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.memory import resident_bytes
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient

LATENCY_REQUESTS = 11
SECONDS_PER_HOUR = 3600.0


class Sample(NamedTuple):
    seconds: float
    """Since the load began."""
    resident_bytes: int
    descriptors: int
    threads: int
    database_bytes: int
    """With its log."""
    latency_seconds: float
    """The median of some `daemon/status`."""


def sample(daemon: DaemonProcess, client: WireClient, begun: float) -> Sample:
    process = Path("/proc") / str(daemon.pid)
    latencies = [_latency(client) for _ in range(LATENCY_REQUESTS)]
    return Sample(
        seconds=time.perf_counter() - begun,
        resident_bytes=resident_bytes(daemon.pid),
        descriptors=len(os.listdir(process / "fd")),  # noqa: PTH208 - only their number
        threads=len(os.listdir(process / "task")),  # noqa: PTH208
        database_bytes=sum(path.stat().st_size for path in daemon.data_dir.glob("treadle.db*")),
        latency_seconds=statistics.median(latencies),
    )


def _latency(client: WireClient) -> float:
    begun = time.perf_counter()
    client.call("daemon/status")
    return time.perf_counter() - begun


class Growth(NamedTuple):
    """The line that lies closest to the memory of the last two thirds; in the first one caches and heaps fill."""

    begin_seconds: float
    bytes_at_begin: float
    bytes_per_second: float
    mean_bytes: float

    @property
    def share_per_hour(self) -> float:
        return self.bytes_per_second * SECONDS_PER_HOUR / self.mean_bytes


def growth(samples: Sequence[Sample]) -> Growth:
    end = samples[-1].seconds
    late = [each for each in samples if each.seconds >= end / 3]
    slope, at_zero = statistics.linear_regression(
        [each.seconds for each in late], [float(each.resident_bytes) for each in late]
    )
    begin = late[0].seconds
    mean = statistics.fmean(each.resident_bytes for each in late)
    return Growth(begin, at_zero + slope * begin, slope, mean)
