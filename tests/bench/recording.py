"""What recording costs: the 200-epoch MLP plain and recorded, each in a fresh fork."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SNIPPET = Path(__file__).with_name("snippets") / "mlp.py"
WARM_UP = """
a = torch.nn.Linear(1, 2)
torch.nn.functional.mse_loss(torch.tanh(a(torch.ones(3, 1))), torch.zeros(3, 2)).backward()
torch.optim.SGD(a.parameters(), lr=0.1).step()
"""
"""Paid before the measurement: a process's first backward pass costs 20 ms, and its first optimizer
imports a second's worth of modules."""


class Cost(NamedTuple):
    """Seconds of every repetition, plain and recorded, and the snapshots of a recording."""

    plain: list[float]
    recorded: list[float]
    snapshots: int


def measure(repetitions: int) -> Cost:
    """Measure in a process of its own, which imports torch and forks for every repetition."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.recording", str(repetitions)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": _with_tests()},
    )
    return Cost(*json.loads(answer.stdout))


def _with_tests() -> str:
    tests = str(Path(__file__).parents[1])
    return os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))


def _plain(code: str) -> tuple[float, int]:
    import torch

    namespace = {"__name__": "__main__", "torch": torch}
    exec(compile(WARM_UP, "<warm up>", "exec"), namespace)
    program = compile(code, "<step 1>", "exec")
    begin = time.perf_counter()
    exec(program, namespace)
    return time.perf_counter() - begin, 0


def _recorded(code: str) -> tuple[float, int]:
    from autograd_tutor.kernel.recorder import RunRecorder
    from autograd_tutor.trace.model import Snapshot
    from autograd_tutor.trace.wire import Limits, SnapshotRecord, StepRequest, encode

    sizes: list[int] = []

    def emit(snapshot: Snapshot) -> None:
        sizes.append(len(encode(SnapshotRecord(snapshot))))

    recorder = RunRecorder(emit, lambda: "")
    recorder.seed(0)
    failure = recorder.setup("import torch" + WARM_UP)
    if failure is not None:
        raise RuntimeError(failure.traceback)
    request = StepRequest(0, 0, code, "<step 1>", (), None, Limits())
    begin = time.perf_counter()
    result = recorder.step(request)
    seconds = time.perf_counter() - begin
    if not result.ok or result.truncated:
        raise RuntimeError(f"the recording failed: {result}")
    return seconds, result.snapshots


def _in_fork(run: Callable[[str], tuple[float, int]], code: str) -> tuple[float, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            import torch

            torch.set_num_threads(1)
            os.write(write, json.dumps(run(code)).encode())
        finally:
            if (error := sys.exc_info()[1]) is not None:
                traceback.print_exception(error)
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    if not answer:
        raise RuntimeError("a run ended without an answer")
    seconds, snapshots = json.loads(answer)
    return seconds, snapshots


def _main() -> None:
    import torch  # noqa: F401  # before the forks, as the zygote does

    code = SNIPPET.read_text()
    plain, recorded, snapshots = [], [], 0
    for _ in range(int(sys.argv[1])):
        plain.append(_in_fork(_plain, code)[0])
        seconds, snapshots = _in_fork(_recorded, code)
        recorded.append(seconds)
    print(json.dumps([plain, recorded, snapshots]))


if __name__ == "__main__":
    _main()
