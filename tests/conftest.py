"""What every test gets: an environment without the person's own Treadle and Claude settings, and with Ctrl-C."""

import os
import signal

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.agent_fixtures",
    "tests.daemon_fixtures",
    "tests.head_fixtures",
    "tests.e2e.agent_worlds",
    "tests.e2e.lone_agents",
    "tests.e2e.shops",
]

for name in [name for name in os.environ if name.startswith(("TREADLE_", "ANTHROPIC_", "CLAUDE"))]:
    del os.environ[name]
os.environ["TREADLE_CONFIG_DIR"] = os.devnull

# A shell's jobs in the background ignore it, and so would every program that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is the machine's affair.
settings.register_profile("treadle", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("treadle")
