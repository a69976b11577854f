"""`python tests`: all tests, in two halves side by side: half the time on two processors.

The first half is two processes, one after the other: unit tests want one without torch.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO

ONE = (
    ("-o", "cache_dir=.pytest_cache/kernel", "tests/kernel"),
    ("-o", "cache_dir=.pytest_cache/unit", "tests/unit"),
)
OTHER = (("tests/ui", "tests/terminal", "tests/test_lessons.py"),)


def main() -> int:
    """Run both; what the first says follows on what the other does."""
    with tempfile.TemporaryFile() as output, ThreadPoolExecutor() as threads:
        one = threads.submit(_run, ONE, output)
        failed = _run(OTHER, None)
        failed = one.result() or failed
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
    return failed


def _run(parts: tuple[tuple[str, ...], ...], output: IO[bytes] | None) -> int:
    """Run pytest for each part; its first exit status that is not 0."""
    command = (sys.executable, "-m", "pytest")
    codes = [
        subprocess.run([*command, *part], stdout=output, stderr=output, check=False).returncode
        for part in parts
    ]
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    raise SystemExit(main())
