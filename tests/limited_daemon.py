"""The real daemon, for which no file may grow beyond a size from SIGUSR1 on, until SIGUSR2.

python tests/limited_daemon.py BYTES python -m treadle serve …
"""

import resource
import signal
import sys

from treadle.cli.main import main


def limit(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


if __name__ == "__main__":
    size, words = int(sys.argv[1]), sys.argv[sys.argv.index("treadle") + 1 :]
    signal.signal(signal.SIGUSR1, lambda *_: limit(size))
    signal.signal(signal.SIGUSR2, lambda *_: limit(resource.RLIM_INFINITY))
    sys.exit(main(words))
