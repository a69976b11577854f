"""What the first screen of a graph costs: from a live tensor to its rows, beside torchviz."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import FrameReader, Record, SnapshotRecord, encode
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.rows import Listing, clip
from bench.forks import apart, import_torch, in_fork
from bench.measured import Figure, median, p95, say

if TYPE_CHECKING:
    from autograd_tutor.kernel.change import Change

COLUMNS, ROWS = 36, 20
"""Size of the graph pane in a terminal of 120×40."""
LEAVES_AND_SUM = 4
"""Nodes of a chain besides the three of each step: its three leaves and the sum."""
TARGETS: Mapping[int, Mapping[str, float]] = {
    34: {"at_most_ratio": 1 / 3},
    304: {},
    3_004: {"at_most": 150},
    90_004: {"at_most": 2_000},
}
"""Targets in milliseconds, by the number of nodes."""
MEDIUM = 304
"""The largest graph that is given to `dot`, which did not finish it in two minutes."""
SCROLLED = 100_000
PAGES = 100
DOT_SECONDS = 5.0
"""Seconds that `dot` may take."""


class FirstScreen(NamedTuple):
    """Seconds of every repetition for one number of nodes, ours and the peer's."""

    ours: list[tuple[float, float, float]]
    """From the live tensor to the records of its nodes; from there until the other process has
    them; from there to the first screen."""
    peer: list[float]
    missing: str
    """Why there is no figure of the peer."""


def figures(repetitions: int) -> list[Figure]:
    """Measure in a process of its own; the rows of the table."""
    say("graphs")
    first, page, bottom = apart("bench.graphs", repetitions)
    rows = f"{SCROLLED:,} rows"
    return [
        *[
            _figure(nodes, FirstScreen(*first[str(nodes)]), target)
            for nodes, target in TARGETS.items()
        ],
        Figure(f"a page of {rows}, median", 1000 * median(page), "ms", at_most=30),
        Figure(f"a page of {rows}, 95th percentile", 1000 * p95(page), "ms"),
        Figure(f"the last page of {rows}, at once", 1000 * median(bottom), "ms"),
    ]


def _figure(nodes: int, first: FirstScreen, target: Mapping[str, float]) -> Figure:
    parts = zip(*first.ours, strict=True)
    extracted, sent, drawn = [f"{1000 * median(part):.3g}" for part in parts]
    return Figure(
        f"first screen of a graph of {nodes:,} nodes",
        1000 * median([sum(each) for each in first.ours]),
        "ms",
        1000 * median(first.peer) if first.peer else None,
        first.missing or ("torchviz, dot" if nodes <= MEDIUM else "torchviz"),
        note=f"extracted in {extracted}, sent in {sent}, drawn in {drawn}",
        **target,
    )


def _chain(nodes: int) -> dict[str, Any]:
    """Variables; `total` has a graph of so many nodes, with weights that all of its steps share."""
    import torch

    from autograd_tutor.kernel.graph import grow_stack

    grow_stack()  # torch frees a long chain by recursion
    steps, rest = divmod(nodes - LEAVES_AND_SUM, 3)
    if rest:
        raise ValueError(f"no chain has {nodes} nodes")
    w, b, h = [torch.full((4,), each, requires_grad=True) for each in (0.9, 0.1, 0.5)]
    variables = {"w": w, "b": b}
    for _ in range(steps):
        h = torch.tanh(h * w + b)
    return variables | {"h": h, "total": h.sum()}


def _received(nodes: int) -> tuple[Trace, float, float]:
    """A chain as the user interface gets it, and the seconds of extracting and of sending it."""
    from autograd_tutor.kernel.graph import Graph
    from autograd_tutor.kernel.recorded_state import RecordedState

    graph = Graph()
    graph.begin(0, nodes)
    state = RecordedState(graph)
    state.commit(state.diff({}, (), 0))  # as before the first line of a step
    variables = _chain(nodes)
    trace, reader = Trace(0, ""), FrameReader[SnapshotRecord](Record)
    begin = time.perf_counter()
    change = state.diff(variables, (), 1)
    extracted = time.perf_counter()
    for record in reader.feed(encode(SnapshotRecord(_snapshot(change)))):
        trace.add(record.snapshot)
    sent = time.perf_counter()
    return trace, extracted - begin, sent - extracted


def _snapshot(change: Change) -> Snapshot:
    return Snapshot(
        step=0,
        index=0,
        event="line",
        line=1,
        next_line=0,
        depth=0,
        function="",
        stdout="",
        tensors=change.tensors,
        values=change.values,
        gone=change.gone,
        nodes=change.found.nodes,
        error=None,
    )


def _listed(trace: Trace) -> Listing:
    return graph_listing(trace, 0, -1, "total", COLUMNS)


def _show(listing: Listing, top: int) -> int:
    """Make the rows of a screen; returns how many there are."""
    return len([clip(row, COLUMNS) for row in listing.rows[top : top + ROWS]])


def _first_screen(nodes: int) -> tuple[float, float, float]:
    """Seconds of extracting, sending and drawing."""
    trace, extracted, sent = _received(nodes)
    begin = time.perf_counter()
    listing = _listed(trace)
    shown = _show(listing, 0)
    drawn = time.perf_counter() - begin
    if (len(trace.nodes), len(listing.rows), shown) != (nodes, nodes, ROWS):
        raise RuntimeError(f"{len(trace.nodes)} nodes in {len(listing.rows)} rows, not {nodes}")
    return extracted, sent, drawn


def _scrolled() -> tuple[list[float], float]:
    """Seconds of each of PAGES pages down, then of the last page of all."""
    listing = _listed(_received(SCROLLED)[0])
    _show(listing, 0)
    down = range(ROWS - 1, PAGES * ROWS, ROWS - 1)[:PAGES]
    seconds = []
    for top in (*down, len(listing.rows) - ROWS):
        begin = time.perf_counter()
        _show(listing, top)
        seconds.append(time.perf_counter() - begin)
    return seconds[:-1], seconds[-1]


def _torchviz(nodes: int, to_svg: bool) -> float | None:
    """Seconds that torchviz takes, with `dot` if `to_svg`; None: more than DOT_SECONDS."""
    from torchviz import make_dot

    sys.setrecursionlimit(10 * nodes + 1_000)  # it calls itself from node to node
    variables = _chain(nodes)
    begin = time.perf_counter()
    source = make_dot(variables["total"], variables).source
    if to_svg:
        try:
            subprocess.run(
                ["dot", "-Tsvg"],
                input=source.encode(),
                check=True,
                capture_output=True,
                timeout=DOT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None
    return time.perf_counter() - begin


def _peer(nodes: int) -> tuple[float | None, str]:
    """Seconds of the peer, or why there are none."""
    to_svg = nodes <= MEDIUM
    if to_svg and shutil.which("dot") is None:
        return None, "needs `dot`, of Graphviz"
    seconds = in_fork(partial(_torchviz, nodes, to_svg))
    return seconds, "" if seconds is not None else f"no answer in {DOT_SECONDS:g} s"


def _main() -> None:
    import_torch()
    repetitions = int(sys.argv[1])
    first: dict[int, FirstScreen] = {}
    for nodes in TARGETS:
        ours, peer, missing = [], [], ""
        for _ in range(repetitions):
            ours.append(in_fork(partial(_first_screen, nodes)))
            if not missing:
                seconds, missing = _peer(nodes)
                peer += [] if seconds is None else [seconds]
        first[nodes] = FirstScreen(ours, [] if missing else peer, missing)
    page, bottom = zip(*[in_fork(_scrolled) for _ in range(3)], strict=True)
    print(json.dumps([first, [each for pages in page for each in pages], bottom]))


if __name__ == "__main__":
    _main()
