"""`python tests`: all tests, in two processes, which takes half the time on two processors."""

from __future__ import annotations

import subprocess
import sys
import tempfile

ONE = ("-o", "cache_dir=.pytest_cache/one", "tests/kernel", "tests/unit")
OTHER = ("tests/ui", "tests/terminal", "tests/test_lessons.py")


def main() -> int:
    """Run both; what the first says follows on what the other does."""
    command = (sys.executable, "-m", "pytest")
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen([*command, *ONE], stdout=output, stderr=output) as one:
            other = subprocess.run([*command, *OTHER], check=False)
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
    return one.returncode or other.returncode


if __name__ == "__main__":
    sys.exit(main())
