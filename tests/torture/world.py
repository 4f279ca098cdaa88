"""One data folder, its clients, and the rounds in which its daemon is killed."""

import random
import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from tests.torture import payloads
from tests.torture.audit import audit
from tests.torture.client import Client, WrongAnswerError
from tests.torture.gate import Gate
from tests.torture.kills import BOUND_SECONDS, Killer
from tests.torture.ledger import Json, Life
from tests.torture.life import Liver
from treadle.client import daemon as client_daemon
from treadle.client.connection import Connection
from treadle.client.errors import ClientError
from treadle.client.holder import holder_of
from treadle.client.locations import Locations

LOG_BYTES = (0, 64 * 1024, 512 * 1024)
"""After how much the log is moved; 0: as the daemon does by itself."""
RECOVERY_SECONDS = 120.0


class World:
    def __init__(self, *, clients: int, seed: str, fault: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="treadle-torture-"))
        self.locations = Locations.find(self.folder / "data")
        self.chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
        self.gate = Gate()
        self.clients = [Client(number, seed, self.locations, self.gate) for number in range(clients)]
        self.killer = Killer(self.locations, self.clients, self.chance)
        self.wrong: list[str] = []
        self.kept: Path | None = None
        """The data folder as it was when something was lost first."""
        self.recoveries = 0
        self._fault = fault
        self._is_ending = False
        self._log_offset = 0
        self._threads: list[threading.Thread] = []

    # the rounds

    def begin(self) -> None:
        self._choose_daemon()
        component = self._open_project()
        for client in self.clients:
            liver = Liver(client, component, self._some_life)
            thread = threading.Thread(target=self._live, args=(client, liver), name=client.name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def round(self) -> None:
        """Everybody works; the daemon is killed at some moment; the world stands still and is compared."""
        self._choose_daemon()
        for client in self.clients:
            client.recovered.clear()
        self.gate.open()
        if self.chance.random() < 0.25:
            self.killer.kill_while_it_starts()
            for client in self.clients:
                client.recovered.clear()
        self._all_recover()
        self.killer.wait_for_a_moment()
        self.gate.close()
        self.killer.kill()
        self._stand_still()
        self._compare()

    def end(self) -> None:
        """Let every client come to the end of its life and look at all its lives; then compare for the last time."""
        self._is_ending = True
        self.gate.open()
        for thread in self._threads:
            thread.join(RECOVERY_SECONDS)
            if thread.is_alive():
                self.wrong.append(f"{thread.name} came to no end")
        self._stop_daemon()
        self._compare()
        for client in self.clients:
            client.connection.close()

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        self.killer.kill("start")
        shutil.rmtree(self.folder)

    @property
    def lives(self) -> Sequence[Life]:
        return [life for client in self.clients for life in client.ledger.all_lives]

    def _all_recover(self) -> None:
        deadline = monotonic() + RECOVERY_SECONDS
        for client in self.clients:
            while not client.recovered.wait(0.2):
                if client.ledger.wrong:
                    break  # It ended, and said why.
                if monotonic() > deadline:
                    self.wrong.append(f"{client.name} did not recover")
                    break
            else:
                self.recoveries += 1

    def _stand_still(self) -> None:
        """A client that was starting a daemon just then brings one up once more."""
        deadline = monotonic() + BOUND_SECONDS
        living = sum(thread.is_alive() for thread in self._threads)
        while not self.gate.holds(living, 0.02) or self.killer.is_alive():
            self.killer.kill("start")
            living = sum(thread.is_alive() for thread in self._threads)
            if monotonic() > deadline:
                raise TimeoutError("the clients do not stand still")

    def _compare(self) -> None:
        self.wrong += audit(self.locations.data_dir, self.lives)
        self.wrong += self._complaints()
        for client in self.clients:
            self.wrong += client.ledger.wrong
            client.ledger.wrong.clear()
        if self.wrong and self.kept is None and self._fault == "none":
            self.kept = Path(shutil.copytree(self.locations.data_dir, f"{self.folder}-kept", ignore=_sockets))

    def _complaints(self) -> list[str]:
        """What the daemon's log has that no kill explains."""
        try:
            with self.locations.log.open("rb") as log:
                log.seek(self._log_offset)
                text = log.read().decode(errors="replace")
                self._log_offset = log.tell()
        except FileNotFoundError:
            return []
        return [f"the daemon's log: {text[text.index('Traceback') :][:2000]}"] if "Traceback" in text else []

    # the clients

    def _live(self, client: Client, liver: Liver) -> None:
        try:
            while not self._is_ending:
                liver.live()
            for life in client.ledger.all_lives:
                liver.looker.look_at_everything(life)
        except WrongAnswerError as error:
            client.ledger.wrong.append(f"{client.name}: {error}")
        except Exception:  # noqa: BLE001 - told as a loss
            client.ledger.wrong.append(f"{client.name}: {traceback.format_exc()}")

    def _some_life(self) -> Life | None:
        lives = [client.ledger.lives[-1] for client in self.clients if client.ledger.lives]
        return self.chance.choice(lives) if lives else None

    # the daemon

    def _choose_daemon(self) -> None:
        command = [sys.executable, "-m", "tests.torture.daemon", str(self.chance.choice(LOG_BYTES)), self._fault]
        client_daemon.treadle_command = lambda: command

    def _open_project(self) -> Json:
        root = self.folder / "project"
        payloads.make_project(root)
        facts: Json = {"root": str(root), "facts": {"test_command": ["pytest"]}}
        with Connection.to_daemon(self.locations, client_name="torture") as connection:
            shown = connection.call("project/open", facts)
            opened = connection.call("project/open", {**facts, "trustedHash": shown["contentHash"]})
        component: Json = opened["components"][0]  # type: ignore[index]
        return component

    def _stop_daemon(self) -> None:
        connection = Connection.to_running_daemon(self.locations, client_name="torture")
        if connection is None:
            return
        with connection, suppress(ClientError):
            holder = holder_of(self.locations.lock)
            connection.call("daemon/shutdown")
            if holder is not None and not self.killer.is_gone(holder.pid):
                self.wrong.append("the daemon does not stop")


def _sockets(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock")]
