"""Measure this program and its peers, alternately, and print one table.

Every repetition measures each side once, in turn, so that a machine that slows down slows both.
A figure that misses its target is shown as such. The exit status is 1 only if something could not
be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    clients,
    diagnoses,
    graphs,
    jumps,
    lessons,
    maps,
    passes,
    pictures,
    recording,
    screens,
    walks,
    written,
)
from bench.measured import Figure, median, say, table
from bench.screens import COURSE, LIST, OURS, PUDB, Steps

IDLE_SECONDS = 5.0

LAUNCHES = 2
"""Launches of each side per repetition; they scatter more than anything else."""


def main() -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parts: dict[str, Callable[[int], list[Figure]]] = {
        "launch": _launch,
        "steps": _steps,
        "written": written.figures,
        "walks": walks.figures,
        "maps": maps.figures,
        "jumps": jumps.figures,
        "recording": _recording,
        "passes": passes.figures,
        "graphs": graphs.figures,
        "pictures": pictures.figures,
        "client": _client,
        "lessons": lessons.figures,
        "diagnoses": diagnoses.figures,
    }
    parser.add_argument("--only", choices=tuple(parts), help="measure a part of it")
    options = parser.parse_args()
    _be_like_a_person()
    chosen = [options.only] if options.only else list(parts)
    figures: list[Figure] = []
    broken = False
    for name in chosen:
        try:
            figures += parts[name](options.repetitions)
        except (RuntimeError, AssertionError, OSError, subprocess.CalledProcessError) as error:
            broken = True
            details = getattr(error, "stderr", None) or ""
            print(f"{name}: could not be measured: {error}\n{details}", file=sys.stderr)
    print(_machine(options.repetitions))
    print()
    print(table(figures))
    return 1 if broken else 0


def _be_like_a_person() -> None:
    """Measure programs without the variable that finds this package: they begin anew over it."""
    ours = Path(__file__).parents[1]
    folders = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    if others := [name for name in folders if name and Path(name).resolve() != ours]:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)


def _launch(repetitions: int) -> list[Figure]:
    ours: list[float] = []
    course: list[float] = []
    first_list: list[float] = []
    pudb: list[float] = []
    values, imports = [], []
    for number in range(LAUNCHES * repetitions):
        say(f"launch {number + 1}/{LAUNCHES * repetitions}")
        sides = ((OURS, ours), (COURSE, course), (LIST, first_list), (PUDB, pudb))
        for stepper, seconds in sides:
            with screens.home() as home, stepper.open(home) as terminal:
                seconds.append(screens.first_frame(terminal, stepper.full))
        with screens.home() as home:
            values.append(screens.first_values(home))
        imports.append(_import_torch())
    return [
        Figure(
            "first full frame",
            1000 * median(ours),
            "ms",
            1000 * median(pudb),
            "pudb",
            at_most_ratio=1.2,
        ),
        Figure(
            "the same of a lesson of the course",
            1000 * median(course),
            "ms",
            1000 * median(pudb),
            "pudb",
            at_most_ratio=1.2,
        ),
        Figure(
            "the same of the list of lessons, the first time",
            1000 * median(first_list),
            "ms",
            1000 * median(pudb),
            "pudb",
        ),
        Figure(
            "first values, from launch",
            1000 * median(values),
            "ms",
            1000 * median(imports),
            "import torch",
            at_most_ratio=1.3,
        ),
    ]


def _steps(repetitions: int) -> list[Figure]:
    ours, pudb, idle = Steps(), Steps(), 0
    for number in range(repetitions):
        say(f"steps {number + 1}/{repetitions}")
        with screens.home() as home, OURS.open(home) as terminal:
            screens.first_frame(terminal, OURS.full)
            ours.extend(screens.steps(terminal, OURS))
            idle = max(idle, screens.idle_bytes(terminal, IDLE_SECONDS))
        with screens.home() as home, PUDB.open(home) as terminal:
            screens.first_frame(terminal, PUDB.full)
            pudb.extend(screens.steps(terminal, PUDB))
    return [
        Figure(
            "a step, median",
            ours.median_ms,
            "ms",
            pudb.median_ms,
            "pudb",
            at_most=12,
            at_most_ratio=1,
        ),
        Figure("a step, 95th percentile", ours.p95_ms, "ms", pudb.p95_ms, "pudb", at_most_ratio=2),
        Figure(
            "written per step, median",
            median(ours.written),
            "B",
            median(pudb.written),
            "pudb",
            at_most=2000,
        ),
        Figure(
            "the same compressed, as by ssh -C",
            median(ours.compressed),
            "B",
            median(pudb.compressed),
            "pudb",
        ),
        Figure(f"written while idle for {IDLE_SECONDS:g} s", idle, "B", at_most=0),
    ]


def _recording(repetitions: int) -> list[Figure]:
    say("recording")
    cost = recording.measure(2 * repetitions + 1)
    return [
        recording.figure("recording the 200-epoch MLP", cost, at_most_ratio=4),
        recording.in_file(),
    ]


def _client(repetitions: int) -> list[Figure]:
    say("client")
    fresh, whole, plain, optimizer = clients.measure(2 * repetitions + 1)
    return [
        Figure("a fresh run after an edit", 1000 * median(fresh), "ms", at_most=60),
        Figure(
            "the same of a lesson with an optimizer, imported in the background",
            1000 * median(optimizer),
            "ms",
            1000 * median(plain),
            "without it",
            at_most_ratio=1.3,
        ),
        Figure("the 200-epoch MLP, asked for until received", 1000 * median(whole), "ms"),
    ]


def _import_torch() -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.monotonic() - begin


def _machine(repetitions: int) -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}; terminal of 120×40; {repetitions} alternated repetitions "
        f"of {screens.STEPS} steps, {LAUNCHES * repetitions} launches"
    )


if __name__ == "__main__":
    sys.exit(main())
