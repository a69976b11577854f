"""A long training of which 20 turns are recorded, beside the same training by itself."""

from __future__ import annotations

import json
import sys

from autograd_tutor.recording.window import Window
from autograd_tutor.recording.wire import Limits
from bench import recording
from bench.forks import apart, import_torch
from bench.measured import Figure
from bench.recording import WARM_UP, Cost, Snippet

TURNS = 60_000
"""About 20 seconds of turns of a third of a millisecond: longer turns hide more."""
RECORDED = 20
_TRAINING = """\
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.Tanh(), torch.nn.Linear(128, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(64, 64)
def train(turns):
    for turn in range(turns):
        optimizer.zero_grad()
        loss = net(x).square().mean()
        loss.backward()
        optimizer.step()
    return loss.item()
final = train({turns})
"""


def figures(_repetitions: int) -> list[Figure]:
    """One run of each, in a process of its own."""
    cost = Cost(*apart("bench.windows", TURNS))
    what = f"a training of {TURNS:,} turns with {RECORDED} recorded"
    return [recording.figure(what, cost, at_most_ratio=1.3)]


def measure(turns: int, repetitions: int = 1) -> Cost:
    """In forks of this process, which has imported torch and not used it."""
    window = Window(every=turns // RECORDED)
    code = _TRAINING.format(turns=turns)
    return recording.alternately(
        Snippet(code, WARM_UP, "", Limits(seconds=600.0), window), repetitions
    )


if __name__ == "__main__":
    import_torch()
    print(json.dumps(measure(int(sys.argv[1]))))
