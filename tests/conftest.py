"""What every test gets: an environment without the person's own Treadle and Claude settings."""

import os

pytest_plugins = [
    "tests.agent_fixtures",
    "tests.daemon_fixtures",
    "tests.head_fixtures",
    "tests.e2e.shops",
    "tests.e2e.agent_worlds",
    "tests.e2e.lone_agents",
]

for name in [name for name in os.environ if name.startswith(("TREADLE_", "ANTHROPIC_", "CLAUDE"))]:
    del os.environ[name]
os.environ["TREADLE_CONFIG_DIR"] = os.devnull
