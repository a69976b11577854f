"""What recording costs: a snippet plain and recorded, alternately, each in a fresh fork."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.window import Window
from autograd_tutor.recording.wire import Limits
from bench.forks import apart, import_torch, in_fork
from bench.measured import Figure, median

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd_tutor.kernel.recorder import RunRecorder
    from autograd_tutor.recording.model import Snapshot, StepResult

MLP = Path(__file__).with_name("snippets") / "mlp.py"
IN_FILE = "size of the recording file of the 200-epoch MLP"
WARM_UP = """
a = torch.nn.Linear(1, 2)
torch.nn.functional.mse_loss(torch.tanh(a(torch.ones(3, 1))), torch.zeros(3, 2)).backward()
torch.optim.SGD(a.parameters(), lr=0.1).step()
"""
"""Paid before the measurement: a process's first backward pass costs 20 ms, and its first optimizer
imports a second's worth of modules."""


class Snippet(NamedTuple):
    """What is executed: `setup`, then `warm_up` (recorded like `code`, unmeasured), then `code`."""

    code: str
    setup: str = WARM_UP
    warm_up: str = ""
    limits: Limits = Limits()
    window: Window = Window()
    """Which part of it is recorded."""


class Cost(NamedTuple):
    """Seconds of every repetition, plain and recorded, and the snapshots of a recording."""

    plain: list[float]
    recorded: list[float]
    snapshots: int


def measure(repetitions: int) -> Cost:
    """Measure the 200-epoch MLP in a process of its own."""
    return Cost(*apart("bench.recording", repetitions))


def in_file() -> Figure:
    """The size of the 200-epoch MLP's recording in a file, and how long saving and loading take."""
    from autograd_tutor.course.model import Lesson, Step
    from autograd_tutor.course.target import Target
    from autograd_tutor.playing.happenings import StepEnded
    from autograd_tutor.playing.playthrough import Playthrough
    from autograd_tutor.recording import file

    step = Step("mlp", "MLP", "", MLP.read_text())
    lesson = Lesson("mlp", MLP, "MLP", "", "", (step,), setup="import torch\n" + WARM_UP)
    with Playthrough() as playthrough:
        happened = list(playthrough.play(Target(lesson)))
        made = playthrough.recording
    ended = [each.as_meant for each in happened if isinstance(each, StepEnded)]
    if made is None or ended != [True]:
        raise RuntimeError(f"the recording failed: {happened[-2:]}")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mlp.agt"
        begin = time.perf_counter()
        size = file.save(made, path)
        saved = time.perf_counter()
        file.load(path)
        loaded = time.perf_counter()
    took = f"saved in {1000 * (saved - begin):.0f} ms, loaded in {1000 * (loaded - saved):.0f} ms"
    return Figure(IN_FILE, size / 1000, "kB", at_most=1000, note=took)


def figure(what: str, cost: Cost, **target: float) -> Figure:
    """A row that compares both; `target` as in Figure."""
    return Figure(
        what,
        1000 * median(cost.recorded),
        "ms",
        1000 * median(cost.plain),
        "plain run",
        note=f"{cost.snapshots:,} snapshots",
        **target,
    )


def alternately(snippet: Snippet, repetitions: int) -> Cost:
    """Measure in forks of this process, which has imported torch and not used it."""
    cost = Cost([], [], 0)
    for _ in range(repetitions):
        cost.plain.append(in_fork(partial(_plain, snippet)))
        seconds, snapshots = in_fork(partial(_recorded, snippet))
        cost.recorded.append(seconds)
        cost = cost._replace(snapshots=snapshots)
    return cost


def record(snippet: Snippet, emit: Callable[[Snapshot], None]) -> tuple[float, StepResult]:
    """Record a snippet in this process; the seconds that its `code` took, and how it ended.

    Raises RuntimeError if it fails or is not recorded to its end.
    """
    from autograd_tutor.kernel.recorder import RunRecorder

    recorder = RunRecorder(emit, lambda: "", invocation=Invocation(window=snippet.window))
    recorder.seed(0)
    failure = recorder.setup("import torch\n" + snippet.setup)
    if failure is not None:
        raise RuntimeError(failure.traceback)
    _step(recorder, 0, snippet.warm_up, snippet.limits)
    begin = time.perf_counter()
    result = _step(recorder, 1, snippet.code, snippet.limits)
    return time.perf_counter() - begin, result


def _step(recorder: RunRecorder, step: int, code: str, limits: Limits) -> StepResult:
    from autograd_tutor.recording.wire import StepRequest

    result = recorder.step(StepRequest(0, step, code, f"<step {step + 1}>", (), None, limits))
    if not result.ok or result.truncated:
        raise RuntimeError(f"the recording failed: {result}")
    return result


def _plain(snippet: Snippet) -> float:
    namespace = {"__name__": "__main__"}
    exec(compile("import torch\n" + snippet.setup, "<setup>", "exec"), namespace)
    exec(compile(snippet.warm_up, "<step 1>", "exec"), namespace)
    program = compile(snippet.code, "<step 2>", "exec")
    begin = time.perf_counter()
    exec(program, namespace)
    return time.perf_counter() - begin


def _recorded(snippet: Snippet) -> tuple[float, int]:
    from autograd_tutor.recording.wire import SnapshotRecord, encode

    sizes: list[int] = []
    seconds, result = record(snippet, lambda each: sizes.append(len(encode(SnapshotRecord(each)))))
    return seconds, result.snapshots


def _main() -> None:
    import_torch()
    print(json.dumps(alternately(Snippet(MLP.read_text()), int(sys.argv[1]))))


if __name__ == "__main__":
    _main()
