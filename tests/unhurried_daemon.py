"""The real daemon, which redacts a few rows at a time: while it does there is time to interfere.

python tests/unhurried_daemon.py python -m treadle serve …
"""

import sys

from treadle.cli.main import main
from treadle.service import sweeping

if __name__ == "__main__":
    sweeping.ROWS_AT_ONCE = 20
    sys.exit(main(sys.argv[sys.argv.index("treadle") + 1 :]))
