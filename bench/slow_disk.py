"""The goals of writing where a sync takes longer: `python -m bench.slow_disk [--milliseconds 1] [--save FOLDER]`.

How much a commit costs beside a program's own work depends on the disk: from 0.05 ms where something below the file
system only remembers that it has to sync, over 0.3 to 5 ms of the disks that people have, to 20 ms. Here every sync of
both sides waits a little longer, by a library that stands before the system's; it needs a C compiler.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SECTIONS = ("events", "steps")
NANOSECONDS_IN_MILLISECOND = 1_000_000
NANOSECONDS = "BENCH_SYNC_NANOSECONDS"
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int later(const char *name, int descriptor) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec pause = {0, atol(getenv("BENCH_SYNC_NANOSECONDS"))};
    nanosleep(&pause, NULL);
    return sync(descriptor);
}

int fsync(int descriptor) { return later("fsync", descriptor); }
int fdatasync(int descriptor) { return later("fdatasync", descriptor); }
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_disk")
    parser.add_argument("--milliseconds", type=float, default=1.0, help="by which every sync takes longer")
    parser.add_argument("--save", metavar="FOLDER")
    arguments = parser.parse_args()
    save = ["--save", arguments.save] if arguments.save else []
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(_compiled(Path(folder))),
            NANOSECONDS: str(round(arguments.milliseconds * NANOSECONDS_IN_MILLISECOND)),
        }
        print(f"Every sync takes {arguments.milliseconds:g} ms longer.", flush=True)
        command = [sys.executable, "-m", "bench", *SECTIONS, *save]
        return subprocess.run(command, env=environment, check=False).returncode


def _compiled(folder: Path) -> Path:
    source, library = folder / "later.c", folder / "later.so"
    source.write_text(SOURCE)
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


if __name__ == "__main__":
    sys.exit(main())
