"""The words that records have for what is one of several kinds."""

from __future__ import annotations

from typing import Literal

TensorKind = Literal["parameter", "leaf", "intermediate", "constant"]
"""`parameter`: an nn.Parameter; `leaf`: another leaf that requires grad; `intermediate`: has a
grad_fn; `constant`: requires no grad."""

Event = Literal["start", "line", "backward", "error", "end"]
"""`start`: before the step's first line; `line`: a line was executed; `backward`: an autograd node
ran; `error`: the line failed; `end`: the final state after a truncated recording."""

Truncated = Literal[
    "snapshots", "nodes", "output", "tracing replaced", "bytes", "builtins changed",
    "recording failed", "inputs",
]  # fmt: skip

Refused = Literal[
    "network", "programs", "processes", "signals", "reading", "writing", "changing", "other"
]
"""What a sandbox refused: the network; other programs; new processes; signals to others; reading
or writing a file; changing whose it is and who may use it; something else, perhaps."""
