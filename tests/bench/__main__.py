"""Measure this program and its peers, alternately, and print one table.

Every repetition measures each side once, in turn, so that a machine that slows down slows both.
Figures that miss their target are said, not punished: the exit status is not 0 only where
something could not be measured at all.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import clients, recording, screens
from bench.measured import Figure, median, table
from bench.screens import OURS, PUDB, Stepper, Steps

IDLE_SECONDS = 5.0


def main() -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parser.add_argument(
        "--only", choices=("screen", "recording", "client"), help="measure a part of it"
    )
    options = parser.parse_args()
    parts: dict[str, Callable[[int], list[Figure]]] = {
        "screen": _screen,
        "recording": _recording,
        "client": _client,
    }
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


def _screen(repetitions: int) -> list[Figure]:
    ours, pudb = Steps(), Steps()
    first_ours, first_pudb, values, imports, idle = [], [], [], [], []
    for number in range(repetitions):
        _say(f"screen {number + 1}/{repetitions}")
        with _home() as home:
            seconds, steps, silent = _stepping(OURS, home)
        first_ours.append(seconds)
        ours.extend(steps)
        idle.append(silent)
        with _home() as home:
            screens.prepare_pudb(home)
            seconds, steps, _ = _stepping(PUDB, home)
        first_pudb.append(seconds)
        pudb.extend(steps)
        with _home() as home:
            values.append(screens.first_values(home))
        imports.append(_import_torch())
    return [
        Figure(
            "first full frame",
            1000 * median(first_ours),
            "ms",
            1000 * median(first_pudb),
            "pudb",
            at_most_ratio=1.2,
        ),
        Figure(
            "first values, from launch",
            1000 * median(values),
            "ms",
            1000 * median(imports),
            "import torch",
            at_most_ratio=1.3,
        ),
        Figure(
            "a step, median",
            ours.median_ms,
            "ms",
            pudb.median_ms,
            "pudb",
            at_most=16,
            at_most_ratio=1.2,
        ),
        Figure("a step, 95th percentile", ours.p95_ms, "ms", pudb.p95_ms, "pudb"),
        Figure(
            "written per step, median",
            median(ours.written),
            "B",
            median(pudb.written),
            "pudb",
            at_most=2500,
        ),
        Figure(
            "the same compressed, as by ssh -C",
            median(ours.compressed),
            "B",
            median(pudb.compressed),
            "pudb",
        ),
        Figure(f"written while idle for {IDLE_SECONDS:g} s", max(idle), "B", at_most=0),
    ]


def _stepping(stepper: Stepper, home: Path) -> tuple[float, Steps, int]:
    with stepper.open(home) as terminal:
        seconds = screens.first_frame(terminal, stepper.full)
        steps = screens.steps(terminal, stepper)
        idle = screens.idle_bytes(terminal, IDLE_SECONDS) if stepper is OURS else 0
    return seconds, steps, idle


def _recording(repetitions: int) -> list[Figure]:
    _say("recording")
    cost = recording.measure(2 * repetitions + 1)
    return [
        Figure(
            "recording the 200-epoch MLP",
            1000 * median(cost.recorded),
            "ms",
            1000 * median(cost.plain),
            "plain run",
            at_most_ratio=4,
            note=f"{cost.snapshots:,} snapshots",
        ),
    ]


def _client(repetitions: int) -> list[Figure]:
    _say("client")
    fresh, whole = clients.measure(2 * repetitions + 1)
    return [
        Figure("a fresh run after an edit", 1000 * median(fresh), "ms", at_most=60),
        Figure("the 200-epoch MLP, asked for until received", 1000 * median(whole), "ms"),
    ]


def _import_torch() -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.monotonic() - begin


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _say(progress: str) -> None:
    print(f"… {progress}", file=sys.stderr, flush=True)


def _machine(repetitions: int) -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}; terminal of 120×40; medians of {repetitions} alternated "
        f"repetitions, {screens.STEPS} steps each"
    )


if __name__ == "__main__":
    sys.exit(main())
