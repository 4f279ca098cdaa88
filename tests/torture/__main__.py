"""Kills the daemon again and again under the load of real clients, and looks whether anything is lost.

python -m tests.torture --rounds 200
"""

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from tests.torture.daemon import FAULTS
from tests.torture.world import World

ROOT = Path(__file__).resolve().parents[2]
ROUNDS_OF_ONE_FOLDER = 25
"""Then everything begins anew: the first start is among the moments too, and what is compared stays small."""
LINES = 20
MAX_SHOWN = 20


@dataclass(slots=True)
class Figures:
    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    repeated: int = 0
    contended: int = 0
    recoveries: int = 0
    lost: list[str] = field(default_factory=list)

    def add(self, world: World) -> None:
        self.kills += world.killer.counts
        self.recoveries += world.recoveries
        for client in world.clients:
            self.acknowledged += client.ledger.acknowledged
            self.repeated += client.ledger.repeated
            self.contended += client.ledger.contended

        self.lost += world.wrong

    def with_those_of(self, world: World) -> "Figures":
        sum_of_both = replace(self, kills=self.kills.copy(), lost=list(self.lost))
        sum_of_both.add(world)
        return sum_of_both

    def line(self) -> str:
        moments = ", ".join(f"{count} {moment}" for moment, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total():,} kills ({moments}), {self.acknowledged:,} requests acknowledged, "
            f"{self.repeated:,} repeated, {self.recoveries:,} recoveries, {len(self.lost)} lost"
        )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, metavar="N")
    parser.add_argument("--clients", type=int, default=16, metavar="N")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--fault", choices=FAULTS, default="none", help="a fault of the daemon that must be found")
    options = parser.parse_args(words)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    # The daemons are started in their data folder and must find this program.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    say(f"seed {seed}: {options.rounds} rounds, {options.clients} clients")
    began, total = monotonic(), Figures()
    while total.rounds < options.rounds and not total.lost:
        rounds = min(ROUNDS_OF_ONE_FOLDER, options.rounds - total.rounds)
        torture(rounds, options.clients, f"{seed}/{total.rounds}", options.fault, total, options.rounds)
    say(f"{total.rounds} rounds in {monotonic() - began:.0f} s: {total.line()}")
    if total.lost:
        say(f"FAILED; SEED={seed} repeats it")
    return 1 if total.lost else 0


def torture(rounds: int, clients: int, seed: str, fault: str, total: Figures, all_rounds: int) -> None:
    """Some rounds with one data folder, which is kept when something is lost."""
    with World(clients=clients, seed=seed, fault=fault) as world:
        world.begin()
        for _ in range(rounds):
            world.round()
            total.rounds += 1
            if world.wrong:
                break
            if total.rounds % max(1, all_rounds // LINES) == 0:
                say(f"round {total.rounds:4}: {total.with_those_of(world).line()}")
        world.end()
    total.add(world)
    for wrong in world.wrong[:MAX_SHOWN]:
        say(f"LOST {wrong}")
    if world.kept is not None:
        say(f"the data folder as it was found is {world.kept}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
