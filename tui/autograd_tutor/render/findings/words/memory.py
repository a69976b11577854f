"""Graphs that are kept alive, from turn to turn."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {
    "history": Words(
        what="`{name}` keeps the graph of every turn: {first} nodes, then {third} two turns later.",
        why="Line {line}, `{text}`, adds tensors, and the sum has a graph like any other result.",
        mend="Add numbers: `.item()`, or `.detach()` for one that stays on its device.",
    ),
    "kept-outputs/unused": Words(
        what="`{name}` keeps the graph of each turn alive: of {count} turns {nodes} nodes.",
        why="Line {line}, `{text}`, puts tensors with a graph into it in each turn.",
        mend="Keep numbers, `.item()`, or tensors without a graph, `.detach()`.",
        meant="If a loss is computed from all of them later, they are needed.",
    ),
    "kept-outputs": Words(
        what="`{name}` keeps the graph of each turn alive: of {count} turns {nodes} nodes.",
        why="Line {line}, `{text}`, puts tensors into it whose pass is over: their graph is of no "
        "use any more.",
        mend="Keep numbers, `.item()`, or tensors without a graph, `.detach()`.",
    ),
}
