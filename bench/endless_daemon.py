"""The real daemon, with a session type that has no end: one that is installed would need a project and an agent.

python -m bench.endless_daemon python -m treadle serve …
"""

import sys
from unittest.mock import patch

from bench.service import ENDLESS
from treadle.cli.main import main
from treadle.workflows.registry import Registry

if __name__ == "__main__":
    with patch.object(Registry, "installed", lambda *_: Registry.of(ENDLESS)):
        sys.exit(main(sys.argv[sys.argv.index("treadle") + 1 :]))
