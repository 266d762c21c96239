"""Curtois and Qu's employee scheduling instances, solved by the engine of the schedule stage.

Every roster is scored and checked against the file by a judge that shares nothing with the engine. Prints cost, bound
and seconds of each instance, and the best-known value when the folder has a ``best_known.csv``
(instance,best_known; the instance by the number in its file's name).

    python benchmarks/schedule_curtois.py FOLDER_OR_FILE... [--seconds 295] [--processes 2] [--seed 1] [--clock wall]

Each process searches with its own seed; every so often each takes over the other's roster if it is better. Of long
instances each has days of its own (``curtois_long``). With ``--clock cpu`` the seconds are each process's own, for
machines that are busy with other things.
"""

from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from curtois_bound import Fractional, Relaxed
from curtois_files import Employee, Instance, Roster, broken_rules, read_instance, score
from curtois_long import Long
from curtois_model import Adapter, is_wide

from omnistaff.schedule.columns import Hunt
from omnistaff.schedule.lines import Line
from omnistaff.schedule.master import Master
from omnistaff.schedule.mend import mend

PROVING = 0.45  # most of the time that goes into the bound before the search
EXCHANGE_S = 10.0  # seconds between two looks at the other's roster


@dataclass(frozen=True)
class Part:
    """What one process found."""

    cost: float
    bound: float
    chosen: list[np.ndarray]  # options by person
    cpu_s: float


@dataclass
class Partner:
    """The process that works on the same instance; rosters are exchanged now and then."""

    link: Connection
    told: float = math.inf  # cost of the best roster told or heard of
    next_s: float = EXCHANGE_S

    def exchange(self, chosen: list[np.ndarray], cost: float) -> list[np.ndarray] | None:
        """Tell of the own roster if it is better than any before; return the other's if that is better."""
        if time.process_time() < self.next_s:
            return None
        self.next_s = time.process_time() + EXCHANGE_S
        better = None
        try:
            while self.link.poll():
                other_cost, other = self.link.recv()
                self.told = min(self.told, other_cost)
                better = other if other_cost < cost else better
            if cost < self.told:
                self.told = cost
                self.link.send((cost, chosen))
        except (EOFError, OSError):  # the other has ended
            self.next_s = math.inf
        return better


def solve_part(instance: Instance, spent: Callable[[], float], seed: int, partner: Partner | None) -> Part:
    """Return what one process finds; *spent* is the share of the time that is gone."""
    adapter = Adapter(instance)

    def is_enough(cost: float, bound: float) -> bool:
        return spent() > 1.0 or cost - math.ceil(bound - 1e-6) < 0.5

    def meet(lines: Sequence[Line], cost: float) -> list[Line] | None:
        assert partner is not None
        chosen = partner.exchange([line.chosen for line in lines], cost)
        return None if chosen is None else adapter.lines(chosen)

    def is_late() -> bool:
        return spent() > PROVING

    rng = np.random.default_rng(seed)
    hunt = Hunt(Master(adapter.team, adapter.need, adapter.groups), 1, rng, is_enough, grain=1.0)  # weights are whole
    hunt.prove(is_late)
    mend(hunt, hunt.lines(), meet if partner else None)
    return Part(hunt.cost, hunt.bound, [line.chosen for line in hunt.lines()], time.process_time())


@dataclass(frozen=True)
class Task:
    """What a process is asked to do."""

    instance: Instance
    seconds: float
    clock: str
    started: float

    def spent(self) -> float:
        """Return the share of the time that is gone."""
        seconds = time.process_time() if self.clock == "cpu" else time.monotonic() - self.started
        return seconds / self.seconds


def _work(task: Task, seed: int, link: Connection | None, out: Connection) -> None:
    out.send(solve_part(task.instance, task.spent, seed, Partner(link) if link else None))


@dataclass(frozen=True)
class Result:
    """What came out."""

    cost: int
    bound: float
    broken: int
    wall_s: float
    cpu_s: float


def solve_instance(instance: Instance, seconds: float, processes: int, seed: int, clock: str) -> Result:
    """Return cost, bound and time of the engine on *instance*, judged by the judge."""
    started, cpu = time.monotonic(), time.process_time()
    if is_wide(instance):
        ticks = time.process_time if clock == "cpu" else time.monotonic
        began = ticks()
        long = Long(instance, seconds, lambda: ticks() - began, clock, seed)
        roster, bound = long.solve(processes)
        cpu_s = long.cpu_s + time.process_time() - cpu
    else:
        roster, bound, cpu_s = solve_whole(Task(instance, seconds, clock, started), processes, seed)
    least = math.ceil(bound - 1e-6)  # every weight is a whole number
    broken = len(broken_rules(instance, roster))
    return Result(score(instance, roster), least, broken, time.monotonic() - started, cpu_s)


def solve_whole(task: Task, processes: int, seed: int) -> tuple[Roster, float, float]:
    """Return the first of the best rosters that processes find, the best bound, and their CPU seconds."""
    context = multiprocessing.get_context("spawn")
    links = context.Pipe() if processes == 2 else (None,)
    outs = []
    for k, link in enumerate(links):
        reader, writer = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(task, seed + k, link, writer))
        worker.start()
        writer.close()  # so that a worker that fails is noticed
        outs.append((reader, worker))
    for link in links:
        if link:
            link.close()
    parts = [reader.recv() for reader, _ in outs]
    for _, worker in outs:
        worker.join()
    best = min(parts, key=lambda part: part.cost)
    roster = Adapter(task.instance).roster(best.chosen)
    return roster, max(part.bound for part in parts), sum(part.cpu_s for part in parts)


def best_known(path: Path) -> dict[str, int]:
    """Return the best-known values of a folder by the number of the instance."""
    table = path / "best_known.csv"
    if not table.exists():
        return {}
    with table.open(encoding="utf-8-sig") as rows:
        return {row["instance"]: int(row["best_known"]) for row in csv.DictReader(rows)}


def number_of(path: Path) -> str:
    """Return the digits at the end of a file's name."""
    found = re.search(r"(\d+)$", path.stem)
    return found.group(1) if found else path.stem


def compile_all() -> None:
    """Compile what is not compiled yet, for all processes, so that no instance pays for it."""
    cover = [(day, "D", 1, 10, 1) for day in range(14)]
    tiny = Instance(14, {"D": 480}, {"D": set()}, {"A": Employee({"D": 9}, 4800, 480, 5, 1, 1, 2)}, cover=cover)
    rng = np.random.default_rng(1)
    Fractional(Relaxed(tiny)).settle(lambda: 0.0, rng)
    solve_part(tiny, lambda: 0.0, 1, None)


def main() -> None:
    """Solve every instance and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=295, help="of search; reading and judging come on top")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    options = parser.parse_args()
    compile_all()
    files = [file for path in options.paths for file in ([path] if path.is_file() else sorted(path.glob("*.txt")))]
    print("instance | best known | cost | over best | bound | gap | rules broken | wall s | CPU s")
    for file in sorted(files, key=lambda file: (len(file.stem), file.stem)):
        instance = read_instance(file)
        result = solve_instance(instance, options.seconds, options.processes, options.seed, options.clock)
        best = best_known(file.parent).get(number_of(file))
        over = f"{result.cost / best - 1:.2%}" if best else ""
        gap = f"{(result.cost - result.bound) / result.cost:.2%}" if result.cost else ""
        print(
            f"{file.stem} | {best or ''} | {result.cost} | {over} | {result.bound:.0f} | {gap} | {result.broken} | "
            f"{result.wall_s:.0f} | {result.cpu_s:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
