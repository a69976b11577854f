"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from terminal.commands import SQUARE, Result, Run
from terminal.emulator import Terminal
from terminal.forked import Forked, Nursery
from terminal.lessons import skip_questions, write
from terminal.program import NURSERIES, PROGRAM, environment

Start = Callable[..., Terminal]
Skipped = Callable[[str], str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder; its path marks every process that a test starts."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Forks the commands of all tests."""
    with Nursery(environment(tmp_path_factory.mktemp("nursery"))) as nursery:
        NURSERIES.add(nursery.pid)
        yield nursery
        NURSERIES.discard(nursery.pid)


@pytest.fixture
def start(home: Path, nursery: Nursery, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start the program on a terminal: start("parameters", columns=80, rows=24, TERM="xterm").

    It is a fork, but where a module or a test has the mark `starts`: it is about processes then.
    """
    forks = request.node.get_closest_marker("starts") is None
    with ExitStack() as stack:

        def start(*args: str, columns: int = 120, rows: int = 40, **env: str) -> Terminal:
            variables = environment(home, **env)
            begin = partial(Forked, nursery, args, variables, str(home))
            terminal = Terminal(
                (*PROGRAM, *args),
                env=variables,
                columns=columns,
                rows=rows,
                cwd=str(home),
                begin=begin if forks and nursery.fits(variables) else None,
            )
            return stack.enter_context(terminal)

        yield start


@pytest.fixture
def run(home: Path, nursery: Nursery, request: pytest.FixtureRequest) -> Run:
    """Runs one command to its end, without a terminal. `typed`: what comes through a pipe."""
    forks = request.node.get_closest_marker("starts") is None

    def run(*arguments: str, typed: bytes = b"", **variables: str) -> Result:
        env = environment(home, **variables)
        if forks and nursery.fits(env):
            done = nursery.run(arguments, env, home, typed)
        else:
            command = (*PROGRAM, *arguments)
            done = subprocess.run(
                command, input=typed, capture_output=True, env=env, cwd=home, timeout=60,
                check=False,
            )  # fmt: skip
        return Result(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def skipped(home: Path) -> Skipped:
    """A lesson of the course whose questions were all skipped before, to be walked freely."""
    return partial(skip_questions, home)


@pytest.fixture
def square(home: Path) -> str:
    return write(home, "square", SQUARE)
