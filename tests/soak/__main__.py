"""Try over and over what may happen to the program, and print what held in one table.

Each part makes its trials until its own time is up, and the table says how many. A trial that does
not hold is reported with the command that makes it again. The exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import time

from bench.measured import median, p95
from soak import files, forged_frames, hostile, kills, long_sittings, mutated_lessons, stalls
from soak.trials import Failure, Outcome, carry_out

PARTS = {
    part.name: part
    for part in (
        kills.PART,
        mutated_lessons.PART,
        files.RECORDINGS,
        files.PROGRESS,
        forged_frames.PART,
        hostile.PART,
        stalls.PART,
        long_sittings.KEYS,
        long_sittings.RERUNS,
    )
}


def main() -> int:
    """Make the trials; returns the exit status."""
    options = _options()
    print(f"seed {options.seed}", flush=True)
    outcomes: list[Outcome] = []
    for name in options.only or PARTS:
        part = PARTS[name]
        numbers = range(max(1, round(part.count * options.scale)))
        if options.item is not None:
            numbers = range(options.item, options.item + 1)
        outcome = carry_out(
            part, numbers, options.seed, min(part.minutes, options.minutes), options.jobs, _progress
        )
        _end_line()
        outcomes.append(outcome)
        for failure in outcome.failures:
            _complain(failure)
    print("\n".join(_table(outcomes)))
    return 1 if any(outcome.failures for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="a part of it")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="what trials are made of"
    )
    parser.add_argument("--item", type=int, help="the one trial with this number")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the trials")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after which a part begins no further trial"
    )
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time")
    return parser.parse_args()


def _progress(outcome: Outcome) -> None:
    if sys.stderr.isatty():
        failed = f", {len(outcome.failures)} failed" if outcome.failures else ""
        print(f"\r… {outcome.part.name} {outcome.done}/{outcome.planned}{failed}",
              end="", file=sys.stderr, flush=True)  # fmt: skip


def _end_line() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _complain(failure: Failure) -> None:
    print(f"{failure.part} {failure.number} did not hold: {failure.why.strip()}")
    print(f"  again: {failure.again}\n", flush=True)


def _table(outcomes: list[Outcome]) -> list[str]:
    lines = ["", "| part | trials | failed | seconds | measured |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        measured = "; ".join(_figure(name, values) for name, values in outcome.measured.items())
        trials = f"{outcome.done:,} of {outcome.planned:,}"
        cells = (outcome.part.name, trials, f"{len(outcome.failures)}", f"{outcome.seconds:.0f}")
        lines.append(f"| {' | '.join(cells)} | {measured} |")
    return lines


def _figure(name: str, values: list[float]) -> str:
    """The sum of what is counted, the distribution of what has a unit."""
    if ", " not in name:
        return f"{name} {sum(values):,.0f}"
    what, unit = name.rsplit(", ", 1)
    if len(values) == 1:
        return f"{what} {values[0]:.3g} {unit}"
    return f"{what} {median(values):.3g}, p95 {p95(values):.3g}, max {max(values):.3g} {unit}"


if __name__ == "__main__":
    sys.exit(main())
