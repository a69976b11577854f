"""A measured figure beside its peer's, and the table that both are printed in."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One row: `ours` and `peer` in `unit`; the target is an absolute one, a ratio, or both.

    Without a `peer`, `peer_name` is the reason why there is none.
    """

    what: str
    ours: float | None
    unit: str
    peer: float | None = None
    peer_name: str = ""
    at_most: float | None = None
    at_most_ratio: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return self.ours / self.peer if self.ours is not None and self.peer else None

    @property
    def target(self) -> str:
        """The target in words."""
        expected = []
        if self.at_most is not None:
            expected.append(f"≤ {_number(self.at_most)} {self.unit}".rstrip())
        if self.at_most_ratio is not None:
            expected.append(f"≤ {self.at_most_ratio:.3g} × peer")
        return ", ".join(expected)

    @property
    def met(self) -> str:
        """Whether the target is met: `yes`, `NO`, `?` if it is unknown, `` without a target."""
        if not self.target:
            return ""
        if self.ours is None or (self.at_most_ratio is not None and self.ratio is None):
            return "?"
        fits = self.at_most is None or self.ours <= self.at_most
        if self.at_most_ratio is not None and self.ratio is not None:
            fits = fits and self.ratio <= self.at_most_ratio
        return "yes" if fits else "NO"


def table(figures: Sequence[Figure]) -> str:
    """Lay the figures out as a Markdown table that also reads well in a terminal."""
    head = ("figure", "ours", "peer", "ratio", "target", "met")
    rows = [head] + [_cells(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["| " + " | ".join(_pad(row, widths)) + " |" for row in rows]
    rule = [
        "-" * width if column in (0, 4, 5) else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]])


def say(progress: str) -> None:
    """Print what is being measured, for whoever waits."""
    print(f"… {progress}", file=sys.stderr, flush=True)


def median(values: Sequence[float]) -> float:
    """Return the median; raises ValueError when nothing was measured."""
    if not values:
        raise ValueError("nothing was measured")
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def _cells(figure: Figure) -> tuple[str, ...]:
    def value(number: float | None) -> str:
        return "–" if number is None else f"{_number(number)} {figure.unit}".rstrip()

    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    peer = value(figure.peer) + (f" {figure.peer_name}" if figure.peer_name else "")
    ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
    return what, value(figure.ours), peer, ratio, figure.target, figure.met


def _pad(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if column in (0, 4, 5) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
