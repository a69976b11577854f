"""What recording backward passes costs: a Transformer, a long chain, the memory of a long loop."""

from __future__ import annotations

import json
import resource
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_tutor.recording.wire import Limits
from bench.forks import apart, import_torch, in_fork
from bench.measured import Figure, median, say
from bench.recording import WARM_UP, Cost, Snippet, alternately, figure, record

if TYPE_CHECKING:
    from autograd_tutor.recording.model import Snapshot

TRANSFORMER_SETUP = """
import warnings

warnings.simplefilter("ignore")  # of nested tensors, which training does not use
model = torch.nn.Sequential(
    torch.nn.Embedding(50, 64),
    torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(64, 4, 256), 6),
    torch.nn.Linear(64, 50),
)
words = torch.randint(0, 50, (16, 8))
following = torch.randint(0, 50, (128,))
criterion = torch.nn.functional.cross_entropy
"""
TRANSFORMER = """
loss = criterion(model(words).flatten(0, 1), following)
loss.backward()
"""
TRANSFORMER_NODES = 443

CHAIN_SETUP = """
def chain(steps):
    y = x
    for _ in range(steps):
        y = torch.tanh(y)
    return y

x = torch.ones(1, requires_grad=True)
"""
CHAIN = """
y = chain(9_999)
y.backward()
"""
CHAIN_NODES = 10_000

LOOP = """
x = torch.linspace(-1.0, 1.0, 64).reshape(64, 1)
model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1_000):
    loss = torch.nn.functional.mse_loss(model(x), x**2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SETTLED, LAST = 50, 1_000
"""Passes of LOOP after which its memory is read."""
GAINED = 2 * 2**20
"""Bytes by which it may grow in between; graphs of all passes kept alive would take 15 MiB."""
STATM = Path("/proc/self/statm")


def figures(repetitions: int) -> list[Figure]:
    """Measure in a process of its own; the rows of the table."""
    say("passes")
    transformer, chain, growth = apart("bench.passes", 2 * repetitions + 1)
    return [
        figure(
            f"a pass of {TRANSFORMER_NODES} nodes, with its forward pass",
            Cost(*transformer),
            at_most_ratio=4,
        ),
        figure(f"a chain of {CHAIN_NODES:,} nodes", Cost(*chain), at_most=1_000),
        Figure(
            f"memory gained in passes {SETTLED} to {LAST:,}",
            median(growth) / 1024 if growth else None,
            "KiB",
            peer_name="" if growth else "needs /proc",
            at_most=GAINED / 1024,
        ),
    ]


def _passes_of(snippet: Snippet) -> list[int]:
    """How many nodes each recorded pass of a snippet has."""
    nodes: list[int] = []
    record(snippet, lambda each: nodes.extend([ended.nodes for ended in each.passes]))
    return nodes


def _growth() -> int:
    """How much resident memory the recording process gains while it records the loop."""
    from autograd_tutor.recording.wire import SnapshotRecord, encode

    passes = written = 0
    resident: dict[int, int] = {}

    def emit(snapshot: Snapshot) -> None:
        nonlocal passes, written
        written += len(encode(SnapshotRecord(snapshot)))
        for ended in snapshot.passes:
            if ended.left_out is not None:
                raise RuntimeError(ended.left_out)
            passes += 1
            if passes in (SETTLED, LAST):
                resident[passes] = int(STATM.read_text().split()[1]) * resource.getpagesize()

    record(Snippet(LOOP, WARM_UP, limits=Limits(snapshots=100_000)), emit)
    return resident[LAST] - resident[SETTLED]


def _main() -> None:
    import_torch()
    repetitions = int(sys.argv[1])
    transformer = Snippet(TRANSFORMER, TRANSFORMER_SETUP, warm_up=TRANSFORMER)
    chain = Snippet(CHAIN, CHAIN_SETUP, "chain(50).backward()", Limits(snapshots=20_000))
    for snippet, nodes in ((transformer, TRANSFORMER_NODES), (chain, CHAIN_NODES)):
        found = in_fork(partial(_passes_of, snippet))[-1]
        if found != nodes:
            raise RuntimeError(f"a pass of {nodes} nodes was wanted, it has {found}")
    few = max(3, repetitions // 3)
    growth = [in_fork(_growth) for _ in range(3)] if STATM.exists() else None
    print(json.dumps([alternately(transformer, repetitions), alternately(chain, few), growth]))


if __name__ == "__main__":
    _main()
