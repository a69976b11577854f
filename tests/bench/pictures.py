"""A step of 10,000 moments: its curves, jumps in it, and the memory it takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench import screens
from bench.measured import Figure, median, say
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment

CODE = """\
import torch
w = torch.linspace(0, 1, 100, requires_grad=True)
for turn in range(1700):
    loss = ((w - 0.5) ** 2).sum() * (1 + 0.1 * torch.rand(()))
    w.grad = None
    loss.backward()
    rate = 0.1 * 0.999 ** turn
    w.data -= rate * w.grad
"""
"""Of six lines a turn: about 10,000 moments, which is as many as a step may have."""

MOVES = 30

JUMPS = ("end", "home", "]", "b", "end", "B", "[", "home")


def figures(repetitions: int) -> list[Figure]:
    """Measure it in a recording, so that nothing else is going on."""
    opening, opening_bytes, moves, written, jumps, memory = [], [], [], [], [], []
    with screens.home() as home:
        recording = _recording(home)
        for number in range(repetitions):
            say(f"pictures {number + 1}/{repetitions}")
            argv = (*PROGRAM, str(recording))
            with Terminal(argv, env=environment(home), cwd=str(home)) as terminal:
                screens.first_frame(terminal, ("moment 0/", "Gradients"))
                keys = screens.Keys(terminal)
                for key in ("right", "right", "right", "right", "]", "]", "]"):
                    keys.press(key)
                answer = keys.press("v")
                assert "● loss" in terminal.text, terminal.text
                opening.append(answer.seconds)
                opening_bytes.append(answer.written)
                for _ in range(MOVES):
                    answer = keys.press("right")
                    moves.append(answer.seconds)
                    written.append(answer.written)
                keys.press("q")
                jumps += [keys.press(key).seconds for key in JUMPS]
                memory.append(_resident(terminal.process.pid))
    return [
        Figure("a jump among 10,000 moments", 1000 * median(jumps), "ms", at_most=50),
        Figure("memory of the interface then", max(memory), "MB", at_most=150),
        Figure("opening a curve of 10,000 moments", 1000 * median(opening), "ms", at_most=60),
        Figure("written for that", median(opening_bytes), "B"),
        Figure("a step on that curve", 1000 * median(moves), "ms", at_most=12),
        Figure("written per step on it", median(written), "B", at_most=2000),
    ]


def _resident(pid: int) -> float:
    """Memory that a process takes, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def _recording(home: Path) -> Path:
    script, recording = home / "loop.py", home / "loop.agt"
    script.write_text(CODE)
    subprocess.run(
        [*PROGRAM, "record", str(script), "-o", str(recording)],
        check=True,
        capture_output=True,
        env=environment(home),
    )
    return recording
