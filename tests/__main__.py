"""`python tests`: all tests, in three parts side by side, as many of them wait.

The first part is two processes, one after the other: unit tests want one without torch.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import IO

PARTS: tuple[Sequence[Sequence[str]], ...] = (
    (
        ("tests/ui", "tests/test_lessons.py"),
        ("-o", "cache_dir=.pytest_cache/unit", "tests/unit"),
    ),
    (("-o", "cache_dir=.pytest_cache/terminal", "tests/terminal"),),
    (("-o", "cache_dir=.pytest_cache/kernel", "tests/kernel"),),
)


def main() -> int:
    """Run all; what the others say follows on what the first does."""
    first, *others = PARTS
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor())
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in others]
        later = [
            threads.submit(_run, processes, output)
            for processes, output in zip(others, outputs, strict=True)
        ]
        failed = _run(first, None)
        for running, output in zip(later, outputs, strict=True):
            failed = running.result() or failed
            output.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(output.read())
    return failed


def _run(processes: Sequence[Sequence[str]], output: IO[bytes] | None) -> int:
    """Run pytest for each of the processes; its first exit status that is not 0."""
    command = (sys.executable, "-m", "pytest")
    codes = [
        subprocess.run([*command, *each], stdout=output, stderr=output, check=False).returncode
        for each in processes
    ]
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    raise SystemExit(main())
